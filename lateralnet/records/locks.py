"""Who writes in a folder: a lock that names host and process, and ends with its process.

The system's `flock` decides, so that the lock of a process that was killed is free at once and
two containers that share a folder see each other. Where a file system has no `flock`, the
content of the file decides: a process that no longer exists on this host has left it behind.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import time
from pathlib import Path
from types import TracebackType

from backends.host.portable import flock, host_name, may_exist, open_flags
from lateralnet.errors import InputError, StorageError

LOCK = ".lock"
_NO_FLOCK = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP)
_PATIENCE_S = 60.0


class FolderLock:
    """The lock of a folder; a context manager that gives it back.

    Parameters
    ----------
    folder : Path
        An existing folder.
    patience_s : float
        How long to wait for another owner.

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
        deadline = time.monotonic() + patience_s
        while True:
            try:
                handle = self._taken()
            except OSError as error:
                raise StorageError(
                    f"cannot write {self._path}: {error.strerror or error}."
                ) from None
            if handle is not None:
                self._handle = handle
                return
            if time.monotonic() >= deadline:
                raise InputError(f"{folder} is in use by {_owner(self._path)}.")
            time.sleep(0.02)

    def release(self) -> None:
        """Give the lock back; the file goes with it."""
        if self._handle >= 0:
            # Removed while it is held: whoever opened the old file sees that it is gone.
            with contextlib.suppress(OSError):
                self._path.unlink()
            os.close(self._handle)
            self._handle = -1

    def moved_to(self, folder: Path) -> None:
        """Say that the folder has another name now."""
        self.folder, self._path = folder, folder / LOCK

    def _taken(self) -> int | None:
        """Return the open file of a lock that is ours now, None when another owner lives."""
        flags = open_flags("O_RDWR", "O_CREAT", "O_CLOEXEC", "O_NOFOLLOW")
        while True:
            handle = os.open(self._path, flags, 0o644)
            try:
                if not _locked(handle):
                    os.close(handle)
                    return None
                if self._is_still_there(handle):
                    content = json.dumps({"host": host_name(), "pid": os.getpid()})
                    os.ftruncate(handle, 0)
                    os.pwrite(handle, content.encode(), 0)
                    return handle
                os.close(handle)  # its owner has just removed it
            except OSError:
                os.close(handle)
                raise

    def _is_still_there(self, handle: int) -> bool:
        try:
            return os.path.samestat(os.fstat(handle), os.stat(self._path))
        except FileNotFoundError:
            return False

    def __enter__(self) -> FolderLock:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.release()


def waiting_lock(folder: Path) -> FolderLock:
    """Return the lock of a folder that others hold for moments only."""
    return FolderLock(folder, patience_s=_PATIENCE_S)


def _locked(handle: int) -> bool:
    try:
        flock(handle)
    except BlockingIOError:
        return False
    except OSError as error:
        if error.errno not in _NO_FLOCK:
            raise
        return _left_behind(_content(os.pread(handle, 4096, 0)))
    return True


def _left_behind(content: dict[str, object]) -> bool:
    """Whether the owner named in a lock file no longer exists, as far as this host can tell."""
    if not content:
        return True
    if content.get("host") != host_name():
        return False
    try:
        pid = int(str(content.get("pid")))
    except ValueError:
        return False
    return pid == os.getpid() or not may_exist(pid)


def _owner(path: Path) -> str:
    try:
        content = _content(path.read_bytes())
    except OSError:
        content = {}
    if not content:
        return "another process; wait for it"
    return (
        f"process {content.get('pid')} on {content.get('host')}; wait for it, or give another "
        f"name (if that process is long gone, delete {path})"
    )


def _content(text: bytes) -> dict[str, object]:
    try:
        content = json.loads(text)
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}
