"""The ideal observer: how well any decoder could locate the sphere from the LL spikes.

Independent Poisson afferents of rates lambda_i carry the Fisher information
F_ab = T sum_i (d lambda_i / da)(d lambda_i / db) / lambda_i about the position X and the
distance D of the sphere; no unbiased decoder of a window T has errors below the square roots
of the diagonal of F^-1 (Cramer-Rao). It is the ceiling beside which every localisation curve
is drawn; correlated stimulus noise, which lowers it further, is left out.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lateralnet.errors import InputError
from lateralnet.parameters.params import NetworkParams
from lateralnet.stimulus.afferents import (
    BASE_RATE_HZ,
    RATE_PER_VELOCITY_HZ_S_CM,
    afferent_rate_hz,
    clip_rate_hz,
    lesioned,
    noiseless_rates_hz,
)

FloatArray = NDArray[np.float64]

_J_POSITION = 1125.0 * np.pi / 1024.0
_J_DISTANCE = 1575.0 * np.pi / 1024.0
_STEP_CM = 1e-5


@dataclass(frozen=True)
class LocalisationBound:
    """Smallest standard deviations of an unbiased decoder.

    Attributes
    ----------
    position_cm, distance_cm : float
        Along the body and away from it; infinite where the spikes tell nothing.
    """

    position_cm: float
    distance_cm: float


def closed_form_bound(
    *,
    distance_cm: float,
    window_s: float,
    neuromasts_per_cm: float,
    speed_cm_s: float,
    radius_cm: float,
    gain_hz_s_cm: float = RATE_PER_VELOCITY_HZ_S_CM,
    base_rate_hz: float = BASE_RATE_HZ,
) -> LocalisationBound:
    """Return the bound of an endless row of afferents that are modulated little.

    sigma_X = D^(7/2) / (A k) sqrt(r0 / (T n J)) with k = R^3 U / 2 and J = 1125 pi / 1024 for
    the position, 1575 pi / 1024 for the distance; the two are uncorrelated. Doubling the
    distance costs a factor of 11.3.

    Raises
    ------
    InputError
        When an argument is not above 0.
    """
    given = (distance_cm, window_s, neuromasts_per_cm, speed_cm_s, radius_cm, gain_hz_s_cm)
    if not all(value > 0 for value in (*given, base_rate_hz)):
        raise InputError("every argument of the closed-form bound must be above 0.")
    strength = gain_hz_s_cm * 0.5 * radius_cm**3 * speed_cm_s
    scale = distance_cm**3.5 / strength * np.sqrt(base_rate_hz / (window_s * neuromasts_per_cm))
    return LocalisationBound(
        position_cm=float(scale / np.sqrt(_J_POSITION)),
        distance_cm=float(scale / np.sqrt(_J_DISTANCE)),
    )


def numeric_bound(
    params: NetworkParams,
    *,
    window_s: float,
    distance_cm: float | None = None,
    x_cm: float | None = None,
) -> LocalisationBound:
    """Return the bound for the neuromasts of `params`, with their clipping.

    Parameters
    ----------
    params : NetworkParams
        Neuromasts, sphere and rate settings.
    window_s : float
        Time over which spikes are counted.
    distance_cm : float, optional
        Distance of the sphere; that of the test by default.
    x_cm : float, optional
        Position along the body; the middle by default.

    Raises
    ------
    InputError
        When the window or the distance is not above 0.
    """
    distance = params.distance_cm if distance_cm is None else distance_cm
    x = 0.5 * params.ll_body_length_cm if x_cm is None else x_cm
    if not (window_s > 0 and distance > 0):
        raise InputError(f"window_s = {window_s!r} and distance_cm = {distance!r} must be above 0.")
    (bound,) = _bounds(params, window_s, distance, np.array([x]))
    return bound


def _bounds(
    params: NetworkParams, window_s: float, distance_cm: float, x_cm: FloatArray
) -> list[LocalisationBound]:
    """Return the bounds at several positions."""
    shifts = ((0.0, 0.0), (-_STEP_CM, 0.0), (_STEP_CM, 0.0), (0.0, -_STEP_CM), (0.0, _STEP_CM))
    rates_hz = _poisson_rate_hz(
        params,
        np.concatenate([x_cm + along for along, _ in shifts]),
        np.repeat([distance_cm + across for _, across in shifts], x_cm.size),
    ).reshape(len(shifts), x_cm.size, -1)
    bounds = []
    for rate_hz, left, right, near, far in np.moveaxis(rates_hz, 1, 0):
        slopes = np.stack([right - left, far - near])[:, rate_hz > 0] / (2.0 * _STEP_CM)
        bounds.append(_inverted(window_s * (slopes / rate_hz[rate_hz > 0]) @ slopes.T))
    return bounds


@functools.lru_cache(maxsize=16)
def sweep_bound_cm(params: NetworkParams, *, window_s: float, n_positions: int = 41) -> float:
    """Return the root mean square of the position bound over the body, in cm.

    It is what the RMS error of a decoder over a whole test sweep has to be compared with:
    ``efficiency = bound / RMS error``.
    """
    positions_cm = np.linspace(0.0, params.ll_body_length_cm, n_positions)
    bounds = _bounds(params, window_s, params.distance_cm, positions_cm)
    return float(np.sqrt(np.mean(np.square([bound.position_cm for bound in bounds]))))


def _poisson_rate_hz(
    params: NetworkParams, x_cm: FloatArray, distance_cm: FloatArray
) -> FloatArray:
    """Return the mean rates that drive the afferents, shape (n, n_ll)."""
    direction = np.full(x_cm.size, 1.0 if params.direction >= 0 else -1.0)
    rates_hz = noiseless_rates_hz(params, x_cm, distance_cm, direction)
    return lesioned(afferent_rate_hz(clip_rate_hz(rates_hz), params), params)


def _inverted(information: FloatArray) -> LocalisationBound:
    """Return the roots of the diagonal of the inverse of a 2 x 2 information matrix."""
    (position, mixed), (_, distance) = information
    # The determinant is compared with the scale of its terms: below rounding it is zero.
    determinant = position * distance - mixed**2
    if determinant <= 1e-12 * position * distance:
        return LocalisationBound(position_cm=np.inf, distance_cm=np.inf)
    return LocalisationBound(
        position_cm=float(np.sqrt(distance / determinant)),
        distance_cm=float(np.sqrt(position / determinant)),
    )
