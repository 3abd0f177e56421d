"""Is the map in order: does cell k prefer the place k stands for?

The anatomical diagonal is x_k = L k / (n - 1), head to tail, as the afferents of the goldfish
torus are ordered (Plachta et al. 2003, J Exp Biol 206:3479).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lateralnet.measures.rate_maps import (
    POSITION_BINS,
    SMOOTHING_CM,
    RateMap,
    rate_map,
    rate_map_of,
    spike_counts,
)
from lateralnet.measures.statistics.chance import Chance, blocks, chance_among, chance_level
from lateralnet.records.sweep import Sweep
from lateralnet.streams import named_generator

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

NEAR_CM = 0.4
SMALLEST_PEAK_HZ = 1.0


@dataclass(frozen=True)
class PlaceOrder:
    """Order of a map; fractions and correlations are NaN where too few cells fire.

    Attributes
    ----------
    preferred_cm : ndarray, shape (n,)
        Where the smoothed rate of each cell is largest; NaN for a silent cell.
    modes : ndarray of int, shape (n,)
        Separate stretches of the body with at least half the peak rate; 0 for a cell whose
        smoothed rate stays below 1 Hz.
    active_cells : int
        Cells with a spike while the sphere is beside the body.
    spearman : float
        Rank correlation of preferred position and cell index over the active cells.
    cells_near_diagonal : float
        Share of active cells that prefer a place within 0.4 cm of the diagonal.
    spikes_near_diagonal : float
        Share of spikes fired with the sphere within 0.4 cm of the diagonal.
    mean_modes, multimodal_fraction : float
        Mean number of modes, and share with two or more, over the cells with a mode.
    spearman_chance, cells_chance, spikes_chance : Chance
        The same measures with the cells shuffled.
    modes_chance, multimodal_chance : Chance
        Modes of cells that fire as often, but anywhere: shuffled cells would have the same ones.
    """

    preferred_cm: FloatArray
    modes: IntArray
    active_cells: int
    spearman: float
    cells_near_diagonal: float
    spikes_near_diagonal: float
    mean_modes: float
    multimodal_fraction: float
    spearman_chance: Chance
    cells_chance: Chance
    spikes_chance: Chance
    modes_chance: Chance
    multimodal_chance: Chance


def place_order(
    sweeps: Sequence[Sweep],
    *,
    body_length_cm: float,
    n_shuffles: int = 100,
    seed: int = 0,
) -> PlaceOrder:
    """Measure the order of a map over one or several sweeps.

    Parameters
    ----------
    sweeps : sequence of Sweep
        Test sweeps; time steps with the sphere beside the body do not count.
    body_length_cm : float
        Length of the body.
    n_shuffles, seed : int
        Permutations for the chance levels, and their seed.
    """
    n = sweeps[0].n_cells
    rates = rate_map(sweeps, body_length_cm=body_length_cm)
    preferred = preferred_position_cm(rates)
    modes = count_modes(rates)
    diagonal_cm = np.linspace(0.0, body_length_cm, n)
    spike_x_cm, spike_cell = _spikes_on_body(sweeps, body_length_cm)
    active = np.isfinite(preferred)

    def order_of(orders: IntArray) -> FloatArray:
        return spearman_of_orders(orders[:, active], preferred[active])

    def cells_near(orders: IntArray) -> FloatArray:
        return _shares_near(preferred[active], diagonal_cm[orders[:, active]])

    def spikes_near(orders: IntArray) -> FloatArray:
        each = (diagonal_cm[order][spike_cell] for order in orders)
        return np.concatenate([_shares_near(spike_x_cm, place_cm[None]) for place_cm in each])

    as_is = np.arange(n)[None]
    values = [float(measure(as_is)[0]) for measure in (order_of, cells_near, spikes_near)]
    chances = [
        chance_level(measure, value, n, n_shuffles=n_shuffles, seed=seed, low_is_good=False)
        for measure, value in zip((order_of, cells_near, spikes_near), values, strict=True)
    ]
    counted = _modes_of(modes)
    anywhere = _modes_anywhere(sweeps, body_length_cm, n_shuffles, seed)
    return PlaceOrder(
        preferred_cm=preferred,
        modes=modes,
        active_cells=int(np.count_nonzero(active)),
        spearman=values[0],
        cells_near_diagonal=values[1],
        spikes_near_diagonal=values[2],
        mean_modes=counted[0],
        multimodal_fraction=counted[1],
        spearman_chance=chances[0],
        cells_chance=chances[1],
        spikes_chance=chances[2],
        modes_chance=chance_among(anywhere[:, 0], counted[0], low_is_good=True),
        multimodal_chance=chance_among(anywhere[:, 1], counted[1], low_is_good=True),
    )


def preferred_position_cm(rates: RateMap) -> FloatArray:
    """Return where each cell's smoothed rate is largest, shape (n,); NaN for silent cells."""
    filled = np.nan_to_num(rates.smooth_rate_hz, nan=-1.0)
    best = rates.x_cm[np.argmax(filled, axis=1)]
    return np.where(np.max(filled, axis=1) > 0, best, np.nan)


