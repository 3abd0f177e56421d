"""The water stimulus of the test as rates of the afferents: a sphere that sweeps past the body.

Draw orders are those of the published program (J. Goulet, LateralLine, 2026).
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lateralnet.parameters.params import NetworkParams
from lateralnet.parameters.rules import sweep_ends_cm
from lateralnet.stimulus.afferents import (
    BASE_RATE_HZ,
    by_polarity,
    clip_rate_hz,
    modulation_hz,
    n_places,
    noise_factor,
    noise_factor_of,
    wandering_noise_hz,
)
from lateralnet.stimulus.drives import evoked
from lateralnet.stimulus.motion import vibration
from lateralnet.stimulus.snapshots import HoldPlan, SnapshotSampler
from lateralnet.streams import named_generator

FloatArray = NDArray[np.float64]

_TEST_SEED_OFFSET = 999
_WHITE_NOISE_SEED_OFFSET = 8888


@dataclass(frozen=True)
class SweepDrive:
    """A test stimulus, step by step.

    Attributes
    ----------
    t_s, x_cm, y_cm : ndarray, shape (n_steps,)
        Time since the start of the test, and centre of the sphere.
    rates_hz : ndarray, shape (n_steps, n_ll)
        Afferent rates before gain and baseline subtraction.
    """

    t_s: FloatArray
    x_cm: FloatArray
    y_cm: FloatArray
    rates_hz: FloatArray


def sweep_drive(params: NetworkParams, sweep: int = 0) -> SweepDrive:
    """Return the test sweep: the sphere moves past at constant speed and distance.

    With the test stimulus ``"vibrating"`` it is carried along the same path, and the flow is that
    of its vibration alone.

    Parameters
    ----------
    params : NetworkParams
        Parameters of the run.
    sweep : int
        Which of several sweeps; they differ in their noise. Sweep 0 has the published one.

    Returns
    -------
    SweepDrive
        Rates with Ornstein-Uhlenbeck noise, without the white noise of ``test_ll_noise_hz``.
    """
    t_s, x_cm, y_cm, drive_hz = _passage(params)
    noise_hz = _test_noise_hz(
        n_places(params), params.ll_body_length_cm, params.dt_s, t_s.size, params.seed, sweep
    )
    rate_hz = BASE_RATE_HZ + by_polarity(drive_hz, params) + by_polarity(noise_hz, params)
    return SweepDrive(
        t_s=t_s.copy(), x_cm=x_cm.copy(), y_cm=y_cm.copy(), rates_hz=clip_rate_hz(rate_hz)
    )


@functools.lru_cache(maxsize=1)
def _passage(params: NetworkParams) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Return times, path and change of the rates, which all sweeps of a test share."""
    t_s = _test_times_s(params)
    start_cm, _ = sweep_ends_cm(params)
    direction = 1.0 if params.direction >= 0 else -1.0
    x_cm = start_cm + direction * params.speed_cm_s * t_s
    y_cm = np.full(t_s.size, params.distance_cm)
    drive_hz = modulation_hz(params, x_cm, y_cm, np.full(t_s.size, direction))
    if params.test_stimulus == "vibrating":
        drive_hz = drive_hz * vibration(params, t_s + 0.5 * params.dt_s)[:, None]
    for array in (t_s, x_cm, y_cm, drive_hz):
        array.flags.writeable = False
    return t_s, x_cm, y_cm, drive_hz


@functools.lru_cache(maxsize=16)
def _test_noise_hz(
    n: int, body_length_cm: float, dt_s: float, n_steps: int, seed: int, sweep: int
) -> FloatArray:
    """Return the noise of a sweep, which tests at other distances share."""
    factor, generator = noise_factor_of(n, body_length_cm), _test_generator(seed, sweep)
    noise_hz = wandering_noise_hz(factor, dt_s, n_steps, generator)
    noise_hz.flags.writeable = False
    return noise_hz


def held_drive(params: NetworkParams, sweep: int = 0) -> SweepDrive:
    """Return the held test: snapshots drawn as in training, for the duration of the sweep.

    Parameters and result are those of `sweep_drive`.
    """
    t_s = _test_times_s(params)
    plan = HoldPlan.of(params, t_s.size)
    sampler = SnapshotSampler(params, plan, lambda: _test_generator(params.seed, sweep))
    held = evoked(sampler.draw(0, plan.n_snapshots), params, noise_factor(params))
    snapshot = np.arange(t_s.size) // plan.hold_steps
    return SweepDrive(
        t_s=t_s,
        x_cm=held.x_cm[snapshot],
        y_cm=held.distance_cm[snapshot],
        rates_hz=held.rates_hz[snapshot],
    )


def test_drive(params: NetworkParams, sweep: int = 0) -> SweepDrive:
    """Return the test stimulus that the parameters ask for, white noise included.

    Parameters and result are those of `sweep_drive`; the white noise of sweep 0 is the
    published one. As there, only 0 bounds the noisy rates.
    """
    drive = held_drive if params.test_is_held else sweep_drive
    stimulus = drive(params, sweep)
    if params.test_ll_noise_hz == 0:
        return stimulus
    if sweep == 0:
        generator = np.random.default_rng(params.seed + _WHITE_NOISE_SEED_OFFSET)
    else:
        generator = named_generator(params.seed, "test white noise", sweep)
    noise_hz = generator.normal(0.0, params.test_ll_noise_hz, stimulus.rates_hz.shape)
    rates_hz = np.maximum(stimulus.rates_hz + noise_hz, 0.0)
    return SweepDrive(t_s=stimulus.t_s, x_cm=stimulus.x_cm, y_cm=stimulus.y_cm, rates_hz=rates_hz)


# The name would make pytest collect the function wherever a test module imports it.
test_drive.__test__ = False  # type: ignore[attr-defined]


def _test_times_s(params: NetworkParams) -> FloatArray:
    duration_s = params.test_path_cm / params.speed_cm_s
    return np.arange(0.0, duration_s, params.dt_s, dtype=float)


def _test_generator(seed: int, sweep: int) -> np.random.Generator:
    if sweep == 0:
        return np.random.default_rng(seed + _TEST_SEED_OFFSET)
    return named_generator(seed, "test stimulus", sweep)
