"""Statistics of angles (Mardia & Jupp, *Directional Statistics*, 2000)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
_SMALLEST_RESULTANT = 1e-12


def wrapped(angle_rad: FloatArray) -> FloatArray:
    """Return the angles shifted by full turns into [-pi, pi)."""
    return np.asarray(within_turn(angle_rad + np.pi) - np.pi)


def within_turn(angle_rad: FloatArray) -> FloatArray:
    """Return the angles modulo 2 pi, in [0, 2 pi).

    The bits are those of ``%``, without its division where no angle is further away than a turn.
    """
    turn = 2.0 * np.pi
    if angle_rad.size == 0 or not (angle_rad.min() > -turn and angle_rad.max() < 2.0 * turn):
        return np.asarray(angle_rad % turn)  # NaN comes here too
    below = np.where(angle_rad >= turn, angle_rad - turn, angle_rad)
    return np.asarray(np.where(angle_rad < 0.0, angle_rad + turn, below) + 0.0)  # no -0


def circular_std(angle_rad: FloatArray) -> float:
    """Return the circular standard deviation sqrt(-2 ln R) of a non-empty sample.

    R is the length of the mean unit vector, held within [1e-12, 1].
    """
    resultant = np.abs(np.mean(np.exp(1j * angle_rad)))
    return float(np.sqrt(-2.0 * np.log(np.clip(resultant, _SMALLEST_RESULTANT, 1.0))))


def binned_mean(angle_rad: FloatArray, bin_index: NDArray[np.int64], n_bins: int) -> FloatArray:
    """Return the circular mean of the angles in each bin.

    Parameters
    ----------
    angle_rad : ndarray, shape (n,)
        Finite angles.
    bin_index : ndarray of int, shape (n,)
        Bin of each angle, 0 to `n_bins` - 1.
    n_bins : int
        Number of bins.

    Returns
    -------
    ndarray, shape (n_bins,)
        NaN in empty bins.
    """
    filled = np.bincount(bin_index, minlength=n_bins) > 0
    cosine = np.bincount(bin_index, np.cos(angle_rad), n_bins)
    sine = np.bincount(bin_index, np.sin(angle_rad), n_bins)
    return np.where(filled, np.arctan2(sine, cosine), np.nan)


def binned_spread(
    angle_rad: FloatArray, bin_index: NDArray[np.int64], mean_rad: FloatArray
) -> FloatArray:
    """Return the circular standard deviation about `mean_rad`, shape (n_bins,), in each bin.

    NaN in empty bins; the spread of a single sample is 0. Parameters are those of `binned_mean`.
    """
    n_bins = mean_rad.size
    count = np.bincount(bin_index, minlength=n_bins)
    # About the mean direction the unit vectors sum to the real axis.
    deviation = angle_rad - mean_rad[bin_index]
    real = np.bincount(bin_index, np.cos(deviation), n_bins)
    imaginary = np.bincount(bin_index, np.sin(deviation), n_bins)
    resultant = np.hypot(real, imaginary) / np.maximum(count, 1)
    spread_rad = np.sqrt(-2.0 * np.log(np.clip(resultant, _SMALLEST_RESULTANT, 1.0)))
    spread_rad[count == 1] = 0.0
    return np.where(count > 0, spread_rad, np.nan)
