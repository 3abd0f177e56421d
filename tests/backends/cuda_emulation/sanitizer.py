"""The emulated device under GCC's sanitizers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

THREADS = "-O1 -g -fsanitize=thread"
# Brian2 takes the address of the first element of empty vectors.
UNDEFINED = "-O1 -g -fsanitize=undefined -fno-sanitize-recover=undefined -fno-sanitize=null"


def findings(monkeypatch: Any, folder: Path) -> Callable[[], str]:
    """Let ThreadSanitizer write into `folder`; return what reads it."""
    log = folder / "tsan"
    monkeypatch.setenv("TSAN_OPTIONS", f"log_path={log} halt_on_error=0 exitcode=0")

    def read() -> str:
        return "".join(file.read_text() for file in sorted(folder.glob("tsan.*")))

    return read
