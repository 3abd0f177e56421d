"""Quantiles of many numbers at the cost of a few passes over them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
_N_BINS = 4096


def quantiles(values: FloatArray, probabilities: Sequence[float]) -> FloatArray:
    """Return what `numpy.quantile` does, bit for bit, without a partition of all values.

    Parameters
    ----------
    values : ndarray, shape (n,)
        Finite numbers, at least one.
    probabilities : sequence of float
        Between 0 and 1.

    Examples
    --------
    >>> quantiles(np.array([3.0, 1.0, 2.0, 5.0]), (0.0, 0.5))
    array([1. , 2.5])
    """
    place = (values.size - 1) * np.asarray(probabilities, dtype=float)
    below = np.floor(place).astype(np.int64)
    share = place - below
    ranks = np.unique([below, np.minimum(below + 1, values.size - 1)])
    ordered = dict(zip(ranks.tolist(), _order_statistics(values, ranks), strict=True))
    low = np.array([ordered[k] for k in below.tolist()])
    high = np.array([ordered[min(k + 1, values.size - 1)] for k in below.tolist()])
    step = high - low
    return np.where(share >= 0.5, high - step * (1 - share), low + step * share)


def _order_statistics(values: FloatArray, ranks: NDArray[np.int64]) -> list[float]:
    """Return the values of some ranks: only those of the bins that they fall into are sorted."""
    low, span = values.min(), np.ptp(values)
    if span == 0:
        return [float(low)] * ranks.size
    # Rounding keeps the order, so every value of a bin is between those of its neighbours.
    in_bin = ((values - low) * (_N_BINS / span)).astype(np.int64)
    until = np.cumsum(np.bincount(in_bin))
    found: list[float] = []
    for number in np.unique(wanted := np.searchsorted(until, ranks, side="right")):
        inside = np.sort(values[in_bin == number])
        before = int(until[number - 1]) if number else 0
        found += [float(inside[rank - before]) for rank in ranks[wanted == number]]
    return found
