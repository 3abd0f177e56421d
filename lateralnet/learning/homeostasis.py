"""Synaptic scaling: incoming weights of a cell are pulled towards a common sum.

w <- clip(w * clip(1 + eta (target/S - 1), 0.9, 1.1), 0, w_max), with S the incoming sum of the
cell (Turrigiano et al. 1998, Nature 391:892; form of the published program).
"""

from __future__ import annotations

import numpy as np

_SMALLEST_SUM = 1e-12
_LARGEST_CHANGE = (0.9, 1.1)


def incoming_sums(w: np.ndarray, j: np.ndarray, n_post: int) -> np.ndarray:
    """Return the incoming weight sum of each postsynaptic cell, shape (n_post,)."""
    return np.bincount(j, weights=w, minlength=n_post)


def mean_incoming_sum(w: np.ndarray, j: np.ndarray, n_post: int, *, connected: bool) -> float:
    """Return the mean incoming sum, over all cells or over those with any input."""
    sums = incoming_sums(w, j, n_post)
    if connected:
        sums = sums[sums > _SMALLEST_SUM]
    return float(sums.mean()) if sums.size else 0.0


def classed(j: np.ndarray, group: np.ndarray, n_groups: int) -> np.ndarray:
    """Return one index for each pair of postsynaptic cell and group of its inputs.

    With it in the place of the cell, and n_post * n_groups cells, the functions here scale the
    inputs of each group apart.
    """
    return np.asarray(np.asarray(j) * n_groups + group)


def scaled(
    w: np.ndarray, j: np.ndarray, n_post: int, *, target: float, eta: float, w_max: float
) -> np.ndarray:
    """Return the weights after one homeostatic step.

    Parameters
    ----------
    w, j : ndarray, shape (n_synapses,)
        Weights and postsynaptic cells.
    n_post : int
        Number of postsynaptic cells.
    target : float
        Incoming sum aimed at, in units of `w`.
    eta : float
        Rate; 1 goes all the way, within 10 % a step.
    w_max : float
        Upper bound of a weight.
    """
    sums = incoming_sums(w, j, n_post)
    has_input = sums > _SMALLEST_SUM
    factor = np.ones(n_post)
    factor[has_input] = np.clip(1.0 + eta * (target / sums[has_input] - 1.0), *_LARGEST_CHANGE)
    return np.asarray(np.clip(w * factor[j], 0.0, np.where(has_input[j], w_max, np.inf)))
