"""How precise a map is once its fixed distortion is known: the calibrated population vector.

A map may put every place a little wrong, always in the same way (its ends above all); whoever
reads it can learn that. So the error of one sweep is corrected, at each place, by the mean error
of the *other* sweeps within 0.1 cm of it. What is left is noise, and what the raw error has more
is distortion.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lateralnet.measures.statistics.circular import wrapped

FloatArray = NDArray[np.float64]

CALIBRATION_CM = 0.1


def calibrated_rms_cm(
    x_true_cm: FloatArray, error_cm: FloatArray, n_sweeps: int, *, body_length_cm: float
) -> float:
    """Return the RMS error after calibration with the other sweeps.

    Parameters
    ----------
    x_true_cm : ndarray, shape (n_sweeps * n_steps,)
        Position at each scored step, one sweep after the other.
    error_cm : ndarray, shape (n_sweeps * n_steps,)
        Error there, the shorter way around the ring of cells.
    n_sweeps : int
        Sweeps over the same path.
    body_length_cm : float
        Length of the body, which is the length of the ring.

    Returns
    -------
    float
        In cm; NaN with fewer than two sweeps, and for a silent layer.

    Examples
    --------
    A map that is wrong by 0.3 cm everywhere, always, is calibrated away:

    >>> x = np.tile(np.linspace(0.0, 4.0, 50), 3)
    >>> calibrated_rms_cm(x, np.full(150, 0.3), 3, body_length_cm=4.0)
    0.0
    """
    if n_sweeps < 2 or x_true_cm.size % n_sweeps or not np.isfinite(error_cm).all():
        return float("nan")
    rad_per_cm = 2.0 * np.pi / body_length_cm
    delta = (rad_per_cm * error_cm).reshape(n_sweeps, -1)
    x_cm = x_true_cm.reshape(n_sweeps, -1)
    order = np.argsort(x_cm, axis=1, kind="stable")
    delta, x_cm = np.take_along_axis(delta, order, 1), np.take_along_axis(x_cm, order, 1)
    unit = np.exp(1j * delta)
    own = np.array([_sum_near(*pair) for pair in zip(x_cm, x_cm, unit, strict=True)])
    if np.array_equal(x_cm, np.broadcast_to(x_cm[0], x_cm.shape)):  # as in moving sweeps
        total = own.sum(axis=0)
    else:
        total = np.array(
            [sum(_sum_near(at, x, u) for x, u in zip(x_cm, unit, strict=True)) for at in x_cm]
        )
    left = wrapped(delta - np.angle(total - own))
    rms_cm = float(np.sqrt(np.mean(left**2))) / rad_per_cm
    return round(rms_cm, 12)  # sums of unit vectors are exact to rounding


def mid_body(x_true_cm: FloatArray, *, body_length_cm: float) -> NDArray[np.bool_]:
    """Return which places lie in the inner three quarters of the body (0.5 to 3.5 of 4 cm)."""
    edge_cm = body_length_cm / 8.0
    return np.asarray((x_true_cm > edge_cm) & (x_true_cm < body_length_cm - edge_cm))


def _sum_near(
    at_cm: FloatArray, x_cm: FloatArray, values: NDArray[np.complex128]
) -> NDArray[np.complex128]:
    """Return the sum of the values at sorted `x_cm` within the calibration distance of `at_cm`."""
    total = np.concatenate([[0.0], np.cumsum(values)])
    first = np.searchsorted(x_cm, at_cm - CALIBRATION_CM, side="left")
    stop = np.searchsorted(x_cm, at_cm + CALIBRATION_CM, side="right")
    return np.asarray(total[stop] - total[first])
