"""Neuronal avalanches and heavy-tailed fits.

References
----------
.. [1] Del Papa, Priesemann & Triesch 2017, Criticality meets learning: criticality signatures in
       a self-organizing recurrent neural network. PLoS ONE 12:e0178683.
.. [2] Clauset, Shalizi & Newman 2009, Power-law distributions in empirical data. SIAM Review
       51:661-703.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from sorn.arrays import NumpyArray
from sorn.errors import InputError


def find_avalanches(activity: NumpyArray, threshold: float) -> tuple[NumpyArray, NumpyArray]:
    """Avalanches: stretches of steps with an activity above a threshold [1]_.

    Parameters
    ----------
    activity : ndarray, shape (steps,)
        Number of active neurons.
    threshold : float
        [1]_ takes half the mean activity, rounded down.

    Returns
    -------
    sizes : ndarray
        Sum of the activity above the threshold.
    durations : ndarray of int
        Steps. Avalanches cut off by the start or end of the recording are left out.
    """
    excess = np.asarray(activity, dtype=float) - threshold
    above = np.concatenate([[False], excess > 0, [False]])
    edges = np.diff(above.astype(np.int8))
    starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    whole = (starts > 0) & (ends < len(excess))
    starts, ends = starts[whole], ends[whole]
    summed = np.concatenate([[0.0], np.cumsum(np.where(excess > 0, excess, 0.0))])
    return summed[ends] - summed[starts], ends - starts


@dataclass(frozen=True)
class PowerLawFit:
    """Discrete power law ``p(k) ~ k**-exponent`` on low..high.

    Attributes
    ----------
    exponent : float
        Maximum likelihood.
    distance : float
        Largest difference between the cumulative distributions of data and fit.
    samples : int
        Values in low..high.
    """

    exponent: float
    distance: float
    samples: int


def fit_power_law(values: NumpyArray, low: int, high: int) -> PowerLawFit:
    """Maximum-likelihood fit of a power law truncated to low..high [2]_ (section 3.2).

    Parameters
    ----------
    values : ndarray
        Sizes or durations, rounded to whole numbers; those outside low..high are left out.

    Raises
    ------
    InputError
        If fewer than 50 values are in the range, or the range is empty.
    """
    if not 1 <= low < high:
        raise InputError(f"the range {low}..{high} must be at least two whole numbers from 1 on")
    whole = np.rint(values).astype(np.int64)
    whole = whole[(whole >= low) & (whole <= high)]
    if len(whole) < 50:
        raise InputError(f"{len(whole)} values in {low}..{high}; a fit needs 50")
    support = np.arange(low, high + 1)
    logs = np.log(support)
    mean_log = float(np.log(whole).mean())

    def slope(exponent: float) -> float:
        """Derivative of the mean log-likelihood; it falls with the exponent."""
        mass = np.exp(-exponent * (logs - logs[0]))
        return float((mass * logs).sum() / mass.sum()) - mean_log

    exponent = _root(slope, -5.0, 20.0)
    mass = np.exp(-exponent * (logs - logs[0]))
    model = np.cumsum(mass) / mass.sum()
    data = np.cumsum(np.bincount(whole - low, minlength=len(support))) / len(whole)
    return PowerLawFit(exponent, float(np.abs(model - data).max()), len(whole))


def lognormal_summary(values: NumpyArray) -> dict[str, float]:
    """Maximum-likelihood lognormal of positive values, and how far the data are from it.

    Returns
    -------
    dict
        ``mu`` and ``sigma`` of the logarithms, their ``skewness`` (0 for a lognormal), and
        ``distance``: the largest difference between the cumulative distributions.
    """
    logs = np.sort(np.log(values))
    mu, sigma = float(logs.mean()), float(logs.std())
    standard = (logs - mu) / sigma
    model = _normal_cumulative(standard)
    ranks = np.arange(len(logs) + 1) / len(logs)
    distance = max(np.abs(model - ranks[:-1]).max(), np.abs(model - ranks[1:]).max())
    return {
        "mu": mu,
        "sigma": sigma,
        "skewness": float((standard**3).mean()),
        "distance": float(distance),
        "samples": float(len(logs)),
    }


def _normal_cumulative(values: NumpyArray) -> NumpyArray:
    cumulative = NormalDist().cdf
    return np.array([cumulative(value) for value in values.tolist()])


def _root(falling: Callable[[float], float], low: float, high: float) -> float:
    """Zero of a falling function between `low` and `high`, by bisection."""
    for _ in range(80):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if falling(middle) > 0 else (low, middle)
    return 0.5 * (low + high)
