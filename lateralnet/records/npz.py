"""Arrays in ``.npz`` files, read so that no damage passes: one sentence, and no memory for lies.

`numpy.load` believes sizes in headers before it has the bytes, and ends in a dozen kinds of
exceptions; here every size is checked against the file before anything is allocated.
"""

from __future__ import annotations

import io
import math
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from lateralnet.errors import StorageError

_END = b"PK\x05\x06"  # of the end record, the last 22 bytes of an archive without a comment
_END_BYTES = 22
_DEFLATE_RATIO = 1100  # zlib packs at most 1032 bytes into one
_HEADERS: dict[tuple[int, int], Callable[[io.BytesIO], tuple[Any, bool, Any]]] = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}


class _Damage(Exception):
    """What is wrong with a file, in words."""


def packed(arrays: Mapping[str, np.ndarray], *, compress: bool = True) -> bytes:
    """Return the content of an ``.npz`` file.

    NumPy compresses at zlib's usual level, which takes three times as long as the lowest for
    files a tenth smaller.
    """
    buffer = io.BytesIO()
    kind = zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED
    with zipfile.ZipFile(buffer, "w", kind, compresslevel=1) as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w") as entry:
                np.lib.format.write_array(entry, np.asanyarray(array), allow_pickle=False)
    return buffer.getvalue()


def read_npz(path: Path) -> dict[str, np.ndarray]:
    """Read all arrays of an ``.npz`` file.

    Raises
    ------
    StorageError
        When it is missing or damaged.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise StorageError(f"{path} does not exist.") from None
    except OSError as error:
        raise StorageError(f"{path} cannot be read: {error.strerror or error}.") from None
    try:
        return _arrays(content)
    # Broken bytes end in whatever zipfile, zlib, tokenize and NumPy happen to run into.
    except Exception as error:
        what = " ".join(str(error).split())[:120] or type(error).__name__
        raise StorageError(f"{path} cannot be read ({what}); it is damaged.") from None


def _arrays(content: bytes) -> dict[str, np.ndarray]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        entries = archive.infolist()
        end = content[-_END_BYTES:]
        if end[:4] != _END or int.from_bytes(end[10:12], "little") != len(entries) % 2**16:
            raise _Damage("its list of arrays is broken")
        return {entry.filename.removesuffix(".npy"): _array(archive, entry) for entry in entries}


def _array(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> np.ndarray:
    ratio = {zipfile.ZIP_STORED: 1, zipfile.ZIP_DEFLATED: _DEFLATE_RATIO}.get(entry.compress_type)
    if ratio is None or entry.file_size > ratio * entry.compress_size + 64:
        raise _Damage(f"{entry.filename} cannot be of {entry.file_size} bytes")
    content = archive.read(entry)  # its checksum is compared here
    stream = io.BytesIO(content)
    version = np.lib.format.read_magic(stream)
    if version not in _HEADERS:
        raise _Damage(f"{entry.filename} is in an unknown format {version}")
    shape, is_fortran, dtype = _HEADERS[version](stream)
    count, first = math.prod(shape), stream.tell()
    if dtype.hasobject or min(shape, default=0) < 0:
        raise _Damage(f"{entry.filename} holds no plain numbers or texts")
    if first + count * dtype.itemsize != len(content):
        raise _Damage(f"{entry.filename} is not of the size that it says")
    flat = np.frombuffer(content, dtype, count, first).copy()
    return np.asarray(flat.reshape(shape, order="F" if is_fortran else "C"))
