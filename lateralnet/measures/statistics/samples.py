"""Statistics over seeds: means with intervals, pairs by seed, and whether two samples agree."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
Bounds = tuple[float, float]

_UNBOUNDED: Bounds = (-math.inf, math.inf)


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
    bounds : (float, float)
        What the measure cannot leave: `low` and `high` are cut there.
    """

    mean: float
    half_width: float
    sd: float
    n: int
    bounds: Bounds = _UNBOUNDED

    @property
    def low(self) -> float:
        """Lower end of the interval, within the bounds."""
        return max(self.mean - self.half_width, self.bounds[0])

    @property
    def high(self) -> float:
        """Upper end of the interval, within the bounds."""
        return min(self.mean + self.half_width, self.bounds[1])

    def text(self, digits: int = 3, *, sd: bool = True) -> str:
        """Return mean and SD; the mean alone of one seed, or without `sd`; a dash without any.

        Examples
        --------
        >>> mean_of([0.1, 0.3]).text(2), mean_of([0.1]).text(2), mean_of([]).text(2)
        ('0.20 ± 0.14', '0.10', '-')
        """
        if not self.n:
            return "-"
        return f"{self.mean:.{digits}f}" + (f" ± {self.sd:.{digits}f}" * (sd and self.n > 1))


@dataclass(frozen=True)
class Paired:
    """One measure of two conditions over the seeds in which both have a value.

    Attributes
    ----------
    first, second : Mean
        Of each condition.
    difference : Mean
        Of first minus second.
    t : float
        Student's paired t; infinite when all differences are equal and not 0, NaN below two
        seeds.
    n_lower, n_higher : int
        Seeds in which the first is lower, and higher; ties are neither.
    low_is_good : bool or None
        Which of the two is better.
    """

    first: Mean
    second: Mean
    difference: Mean
    t: float
    n_lower: int
    n_higher: int
    low_is_good: bool | None

    @property
    def n(self) -> int:
        """Seeds in which both have a value."""
        return self.difference.n

    @property
    def n_better(self) -> int | None:
        """Seeds in which the first is better; None where neither way is."""
        if self.low_is_good is None:
            return None
        return self.n_lower if self.low_is_good else self.n_higher

    @property
    def words(self) -> str:
        """In how many seeds the first is better; lower, where neither way is better.

        Examples
        --------
        >>> paired([1.0, 2.0], [2.0, 1.0], low_is_good=True).words
        'better in 1 of 2'
        """
        if self.n_better is None:
            return f"lower in {self.n_lower} of {self.n}"
        return f"better in {self.n_better} of {self.n}"

    def as_dict(self) -> dict[str, float | None]:
        """Plain values, for JSON."""
        return {
            "mean": self.first.mean, "sd": self.first.sd,
            "other_mean": self.second.mean, "other_sd": self.second.sd,
            "difference": self.difference.mean, "t": self.t,
            "n_better": self.n_better, "n": self.n,
        }  # fmt: skip


@dataclass(frozen=True)
class Agreement:
    """Comparison of a sample with a reference sample.

    Attributes
    ----------
    mean, sd : float
        Of the sample.
    reference_mean, reference_sd : float
        Of the reference.
    t, p_mean : float
        Welch's t and its two-sided p.
    f, p_variance : float
        Ratio of the variances and its two-sided p.
    effect : float
        Difference of the means over the pooled standard deviation (Cohen's d).
    n_equal : int
        Members that are exactly equal to their counterpart in the reference.
    """

    mean: float
    sd: float
    reference_mean: float
    reference_sd: float
    t: float
    p_mean: float
    f: float
    p_variance: float
    effect: float
    n_equal: int


def mean_of(values: ArrayLike, bounds: Bounds = _UNBOUNDED) -> Mean:
    """Return the mean of the finite values with its 95 % confidence interval.

    Examples
    --------
    >>> found = mean_of([0.9, 1.0, float("nan")], bounds=(-1.0, 1.0))
    >>> found.n, found.high
    (2, 1.0)
    """
    given = np.asarray(values, dtype=float).ravel()
    finite = given[np.isfinite(given)]
    n = int(finite.size)
    if n == 0:
        return Mean(math.nan, math.nan, math.nan, 0, bounds)
    if n == 1:
        return Mean(float(finite[0]), math.nan, math.nan, 1, bounds)
    sd = float(finite.std(ddof=1))
    return Mean(float(finite.mean()), t_975(n - 1) * sd / math.sqrt(n), sd, n, bounds)


