"""Firing rate of each cell against the position of the sphere along the body."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lateralnet.records.sweep import Sweep

FloatArray = NDArray[np.float64]

POSITION_BINS = 50
SMOOTHING_CM = 0.15


@dataclass(frozen=True)
class RateMap:
    """Rates of a layer over the body.

    Attributes
    ----------
    x_cm : ndarray, shape (n_bins,)
        Centres of the position bins.
    rate_hz : ndarray, shape (n, n_bins)
        Rate of each cell there, NaN where the sphere never was.
    smooth_rate_hz : ndarray, shape (n, n_bins)
        The same from spike counts and times smoothed along the body.
    """

    x_cm: FloatArray
    rate_hz: FloatArray
    smooth_rate_hz: FloatArray


def rate_map(
    sweeps: Sequence[Sweep],
    *,
    body_length_cm: float,
    n_bins: int = POSITION_BINS,
    smoothing_cm: float = SMOOTHING_CM,
) -> RateMap:
    """Return the rate of each cell in equal position bins over the body, over all sweeps.

    Parameters
    ----------
    sweeps : sequence of Sweep
        One or more sweeps; time steps with the sphere beside the body do not count.
    body_length_cm : float
        Length of the body.
    n_bins : int
        Number of position bins.
    smoothing_cm : float
        Standard deviation of the Gaussian kernel of the smoothed map.
    """
    counts, occupancy_s = spike_counts(sweeps, body_length_cm=body_length_cm, n_bins=n_bins)
    return rate_map_of(
        counts, occupancy_s, body_length_cm=body_length_cm, smoothing_cm=smoothing_cm
    )


def spike_counts(
    sweeps: Sequence[Sweep], *, body_length_cm: float, n_bins: int
) -> tuple[FloatArray, FloatArray]:
    """Return spikes of each cell (n, n_bins) and time spent (n_bins,) in each position bin."""
    n = sweeps[0].n_cells
    counts = np.zeros((n, n_bins))
    occupancy_s = np.zeros(n_bins)
    for sweep in sweeps:
        on_body = sweep.on_body(body_length_cm)
        position_bin = np.clip((sweep.x_cm / body_length_cm * n_bins).astype(int), 0, n_bins - 1)
        occupancy_s += np.bincount(position_bin[on_body], minlength=n_bins) * sweep.dt_s
        step, cell = sweep.steps_and_cells()
        step, cell = step[on_body[step]], cell[on_body[step]]
        flat = np.bincount(cell * n_bins + position_bin[step], minlength=n * n_bins)
        counts += flat.reshape(n, n_bins)
    return counts, occupancy_s


def rate_map_of(
    counts: FloatArray, occupancy_s: FloatArray, *, body_length_cm: float, smoothing_cm: float
) -> RateMap:
    """Return the rate map of spike counts (n, n_bins) and times spent (n_bins,).

    Counts of several maps, (n_maps, n, n_bins), give the rates of each.
    """
    n_bins = occupancy_s.size
    x_cm = (np.arange(n_bins) + 0.5) * body_length_cm / n_bins
    kernel = np.exp(-0.5 * ((x_cm[:, None] - x_cm[None, :]) / smoothing_cm) ** 2)
    with np.errstate(invalid="ignore"):  # 0 spikes in 0 s: NaN
        rate_hz = counts / occupancy_s
        smooth_rate_hz = (counts @ kernel) / (occupancy_s @ kernel)
    smooth_rate_hz[..., occupancy_s == 0] = np.nan
    return RateMap(x_cm=x_cm, rate_hz=rate_hz, smooth_rate_hz=smooth_rate_hz)
