"""The published width of tuning curves (J. Goulet, LateralLine, 2026)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from lateralnet.measures.order import SMALLEST_PEAK_HZ
from lateralnet.records.sweep import Sweep
from lateralnet.simulation.spikes import SpikeTrain

WIDTH_BINS = 50


def tuning_width_cm(
    spike_t_s: ArrayLike,
    spike_i: ArrayLike,
    n: int,
    t_s: ArrayLike,
    x_cm: ArrayLike,
    *,
    start_s: float,
) -> tuple[float, float, int]:
    """Return mean, standard deviation and number of the cells' tuning widths.

    The rate of each cell is taken in 50 equal bins of position; its width is the number of
    bins with at least half the peak rate, in cm. Cells that peak below 1 Hz do not count.
    Parameters are those of `lateralnet.measures.population_vector`.

    Returns
    -------
    mean_cm, sd_cm : float
        NaN when fewer than two cells count.
    count : int
        Cells that count.
    """
    time_s = np.asarray(t_s, dtype=float)
    x = np.asarray(x_cm, dtype=float)
    if x.size < 2:
        return float("nan"), float("nan"), 0
    dt_s = float(time_s[1] - time_s[0])
    spikes = SpikeTrain.from_times(spike_t_s, spike_i, n, start_s=start_s, dt_s=dt_s)
    return tuning_width_of(Sweep(spikes, x))


def tuning_width_of(sweep: Sweep) -> tuple[float, float, int]:
    """Return the tuning widths of a sweep; see `tuning_width_cm`."""
    x, n, dt_s = sweep.x_cm, sweep.n_cells, sweep.dt_s
    if x.min() == x.max():
        return float("nan"), float("nan"), 0
    edges = np.linspace(x.min(), x.max(), WIDTH_BINS + 1)
    position_bin = np.clip(np.searchsorted(edges, x, side="right") - 1, 0, WIDTH_BINS - 1)
    step, cell = sweep.steps_and_cells()
    occupancy_s = np.bincount(position_bin, minlength=WIDTH_BINS) * dt_s
    count = np.bincount(cell * WIDTH_BINS + position_bin[step], minlength=n * WIDTH_BINS)
    rate_hz = count.reshape(n, WIDTH_BINS) / np.maximum(occupancy_s, 1e-9)
    peak_hz = rate_hz.max(axis=1)
    width_cm = (rate_hz >= 0.5 * peak_hz[:, None]).sum(axis=1) * (edges[1] - edges[0])
    width_cm = width_cm[peak_hz >= SMALLEST_PEAK_HZ]
    if width_cm.size < 2:
        return float("nan"), float("nan"), int(width_cm.size)
    return float(width_cm.mean()), float(width_cm.std(ddof=1)), int(width_cm.size)
