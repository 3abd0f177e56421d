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
    ordered = dict(zip(ranks.tolist(), _order_statistics(values, ranks).tolist(), strict=True))
    low = np.array([ordered[k] for k in below.tolist()])
    high = np.array([ordered[min(k + 1, values.size - 1)] for k in below.tolist()])
    step = high - low
    return np.where(share >= 0.5, high - step * (1 - share), low + step * share)


def _order_statistics(values: FloatArray, ranks: NDArray[np.int64]) -> FloatArray:
    """Return the values of some ranks: only those of the bins that they fall into are sorted."""
    low = values.min()
    span = values.max() - low
    if span == 0:
        return np.full(ranks.size, low)
    # Rounding keeps the order, so every value of a bin is between those of its neighbours.
    scaled = values - low
    scaled *= _N_BINS / span
    in_bin = scaled.astype(np.intp)
    n_in_bin = np.bincount(in_bin)
    wanted = np.searchsorted(np.cumsum(n_in_bin), ranks, side="right")
    is_wanted = np.zeros(n_in_bin.size, dtype=bool)
    is_wanted[wanted] = True
    n_left_out = np.cumsum(np.where(is_wanted, 0, n_in_bin))
    among = ranks - n_left_out[wanted]
    kept = values[np.flatnonzero(is_wanted[in_bin])]  # faster than by the mask itself
    return np.asarray(np.partition(kept, among)[among])
