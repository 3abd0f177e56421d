"""The spikes of one layer in one test sweep, beside the position of the sphere."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lateralnet.errors import InputError

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class SweepSpikes:
    """The spikes of one layer in one test sweep.

    Attributes
    ----------
    spike_t_s, spike_i : array_like, shape (n_spikes,)
        Spike times and cell indices.
    t_s, x_cm : array_like, shape (n_t,)
        Equal time steps of the stimulus, and position of the sphere at each.
    start_s : float
        Time, on the clock of the spikes, at which the stimulus begins.
    """

    spike_t_s: ArrayLike
    spike_i: ArrayLike
    t_s: ArrayLike
    x_cm: ArrayLike
    start_s: float = 0.0

    def __post_init__(self) -> None:
        if np.ndim(self.t_s) != 1 or np.shape(self.t_s) != np.shape(self.x_cm):
            raise InputError(
                f"t_s {np.shape(self.t_s)} and x_cm {np.shape(self.x_cm)} must be two series "
                "of the same length."
            )
        if np.size(self.t_s) < 2:
            raise InputError("a sweep needs at least two time steps.")

    @property
    def positions_cm(self) -> FloatArray:
        """Position of the sphere at each time step."""
        return np.asarray(self.x_cm, dtype=float)

    @property
    def dt_s(self) -> float:
        """Time step."""
        time_s = np.asarray(self.t_s, dtype=float)
        return float(time_s[1] - time_s[0])

    def steps_and_cells(self, n: int) -> tuple[IntArray, IntArray]:
        """Return time step and cell of each spike within the sweep, for a layer of `n` cells."""
        return spike_steps(
            self.spike_t_s,
            self.spike_i,
            n,
            start_s=self.start_s,
            dt_s=self.dt_s,
            n_steps=self.positions_cm.size,
        )


def spike_steps(
    spike_t_s: ArrayLike,
    spike_i: ArrayLike,
    n: int,
    *,
    start_s: float,
    dt_s: float,
    n_steps: int,
) -> tuple[IntArray, IntArray]:
    """Return time step and cell of the spikes that fall within the stimulus.

    Raises
    ------
    InputError
        When times and cells differ in number, or a cell index is outside 0 to `n` - 1.
    """
    time_s = np.asarray(spike_t_s, dtype=float)
    cell = np.asarray(spike_i, dtype=np.int64)
    if time_s.shape != cell.shape:
        raise InputError(f"{time_s.size} spike times but {cell.size} spike indices.")
    if cell.size and not (cell.min() >= 0 and cell.max() < n):
        raise InputError(f"spike indices {cell.min()} to {cell.max()} in a layer of {n} cells.")
    step = np.floor((time_s - start_s) / dt_s).astype(np.int64)
    inside = (step >= 0) & (step < n_steps)
    return step[inside], cell[inside]
