"""A run's folder and its owner: claimed whole or not at all, built beside an old one, swapped."""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path

from lateralnet.errors import InputError, LateralnetError, StorageError
from lateralnet.records.folders import RunFolder, safe_name, timestamp
from lateralnet.records.locks import FolderLock
from lateralnet.records.storage import make_folder, read_json
from lateralnet.runs.preparation.options import RunOptions

_MOST_RUNS_IN_A_SECOND = 10_000
_SAVE_TAG = "latest"


class Claim:
    """A folder that belongs to this run until the claim is left; a context manager.

    What an unstarted run has made is taken away when it fails: a name that was refused is free.

    Attributes
    ----------
    folder : RunFolder
        Where the run writes.
    """

    def __init__(self, path: Path, save_tag: str, *, replaces: Path | None = None) -> None:
        self.folder = RunFolder(path, save_tag)
        self._replaces = replaces
        self._locks = []
        if replaces is not None:
            self._locks.append(FolderLock(replaces))
        try:
            if replaces is not None and _is_abandoned_build(path, replaces):
                FolderLock(path).release()  # refused while it lives
                shutil.rmtree(path)
            make_folder(path)
            self._locks.append(FolderLock(path))
        except BaseException:
            self._release()
            raise

    @property
    def name(self) -> str:
        """The name that the run will have when it is finished."""
        return (self._replaces or self.folder.path).name

    @property
    def descriptors(self) -> tuple[int, ...]:
        """The open locks: whoever has them keeps the folder from others."""
        return tuple(lock.descriptor for lock in self._locks)

    def publish(self) -> RunFolder:
        """Put the finished run in the place of the one that it replaces."""
        if self._replaces is None:
            return self.folder
        target, built, old = self._replaces, self.folder.path, _old(self._replaces)
        try:
            target.rename(old)
            built.rename(target)
            self._locks[0].moved_to(old)
            self._locks[1].moved_to(target)
            shutil.rmtree(old)
        except OSError as error:
            raise StorageError(
                f"cannot put {built} in the place of {target}: {error.strerror or error}. The new "
                f"run is whole; the old one is in {old} or where it was."
            ) from None
        self.folder, self._replaces = RunFolder(target, self.folder.save_tag), None
        return self.folder

    def _release(self) -> None:
        for lock in self._locks:
            lock.release()

    def __enter__(self) -> Claim:
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        unstarted = kind is not None and self.folder.is_unstarted()
        if unstarted:  # while it is ours: the next owner may come with the release
            self.folder.remove_unstarted()
        self._release()
        if unstarted:
            with contextlib.suppress(OSError):
                self.folder.path.rmdir()


def claim_for(options: RunOptions) -> Claim:
    """Claim the folder of a run: a new one, that of the run to go on from, or an old one's."""
    source = options.resume_from
    tag = safe_name(_save_tag(options), "--save-tag")
    if options.run_name is not None:
        path = options.runs_dir / safe_name(options.run_name, "--run-name")
        if source is None or path.resolve() != source.resolve():
            return claim_named(options.runs_dir, options.run_name, tag, overwrite=options.overwrite)
    return claim_automatic(options.runs_dir, tag) if source is None else claim_resumed(source, tag)


def _save_tag(options: RunOptions) -> str:
    """Return the base name of the weights; a run that goes on keeps its own."""
    source = options.resume_from
    if options.save_tag is not None:
        return options.save_tag
    if source is not None and (source / "params.json").is_file():
        return str(read_json(source / "params.json").get("save_tag", _SAVE_TAG))
    return _SAVE_TAG


def claim_named(runs_dir: Path, name: str, save_tag: str, *, overwrite: bool) -> Claim:
    """Claim ``runs_dir/name`` for a new run.

    Raises
    ------
    InputError
        When there is a run, or anything else, that may not be replaced.
    """
    path = runs_dir / safe_name(name, "--run-name")
    if overwrite and (path.exists() or path.is_symlink()):
        _refuse_to_replace(path)
        if not RunFolder(path).is_unstarted():
            return Claim(path.with_name(f"{path.name}.new"), save_tag, replaces=path)
    if path.exists() and not (path.is_dir() and RunFolder(path).is_unstarted()):
        if path.is_dir():
            FolderLock(path).release()  # says so when its run still lives
        raise _occupied(path)
    claim = Claim(path, save_tag)
    if not claim.folder.is_unstarted():  # another run had it meanwhile, and has finished
        claim.__exit__(None, None, None)
        raise _occupied(path)
    return claim


def claim_automatic(runs_dir: Path, save_tag: str) -> Claim:
    """Claim a folder named by the time of day, and by the task of a SLURM array.

    Runs that start in the same second get ``_2``, ``_3``, ... behind it.
    """
    task = os.environ.get("SLURM_ARRAY_TASK_ID", "")
    base = safe_name(timestamp() + (f"_{task}" if task else ""), "SLURM_ARRAY_TASK_ID")
    make_folder(runs_dir)
    for number in range(1, _MOST_RUNS_IN_A_SECOND):
        path = runs_dir / (base if number == 1 else f"{base}_{number}")
        try:
            path.mkdir()  # exactly one run makes it
        except FileExistsError:
            continue
        except OSError as error:
            raise StorageError(f"cannot make the folder {path}: {error.strerror}.") from None
        return Claim(path, save_tag)
    raise InputError(f"{runs_dir} has no free name {base}; give one with --run-name.")


def claim_resumed(path: Path, save_tag: str) -> Claim:
    """Claim the folder of a run that goes on in it."""
    claim = Claim(path, save_tag)
    claim.folder.remove_temporary()
    return claim


def _old(path: Path) -> Path:
    """Where a run waits while its successor takes its place."""
    return path.with_name(f"{path.name}.old")


def _refuse_to_replace(path: Path) -> None:
    if _old(path).exists() or _old(path).is_symlink():
        raise InputError(
            f"--overwrite moves the old run to {_old(path)} for a moment, but something is there "
            "(of an --overwrite that was interrupted at its end?); move it away or delete it."
        )
    if path.is_symlink():
        raise InputError(
            f"--overwrite: {path} is a link to {os.readlink(path)}; delete it yourself, or give "
            "another --run-name."
        )
    if not path.is_dir():
        raise InputError(f"--overwrite: {path} is not a folder; give another --run-name.")
    if any(path.iterdir()) and not (path / "params.json").is_file():
        raise InputError(
            f"--overwrite: {path} is not the folder of a run (it has no params.json) and is not "
            "deleted; give another --run-name."
        )


def _is_abandoned_build(path: Path, replaces: Path) -> bool:
    """Whether `path` is what an interrupted --overwrite left; other things there are refused."""
    if not path.exists() and not path.is_symlink():
        return False
    try:
        ours = not path.is_symlink() and (
            RunFolder(path).is_unstarted()
            or read_json(path / "params.json").get("run_folder") == replaces.name
        )
    except LateralnetError:
        ours = False
    if not ours:
        raise InputError(
            f"--overwrite builds the new run in {path}, but something else is there; move it away."
        )
    return True


def _occupied(path: Path) -> InputError:
    return InputError(
        f"the run folder {path} exists already; choose another --run-name, go on with "
        f"--resume-from {path}, or replace it with --overwrite."
    )
