"""Scratch folders in which a program runs: in memory where that is possible.

A folder is owned by whoever holds a lock on it (`flock`), which the system takes away when the
process ends, however that was. A process id would not do: two containers may share a folder and
not see each other's processes.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import weakref
from pathlib import Path

from backends.errors import ProgramRunError
from backends.host.portable import flock, open_flags

VARIABLE = "LATERALNET_SCRATCH"
PREFIX = "lateralnet-scratch-"
_IN_MEMORY = Path("/dev/shm")


class Scratch:
    """A new folder of this process; removed by `remove`, or with the last reference.

    Parameters
    ----------
    n_bytes : int
        What it has to hold.
    executable : bool
        Whether a program will lie there: memory is often mounted so that none can be started.

    Attributes
    ----------
    path : Path
        The folder.

    Raises
    ------
    ProgramRunError
        When it cannot be made.
    """

    def __init__(self, n_bytes: int, *, executable: bool = False) -> None:
        parent = _parent(n_bytes, executable)
        remove_abandoned(parent)
        try:
            self.path, self._lock = _make(parent)
        except OSError as error:
            raise ProgramRunError(
                f"no scratch folder can be made in {parent} ({error.strerror}); set {VARIABLE} "
                "to a folder that can be written."
            ) from None
        self.remove = weakref.finalize(self, _remove, self.path, self._lock)


def remove_abandoned(parent: Path) -> None:
    """Remove our folders that nobody holds: what was killed could not give them back."""
    for folder in parent.glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):  # held, gone meanwhile, or of another user
            lock = _locked(folder)
            _remove(folder, lock)


def _parent(n_bytes: int, executable: bool) -> Path:
    chosen = os.environ.get(VARIABLE)
    if chosen:
        return Path(chosen).absolute()
    if not executable and _IN_MEMORY.is_dir() and os.access(_IN_MEMORY, os.W_OK):
        remove_abandoned(_IN_MEMORY)
        if shutil.disk_usage(_IN_MEMORY).free > 10 * n_bytes:  # a tenth of it is enough
            return _IN_MEMORY
    return Path(tempfile.gettempdir())


def _make(parent: Path) -> tuple[Path, int]:
    """Return a new folder and its lock."""
    while True:
        path = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
        try:
            lock = _locked(path)
        except (BlockingIOError, FileNotFoundError):
            continue  # somebody took it for abandoned before it was locked
        except OSError:  # no locks here: it stays should this process be killed
            return path, -1
        if path.exists():
            return path, lock
        os.close(lock)


def _locked(folder: Path) -> int:
    """Return a descriptor that holds the lock of a folder.

    Raises
    ------
    OSError
        When somebody else holds it.
    """
    descriptor = os.open(folder, open_flags("O_RDONLY", "O_DIRECTORY", "O_NOFOLLOW", "O_CLOEXEC"))
    try:
        flock(descriptor)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _remove(folder: Path, lock: int) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    with contextlib.suppress(OSError):  # -1: there was no lock
        os.close(lock)
