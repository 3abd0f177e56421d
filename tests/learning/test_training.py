"""The loop of training on a simulation that is made up: when it is cut, scaled and recorded."""

import dataclasses
from itertools import pairwise

import numpy as np
import pytest

from lateralnet.learning.homeostasis import incoming_sums
from lateralnet.learning.training import train
from lateralnet.network.wiring import make_replica
from lateralnet.simulation.spikes import LAYERS, SpikeTrain
from tests.tiny import tiny

PLAIN = {"ll_mon_homeo_eta": 0.0, "mon_ts_homeo_eta": 0.0, "checkpoint_trials": 100}


class Growing:
    """A simulation in which every weight grows by a share in each segment, and cells fire."""

    def __init__(self, share=0.0):
        self.share, self.calls, self.phases = share, [], []

    def advance(self, states, drives, phase, first_step, **asked):
        n_steps = drives[0].row_of_step.size
        if not phase.stream.startswith("test/"):  # the frozen network is tested in between
            self.calls.append((first_step, n_steps))
            self.phases.append(phase)
        new = [
            {name: a * (1 + self.share) if name.endswith(".w") else a for name, a in state.items()}
            for state in states
        ]
        step = np.arange(first_step, first_step + n_steps, 10)
        spikes = SpikeTrain(step, np.zeros(step.size, dtype=np.int32), tiny().n_ts, tiny().dt_s)
        return [(state, dict.fromkeys(LAYERS, spikes)) for state in new]


def run(params, *, share=0.0, **options):
    simulation, stops, kept = Growing(share), [], {}

    def on_segment(done, checkpoints):
        stops.append(done)
        kept[done] = checkpoints()

    replica = make_replica(params)
    (trained,) = train(simulation, [replica], on_segment=on_segment, **options)
    return simulation, stops, kept, replica, trained


@pytest.mark.parametrize(
    ("changes", "stops"),
    [
        ({}, [10, 20]),  # 6 s: under the longest segment; a frozen test after 10 trials
        ({"checkpoint_trials": 8}, [8, 10, 16, 20]),
        ({"mon_ts_homeo_eta": 0.1, "mon_ts_homeo_every_trials": 6}, [6, 10, 12, 18, 20]),
        ({"ll_mon_homeo_eta": 0.1, "ll_mon_homeo_every_trials": 15}, [10, 15, 20]),
        (
            {"mon_ts_homeo_eta": 0.1, "mon_ts_homeo_every_trials": 6, "checkpoint_trials": 4},
            [4, 6, 8, 10, 12, 16, 18, 20],
        ),
        ({"trial_duration_s": 2.5}, [4, 8, 10, 12, 16, 20]),  # at most 12 s
        ({"trial_duration_s": 13.0, "n_training_trials": 2}, [1, 2]),  # a trial at least
    ],
)
def test_training_is_cut_where_something_happens(changes, stops):
    simulation, found, _, replica, _ = run(tiny(**{**PLAIN, "n_training_trials": 20, **changes}))
    assert found == stops
    ends = [replica.params.trial_start_step(trial) for trial in (0, *stops)]
    assert simulation.calls == [(a, b - a) for a, b in pairwise(ends)]


def test_annealed_cooperation_is_set_every_five_trials():
    changes = {"ts_lateral_exc_radius": 2, "ts_lateral_exc_peak_mV": 4.0,
               "ts_lateral_exc_radius_start": 8}  # fmt: skip
    _, stops, _, _, _ = run(tiny(**{**PLAIN, **changes, "n_training_trials": 12}))
    assert stops == [5, 10, 12]


def test_without_plasticity_nothing_learns_and_nothing_is_scaled():
    params = tiny(n_training_trials=12, checkpoint_trials=5)  # with both homeostases
    simulation, stops, _, replica, trained = run(params, share=0.0, plastic=False)
    assert stops == [5, 10, 12]
    assert not any(phase.mon_ts_learns or phase.ll_mon_learns for phase in simulation.phases)
    assert trained.state["mon_ts.w"].tobytes() == replica.mon_ts.w.tobytes()
    simulation, *_ = run(params)
    assert all(phase.mon_ts_learns and phase.ll_mon_learns for phase in simulation.phases)
    simulation, *_ = run(dataclasses.replace(params, ll_mon_use_stdp=False))
    assert not any(phase.ll_mon_learns for phase in simulation.phases)
    assert all(phase.mon_ts_learns for phase in simulation.phases)


def test_mon_ts_is_scaled_every_so_many_trials_towards_the_initial_sum():
    params = tiny(**{**PLAIN, "mon_ts_homeo_eta": 1.0, "mon_ts_homeo_every_trials": 3,
                     "n_training_trials": 7, "mon_ts_wmax": 10.0,
                     "mon_ts_homeo_target": "initial"})  # fmt: skip
    _, stops, kept, replica, _ = run(params, share=0.05)
    assert stops == [3, 6, 7]
    first = replica.mon_ts.w
    j, n = replica.mon_ts.j, params.n_ts
    target = incoming_sums(first, j, n).mean()

    def scaled(w):
        factor = np.clip(target / incoming_sums(w, j, n), 0.9, 1.1)
        return w * factor[j]

    after = scaled(first * 1.05)
    np.testing.assert_allclose(kept[3][0].state["mon_ts.w"], after, rtol=1e-12)
    after = scaled(after * 1.05)
    np.testing.assert_allclose(kept[6][0].state["mon_ts.w"], after, rtol=1e-12)
    np.testing.assert_allclose(kept[7][0].state["mon_ts.w"], after * 1.05, rtol=1e-12)
    # LL->MON is left alone: its rate of homeostasis is 0.
    grown = replica.initial_state()["ll_mon.w"] * 1.05**3
    np.testing.assert_allclose(kept[7][0].state["ll_mon.w"], grown, rtol=1e-12)


