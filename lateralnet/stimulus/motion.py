"""How the sphere moves within a held snapshot, and how it vibrates: rates step by step.

A *held* sphere stands still with the flow of its motion (the published training). A *moving* one
passes through the place of the snapshot at constant speed, and is there in the middle of the
hold. A *vibrating* one stays and oscillates along the body:

    v(t) = d a v_U sin(2 pi f t)

with v_U the flow of a sphere that moves at ``speed_cm_s``, a the amplitude in units of it, t the
time since the snapshot began and d = +1 or -1 its direction, which is the sign of the onset. The
flow of an oscillating sphere is that of a moving one at every moment (potential flow has no
memory). A time step has the flow of its middle.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lateralnet.parameters.params import NetworkParams
from lateralnet.stimulus.afferents import (
    BASE_RATE_HZ,
    NOISE_SD_HZ,
    by_polarity,
    clip_rate_hz,
    correlated,
    modulation_hz,
)
from lateralnet.stimulus.snapshots import SnapshotDraws

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


def vibration(params: NetworkParams, t_s: FloatArray) -> FloatArray:
    """Return the velocity of a vibrating sphere in units of ``speed_cm_s``, at times from onset.

    Examples
    --------
    >>> from lateralnet import preset
    >>> p = preset(training_vibration_hz=100.0, training_vibration_amplitude=2.0)
    >>> vibration(p, np.array([0.0, 0.0025])).tolist()
    [0.0, 2.0]
    """
    phase = 2.0 * np.pi * params.training_vibration_hz * t_s
    return np.asarray(params.training_vibration_amplitude * np.sin(phase))


def stepwise(
    params: NetworkParams,
    drawn: SnapshotDraws,
    factor: FloatArray,
    snapshot_of_step: IntArray,
    step_in_hold: IntArray,
    hold_steps: int,
) -> tuple[FloatArray, FloatArray]:
    """Return rates and positions of a moving or vibrating sphere at single time steps.

    Parameters
    ----------
    params : NetworkParams
        Their ``training_stimulus`` is ``"moving"`` or ``"vibrating"``.
    drawn : SnapshotDraws
        The snapshots that the steps touch.
    factor : ndarray, shape (n_places, n_places)
        Of the noise correlation.
    snapshot_of_step, step_in_hold : ndarray of int, shape (n_steps,)
        Snapshot of each step, counted from the first of `drawn`, and steps since it began.
    hold_steps : int
        Time steps of a snapshot.

    Returns
    -------
    rates_hz : ndarray, shape (n_steps, n_ll)
        Afferent rates before gain and baseline subtraction.
    x_cm : ndarray, shape (n_steps,)
        Position of the sphere along the body.
    """
    x_cm = drawn.x_cm[snapshot_of_step]
    since_s: FloatArray = (step_in_hold.astype(float) + 0.5) * params.dt_s
    if params.training_stimulus == "moving":
        direction = drawn.direction[snapshot_of_step]
        x_cm = x_cm + direction * params.speed_cm_s * (since_s - 0.5 * hold_steps * params.dt_s)
        distance_cm = drawn.distance_cm[snapshot_of_step]
        drive_hz = modulation_hz(params, x_cm, distance_cm, direction)
    else:
        held_hz = modulation_hz(params, drawn.x_cm, drawn.distance_cm, drawn.direction)
        drive_hz = held_hz[snapshot_of_step] * vibration(params, since_s)[:, None]
    noise_hz = NOISE_SD_HZ * correlated(drawn.noise, factor)
    felt_hz = by_polarity(drive_hz, params) + by_polarity(noise_hz, params)[snapshot_of_step]
    return clip_rate_hz(BASE_RATE_HZ + felt_hz), x_cm
