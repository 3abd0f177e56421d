"""Paired comparisons over seeds: mean difference, t, and in how many seeds it holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np


@dataclass(frozen=True)
class Paired:
    """One measure of two conditions over the same seeds.

    Attributes
    ----------
    mean, sd, other_mean, other_sd : float
        Of each condition, over the seeds in which both have a value (ddof 1).
    difference : float
        Mean of first minus second.
    t : float
        Student's paired t; infinite when all differences are equal and not 0, NaN below two
        seeds.
    n_better : int
        Seeds in which the first is better; ties do not count.
    n : int
        Seeds in which both have a value.
    """

    mean: float
    sd: float
    other_mean: float
    other_sd: float
    difference: float
    t: float
    n_better: int
    n: int

    def as_dict(self) -> dict[str, float]:
        """Plain values, for JSON."""
        return asdict(self)


def paired(first: Sequence[float], second: Sequence[float], *, low_is_good: bool) -> Paired:
    """Compare two conditions seed by seed.

    Parameters
    ----------
    first, second : sequence of float, of equal length
        The measure in each seed; seeds in which either is NaN (no map) are left out.
    low_is_good : bool
        Which sign of the difference is an improvement.
    """
    a, b = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    both = np.isfinite(a) & np.isfinite(b)
    a, b = a[both], b[both]
    difference = a - b
    better = difference < 0 if low_is_good else difference > 0
    return Paired(
        mean=_mean(a),
        sd=_sd(a),
        other_mean=_mean(b),
        other_sd=_sd(b),
        difference=_mean(difference),
        t=_t(difference),
        n_better=int(np.count_nonzero(better)),
        n=int(a.size),
    )


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if values.size else float("nan")


def _sd(values: np.ndarray) -> float:
    return float(values.std(ddof=1)) if values.size > 1 else float("nan")


def _t(difference: np.ndarray) -> float:
    if difference.size < 2:
        return float("nan")
    mean, error = float(difference.mean()), _sd(difference) / np.sqrt(difference.size)
    if error == 0.0:
        return 0.0 if mean == 0.0 else float(np.copysign(np.inf, mean))
    return float(mean / error)
