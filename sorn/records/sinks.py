"""Where the entries of a recording go: an array in memory, or a file that grows."""

from __future__ import annotations

import math
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from sorn.arrays import NumpyArray


class MemorySink:
    """An array that is made before the first entry comes.

    Raises
    ------
    MemoryError
        If there is no room for it.
    """

    def __init__(self, shape: tuple[int, ...], dtype: Any) -> None:
        self._array, self._count = np.empty(shape, dtype=dtype), 0

    def put(self, rows: NumpyArray) -> None:
        """Add entries along the first axis."""
        self._array[self._count : self._count + len(rows)] = rows
        self._count += len(rows)

    def finish(self) -> NumpyArray:
        """What came."""
        return self._array[: self._count]

    def discard(self) -> None:
        """Nothing is left to be removed."""


class FileSink:
    """A ``.npy`` file that is appended to, so that no memory holds a long run.

    It has a temporary name until it is finished.

    Raises
    ------
    MemoryError
        If the disk has no room for it.
    """

    def __init__(self, target: Path, shape: tuple[int, ...], dtype: Any) -> None:
        near = next(parent for parent in target.resolve().parents if parent.exists())
        if math.prod(shape) * np.dtype(dtype).itemsize > shutil.disk_usage(near).free:
            raise MemoryError
        target.parent.mkdir(parents=True, exist_ok=True)
        self._target, self._part = target, target.with_suffix(".npy.part")
        self._entry, self._dtype, self._count = shape[1:], np.dtype(dtype), 0
        self._stream = open(self._part, "wb")  # noqa: SIM115 - open until it is finished
        self._write_header()

    def put(self, rows: NumpyArray) -> None:
        """Add entries along the first axis."""
        try:
            self._stream.write(np.ascontiguousarray(rows, dtype=self._dtype).data)
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(self._target)) from None
        self._count += len(rows)

    def finish(self) -> NumpyArray:
        """What came, read from the file when it is looked at."""
        self._stream.seek(0)
        self._write_header()  # NumPy leaves room in it for any length of the first axis
        self._stream.close()
        self._part.replace(self._target)
        array: NumpyArray = np.load(self._target, mmap_mode="r" if self._count else None)
        return array

    def discard(self) -> None:
        """Leave no unfinished file."""
        with suppress(OSError):
            self._stream.close()  # may fail to write what it still holds
        self._part.unlink(missing_ok=True)

    def _write_header(self) -> None:
        shape = (self._count, *self._entry)
        header = {"descr": self._dtype.str, "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(self._stream, header)
