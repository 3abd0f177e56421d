"""Where programs are kept, and who may use and replace them.

A program found in the cache is executed, so one that another user could have put there, or
changed, is not used. Nothing of this stands in the way of a simulation: where the cache cannot
be used, the program is built in a scratch folder, with a note.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import tempfile
import warnings
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from backends.cache.integrity import SEAL, flush_folder, noted_facts, seal, sealed_facts
from backends.errors import BackendWarning, ProgramBuildError
from backends.host.portable import flock, open_flags, own_user
from backends.host.scratch import Scratch

VARIABLE = "LATERALNET_CACHE"
PROGRAMS = "programs"
_PROGRAM_BYTES = 100_000_000  # what a scratch folder must hold for a build
Make = Callable[[Path], dict[str, Any]]


class Kept:
    """A built program.

    Attributes
    ----------
    folder : Path
        Where it lies.
    facts : dict
        What its maker said about it.
    built : bool
        Whether it had to be built now.
    """

    def __init__(self, folder: Path, facts: dict[str, Any], built: bool, hold: Any) -> None:
        self.folder, self.facts, self.built = folder, facts, built
        self._hold = hold  # a lock, or a scratch folder, that lives as long as this

    def release(self) -> None:
        """Allow that the folder is removed."""
        if isinstance(self._hold, Scratch):
            self._hold.remove()
        self._hold = None


class CannotUse(Exception):
    """The cache cannot be used, and why."""


def default_cache_dir() -> Path:
    """``$LATERALNET_CACHE``, else ``$XDG_CACHE_HOME/lateralnet``, else ``~/.cache/lateralnet``."""
    chosen = os.environ.get(VARIABLE)
    if chosen:
        return Path(chosen).absolute()
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base).absolute() / "lateralnet"


def cached(cache_dir: Path, key: str, make: Make) -> Kept:
    """Return the program of `key`, built if it is not there as it was built.

    `make(folder)` fills a temporary folder and returns what is to be remembered about it. The
    folder gets its name when every file is hashed and on the disk, so neither a kill nor a power
    cut leaves what looks whole. A second process that wants the same key waits for the first.

    Raises
    ------
    ProgramBuildError
        When it cannot be written anywhere, or what `make` raises.
    """
    programs = cache_dir / PROGRAMS
    try:
        found = _found(programs / key)
        if found is not None:
            return found
        with _usable():
            make_private(programs)
        with locked(programs / f"{key}.lock"):
            return _found(programs / key) or _build_in(programs, key, make)
    except CannotUse as why:
        warnings.warn(
            f"the program cache {programs} cannot be used: {why}. The program is built for this "
            f"process alone; set {VARIABLE} to a folder of your own to keep it.",
            BackendWarning,
            stacklevel=2,
        )
        scratch = Scratch(_PROGRAM_BYTES, executable=True)
        return Kept(scratch.path, _made(make, scratch.path), True, scratch)


def kept_programs(
    cache_dir: Path, device: str, fits: Callable[[dict[str, Any]], bool]
) -> Iterator[Kept]:
    """Yield the programs of a device whose facts fit, whatever built them."""
    for seal_file in sorted((cache_dir / PROGRAMS).glob(f"{device}-*/{SEAL}")):
        with contextlib.suppress(CannotUse):
            if fits(noted_facts(seal_file.parent)) and (found := _found(seal_file.parent)):
                yield found


def _found(folder: Path) -> Kept | None:
    """Return the program in a folder, held against removal, or None when it has to be built."""
    try:
        descriptor = os.open(folder, open_flags("O_RDONLY", "O_DIRECTORY", "O_NOFOLLOW"))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise CannotUse(f"{folder.name}: {error.strerror}") from None
    hold = Lock(descriptor)
    with contextlib.suppress(OSError):  # without locks it can be removed; nothing worse
        flock(descriptor, shared=True)
    refuse_foreign(folder)
    facts = sealed_facts(folder)
    return None if facts is None else Kept(folder, facts, False, hold)


def _build_in(programs: Path, key: str, make: Make) -> Kept:
    final = programs / key
    with _usable():
        for left in (final, *programs.glob(f"{key}.building.*")):  # damaged, or of a killed build
            shutil.rmtree(left, ignore_errors=True)
        building = Path(tempfile.mkdtemp(prefix=f"{key}.building.", dir=programs))
    try:
        facts = _made(make, building)
        with _usable():
            seal(building, facts)
            building.rename(final)
            flush_folder(programs)
            hold = Lock(os.open(final, open_flags("O_RDONLY", "O_DIRECTORY")))
            with contextlib.suppress(OSError):
                flock(hold.descriptor, shared=True)
    except BaseException:
        shutil.rmtree(building, ignore_errors=True)
        raise
    return Kept(final, facts, True, hold)


def _made(make: Make, folder: Path) -> dict[str, Any]:
    try:
        return make(folder)
    except OSError as error:
        raise ProgramBuildError(
            f"the program cannot be built in {folder}: {error.strerror or error}."
        ) from None


class Lock:
    """An open file whose lock ends with the last reference."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        weakref.finalize(self, os.close, descriptor)


@contextlib.contextmanager
def locked(path: Path, *, wait: bool = True) -> Iterator[None]:
    """Hold the lock of a key.

    Raises
    ------
    BlockingIOError
        When somebody else holds it and `wait` is False.
    CannotUse
        When it cannot be opened, or is a link to somewhere else.
    """
    while True:
        with _usable():
            flags = open_flags("O_RDWR", "O_CREAT", "O_NOFOLLOW")
            lock = Lock(os.open(path, flags, 0o600))
        try:
            flock(lock.descriptor, wait=wait)
        except BlockingIOError:
            raise
        except OSError:
            break  # no locks on this file system; a name is still given once
        with contextlib.suppress(FileNotFoundError):  # it was cleaned away meanwhile
            if os.fstat(lock.descriptor).st_ino == path.stat().st_ino:
                break
    yield


def make_private(folder: Path) -> None:
    """Make a folder that nobody else can write, or see to it that an old one is that."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    if folder.stat().st_uid == own_user() and folder.stat().st_mode & _BY_OTHERS:
        folder.chmod(folder.stat().st_mode & ~_BY_OTHERS)
    refuse_foreign(folder)


_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH


def refuse_foreign(folder: Path) -> None:
    """Refuse a folder that another user than root could have filled.

    Raises
    ------
    CannotUse
        With the reason.
    """
    facts = folder.lstat()
    if own_user() is not None and facts.st_uid not in (own_user(), 0):
        raise CannotUse(f"{folder.name} belongs to another user ({facts.st_uid})")
    if not stat.S_ISDIR(facts.st_mode):
        raise CannotUse(f"{folder.name} is no folder")
    if facts.st_mode & _BY_OTHERS:
        raise CannotUse(f"{folder.name} can be written by other users")


@contextlib.contextmanager
def _usable() -> Iterator[None]:
    """Errors of the file system are reasons not to use the cache."""
    try:
        yield
    except OSError as error:
        raise CannotUse(error.strerror or str(error)) from None
