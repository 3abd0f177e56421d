"""Do two samples have the same mean and the same variance? Welch's t, F, and effect sizes."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

_TINY = 1e-300


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


def agreement(sample: ArrayLike, reference: ArrayLike) -> Agreement:
    """Compare a sample with a reference of the same length, at least 2, member by member alike."""
    a, b = np.asarray(sample, dtype=float), np.asarray(reference, dtype=float)
    n = a.size
    difference = float(a.mean() - b.mean())
    var_a, var_b = float(a.var(ddof=1)), float(b.var(ddof=1))
    error = math.sqrt((var_a + var_b) / n)
    if error > 0:
        t = difference / error
        df = (n - 1) * (var_a + var_b) ** 2 / (var_a**2 + var_b**2)
        p_mean = incomplete_beta(df / 2, 0.5, df / (df + t * t))
        effect = difference / math.sqrt((var_a + var_b) / 2)
    else:
        same = difference == 0
        t, p_mean, effect = (0.0, 1.0, 0.0) if same else (math.inf, 0.0, math.inf)
    if var_a == var_b:
        f, p_variance = 1.0, 1.0
    elif var_b == 0:
        f, p_variance = math.inf, 0.0
    else:
        f = var_a / var_b
        upper = incomplete_beta((n - 1) / 2, (n - 1) / 2, 1 / (1 + f))
        p_variance = 2 * min(upper, 1 - upper)
    return Agreement(
        mean=float(a.mean()), sd=math.sqrt(var_a),
        reference_mean=float(b.mean()), reference_sd=math.sqrt(var_b),
        t=t, p_mean=p_mean, f=f, p_variance=p_variance, effect=effect,
        n_equal=int((a == b).sum()),
    )  # fmt: skip


def incomplete_beta(a: float, b: float, x: float) -> float:
    """Return the regularised incomplete beta function I_x(a, b), by its continued fraction."""
    if not 0 < x < 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):
        return 1.0 - incomplete_beta(b, a, 1.0 - x)
    log_front = (
        math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
        + a * math.log(x) + b * math.log1p(-x)
    )  # fmt: skip
    c, d = 1.0, 1.0 / _not_zero(1.0 - (a + b) * x / (a + 1))
    fraction = d
    for m in range(1, 500):
        for numerator in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1.0 / _not_zero(1.0 + numerator * d)
            c = _not_zero(1.0 + numerator / c)
            fraction *= c * d
        if abs(c * d - 1.0) < 1e-15:
            break
    return math.exp(log_front) * fraction / a


def _not_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY
