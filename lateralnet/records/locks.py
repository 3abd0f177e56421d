"""Who writes in a folder: a lock that names host and process, and ends with its process.

The system's `flock` decides, so that the lock of a process that was killed is free at once and
two containers that share a folder see each other. Where a file system has no `flock`, the
content of the file decides: a process that no longer exists on this host has left it behind.
"""

from __future__ import annotations

import contextlib
import enum
import errno
import json
import os
import time
from pathlib import Path

from backends.host.portable import flock, host_name, may_exist, open_flags
from lateralnet.errors import InputError, StorageError

LOCK = ".lock"
_NO_FLOCK = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP)
_PATIENCE_S = 60.0
_ENDING_S = 10.0  # children of a process that was killed end within this
_SETTLING_S = 0.05  # without flock: two that sign at once see after this who was the last


class FolderLock:
    """The lock of a folder; a context manager that gives it back.

    A process to which the open `descriptor` is handed on holds the lock too: it is free when all
    of them are gone.

    Parameters
    ----------
    folder : Path
        An existing folder.
    patience_s : float
        How long to wait for another owner.

    Attributes
    ----------
    folder : Path
        Which folder.
    descriptor : int
        The open file.

    Raises
    ------
    InputError
        When another process is the owner.
    StorageError
        When the folder cannot be written.
    """

    def __init__(self, folder: Path, *, patience_s: float = 0.0) -> None:
        self.folder = folder
        self._path = folder / LOCK
        began = time.monotonic()
        while True:
            try:
                handle = self._taken()
            except OSError as error:
                raise StorageError(
                    f"cannot write {self._path}: {error.strerror or error}."
                ) from None
            if handle is not None:
                self.descriptor = handle
                return
            owner = _owner(self._path)
            # Of one that was killed, children may still be ending.
            patience_s = max(patience_s, _ENDING_S) if _is_gone(owner) else patience_s
            if time.monotonic() >= began + patience_s:
                raise InputError(f"{folder} is in use by {_in_words(owner, self._path)}.")
            time.sleep(0.02)

    def release(self) -> None:
        """Give the lock back; the file goes with it."""
        if self.descriptor >= 0:
            # Removed while it is held: whoever opened the old file sees that it is gone.
            with contextlib.suppress(OSError):
                self._path.unlink()
            os.close(self.descriptor)
            self.descriptor = -1

    def moved_to(self, folder: Path) -> None:
        """Say that the folder has another name now."""
        self.folder, self._path = folder, folder / LOCK

    def _taken(self) -> int | None:
        """Return the open file of a lock that is ours now, None when another owner lives."""
        flags = open_flags("O_RDWR", "O_CREAT", "O_CLOEXEC", "O_NOFOLLOW")
        while True:
            handle = os.open(self._path, flags, 0o644)
            ours = False
            try:
                locked = _locked(handle)
                if locked is _Locked.BY_ANOTHER:
                    return None
                if self._is_still_there(handle):  # else its owner has just removed it
                    ours = _signed(handle, certain=locked is _Locked.BY_US)
                    return handle if ours else None
            finally:
                if not ours:
                    os.close(handle)

    def _is_still_there(self, handle: int) -> bool:
        try:
            return os.path.samestat(os.fstat(handle), os.stat(self._path))
        except FileNotFoundError:
            return False

    def __enter__(self) -> FolderLock:
        return self

    def __exit__(self, *error: object) -> None:
        self.release()


def waiting_lock(folder: Path) -> FolderLock:
    """Return the lock of a folder that others hold for moments only."""
    return FolderLock(folder, patience_s=_PATIENCE_S)


class _Locked(enum.Enum):
    BY_US, BY_ANOTHER, UNKNOWN = range(3)  # unknown: no flock here, and nobody has signed


def _locked(handle: int) -> _Locked:
    try:
        flock(handle)
    except BlockingIOError:
        return _Locked.BY_ANOTHER
    except OSError as error:
        if error.errno not in _NO_FLOCK:
            raise
        owner = _content(os.pread(handle, 4096, 0))
        free = not owner or owner.get("pid") == os.getpid() or _is_gone(owner)
        return _Locked.UNKNOWN if free else _Locked.BY_ANOTHER
    return _Locked.BY_US


def _signed(handle: int, *, certain: bool) -> bool:
    """Write who the owner is; return whether nobody else did so at the same time."""
    content = json.dumps({"host": host_name(), "pid": os.getpid()}).encode()
    os.ftruncate(handle, 0)
    os.pwrite(handle, content, 0)
    if certain:
        return True
    time.sleep(_SETTLING_S)
    return os.pread(handle, 4096, 0) == content


def _is_gone(owner: dict[str, object]) -> bool:
    """Whether the owner named in a lock file no longer exists, as far as this host can tell."""
    pid = owner.get("pid")
    return owner.get("host") == host_name() and isinstance(pid, int) and not may_exist(pid)


def _owner(path: Path) -> dict[str, object]:
    try:
        return _content(path.read_bytes())
    except OSError:
        return {}


def _in_words(owner: dict[str, object], path: Path) -> str:
    if not owner:
        return "another process; wait for it"
    return (
        f"process {owner.get('pid')} on {owner.get('host')}; wait for it, or give another "
        f"name (if that process is long gone, delete {path})"
    )


def _content(text: bytes) -> dict[str, object]:
    try:
        content = json.loads(text)
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}