def test_the_floating_target_is_the_mean_sum_now():
    params = tiny(**{**PLAIN, "mon_ts_homeo_eta": 1.0, "mon_ts_homeo_every_trials": 3,
                     "n_training_trials": 3, "mon_ts_wmax": 10.0,
                     "mon_ts_homeo_target": "floating"})  # fmt: skip
    _, _, kept, replica, _ = run(params, share=0.5)
    w, j, n = replica.mon_ts.w * 1.5, replica.mon_ts.j, params.n_ts
    sums = incoming_sums(w, j, n)
    expected = w * np.clip(sums.mean() / sums, 0.9, 1.1)[j]
    np.testing.assert_allclose(kept[3][0].state["mon_ts.w"], expected, rtol=1e-12)


def test_ll_mon_is_scaled_every_so_many_trials_and_bounded():
    params = tiny(**{**PLAIN, "ll_mon_homeo_eta": 1.0, "ll_mon_homeo_every_trials": 4,
                     "n_training_trials": 6, "ll_mon_wmax_mV": 25.0})  # fmt: skip
    _, stops, kept, replica, _ = run(params, share=0.05)
    assert stops == [4, 6]
    w, j, n = replica.ll_mon.w * 1.05, replica.ll_mon.j, params.n_mon
    before = incoming_sums(replica.ll_mon.w, j, n)
    target = before[before > 0].mean()
    sums = incoming_sums(w, j, n)
    expected = np.minimum(w * np.clip(target / sums, 0.9, 1.1)[j], 25.0)
    np.testing.assert_allclose(kept[4][0].state["ll_mon.w"], 1e-3 * expected, rtol=1e-12)
    np.testing.assert_allclose(kept[6][0].state["ll_mon.w"], 1.05e-3 * expected, rtol=1e-12)
    np.testing.assert_allclose(kept[6][0].state["mon_ts.w"], replica.mon_ts.w * 1.05**2)


def test_checkpoints_of_the_curve_are_where_they_are_asked_for_and_at_the_end():
    params = tiny(**{**PLAIN, "checkpoint_trials": 4, "n_training_trials": 10})
    _, _, _, replica, trained = run(params, share=0.01)
    times = [params.trial_start_step(trial) * params.dt_s for trial in (4, 8, 10)]
    assert trained.curves["checkpoint_t_s"] == pytest.approx(times)
    means = replica.mon_ts.w.mean() * 1.01 ** np.arange(1, 4)
    assert trained.curves["w_mean_series"] == pytest.approx(means)
    assert trained.curves["trial_rate_hz_series"].shape == (10, 3)


def test_the_tail_is_the_last_two_seconds():
    params = tiny(**{**PLAIN, "checkpoint_trials": 3, "n_training_trials": 10})
    _, _, _, _, trained = run(params)
    end = params.trial_start_step(10)
    expected = np.arange(0, end, 10)
    expected = expected[expected >= end - 2000]
    for layer in LAYERS:
        assert np.array_equal(trained.tail[layer].step, expected)
        assert trained.tail[layer].cell.size == expected.size


def test_a_resumed_training_goes_on_where_the_checkpoint_is():
    params = tiny(**{**PLAIN, "checkpoint_trials": 4, "n_training_trials": 10})
    _, _, kept, _, whole = run(params, share=0.01)
    simulation, stops, _, _, resumed = run(params, share=0.01, resume=kept[4])
    assert stops == [8, 10] and simulation.calls[0][0] == params.trial_start_step(4)
    assert resumed.state["mon_ts.w"].tobytes() == whole.state["mon_ts.w"].tobytes()
    for name, series in whole.curves.items():
        np.testing.assert_array_equal(resumed.curves[name], series, err_msg=name)
    assert np.array_equal(resumed.tail["ts"].step, whole.tail["ts"].step)


def test_networks_side_by_side_are_trained_as_alone():
    params = [tiny(seed=seed, n_training_trials=4) for seed in (123, 124)]
    replicas = [make_replica(p) for p in params]
    together = train(Growing(0.02), replicas)
    for replica, one in zip(replicas, together, strict=True):
        (alone,) = train(Growing(0.02), [replica])
        assert alone.state["mon_ts.w"].tobytes() == one.state["mon_ts.w"].tobytes()
        assert alone.curves["w_mean_series"] == pytest.approx(one.curves["w_mean_series"])


def test_inputs_of_each_polarity_are_scaled_apart():
    params = tiny(**{**PLAIN, "mon_ts_homeo_eta": 1.0, "mon_ts_homeo_every_trials": 3,
                     "n_training_trials": 3, "mon_ts_wmax": 10.0, "mon_ts_homeo_target": "initial",
                     "ll_polarity": "opposed", "ll_mon_polarity": "segregated",
                     "mon_ts_homeo_by_polarity": True})  # fmt: skip
    _, _, kept, replica, _ = run(params, share=0.05)
    w, i, j = replica.mon_ts.w, replica.mon_ts.i, replica.mon_ts.j
    classes = [(cell, side) for cell in range(params.n_ts) for side in (0, 1)]
    members = [(j == cell) & (i % 2 == side) for cell, side in classes]
    target = np.mean([w[own].sum() for own in members])
    expected = 1.05 * w
    for own in members:
        if own.any():
            expected[own] *= np.clip(target / (1.05 * w[own].sum()), 0.9, 1.1)
    np.testing.assert_allclose(kept[3][0].state["mon_ts.w"], expected, rtol=1e-12)
