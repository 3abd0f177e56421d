"""Windows of spike counts beside where the sphere was: what every decoder is given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lateralnet.records.record import TestRecord

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Windows:
    """Spike counts of a layer in windows of equal length, with the sphere beside the body.

    Attributes
    ----------
    counts : ndarray, shape (n_windows, n_cells)
        Spikes of each cell.
    x_cm, distance_cm : ndarray, shape (n_windows,)
        Mean position along the body, and distance from it.
    sweep : ndarray of int, shape (n_windows,)
        Sweep that the window was cut from, counted over all that were joined.
    window_s : float
        Length of a window.
    """

    counts: FloatArray
    x_cm: FloatArray
    distance_cm: FloatArray
    sweep: NDArray[np.int64]
    window_s: float

    def __len__(self) -> int:
        return int(self.x_cm.size)

    def take(self, chosen: NDArray[np.bool_]) -> Windows:
        """Return some of the windows."""
        return Windows(
            self.counts[chosen], self.x_cm[chosen], self.distance_cm[chosen],
            self.sweep[chosen], self.window_s,
        )  # fmt: skip


def windows_of(test: TestRecord, layer: str, *, window_s: float, body_length_cm: float) -> Windows:
    """Cut the sweeps of a test into windows; those that leave the body do not count."""
    width = max(1, round(window_s / test.dt_s))
    n_windows = test.x_cm.shape[1] // width
    counts, x_cm, y_cm, sweep_of = [], [], [], []
    for number, sweep in enumerate(test.sweeps(layer)):
        step, cell = sweep.steps_and_cells()
        n_cells = sweep.n_cells
        window = step // width
        kept = window < n_windows
        flat = np.bincount(window[kept] * n_cells + cell[kept], minlength=n_windows * n_cells)
        place_cm = test.x_cm[number, : n_windows * width].reshape(n_windows, width)
        on_body = np.all((place_cm >= 0.0) & (place_cm <= body_length_cm), axis=1)
        counts.append(flat.reshape(n_windows, n_cells)[on_body].astype(float))
        x_cm.append(place_cm[on_body].mean(axis=1))
        away_cm = test.y_cm[number, : n_windows * width].reshape(n_windows, width)
        y_cm.append(away_cm[on_body].mean(axis=1))
        sweep_of.append(np.full(int(on_body.sum()), number))
    return Windows(
        np.concatenate(counts), np.concatenate(x_cm), np.concatenate(y_cm),
        np.concatenate(sweep_of), width * test.dt_s,
    )  # fmt: skip


def joined(parts: Sequence[Windows]) -> Windows:
    """Return the windows of several tests as one; each keeps its own sweeps."""
    offset, sweeps = 0, []
    for part in parts:
        sweeps.append(part.sweep + offset)
        offset += int(part.sweep.max(initial=-1)) + 1
    return Windows(
        np.concatenate([part.counts for part in parts]),
        np.concatenate([part.x_cm for part in parts]),
        np.concatenate([part.distance_cm for part in parts]),
        np.concatenate(sweeps),
        parts[0].window_s,
    )
