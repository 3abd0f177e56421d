"""Training as a loop of segments: the same for every device, seed and replica."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from lateralnet.learning.checkpoint import Checkpoint
from lateralnet.learning.cooperation import TRIALS_PER_STEP, excitation_V
from lateralnet.learning.homeostasis import classed, mean_incoming_sum, scaled
from lateralnet.learning.learning_curve import LearningCurve
from lateralnet.learning.test_sweeps import run_test
from lateralnet.network.batch import Phase
from lateralnet.network.wiring import Replica, State
from lateralnet.parameters.params import NetworkParams
from lateralnet.records.record import TAIL_S
from lateralnet.simulation.loan import changed, whole
from lateralnet.simulation.segment import Drive, Simulation
from lateralnet.simulation.spikes import Spikes, SpikeTrain, no_spikes
from lateralnet.stimulus.afferents import afferent_rate_hz, lesioned
from lateralnet.stimulus.drives import TrainingStimulus
from lateralnet.stimulus.own import own_piece

_LONGEST_SEGMENT_S = 12.0  # bounds the memory of a segment, whatever the checkpoints
_PHASE = "training"
# Trials after which the frozen network is tested, whatever the length of training, so that a
# training that is resumed or extended has the same points.
FROZEN_TEST_TRIALS = (10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000)
_FROZEN_TEST_SWEEPS = 2


@dataclass(frozen=True)
class Trained:
    """What training leaves: state, learning curves, and the spikes of its last two seconds."""

    state: State
    curves: dict[str, np.ndarray]
    tail: Spikes


# Called with the number of finished trials, and how to get the checkpoints there.
OnSegment = Callable[[int, Callable[[], Sequence[Checkpoint]]], None]


def train(
    simulation: Simulation,
    replicas: Sequence[Replica],
    *,
    plastic: bool = True,
    resume: Sequence[Checkpoint] | None = None,
    on_segment: OnSegment = lambda trials_done, checkpoints: None,
) -> list[Trained]:
    """Train networks side by side.

    Parameters
    ----------
    simulation : Simulation
        The program with these networks.
    replicas : sequence of Replica
        Networks with the same training schedule.
    plastic : bool
        False for the control without learning: all increments 0, no homeostasis.
    resume : sequence of Checkpoint, optional
        Where to go on from.
    on_segment : callable
        Called after each segment with the number of finished trials and a function that returns
        the checkpoints there: making them fetches the states from the program.

    Returns
    -------
    list of Trained
        One for each network.
    """
    p = replicas[0].params
    learners = [_Learner(replica, plastic) for replica in replicas]
    done = 0
    if resume is not None:
        done = resume[0].trials_done
        for learner, checkpoint in zip(learners, resume, strict=True):
            learner.restore(checkpoint, p.trial_start_step(done))
    phase = Phase(_PHASE, mon_ts_learns=plastic, ll_mon_learns=plastic and p.ll_mon_use_stdp)
    for trials in _segments(p, done, plastic):
        first, stop = p.trial_start_step(trials.start), p.trial_start_step(trials.stop)
        drives = [learner.drive(first, stop) for learner in learners]
        for learner in learners:
            learner.begin(trials.start)
        advanced = simulation.advance(
            [ln.state for ln in learners], drives, phase, first, keep_from=tail_start(p),
            count_edges=[p.trial_start_step(trial) for trial in trials], lend=True,
        )  # fmt: skip
        for learner, (state, spikes) in zip(learners, advanced, strict=True):
            learner.take(trials, state, spikes)
        if trials.stop in FROZEN_TEST_TRIALS:
            _test_frozen(simulation, learners, trials.stop)
        on_segment(trials.stop, functools.partial(_checkpoints, learners, trials.stop))
    return [
        Trained(state=whole(learner.state), curves=learner.curve.arrays(), tail=learner.tail)
        for learner in learners
    ]


def _checkpoints(learners: Sequence[_Learner], trials_done: int) -> list[Checkpoint]:
    return [learner.checkpoint(trials_done) for learner in learners]


def tail_start(p: NetworkParams) -> int:
    """Return the step from which on the spikes of all layers are kept: the end of training."""
    return p.trial_start_step(p.n_training_trials) - round(TAIL_S / p.dt_s)


def _segments(p: NetworkParams, done: int, plastic: bool) -> Iterator[range]:
    """Cut training where something changes between trials, and where it would grow too long."""
    periods = [p.checkpoint_trials, max(1, int(_LONGEST_SEGMENT_S / p.trial_duration_s))]
    if plastic and p.mon_ts_homeo_eta > 0:
        periods.append(p.mon_ts_homeo_every_trials)
    if plastic and p.ll_mon_use_stdp and p.ll_mon_homeo_eta > 0:
        periods.append(p.ll_mon_homeo_every_trials)
    if p.anneals_cooperation:
        periods.append(TRIALS_PER_STEP)
    while done < p.n_training_trials:
        stop = min(done + period - done % period for period in periods)
        stop = min([stop, *(trial for trial in FROZEN_TEST_TRIALS if trial > done)])
        stop = min(stop, p.n_training_trials)
        if done < p.ll_lesion_after_trials:
            stop = min(stop, p.ll_lesion_after_trials)
        yield range(done, stop)
        done = stop


def _test_frozen(simulation: Simulation, learners: Sequence[_Learner], trial: int) -> None:
    """Test the networks as they are now; their states are left as they are."""
    n_sweeps = min(_FROZEN_TEST_SWEEPS, learners[0].replica.params.test_sweeps)
    for learner in learners:
        learner.state = whole(learner.state)  # the program will hold another
    tests = run_test(
        simulation, [ln.replica.with_weights_of(ln.state) for ln in learners],
        plastic=False, n_sweeps=n_sweeps, ts_only=True,
    )  # fmt: skip
    for learner, test in zip(learners, tests, strict=True):
        learner.curve.add_test(trial, test)


class _Learner:
    """One network during training: its state, and what is followed of it."""

    def __init__(self, replica: Replica, plastic: bool) -> None:
        p = replica.params
        self.replica, self._params, self._plastic = replica, p, plastic
        self.state: State = replica.initial_state()
        self._stimulus = TrainingStimulus(p)
        self._x_cm = np.zeros(0)
        self.curve = LearningCurve(p, replica.mon_ts.w)
        self.tail = no_spikes(p.n_cells, p.dt_s)
        # What is scaled together: all inputs of a TS cell, or those of one polarity.
        self._scaled_cell, self._n_scaled = replica.mon_ts.j, p.n_ts
        if p.mon_ts_homeo_by_polarity:
            self._scaled_cell = classed(replica.mon_ts.j, replica.mon_ts.i % 2, 2)
            self._n_scaled = 2 * p.n_ts
        self._mon_ts_target = self._mean_mon_ts_sum(replica.mon_ts.w)
        self._ll_mon_target = mean_incoming_sum(
            replica.ll_mon.w * 1e-3, replica.ll_mon.j, p.n_mon, connected=True
        )

    def restore(self, checkpoint: Checkpoint, first_step: int) -> None:
        """Take up the state, the curves and the tail of a checkpoint."""
        self.state = checkpoint.state
        if checkpoint.exact:
            self.curve.restore(checkpoint.curve)
        else:
            self.curve.restore_published(checkpoint.curve, first_step)
        self.tail = checkpoint.tail

    def drive(self, first: int, stop: int) -> Drive:
        """Return the drive of some steps, and remember where the sphere is at each."""
        own = self.replica.stimulus
        if own is None:
            piece = self._stimulus.piece(first, stop)
        else:
            piece = own_piece(own, self._params, first, stop)
        self._x_cm = piece.x_cm
        rows_hz = afferent_rate_hz(piece.rows_hz, self._params)
        if first >= self._params.trial_start_step(self._params.ll_lesion_after_trials):
            rows_hz = lesioned(rows_hz, self._params)
        return Drive(rows_hz, piece.row_of_step)

    def begin(self, trial: int) -> None:
        """Set what the schedule of `trial` sets."""
        if self._params.anneals_cooperation:
            excitation = {"ts_excitation.w": excitation_V(self.replica, trial)}
            self.state = changed(self.state, excitation)

    def take(self, trials: range, state: State, spikes: Spikes) -> None:
        """Record a segment that was driven, and scale the weights where it is time."""
        p = self._params
        self.curve.add_segment(trials, spikes, self._x_cm)
        self._keep_tail(spikes)
        self.state = changed(state, self._scaled(trials.stop, state))
        if trials.stop % p.checkpoint_trials == 0 or trials.stop == p.n_training_trials:
            self.curve.add_checkpoint(trials.stop, self.state["mon_ts.w"])

    def checkpoint(self, trials_done: int) -> Checkpoint:
        """Return everything that a resumed training needs."""
        state = whole(self.state)
        return Checkpoint(trials_done, state, self.curve.state(), self.tail, exact=True)

    def _scaled(self, trial: int, state: State) -> dict[str, np.ndarray]:
        """Return the weights that homeostasis changes after `trial` trials."""
        p, rep = self._params, self.replica
        new: dict[str, np.ndarray] = {}
        if not self._plastic:
            return new
        if p.mon_ts_homeo_eta > 0 and trial % p.mon_ts_homeo_every_trials == 0:
            target = self._mon_ts_target
            if p.mon_ts_homeo_target == "floating":
                target = self._mean_mon_ts_sum(state["mon_ts.w"])
            new["mon_ts.w"] = scaled(
                state["mon_ts.w"], self._scaled_cell, self._n_scaled,
                target=target, eta=p.mon_ts_homeo_eta, w_max=p.mon_ts_wmax,
            )  # fmt: skip
        if (
            p.ll_mon_use_stdp
            and p.ll_mon_homeo_eta > 0
            and trial % p.ll_mon_homeo_every_trials == 0
        ):
            new["ll_mon.w"] = scaled(
                state["ll_mon.w"], rep.ll_mon.j, p.n_mon,
                target=self._ll_mon_target, eta=p.ll_mon_homeo_eta, w_max=p.ll_mon_wmax_mV * 1e-3,
            )  # fmt: skip
        return new

    def _mean_mon_ts_sum(self, w: np.ndarray) -> float:
        return mean_incoming_sum(w, self._scaled_cell, self._n_scaled, connected=False)

    def _keep_tail(self, spikes: Spikes) -> None:
        first = tail_start(self._params)
        # Cut first: a segment has many times as many spikes as the tail.
        self.tail = {
            layer: SpikeTrain.join([self.tail[layer].window(first), new.window(first)])
            for layer, new in spikes.items()
        }
