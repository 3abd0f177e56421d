"""The water stimulus of training and test as rates of the lateral-line afferents (LL).

In training the sphere is held at one place after another, or moves or vibrates there; in the
test it sweeps past the body. A held drive is piecewise constant, 24 snapshots a trial, and is
never stored per time step. Draw orders are those of the published program (J. Goulet,
LateralLine, 2026), so a seed gives the same stimulus here as there.
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
    NOISE_SD_HZ,
    afferent_rate_hz,
    by_polarity,
    clip_rate_hz,
    correlated,
    modulation_hz,
    n_places,
    noise_factor,
    noise_factor_of,
    noiseless_rates_hz,
    wandering_noise_hz,
)
from lateralnet.stimulus.motion import stepwise, vibration
from lateralnet.stimulus.snapshots import HoldPlan, SnapshotDraws, SnapshotSampler
from lateralnet.streams import named_generator

__all__ = [
    "SnapshotDrive",
    "SweepDrive",
    "TrainingPiece",
    "TrainingStimulus",
    "afferent_rate_hz",
    "held_drive",
    "sweep_drive",
    "test_drive",
    "training_drive",
]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_TEST_SEED_OFFSET = 999
_WHITE_NOISE_SEED_OFFSET = 8888
_CHUNK = 2048  # snapshots turned into rates at once: bounds the temporary arrays


@dataclass(frozen=True)
class SnapshotDrive:
    """Consecutive held snapshots and the rates they evoke.

    Attributes
    ----------
    rates_hz : ndarray, shape (n_snapshots, n_ll)
        Afferent rates before gain and baseline subtraction.
    x_cm, distance_cm, direction, t_start_s : ndarray, shape (n_snapshots,)
        Position along the body, distance from it, direction of motion (+1 or -1) and time
        at which the snapshot begins.
    """

    rates_hz: FloatArray
    x_cm: FloatArray
    distance_cm: FloatArray
    direction: FloatArray
    t_start_s: FloatArray


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


@dataclass(frozen=True)
class TrainingPiece:
    """Some time steps of the training stimulus.

    Attributes
    ----------
    rows_hz : ndarray, shape (n_rows, n_ll)
        Afferent rates before gain and baseline subtraction: one row for each snapshot that the
        steps touch, or for each step where the sphere does not stand still.
    row_of_step : ndarray of int, shape (n_steps,)
        The row that holds at each time step.
    x_cm : ndarray, shape (n_steps,)
        Position of the sphere along the body at each time step.
    """

    rows_hz: FloatArray
    row_of_step: IntArray
    x_cm: FloatArray


class TrainingStimulus:
    """The training stream, produced piece by piece in constant memory.

    Reading forwards continues the draws, and skipping is cheap; reading an earlier piece
    starts again from the seed and draws up to it (about a second for 10,000 trials).

    Parameters
    ----------
    params : NetworkParams
        Parameters of the run.

    Attributes
    ----------
    n_steps : int
        Time steps of the whole training.
    hold_steps : int
        Time steps for which a snapshot is held.
    n_snapshots : int
        Snapshots of the whole training; the last may be cut short.
    """

    def __init__(self, params: NetworkParams) -> None:
        training_s = params.n_training_trials * params.trial_duration_s
        self._params = params
        self._plan = HoldPlan.of(params, round(training_s / params.dt_s))
        self._sampler = SnapshotSampler(
            params, self._plan, lambda: np.random.default_rng(params.seed)
        )
        self._noise_factor = noise_factor(params)
        self.n_steps = self._plan.n_steps
        self.hold_steps = self._plan.hold_steps
        self.n_snapshots = self._plan.n_snapshots

    def snapshots(self, first: int, stop: int) -> SnapshotDrive:
        """Return the snapshots `first` to `stop` - 1 with their rates.

        Raises
        ------
        InputError
            When the range lies outside 0 to `n_snapshots`.
        """
        return _evoked(self._sampler.draw(first, stop), self._params, self._noise_factor)

    def piece(self, first_step: int, stop_step: int) -> TrainingPiece:
        """Return the rates and positions of the time steps `first_step` to `stop_step` - 1.

        Raises
        ------
        InputError
            When the range lies outside 0 to `n_steps`.
        """
        first, stop = self._plan.snapshots_of_steps(first_step, stop_step)
        snapshot, step_in_hold = np.divmod(np.arange(first_step, stop_step), self.hold_steps)
        row_of_step = snapshot - first
        if self._params.training_stimulus == "held":
            held = self.snapshots(first, stop)
            return TrainingPiece(held.rates_hz, row_of_step, held.x_cm[row_of_step])
        drawn = self._sampler.draw(first, stop)
        rates_hz, x_cm = stepwise(
            self._params, drawn, self._noise_factor, row_of_step, step_in_hold, self.hold_steps
        )
        return TrainingPiece(rates_hz, np.arange(row_of_step.size), x_cm)

    def drive(self, first_step: int, stop_step: int) -> tuple[FloatArray, IntArray]:
        """Return rows and row of each step of `piece`."""
        piece = self.piece(first_step, stop_step)
        return piece.rows_hz, piece.row_of_step


def training_drive(params: NetworkParams) -> SnapshotDrive:
    """Return all training snapshots at once (20 kB a trial; `TrainingStimulus` streams them)."""
    stimulus = TrainingStimulus(params)
    return stimulus.snapshots(0, stimulus.n_snapshots)


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
    return SweepDrive(t_s=t_s, x_cm=x_cm, y_cm=y_cm, rates_hz=clip_rate_hz(rate_hz))


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
    held = _evoked(sampler.draw(0, plan.n_snapshots), params, noise_factor(params))
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


def _evoked(drawn: SnapshotDraws, params: NetworkParams, factor: FloatArray) -> SnapshotDrive:
    """Return the drawn snapshots with the rates that they evoke."""
    rates_hz = np.empty((drawn.x_cm.size, params.n_ll))
    for first in range(0, drawn.x_cm.size, _CHUNK):
        part = slice(first, first + _CHUNK)
        rate_hz = noiseless_rates_hz(
            params, drawn.x_cm[part], drawn.distance_cm[part], drawn.direction[part]
        )
        noise_hz = NOISE_SD_HZ * correlated(drawn.noise[part], factor)
        rates_hz[part] = clip_rate_hz(rate_hz + by_polarity(noise_hz, params))
    return SnapshotDrive(
        rates_hz=rates_hz,
        x_cm=drawn.x_cm,
        distance_cm=drawn.distance_cm,
        direction=drawn.direction,
        t_start_s=drawn.t_start_s,
    )
