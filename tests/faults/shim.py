"""The preloaded library that makes calls of the file system fail; see ``shim.c``."""

from __future__ import annotations

import ctypes
import errno
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

KINDS = ("open", "write", "fsync", "rename", "mkdir")
_FAIL, _HALF, _KILL = range(3)
MODES = {
    "ENOSPC": (_FAIL, errno.ENOSPC),
    "EIO": (_FAIL, errno.EIO),
    "EACCES": (_FAIL, errno.EACCES),
    "half": (_HALF, errno.ENOSPC),
    "kill": (_KILL, 0),
}
_LOADED = "LATERALNET_FAULTS"


@dataclass(frozen=True)
class Fault:
    """The `k`-th call of a kind, and what becomes of it."""

    kind: str
    k: int
    mode: str


def run_preloaded(folder: Path, module: str, arguments: list[str]) -> None:
    """Replace this process by one that has the library loaded, unless this is it."""
    if os.environ.get(_LOADED):
        return
    library = folder / "shim.so"
    source = Path(__file__).with_name("shim.c")
    subprocess.run(
        ["cc", "-shared", "-fPIC", "-O1", "-w", str(source), "-o", str(library), "-ldl"],
        check=True, timeout=60,
    )  # fmt: skip
    environment = {**os.environ, "LD_PRELOAD": str(library), _LOADED: str(library)}
    os.execve(sys.executable, [sys.executable, "-m", module, *arguments], environment)


def library() -> ctypes.CDLL:
    """Return the loaded library, and see to it that children do not load it."""
    os.environ.pop("LD_PRELOAD", None)
    return ctypes.CDLL(os.environ[_LOADED])


def arm(loaded: ctypes.CDLL, folder: Path, fault: Fault | None) -> None:
    """Let a call on files below `folder` fail; with None, only count."""
    kind, k, (how, number) = -1, 0, (0, 0)
    if fault is not None:
        kind, k, (how, number) = KINDS.index(fault.kind), fault.k, MODES[fault.mode]
    loaded.fault_arm(os.fsencode(folder), kind, ctypes.c_long(k), how, number)


def counts(loaded: ctypes.CDLL) -> dict[str, int]:
    """Return how many calls of each kind there were since `arm`."""
    return {kind: loaded.fault_count(number) for number, kind in enumerate(KINDS)}
