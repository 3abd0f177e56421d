"""Training as a loop of segments: the same for every device, seed and replica."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

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
from lateralnet.simulation.segment import LAYERS, Drive, LayerSpikes, Simulation, Spikes
from lateralnet.stimulus.afferents import afferent_rate_hz
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


OnSegment = Callable[[int, Sequence[Checkpoint]], None]


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
        Called after each segment with the number of finished trials and the checkpoints.

    Returns
    -------
    list of Trained
        One for each network.
    """
    p = replicas[0].params
    learners = [_Learner(replica, plastic) for replica in replicas]
    states = [replica.initial_state() for replica in replicas]
    done = 0
    if resume is not None:
        done = resume[0].trials_done
        states = [checkpoint.state for checkpoint in resume]
        for learner, checkpoint in zip(learners, resume, strict=True):
            learner.restore(checkpoint, p.trial_start_step(done))
    phase = Phase(_PHASE, mon_ts_learns=plastic, ll_mon_learns=plastic and p.ll_mon_use_stdp)
    for trials in _segments(p, done, plastic):
        first, stop = p.trial_start_step(trials.start), p.trial_start_step(trials.stop)
        drives, positions = zip(*(ln.drive(first, stop) for ln in learners), strict=True)
        states = [ln.before(trials.start, s) for ln, s in zip(learners, states, strict=True)]
        states, spikes = simulation.advance(states, drives, phase, first)
        states = [
            learner.after(trials, state, seen, x_cm)
            for learner, state, seen, x_cm in zip(learners, states, spikes, positions, strict=True)
        ]
        if trials.stop in FROZEN_TEST_TRIALS:
            _test_frozen(simulation, learners, states, trials.stop)
        on_segment(
            trials.stop,
            [ln.checkpoint(trials.stop, s) for ln, s in zip(learners, states, strict=True)],
        )
    return [
        Trained(state=state, curves=learner.curve.arrays(), tail=learner.tail)
        for learner, state in zip(learners, states, strict=True)
    ]


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
        yield range(done, stop)
        done = stop


def _test_frozen(
    simulation: Simulation, learners: Sequence[_Learner], states: Sequence[State], trial: int
) -> None:
    """Test the networks as they are now; the states of training are left as they are."""
    sweeps = min(_FROZEN_TEST_SWEEPS, learners[0].replica.params.test_sweeps)
    learned = [
        replace(r, params=replace(r.params, test_sweeps=sweeps)).with_weights_of(state)
        for r, state in zip((ln.replica for ln in learners), states, strict=True)
    ]
    for learner, test in zip(learners, run_test(simulation, learned, plastic=False), strict=True):
        learner.curve.add_test(trial, test)


class _Learner:
    """What belongs to one network during training, beside its state."""

    def __init__(self, replica: Replica, plastic: bool) -> None:
        p = replica.params
        self.replica, self._params, self._plastic = replica, p, plastic
        self._stimulus = TrainingStimulus(p)
        self.curve = LearningCurve(p, replica.mon_ts.w)
        nothing = LayerSpikes(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int32))
        self.tail: Spikes = dict.fromkeys(LAYERS, nothing)
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
        """Take up the curves and the tail of a checkpoint."""
        if checkpoint.exact:
            self.curve.restore(checkpoint.curve)
        else:
            self.curve.restore_published(checkpoint.curve, first_step)
        self.tail = checkpoint.tail

    def drive(self, first: int, stop: int) -> tuple[Drive, np.ndarray]:
        """Return the drive of some steps and the position of the sphere at each."""
        own = self.replica.stimulus
        if own is None:
            piece = self._stimulus.piece(first, stop)
        else:
            piece = own_piece(own, self._params, first, stop)
        rows_hz = afferent_rate_hz(piece.rows_hz, self._params)
        return Drive(rows_hz, piece.row_of_step), piece.x_cm

    def before(self, trial: int, state: State) -> State:
        """Return the state with what the schedule of `trial` sets."""
        if not self._params.anneals_cooperation:
            return state
        return {**state, "ts_excitation.w": excitation_V(self.replica, trial)}

    def after(self, trials: range, state: State, spikes: Spikes, x_cm: np.ndarray) -> State:
        """Record a segment, scale the weights where it is time, and return the new state."""
        p = self._params
        self.curve.add_segment(trials, spikes, x_cm)
        self._keep_tail(spikes, p.trial_start_step(trials.stop))
        state = self._scaled(trials.stop, state)
        if trials.stop % p.checkpoint_trials == 0 or trials.stop == p.n_training_trials:
            self.curve.add_checkpoint(trials.stop, state["mon_ts.w"])
        return state

    def checkpoint(self, trials_done: int, state: State) -> Checkpoint:
        """Return everything that a resumed training needs."""
        return Checkpoint(trials_done, state, self.curve.state(), self.tail, exact=True)

    def _scaled(self, trial: int, state: State) -> State:
        p, rep = self._params, self.replica
        if not self._plastic:
            return state
        new = dict(state)
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

    def _keep_tail(self, spikes: Spikes, stop: int) -> None:
        first = stop - round(TAIL_S / self._params.dt_s)
        tail = {}
        for layer, new in spikes.items():
            # Cut first: a segment has many times as many spikes as the tail.
            kept = [
                LayerSpikes(part.step[start:], part.index[start:])
                for part in (self.tail[layer], new)
                for start in [np.searchsorted(part.step, first)]
            ]
            tail[layer] = LayerSpikes(
                np.concatenate([part.step for part in kept]),
                np.concatenate([part.index for part in kept]),
            )
        self.tail = tail
