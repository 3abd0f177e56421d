"""Files of a run: written to a temporary name and renamed, so none is ever half there."""

from __future__ import annotations

import contextlib
import json
import math
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from lateralnet.errors import LateralnetError, StorageError
from lateralnet.records.npz import packed
from lateralnet.records.npz import read_npz as read_npz

SCHEMA_VERSION = 1


def write_bytes(path: Path, content: bytes, *, durable: bool = True) -> None:
    """Write a file whole or not at all.

    Parameters
    ----------
    durable : bool
        Whether to wait until the disk has it (needed against a power cut, not against a kill).

    Raises
    ------
    StorageError
        When the disk is full or the folder cannot be written; what was there before stays.
    """
    # Process numbers are not enough where several machines share a folder.
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{os.urandom(3).hex()}.tmp")
    try:
        with temporary.open("wb") as handle:
            handle.write(content)
            if durable:
                handle.flush()
                os.fsync(handle.fileno())
        temporary.replace(path)
        if durable:
            _flush_folder(path.parent)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise StorageError(
            f"cannot write {path}: {error.strerror or error}. Files written before are whole."
        ) from None


def _flush_folder(path: Path) -> None:
    """Wait until the disk has the new name of a file, too."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write a JSON file; NaN and infinities become null."""
    write_bytes(path, (json.dumps(plain(content), indent=2) + "\n").encode())


def write_npz(
    path: Path, arrays: Mapping[str, np.ndarray], *, compress: bool = True, durable: bool = True
) -> None:
    """Write arrays to an ``.npz`` file."""
    write_bytes(path, packed(arrays, compress=compress), durable=durable)


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object.

    Raises
    ------
    StorageError
        When it is missing or damaged.
    """
    try:
        content = json.loads(path.read_text())
    except FileNotFoundError:
        raise StorageError(f"{path} does not exist.") from None
    except OSError as error:
        raise StorageError(f"{path} cannot be read: {error.strerror or error}.") from None
    except (ValueError, RecursionError) as error:
        raise StorageError(f"{path} cannot be read ({error}); it is damaged.") from None
    if not isinstance(content, dict):
        raise StorageError(f"{path} is not a JSON object; it is damaged.")
    return content


@contextlib.contextmanager
def content_of(path: Path) -> Iterator[None]:
    """Turn what strange content of a file runs into inside the block into one sentence.

    Raises
    ------
    StorageError
        For content that is missing or of another kind than was expected.
    """
    try:
        yield
    except LateralnetError:
        raise
    except KeyError as error:
        raise StorageError(f"{path} lacks {error}; it is damaged, or was edited.") from None
    except (ValueError, TypeError, AttributeError, IndexError, OverflowError) as error:
        what = " ".join(str(error).split())[:120]
        raise StorageError(
            f"{path} holds something else than it should ({what}); it is damaged, or was edited."
        ) from None


def make_folder(path: Path) -> None:
    """Make a folder and check that it can be written and is not on a full disk."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"cannot make the folder {path}: {error.strerror or error}.") from None
    if not os.access(path, os.W_OK):
        raise StorageError(f"the folder {path} cannot be written.")


def check_free_space(path: Path, needed_bytes: int) -> None:
    """Refuse to start what the disk cannot hold.

    Raises
    ------
    StorageError
        When fewer than `needed_bytes` are free where `path` is.
    """
    existing = next(place for place in (path, *path.absolute().parents) if place.exists())
    free = shutil.disk_usage(existing).free
    if free < needed_bytes:
        raise StorageError(
            f"only {free / 1e6:.0f} MB are free in {path}, but about {needed_bytes / 1e6:.0f} MB "
            "are needed; free some space or choose another folder."
        )


def plain(value: Any) -> Any:
    """Return plain values for JSON: no NumPy types, and null for NaN and infinities."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