def t_975(degrees: int) -> float:
    """Return the 0.975 quantile of Student's t distribution; NaN without a degree of freedom."""
    from scipy.special import stdtrit  # slow to import

    return float(stdtrit(degrees, 0.975)) if degrees > 0 else math.nan


def paired(
    first: Sequence[float],
    second: Sequence[float],
    *,
    low_is_good: bool | None,
    bounds: Bounds = _UNBOUNDED,
) -> Paired:
    """Compare two conditions seed by seed.

    Parameters
    ----------
    first, second : sequence of float, of equal length
        The measure in each seed; seeds in which either is NaN (no map) are left out.
    low_is_good : bool or None
        Which sign of the difference is an improvement.
    bounds : (float, float)
        What the measure cannot leave.
    """
    a, b = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    both = np.isfinite(a) & np.isfinite(b)
    a, b = a[both], b[both]
    difference = a - b
    widest = bounds[1] - bounds[0]
    return Paired(
        first=mean_of(a, bounds),
        second=mean_of(b, bounds),
        difference=mean_of(difference, (-widest, widest)),
        t=_paired_t(difference),
        n_lower=int(np.count_nonzero(difference < 0)),
        n_higher=int(np.count_nonzero(difference > 0)),
        low_is_good=low_is_good,
    )


def paired_by_seed(
    first: Mapping[int, float],
    second: Mapping[int, float],
    *,
    low_is_good: bool | None,
    bounds: Bounds = _UNBOUNDED,
) -> Paired:
    """Compare two conditions, each seed -> value, over the seeds that have both."""
    seeds = [seed for seed in first if seed in second]
    return paired(
        [first[seed] for seed in seeds], [second[seed] for seed in seeds],
        low_is_good=low_is_good, bounds=bounds,
    )  # fmt: skip


def _paired_t(difference: FloatArray) -> float:
    if difference.size < 2:
        return math.nan
    mean = float(difference.mean())
    error = float(difference.std(ddof=1)) / math.sqrt(difference.size)
    if error == 0.0:
        return 0.0 if mean == 0.0 else math.copysign(math.inf, mean)
    return mean / error


def welch_t(sample: ArrayLike, reference: ArrayLike) -> tuple[float, float]:
    """Return Welch's t of two samples and its degrees of freedom.

    Of two constant samples t is 0 where they are equal and infinite where not, without degrees.
    """
    a, b = np.asarray(sample, dtype=float), np.asarray(reference, dtype=float)
    difference = float(a.mean() - b.mean())
    of_a, of_b = float(a.var(ddof=1)) / a.size, float(b.var(ddof=1)) / b.size
    if of_a + of_b == 0.0:
        return (0.0 if difference == 0.0 else math.copysign(math.inf, difference)), math.nan
    degrees = (of_a + of_b) ** 2 / (of_a**2 / (a.size - 1) + of_b**2 / (b.size - 1))
    return difference / math.sqrt(of_a + of_b), degrees


def agreement(sample: ArrayLike, reference: ArrayLike) -> Agreement:
    """Compare a sample with a reference of the same length, at least 2, member by member alike."""
    from scipy.special import fdtr, fdtrc, stdtr  # slow to import

    a, b = np.asarray(sample, dtype=float), np.asarray(reference, dtype=float)
    var_a, var_b = float(a.var(ddof=1)), float(b.var(ddof=1))
    t, degrees = welch_t(a, b)
    if math.isnan(degrees):
        p_mean, effect = (1.0, 0.0) if t == 0.0 else (0.0, t)
    else:
        p_mean = float(2.0 * stdtr(degrees, -abs(t)))
        effect = float(a.mean() - b.mean()) / math.sqrt((var_a + var_b) / 2)
    if var_a == var_b:
        f, p_variance = 1.0, 1.0
    elif var_b == 0:
        f, p_variance = math.inf, 0.0
    else:
        f, n = var_a / var_b, a.size - 1
        p_variance = float(2.0 * min(fdtr(n, n, f), fdtrc(n, n, f)))
    return Agreement(
        mean=float(a.mean()), sd=math.sqrt(var_a),
        reference_mean=float(b.mean()), reference_sd=math.sqrt(var_b),
        t=t, p_mean=p_mean, f=f, p_variance=p_variance, effect=effect,
        n_equal=int((a == b).sum()),
    )  # fmt: skip
