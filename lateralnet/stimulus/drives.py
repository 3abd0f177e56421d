"""The water stimulus of training as rates of the lateral-line afferents (LL).

The sphere is held at one place after another, or moves or vibrates there. A held drive is
piecewise constant, 24 snapshots a trial, and is never stored per time step. Draw orders are those
of the published program (J. Goulet, LateralLine, 2026), so a seed gives the same stimulus here as
there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lateralnet.parameters.params import NetworkParams
from lateralnet.stimulus.afferents import (
    NOISE_SD_HZ,
    by_polarity,
    clip_rate_hz,
    correlated,
    noise_factor,
    noiseless_rates_hz,
)
from lateralnet.stimulus.motion import stepwise
from lateralnet.stimulus.snapshots import HoldPlan, SnapshotDraws, SnapshotSampler

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

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
        return evoked(self._sampler.draw(first, stop), self._params, self._noise_factor)

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


def evoked(drawn: SnapshotDraws, params: NetworkParams, factor: FloatArray) -> SnapshotDrive:
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
