"""A series of numbers or rows that grows, and can be looked at as an array at no cost."""

from __future__ import annotations

import numpy as np


class GrowingSeries:
    """Float values in a buffer that doubles when it is full.

    A view handed out stays as it is: later values are written behind it.
    """

    def __init__(self, values: np.ndarray | None = None) -> None:
        self._buffer = np.zeros(0) if values is None else np.array(values, dtype=float)
        self._size = self._buffer.shape[0]

    def __len__(self) -> int:
        return int(self._size)

    def append(self, value: float | np.ndarray) -> None:
        """Add one number or one row."""
        self.extend(np.asarray(value, dtype=float)[None])

    def extend(self, rows: np.ndarray) -> None:
        """Add numbers, shape (n,), or rows, shape (n, width)."""
        if not self._size:
            self._buffer = np.zeros((0, *rows.shape[1:]))
        needed = self._size + rows.shape[0]
        if needed > self._buffer.shape[0]:
            larger = np.zeros((max(needed, 2 * self._size), *rows.shape[1:]))
            larger[: self._size] = self._buffer[: self._size]
            self._buffer = larger
        self._buffer[self._size : needed] = rows
        self._size = needed

    def array(self) -> np.ndarray:
        """Return a read-only view of what is there now."""
        view = self._buffer[: self._size]
        view.flags.writeable = False
        return view
