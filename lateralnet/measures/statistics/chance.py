"""Chance levels: a measure beside its own values when the cells' identities are shuffled."""

from __future__ import annotations

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


NO_CHANCE = Chance(mean=float("nan"), sd=float("nan"), p_value=float("nan"))


def permutations(n: int, n_shuffles: int, seed: int) -> Iterator[NDArray[np.int64]]:
    """Yield `n_shuffles` random permutations of `n` cells, the same for the same seed."""
    generator = named_generator(seed, "shuffle null")
    for _ in range(n_shuffles):
        yield generator.permutation(n)


def chance_level(
    measure: Callable[[NDArray[np.int64]], float],
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
        Takes a permutation of the cells, shape (n,), and returns the measure.
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
    shuffled = np.array([measure(order) for order in permutations(n, n_shuffles, seed)])
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
