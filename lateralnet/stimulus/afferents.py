"""How a row of neuromasts turns the flow into rates of the afferents (LL).

    rate_i = clip(r0 + p_i (A v_i + eta_i), 0, r_max)

with v_i the flow along the sensing axis at the place of afferent i (Goulet et al. 2008, J Comp
Physiol A 194:1-17), eta_i noise of the water, correlated along the body as exp(-(x_i - x_j)^2 /
2 l^2), and p_i the polarity of its hair cell. With one hair cell at a place, p = +1. With two
of opposed polarity, as neuromasts have them (Flock & Wersall 1962, J Cell Biol 15:19), the
afferents 2k and 2k + 1 sit at place k with p = +1 and -1; they share the noise of the water,
not their spikes.
"""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lateralnet.parameters.params import NetworkParams
from lateralnet.stimulus import hydrodynamics

FloatArray = NDArray[np.float64]

BASE_RATE_HZ = 40.0
RATE_PER_VELOCITY_HZ_S_CM = 300.0
MAX_RATE_HZ = 200.0
NOISE_SD_HZ = 10.0
NOISE_LENGTH_CM = 1.0
NOISE_TIME_CONSTANT_S = 0.1
_CORRELATION_FLOOR = 1e-12
_STANDARD_BODY = (100, 4.0)
_STANDARD_FACTOR_FILE = Path(__file__).with_name("noise_factor.npy")


def n_places(params: NetworkParams) -> int:
    """Return how many neuromasts there are: places along the body with one or two afferents."""
    return params.n_ll // 2 if params.ll_polarity == "opposed" else params.n_ll


def neuromast_positions_cm(params: NetworkParams) -> FloatArray:
    """Return where the neuromasts sit along the body, shape (n_places,), the head at 0."""
    return np.linspace(0.0, params.ll_body_length_cm, n_places(params))


