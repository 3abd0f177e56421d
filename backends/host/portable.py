"""What only some systems have, each with what takes its place: the one room for the difference.

Python has `fcntl` and `resource` on Linux and macOS, not on Windows; ``/proc`` is Linux; a
directory cannot be opened on Windows. Whoever needs these asks here.
"""

from __future__ import annotations

import errno
import importlib
import os
import platform
import signal
import sys
import time
from types import ModuleType


def _module(name: str) -> ModuleType | None:
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


_fcntl, _resource = _module("fcntl"), _module("resource")
_PR_SET_PDEATHSIG = 1  # of prctl(2)
# No system kills harder; where there is no SIGKILL (Windows) SIGTERM does not ask either.
KILL: int = getattr(signal, "SIGKILL", signal.SIGTERM)


def open_flags(*names: str) -> int:
    """Return flags of `os.open`, without those that this system has not."""
    flags = 0
    for name in names:
        flags |= getattr(os, name, 0)
    return flags


def flock(descriptor: int, *, shared: bool = False, wait: bool = False) -> None:
    """Lock an open file or folder until its descriptor is closed.

    Raises
    ------
    BlockingIOError
        When somebody else holds it and `wait` is False.
    OSError
        With ``ENOSYS`` where the system has no such locks.
    """
    if _fcntl is None:
        raise OSError(errno.ENOSYS, "this system has no file locks of this kind")
    kind = _fcntl.LOCK_SH if shared else _fcntl.LOCK_EX
    _fcntl.flock(descriptor, kind | (0 if wait else _fcntl.LOCK_NB))


def host_name() -> str:
    """Name of this machine in its network."""
    return platform.node()


def load_average() -> tuple[float, ...]:
    """Mean number of running processes over 1, 5 and 15 minutes; empty where unknown."""
    return tuple(os.getloadavg()) if hasattr(os, "getloadavg") else ()


def own_user() -> int | None:
    """Number of the user who runs this process; None where users have none."""
    return os.geteuid() if hasattr(os, "geteuid") else None


def may_exist(pid: int) -> bool:
    """Whether there may be a process of this number; it is not disturbed."""
    if os.name != "posix":  # there, signal 0 is one that ends the process
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def wake_with_parent() -> None:
    """Let this process go on when its parent ends, if it stands still then (Ctrl-Z, then a kill).

    It sees by itself what else follows from that. Linux alone tells a process that stands still;
    elsewhere ``kill -CONT`` does.
    """
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGCONT, 0, 0, 0)


def cpu_s(*, children: bool) -> float:
    """CPU time of this process, or of its children that have ended (0 where unknown)."""
    if _resource is None:
        return 0.0 if children else time.process_time()
    used = _resource.getrusage(_resource.RUSAGE_CHILDREN if children else _resource.RUSAGE_SELF)
    return float(used.ru_utime + used.ru_stime)


def peak_memory_mb(*, children: bool) -> float:
    """Largest resident memory of this process, or of any child that has ended (0: unknown)."""
    if _resource is None:
        return 0.0
    used = _resource.getrusage(_resource.RUSAGE_CHILDREN if children else _resource.RUSAGE_SELF)
    per_mb = 1024**2 if sys.platform == "darwin" else 1024  # macOS counts bytes, Linux kB
    return float(used.ru_maxrss / per_mb)