def count_modes(rates: RateMap) -> IntArray:
    """Return how many separate stretches reach half the peak rate, shape (n,), or of each map."""
    smooth = rates.smooth_rate_hz
    visited = np.isfinite(smooth.reshape(-1, smooth.shape[-1])[0])
    if not visited.any():
        return np.zeros(smooth.shape[:-1], dtype=np.int64)
    if not visited.all():
        smooth = np.compress(visited, smooth, axis=-1)
    peak_hz = smooth.max(axis=-1)
    high = smooth >= 0.5 * peak_hz[..., None]
    begins = high[..., 0] + np.count_nonzero(high[..., 1:] & ~high[..., :-1], axis=-1)
    return np.where(peak_hz >= SMALLEST_PEAK_HZ, begins, 0)


def _modes_of(modes: IntArray) -> tuple[float, float]:
    """Return the mean number of modes, and the share of cells with two or more."""
    counted = modes[modes > 0]
    if not counted.size:
        return float("nan"), float("nan")
    return float(counted.mean()), float(np.mean(counted >= 2))


def _modes_anywhere(
    sweeps: Sequence[Sweep], body_length_cm: float, n_shuffles: int, seed: int
) -> FloatArray:
    """Return `_modes_of` cells whose spikes fall anywhere on the way, shape (n_shuffles, 2)."""
    counts, occupancy_s = spike_counts(sweeps, body_length_cm=body_length_cm, n_bins=POSITION_BINS)
    found = np.full((max(0, n_shuffles), 2), np.nan)
    if not occupancy_s.any():
        return found
    generator = named_generator(seed, "modes anywhere")
    n_spikes = counts.sum(axis=1).astype(np.int64)
    for part in blocks(len(found), counts.size):
        rows = found[part]
        share = occupancy_s / occupancy_s.sum()
        spread = generator.multinomial(n_spikes, share, size=(len(rows), n_spikes.size))
        rates = rate_map_of(
            spread.astype(float), occupancy_s,
            body_length_cm=body_length_cm, smoothing_cm=SMOOTHING_CM,
        )  # fmt: skip
        rows[:] = [_modes_of(modes) for modes in count_modes(rates)]
    return found


def spearman(first: FloatArray, second: FloatArray) -> float:
    """Return the rank correlation; tied values share their mean rank. NaN when undefined."""
    if first.size < 3:
        return float("nan")
    a, b = ranks(first), ranks(second)
    a, b = a - a.mean(), b - b.mean()
    norm = np.sqrt((a @ a) * (b @ b))
    return float(a @ b / norm) if norm > 0 else float("nan")


def spearman_of_orders(orders: IntArray, values: FloatArray) -> FloatArray:
    """Return `spearman` of rows of different whole numbers with the same values, shape (m,).

    Ranks are multiples of 1/2, so that all sums are exact and their order does not matter.

    Parameters
    ----------
    orders : ndarray of int, shape (m, n)
        At least 0, none twice in a row.
    values : ndarray, shape (n,)
        What they are compared with.
    """
    if values.size < 3:
        return np.full(len(orders), np.nan)
    there = np.zeros((len(orders), int(orders.max()) + 1), dtype=bool)
    np.put_along_axis(there, orders, True, axis=1)
    rank = np.take_along_axis(np.cumsum(there, axis=1), orders, axis=1)
    a, b = rank - 0.5 * (values.size + 1), ranks(values)
    b = b - b.mean()
    norm = np.sqrt(np.square(a[0]).sum() * (b @ b)) if len(orders) else 0.0
    return np.asarray(a @ b / norm) if norm > 0 else np.full(len(orders), np.nan)


def ranks(values: FloatArray) -> FloatArray:
    """Return the ranks from 1 on; tied values share their mean rank."""
    _, inverse, count = np.unique(values, return_inverse=True, return_counts=True)
    last_rank = np.cumsum(count)
    return np.asarray((last_rank - 0.5 * (count - 1))[inverse])


def _shares_near(place_cm: FloatArray, diagonal_cm: FloatArray) -> FloatArray:
    """Return the share of places (n,) near the diagonal, for each row of (m, n)."""
    if place_cm.size == 0:
        return np.full(len(diagonal_cm), np.nan)
    return np.asarray(np.mean(np.abs(place_cm - diagonal_cm) <= NEAR_CM, axis=1))


def _spikes_on_body(sweeps: Sequence[Sweep], body_length_cm: float) -> tuple[FloatArray, IntArray]:
    """Return sphere position and cell of every spike with the sphere beside the body."""
    places, cells = [np.empty(0)], [np.empty(0, dtype=np.int64)]
    for sweep in sweeps:
        step, cell = sweep.steps_and_cells()
        kept = sweep.on_body(body_length_cm)[step]
        places.append(sweep.x_cm[step[kept]])
        cells.append(cell[kept])
    return np.concatenate(places), np.concatenate(cells)
