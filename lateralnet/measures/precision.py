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
    (rms_cm,) = calibrated_rms_of(x_true_cm, error_cm[None], n_sweeps, body_length_cm)
    return float(rms_cm)


def calibrated_rms_of(
    x_true_cm: FloatArray, errors_cm: FloatArray, n_sweeps: int, body_length_cm: float
) -> FloatArray:
    """Return `calibrated_rms_cm` of several errors at the same places.

    `errors_cm` has shape (n_errors, n_sweeps * n_steps), the result (n_errors,).
    """
    n_errors = len(errors_cm)
    if n_sweeps < 2 or x_true_cm.size % n_sweeps or not np.isfinite(errors_cm).all():
        return np.full(n_errors, np.nan)
    rad_per_cm = 2.0 * np.pi / body_length_cm
    x_cm = x_true_cm.reshape(n_sweeps, -1)
    order = np.argsort(x_cm, axis=1, kind="stable")
    x_cm = np.take_along_axis(x_cm, order, 1)
    delta = (rad_per_cm * errors_cm).reshape(n_errors, n_sweeps, -1)
    delta = np.take_along_axis(delta, order[None], 2)
    sums = np.zeros((n_errors, n_sweeps, x_cm.shape[1] + 1), dtype=complex)
    np.cumsum(np.exp(1j * delta), axis=2, out=sums[:, :, 1:])
    if np.array_equal(x_cm, np.broadcast_to(x_cm[0], x_cm.shape)):  # as in moving sweeps
        own = _sum_near(x_cm[0], x_cm[0], sums)
        total = own.sum(axis=1)[:, None]
    else:
        own, total = np.empty_like(sums[:, :, 1:]), np.zeros_like(sums[:, :, 1:])
        for here, at_cm in enumerate(x_cm):
            for there, places_cm in enumerate(x_cm):
                near = _sum_near(at_cm, places_cm, sums[:, there])
                total[:, here] += near
                if here == there:
                    own[:, here] = near
    left = wrapped(delta - np.angle(total - own)).reshape(n_errors, -1)
    rms_cm = np.sqrt(np.mean(left**2, axis=1)) / rad_per_cm
    return np.array([round(float(one), 12) for one in rms_cm])  # exact to rounding


def mid_body(x_true_cm: FloatArray, *, body_length_cm: float) -> NDArray[np.bool_]:
    """Return which places lie in the inner three quarters of the body (0.5 to 3.5 of 4 cm)."""
    edge_cm = body_length_cm / 8.0
    return np.asarray((x_true_cm > edge_cm) & (x_true_cm < body_length_cm - edge_cm))


def _sum_near(
    at_cm: FloatArray, x_cm: FloatArray, sums: NDArray[np.complex128]
) -> NDArray[np.complex128]:
    """Return sums of the values at sorted `x_cm` within the calibration distance of `at_cm`.

    `sums` holds those of the first 0, 1, 2, ... values, along its last axis.
    """
    first = np.searchsorted(x_cm, at_cm - CALIBRATION_CM, side="left")
    stop = np.searchsorted(x_cm, at_cm + CALIBRATION_CM, side="right")
    return np.asarray(np.take(sums, stop, axis=-1) - np.take(sums, first, axis=-1))
