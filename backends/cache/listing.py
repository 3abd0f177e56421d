"""What lies in the cache, and removing it: `lateralnet cache`."""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from backends.cache.integrity import SEAL, sealed_facts
from backends.cache.places import PROGRAMS, CannotUse, Lock, locked, refuse_foreign
from backends.host.portable import flock, open_flags

WHOLE, DAMAGED, UNFINISHED, FOREIGN = "whole", "damaged", "unfinished", "not ours"
_BUILDING = ".building."


@dataclass(frozen=True)
class Entry:
    """A folder in the cache.

    Attributes
    ----------
    path : Path
        The folder.
    device : str
        What it was built for.
    n_bytes : int
        Size of its files.
    built_at : float
        Seconds since 1970.
    state : str
        ``"whole"``, ``"damaged"``, ``"unfinished"`` (a build, running or killed), ``"not ours"``.
    """

    path: Path
    device: str
    n_bytes: int
    built_at: float
    state: str

    @property
    def age_days(self) -> float:
        """How long ago it was built."""
        return (time.time() - self.built_at) / 86400


def entries(cache_dir: Path) -> list[Entry]:
    """Return all programs of a cache, the newest first."""
    programs = cache_dir / PROGRAMS
    if not programs.is_dir():
        return []
    found = []
    for path in programs.iterdir():
        with contextlib.suppress(FileNotFoundError):  # removed meanwhile
            if path.is_symlink() or path.is_dir():
                found.append(_entry(path))
    return sorted(found, key=lambda entry: -entry.built_at)


def remove(entry: Entry) -> str:
    """Remove a folder; return ``""``, or why it stays."""
    key = entry.path.name.partition(_BUILDING)[0]
    if entry.state == FOREIGN:
        return "it is not ours"
    lock_path = entry.path.with_name(f"{key}.lock")
    try:
        with locked(lock_path, wait=False):
            folder = Lock(os.open(entry.path, open_flags("O_RDONLY", "O_DIRECTORY", "O_NOFOLLOW")))
            flock(folder.descriptor)
            shutil.rmtree(entry.path)
            lock_path.unlink(missing_ok=True)
    except BlockingIOError:
        return "it is in use"
    except (OSError, CannotUse) as error:
        return str(getattr(error, "strerror", None) or error)
    return ""


def _entry(path: Path) -> Entry:
    facts = path.lstat()
    try:
        refuse_foreign(path)
    except CannotUse:
        return Entry(path, "-", 0, facts.st_mtime, FOREIGN)
    files = [file.lstat() for file in path.rglob("*") if file.is_file() or file.is_symlink()]
    n_bytes = sum(file.st_size for file in files)
    remembered = sealed_facts(path)
    if remembered is not None:
        state = WHOLE
    elif _BUILDING in path.name or not (path / SEAL).is_file():
        state = UNFINISHED
    else:
        state = DAMAGED
    device = str((remembered or {}).get("device") or path.name.rpartition("-")[0])
    return Entry(path, device, n_bytes, facts.st_mtime, state)
