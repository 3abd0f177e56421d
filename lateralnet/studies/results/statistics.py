"""Means over seeds with confidence intervals, and differences paired by seed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

# 0.975 quantiles of Student's t for 1 to 10 degrees of freedom; the expansion serves the rest.
_T975 = (12.70620, 4.30265, 3.18245, 2.77645, 2.57058, 2.44691, 2.36462, 2.30600, 2.26216, 2.22814)
_Z975 = 1.959963984540054


@dataclass(frozen=True)
class Mean:
    """A mean over seeds.

    Attributes
    ----------
    mean : float
        NaN without any value.
    half_width : float
        Half of the 95 % confidence interval (Student's t); NaN for fewer than two values.
    sd : float
        With n - 1; NaN for fewer than two values.
    n : int
        Seeds with a value.
    """

    mean: float
    half_width: float
    sd: float
    n: int

    @property
    def low(self) -> float:
        """Lower end of the interval."""
        return self.mean - self.half_width

    @property
    def high(self) -> float:
        """Upper end of the interval."""
        return self.mean + self.half_width


@dataclass(frozen=True)
class Paired:
    """A difference between two conditions on the same seeds.

    Attributes
    ----------
    difference : Mean
        First minus second.
    n_lower : int
        Seeds in which the first is lower.
    """

    difference: Mean
    n_lower: int


def t_975(degrees: int) -> float:
    """Return the 0.975 quantile of Student's t distribution (error below 1e-4).

    Beyond ten degrees of freedom it is the Cornish-Fisher expansion (Abramowitz and Stegun,
    26.7.5).
    """
    if degrees < 1:
        return math.nan
    if degrees <= len(_T975):
        return _T975[degrees - 1]
    z, n = _Z975, degrees
    terms = (
        z,
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return sum(term / n**k for k, term in enumerate(terms))


def mean_of(values: Sequence[float]) -> Mean:
    """Return the mean of the finite values with its 95 % confidence interval."""
    finite = np.array([value for value in values if math.isfinite(value)])
    n = finite.size
    if n == 0:
        return Mean(math.nan, math.nan, math.nan, 0)
    if n == 1:
        return Mean(float(finite[0]), math.nan, math.nan, 1)
    sd = float(finite.std(ddof=1))
    return Mean(float(finite.mean()), t_975(n - 1) * sd / math.sqrt(n), sd, n)


def paired(first: Mapping[int, float], second: Mapping[int, float]) -> Paired:
    """Return the difference of two conditions over the seeds that have both."""
    differences = [first[seed] - second[seed] for seed in first if seed in second]
    finite = [d for d in differences if math.isfinite(d)]
    return Paired(mean_of(finite), sum(d < 0 for d in finite))
