"""Files of a run: written to a temporary name and renamed, so none is ever half there."""

from __future__ import annotations

import contextlib
import io
import json
import math
import os
import shutil
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from lateralnet.errors import StorageError

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
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
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
    """Write arrays to an ``.npz`` file.

    NumPy compresses at zlib's usual level, which takes three times as long as the lowest for
    files a tenth smaller.
    """
    buffer = io.BytesIO()
    kind = zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED
    with zipfile.ZipFile(buffer, "w", kind, compresslevel=1) as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w") as entry:
                np.lib.format.write_array(entry, np.asanyarray(array), allow_pickle=False)
    write_bytes(path, buffer.getvalue(), durable=durable)


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
    except (OSError, ValueError) as error:
        raise StorageError(f"{path} cannot be read ({error}); it is damaged.") from None
    if not isinstance(content, dict):
        raise StorageError(f"{path} is not a JSON object; it is damaged.")
    return content


def read_npz(path: Path) -> dict[str, np.ndarray]:
    """Read all arrays of an ``.npz`` file.

    Raises
    ------
    StorageError
        When it is missing or damaged.
    """
    try:
        with np.load(path, allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files}
    except FileNotFoundError:
        raise StorageError(f"{path} does not exist.") from None
    except (OSError, ValueError, zipfile.BadZipFile, EOFError, KeyError) as error:
        raise StorageError(f"{path} cannot be read ({error}); it is damaged.") from None


def make_folder(path: Path) -> None:
    """Make a folder and check that it can be written and is not on a full disk."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"cannot make the folder {path}: {error.strerror}.") from None
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
