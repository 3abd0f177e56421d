"""Scratch folders in which a program runs: in memory where that is possible."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

_IN_MEMORY = Path("/dev/shm")
_PREFIX = "lateralnet-run-"


def make_scratch(n_bytes: int) -> Path:
    """Return a new folder with room for `n_bytes`, in memory if a tenth of it is enough."""
    parent = Path(tempfile.gettempdir())
    if _IN_MEMORY.is_dir() and os.access(_IN_MEMORY, os.W_OK):
        remove_abandoned(_IN_MEMORY)
        if shutil.disk_usage(_IN_MEMORY).free > 10 * n_bytes:
            parent = _IN_MEMORY
    return Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=parent))


def remove_abandoned(parent: Path) -> None:
    """Remove our folders whose process was killed: memory that nobody else would give back."""
    for folder in parent.glob(f"{_PREFIX}*"):
        pid = folder.name[len(_PREFIX) :].partition("-")[0]
        if pid.isdigit() and not Path(f"/proc/{pid}").exists():
            shutil.rmtree(folder, ignore_errors=True)