def afferent_positions_cm(params: NetworkParams) -> FloatArray:
    """Return the place of each afferent, shape (n_ll,): every place twice with two polarities."""
    return np.repeat(neuromast_positions_cm(params), params.n_ll // n_places(params))


def by_polarity(at_places: FloatArray, params: NetworkParams) -> FloatArray:
    """Return what each afferent feels of a signed quantity of the water.

    Parameters
    ----------
    at_places : ndarray, shape (n, n_places)
        The quantity at each place.
    params : NetworkParams
        Parameters of the run.

    Returns
    -------
    ndarray, shape (n, n_ll)
        The same where there is one hair cell at a place; with two, the second feels the negative.
    """
    if params.ll_polarity == "single":
        return at_places
    return np.stack([at_places, -at_places], axis=-1).reshape(*at_places.shape[:-1], params.n_ll)


def noiseless_rates_hz(
    params: NetworkParams, x_cm: FloatArray, distance_cm: FloatArray, direction: FloatArray
) -> FloatArray:
    """Return r0 + p A v, neither clipped nor noisy; parameters are those of `modulation_hz`.

    Returns
    -------
    ndarray, shape (n, n_ll)
        Rates in Hz.
    """
    drive_hz = modulation_hz(params, x_cm, distance_cm, direction)
    return np.asarray(BASE_RATE_HZ + by_polarity(drive_hz, params))


def modulation_hz(
    params: NetworkParams, x_cm: FloatArray, distance_cm: FloatArray, direction: FloatArray
) -> FloatArray:
    """Return A v at each place.

    Parameters
    ----------
    params : NetworkParams
        Parameters of the run.
    x_cm, distance_cm, direction : ndarray, shape (n,)
        Position of the sphere along the body, its distance, and the direction in which it
        moves along the body (+1 or -1).

    Returns
    -------
    ndarray, shape (n, n_places)
        Change of the rate in Hz of a hair cell of polarity +1.
    """
    source_cm = np.stack([x_cm, distance_cm], axis=-1)
    velocity_cm_s = np.stack([direction * params.speed_cm_s, np.zeros_like(direction)], axis=-1)
    flow_cm_s = hydrodynamics.velocity(
        neuromast_positions_cm(params),
        0.0,
        source_cm=source_cm[:, None, :],
        velocity_cm_s=velocity_cm_s[:, None, :],
        radius_cm=params.sphere_radius_cm,
    )
    sensed_cm_s = (
        flow_cm_s[..., 0] * params.ll_sensing_axis_x + flow_cm_s[..., 1] * params.ll_sensing_axis_y
    )
    return np.asarray(RATE_PER_VELOCITY_HZ_S_CM * sensed_cm_s)


def clip_rate_hz(rate_hz: FloatArray) -> FloatArray:
    """Return the rates held between 0 and the largest rate of an afferent."""
    return np.clip(rate_hz, 0.0, MAX_RATE_HZ)


def afferent_rate_hz(rates_hz: FloatArray, params: NetworkParams) -> FloatArray:
    """Return the rates of the Poisson drive: baseline subtracted, gain applied.

    In the rate mode ``modulation`` the resting rate is added again afterwards.
    """
    driven_hz = np.maximum(
        (rates_hz - params.ll_rate_baseline_subtract_hz) * params.ll_rate_gain, 0.0
    )
    return driven_hz + BASE_RATE_HZ if params.ll_rate_mode == "modulation" else driven_hz


def lesioned(rates_hz: FloatArray, params: NetworkParams) -> FloatArray:
    """Return the rates with those of the lesioned stretch 0, both of its ends included."""
    if params.ll_lesion_from_cm is None or params.ll_lesion_to_cm is None:
        return rates_hz
    x_cm = afferent_positions_cm(params)
    silent = (x_cm >= params.ll_lesion_from_cm) & (x_cm <= params.ll_lesion_to_cm)
    return np.where(silent, 0.0, rates_hz)


def correlated(normals: FloatArray, factor: FloatArray) -> FloatArray:
    """Return ``factor @ row`` for each row of standard normal numbers, shape (n, n_places).

    Row by row, so that the last bits of a row do not depend on how many come at once.
    """
    return np.asarray(np.matmul(factor, normals[:, :, None])[:, :, 0])


def noise_factor(params: NetworkParams) -> FloatArray:
    """Return the Cholesky factor of the spatial noise correlation, (n_places, n_places).

    The correlation of close neuromasts is nearly singular; as in the published program, 1e-12
    is added to its diagonal. Even so the factor depends on the machine's linear algebra in its
    fourth digit. For the standard body (100 neuromasts on 4 cm) the factor of the published
    runs is therefore read from a file, and a seed gives the same noise on every machine.
    """
    return noise_factor_of(n_places(params), params.ll_body_length_cm)


@functools.lru_cache(maxsize=4)
def noise_factor_of(n: int, body_length_cm: float) -> FloatArray:
    """Return the same for `n` neuromasts, to be read only: all seeds and distances share it."""
    factor = _factor(n, body_length_cm)
    factor.flags.writeable = False
    return factor


def _factor(n: int, body_length_cm: float) -> FloatArray:
    if (n, body_length_cm) == _STANDARD_BODY:
        factor = np.zeros((n, n))
        factor[np.tril_indices(n)] = np.load(_STANDARD_FACTOR_FILE, allow_pickle=False)
        return factor
    x_cm = np.linspace(0.0, body_length_cm, n)
    apart = (x_cm[:, None] - x_cm[None, :]) / NOISE_LENGTH_CM
    correlation = np.exp(-0.5 * apart**2)
    floor = _CORRELATION_FLOOR
    while True:
        try:
            return np.asarray(np.linalg.cholesky(correlation + floor * np.eye(x_cm.size)), float)
        except np.linalg.LinAlgError:  # rounding wins, with thousands of neuromasts
            floor *= 10.0


def wandering_noise_hz(
    factor: FloatArray, dt_s: float, n_steps: int, generator: np.random.Generator
) -> FloatArray:
    """Return Ornstein-Uhlenbeck noise at each place, correlated along the body.

    It starts from 0 and is advanced before the first step, by the Euler rule of the published
    program; its stationary variance is sigma^2 / (1 - dt / (2 tau)).

    Parameters
    ----------
    factor : ndarray, shape (n_places, n_places)
        See `noise_factor`.
    dt_s : float
        Time step.
    n_steps : int
        Steps.
    generator : numpy.random.Generator
        Source of the kicks.

    Returns
    -------
    ndarray, shape (n_steps, n_places)
        In Hz.
    """
    kick_hz = np.sqrt(2.0 * NOISE_SD_HZ**2 * dt_s / NOISE_TIME_CONSTANT_S)
    noise_hz = kick_hz * correlated(generator.standard_normal((n_steps, len(factor))), factor)
    before_hz, decayed_hz = np.zeros(len(factor)), np.empty(len(factor))
    for now_hz in noise_hz:  # holds the kick of the step, and then its noise
        np.multiply(before_hz, dt_s, out=decayed_hz)
        np.divide(decayed_hz, NOISE_TIME_CONSTANT_S, out=decayed_hz)
        np.subtract(before_hz, decayed_hz, out=decayed_hz)
        np.add(decayed_hz, now_hz, out=now_hz)
        before_hz = now_hz
    return np.asarray(noise_hz)
