"""Hashes of what is kept: a key for each program, and a check that it is as it was built."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

from backends.host.portable import open_flags

SEAL = "complete.json"


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


def seal(folder: Path, facts: dict[str, Any]) -> None:
    """Note the hash of every file beside `facts`, and wait until the disk has all of it."""
    facts = json.loads(json.dumps(facts, default=str))
    files = {}
    for path in _files(folder):
        files[path.relative_to(folder).as_posix()] = _hash_of(path)
        if not path.is_symlink():
            _flush(path)
    content = {"facts": facts, "files": files}
    (folder / SEAL).write_text(json.dumps({**content, "sha256": _digest(content)}, indent=1))
    _flush(folder / SEAL)
    for path in [path for path in folder.rglob("*") if path.is_dir()]:
        flush_folder(path)
    flush_folder(folder)


def noted_facts(folder: Path) -> dict[str, Any]:
    """Return what a folder says about itself, whole or not."""
    try:
        facts: dict[str, Any] = json.loads((folder / SEAL).read_bytes())["facts"]
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return facts


def sealed_facts(folder: Path) -> dict[str, Any] | None:
    """Return the facts of a folder in which every file is as it was sealed, else None."""
    try:
        stored = json.loads((folder / SEAL).read_bytes())
        content = {"facts": stored["facts"], "files": stored["files"]}
        if stored["sha256"] != _digest(content):
            return None
        if any(_hash_of(folder / name) != known for name, known in stored["files"].items()):
            return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    facts: dict[str, Any] = stored["facts"]
    return facts


def flush_folder(folder: Path) -> None:
    """Wait until the disk has the names in a folder."""
    if flags := open_flags("O_DIRECTORY"):  # a system without it cannot open folders
        _flush(folder, flags)


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_symlink() or path.is_file())


def _hash_of(path: Path) -> str:
    if path.is_symlink():
        return f"-> {os.readlink(path)}"
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _digest(content: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _flush(path: Path, flags: int = 0) -> None:
    descriptor = os.open(path, os.O_RDONLY | flags)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
