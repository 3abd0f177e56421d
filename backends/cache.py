"""Built programs, kept by content: what is the same is never built twice."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from backends.errors import ProgramBuildError

_COMPLETE = "complete.json"


def default_cache_dir() -> Path:
    """``$LATERALNET_CACHE``, else ``$XDG_CACHE_HOME/lateralnet``, else ``~/.cache/lateralnet``."""
    chosen = os.environ.get("LATERALNET_CACHE")
    if chosen:
        return Path(chosen).absolute()
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base).absolute() / "lateralnet"


def content_key(**parts: Any) -> str:
    """Return a short hash of plain values."""
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:20]


def source_hash(*paths: Path) -> str:
    """Return a hash of the text of some source files."""
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:20]


def cached(cache_dir: Path, key: str, make: Callable[[Path], dict[str, Any]]) -> tuple[Path, bool]:
    """Return the folder of `key`, and whether it had to be made.

    `make(folder)` fills a temporary folder and returns what is to be remembered about it; the
    folder gets its name only when that succeeded, so a killed build leaves nothing that looks
    whole. A second process that wants the same key waits for the first.
    """
    programs = cache_dir / "programs"
    try:
        programs.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ProgramBuildError(
            f"the program cache {programs} cannot be written ({error.strerror}); "
            "set LATERALNET_CACHE to a folder that can."
        ) from None
    final = programs / key
    if (final / _COMPLETE).is_file():
        return final, False
    with _locked(programs / f"{key}.lock"):
        if (final / _COMPLETE).is_file():
            return final, False
        shutil.rmtree(final, ignore_errors=True)
        building = Path(tempfile.mkdtemp(prefix=f"{key}.building.", dir=programs))
        try:
            remembered = make(building)
            (building / _COMPLETE).write_text(json.dumps(remembered, indent=1, default=str))
            building.rename(final)
        except BaseException:
            shutil.rmtree(building, ignore_errors=True)
            raise
    return final, True


def remembered(folder: Path) -> dict[str, Any]:
    """Return what `make` said about a cached folder."""
    facts: dict[str, Any] = json.loads((folder / _COMPLETE).read_text())
    return facts


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(handle, fcntl.LOCK_UN)
