"""Chance levels: a measure beside its own values when the cells' identities are shuffled."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lateralnet.streams import named_generator


@dataclass(frozen=True)
class Chance:
    """What a measure gives when it is computed on shuffled cells.

    Attributes
    ----------
    mean, sd : float
        Mean and standard deviation (ddof 1) over the shuffles; NaN without any.
    p_value : float
        Share of shuffles at least as good as the measured value, which counts as one of them.
    """

    mean: float
    sd: float
    p_value: float


_BLOCK = 1 << 16  # numbers

NO_CHANCE = Chance(mean=float("nan"), sd=float("nan"), p_value=float("nan"))


@functools.lru_cache(maxsize=4)
def permutations(n: int, n_shuffles: int, seed: int) -> NDArray[np.int64]:
    """Return random permutations of `n` cells, shape (n_shuffles, n), to be read only.

    They are the same for the same seed; all measures of a map shuffle its cells alike.
    """
    generator = named_generator(seed, "shuffle null")
    orders = [generator.permutation(n) for _ in range(n_shuffles)]
    return read_only(np.array(orders, dtype=np.int64).reshape(-1, n))


def read_only(array: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the array, which nobody can change any more: it is kept for the next caller."""
    array.flags.writeable = False
    return array


def blocks(n_rows: int, row_size: int) -> Iterator[slice]:
    """Yield slices of rows that are worked on at once: few enough to stay in the caches."""
    step = max(1, _BLOCK // max(1, row_size))
    for first in range(0, n_rows, step):
        yield slice(first, first + step)


def chance_level(
    measure: Callable[[NDArray[np.int64]], NDArray[np.float64]],
    measured: float,
    n: int,
    *,
    n_shuffles: int,
    seed: int,
    low_is_good: bool,
) -> Chance:
    """Return the chance level of a measure.

    Parameters
    ----------
    measure : callable
        Takes permutations of the cells, shape (m, n), and returns the measure of each, (m,).
    measured : float
        The measure of the cells as they are.
    n : int
        Number of cells.
    n_shuffles : int
        Number of permutations; with fewer than 2 all fields are NaN.
    seed : int
        Seed of the permutations.
    low_is_good : bool
        Whether small values are the good ones.
    """
    if n_shuffles < 2 or not np.isfinite(measured):
        return NO_CHANCE
    shuffled = measure(permutations(n, n_shuffles, seed))
    return chance_among(shuffled, measured, low_is_good=low_is_good)


def chance_among(shuffled: NDArray[np.float64], measured: float, *, low_is_good: bool) -> Chance:
    """Return the chance level given the measure of each shuffle, shape (n_shuffles,)."""
    if shuffled.size < 2 or not np.isfinite(measured):
        return NO_CHANCE
    as_good = shuffled <= measured if low_is_good else shuffled >= measured
    return Chance(
        mean=float(np.mean(shuffled)),
        sd=float(np.std(shuffled, ddof=1)),
        p_value=float((1 + np.count_nonzero(as_good)) / (1 + shuffled.size)),
    )
