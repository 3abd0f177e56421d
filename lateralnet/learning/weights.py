"""What the MON->TS weights are like, in five numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class WeightStatistics:
    """Distribution of the weights of a projection.

    Attributes
    ----------
    mean, sd : float
        In the unit of the weights; the SD is that of the population (ddof 0).
    share_at_zero, share_at_max : float
        Synapses at the bounds of the rule, to the tolerance of `numpy.isclose`.
    mean_abs_change : float
        Mean distance from where they began.
    """

    mean: float
    sd: float
    share_at_zero: float
    share_at_max: float
    mean_abs_change: float


def weight_statistics(
    w: NDArray[np.float64], w_initial: NDArray[np.float64], w_max: float
) -> WeightStatistics:
    """Return the statistics of weights, both arrays of shape (n_synapses,).

    Examples
    --------
    >>> import numpy as np
    >>> weight_statistics(np.array([0.0, 0.045]), np.array([0.01, 0.04]), 0.045).share_at_max
    0.5
    """
    return WeightStatistics(
        mean=float(w.mean()),
        sd=float(w.std()),
        share_at_zero=float(np.isclose(w, 0.0).mean()),
        share_at_max=float(np.isclose(w, w_max).mean()),
        mean_abs_change=float(np.abs(w - w_initial).mean()),
    )
