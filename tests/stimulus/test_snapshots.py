"""Snapshots of training and of the held test equal the published ones; pieces equal the whole."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lateralnet.errors import InputError
from lateralnet.parameters.params import NetworkParams
from lateralnet.parameters.presets import preset
from lateralnet.stimulus import drives as stimulus
from lateralnet.stimulus import sweeps
from lateralnet.stimulus.afferents import noise_factor
from lateralnet.stimulus.snapshots import HoldPlan, SnapshotSampler

GOLDEN = Path(__file__).parents[1] / "golden"


PUBLISHED = {
    "thesis_seed123": preset("ll_thesis", n_training_trials=10),
    "noise_multidistance_bidirectional_seed123": preset(
        "ll_thesis",
        n_training_trials=10,
        training_noise_scale_early=0.5,
        training_noise_scale_late=1.0,
        training_distance_min_cm=0.6,
        training_distance_max_cm=1.2,
        training_bidirectional=True,
    ),
    "shuffled_gaussian_distance_seed124": NetworkParams(
        n_training_trials=12,
        trial_duration_s=0.8,
        seed=124,
        training_ordered_sweeps=False,
        training_fixed_distance=False,
        training_distance_min_cm=None,
        training_distance_max_cm=None,
    ),
}


SMALL = {
    "n_ll": 9,
    "n_training_trials": 7,
    "trial_duration_s": 0.5,
    "training_noise_scale_early": 0.5,
    "training_noise_scale_late": 2.0,
}


CASES = {
    "fixed": {},
    "odd times": {
        "dt_s": 0.0007,
        "training_position_hold_s": 0.0333,
        "trial_duration_s": 0.4567,
    },
    "coarse step": {"dt_s": 0.002, "training_position_hold_s": 0.031},
    "gaussian, no bound": {
        "training_fixed_distance": False,
        "training_distance_min_cm": None,
        "training_distance_max_cm": None,
    },
    "gaussian, low bound": {"training_fixed_distance": False, "training_distance_max_cm": None},
    "gaussian, high bound": {"training_fixed_distance": False, "training_distance_min_cm": None},
    "equal bounds": {"training_fixed_distance": False, "training_distance_max_cm": 0.8},
    "uniform": {"training_fixed_distance": False},
    "shuffled": {"training_ordered_sweeps": False},
    "shuffled, uniform, both ways": {
        "training_ordered_sweeps": False,
        "training_fixed_distance": False,
        "training_bidirectional": True,
    },
    "switch at once": {"training_noise_switch_fraction": 0.0},
    "no switch": {"training_noise_switch_fraction": 1.0},
    "sphere": {"speed_cm_s": 2.5, "sphere_radius_cm": 0.3, "ll_body_length_cm": 6.0},
    "across": {"ll_sensing_axis_x": 0.0, "ll_sensing_axis_y": 1.0},
    "one neuromast": {"n_ll": 1},
    "one step a trial": {"trial_duration_s": 0.001, "training_position_hold_s": 0.01},
}


def small(case: str) -> NetworkParams:
    return NetworkParams(**{**SMALL, **CASES[case]})


def naive_snapshots(p: NetworkParams, generator, n_steps: int):
    """The rule of the model, one snapshot after the other."""
    x_ll = np.linspace(0.0, p.ll_body_length_cm, p.n_ll)
    hold = max(1, round(p.training_position_hold_s / p.dt_s))
    order: list[float] = []
    forwards = True
    while len(order) * hold < n_steps:
        visit = x_ll.copy()
        if p.training_ordered_sweeps:
            order.extend(visit if forwards else visit[::-1])
            forwards = not forwards
        else:
            generator.shuffle(visit)
            order.extend(visit)
    factor = noise_factor(p)
    low, high = p.training_distance_min_cm, p.training_distance_max_cm
    snapshots = []
    for k, first in enumerate(range(0, n_steps, hold)):
        if p.training_fixed_distance:
            distance = 1.5
        elif low is not None and high is not None and low < high:
            distance = generator.uniform(low, high)
        else:
            distance = generator.normal(1.5, 0.6)
            distance = distance if low is None else max(low, distance)
            distance = distance if high is None else min(high, distance)
        direction = -1.0 if p.training_bidirectional and k % 2 == 1 else 1.0
        early = first / max(1, n_steps - 1) < p.training_noise_switch_fraction
        scale = p.training_noise_scale_early if early else p.training_noise_scale_late
        noise = scale * 10.0 * (factor @ generator.standard_normal(p.n_ll))
        dx, dy = x_ll - order[k], -distance
        r2 = np.maximum(dx * dx + dy * dy, 1e-9)
        strength = -(p.speed_cm_s * p.sphere_radius_cm**3 / 2) * r2**-2.5
        v_x = strength * (2 * dx * dx - dy * dy) * direction
        v_y = strength * 3 * dx * dy * direction
        v = -(v_x * p.ll_sensing_axis_x + v_y * p.ll_sensing_axis_y)
        rates = np.clip(40.0 + 300.0 * v + noise, 0.0, 200.0)
        snapshots.append((rates, order[k], distance, direction, first * p.dt_s))
    return snapshots


@pytest.mark.parametrize("case", PUBLISHED)
def test_published_arrays(case):
    golden = np.load(GOLDEN / f"stimulus_{case}.npz")
    params = PUBLISHED[case]
    training = stimulus.training_drive(params)
    sweep = sweeps.sweep_drive(params)
    held = sweeps.held_drive(params)
    for ours, published in (
        (training.rates_hz, golden["train_rates_hz"]),
        (training.x_cm, golden["train_x_cm"]),
        (training.distance_cm, golden["train_d_cm"]),
        (training.direction, golden["train_dir"]),
        (training.t_start_s, golden["train_t0_s"]),
        (sweep.rates_hz[::10], golden["test_rates_hz"]),
        (sweep.x_cm, golden["test_x_cm"]),
        (sweep.t_s, golden["test_t_s"]),
        (held.rates_hz[::50], golden["held_rates_hz"]),
        (held.x_cm[::50], golden["held_x_cm"]),
        (held.y_cm[::50], golden["held_y_cm"]),
    ):
        np.testing.assert_allclose(ours, published, rtol=0, atol=1e-9)


@pytest.mark.parametrize("case", CASES)
def test_training_follows_the_rule(case):
    params = small(case)
    n_steps = round(params.n_training_trials * params.trial_duration_s / params.dt_s)
    expected = naive_snapshots(params, np.random.default_rng(params.seed), n_steps)
    drive = stimulus.training_drive(params)
    columns = (drive.rates_hz, drive.x_cm, drive.distance_cm, drive.direction, drive.t_start_s)
    assert len(drive.x_cm) == len(expected)
    for ours, rule in zip(columns, zip(*expected, strict=True), strict=True):
        np.testing.assert_allclose(ours, np.array(rule), rtol=1e-12, atol=1e-9)


@pytest.mark.parametrize("case", CASES)
def test_held_test_follows_the_rule(case):
    params = small(case)
    held = sweeps.held_drive(params)
    expected = naive_snapshots(params, np.random.default_rng(params.seed + 999), held.t_s.size)
    hold = max(1, round(params.training_position_hold_s / params.dt_s))
    for column, ours in enumerate((held.rates_hz, held.x_cm, held.y_cm)):
        rule = np.repeat(np.array([row[column] for row in expected]), hold, axis=0)
        np.testing.assert_allclose(ours, rule[: held.t_s.size], rtol=1e-12, atol=1e-9)


@given(case=st.sampled_from(sorted(CASES)), data=st.data())
@settings(max_examples=80, deadline=None)
def test_pieces_equal_the_whole_bit_for_bit(case, data):
    params = small(case)
    stream = stimulus.TrainingStimulus(params)
    whole = stimulus.training_drive(params).rates_hz
    by_step = np.repeat(whole, stream.hold_steps, axis=0)[: stream.n_steps]
    for _ in range(4):
        first = data.draw(st.integers(0, stream.n_steps))
        stop = data.draw(st.integers(first, stream.n_steps))
        rows, row_of_step = stream.drive(first, stop)
        np.testing.assert_array_equal(rows[row_of_step], by_step[first:stop])


def test_trials_one_after_the_other_equal_the_whole():
    params = small("odd times")
    stream = stimulus.TrainingStimulus(params)
    pieces = []
    for trial in range(params.n_training_trials):
        first, stop = params.trial_start_step(trial), params.trial_start_step(trial + 1)
        rows, row_of_step = stream.drive(first, stop)
        pieces.append(rows[row_of_step])
    rows, row_of_step = stimulus.TrainingStimulus(params).drive(0, stream.n_steps)
    np.testing.assert_array_equal(np.concatenate(pieces), rows[row_of_step])


def test_reading_forwards_never_starts_again():
    params = small("odd times")
    started = []

    def generator():
        started.append(1)
        return np.random.default_rng(params.seed)

    plan = HoldPlan.of(params, 4000)
    sampler = SnapshotSampler(params, plan, generator)
    at_first = len(started)
    for first, stop in ((0, 1000), (1000, 1000), (1000, 2500), (3000, 3001), (3001, 4000)):
        sampler.draw(*plan.snapshots_of_steps(first, stop))
    assert len(started) == at_first
    sampler.draw(0, 1)
    assert len(started) > at_first


def test_noise_switches_at_the_fraction_of_the_last_step():
    params = NetworkParams(
        n_training_trials=1,
        trial_duration_s=0.101,
        training_position_hold_s=0.01,
        training_noise_scale_early=0.0,
        training_noise_scale_late=1.0,
    )
    sampler = SnapshotSampler(params, HoldPlan.of(params, 101), np.random.default_rng)
    noisy = sampler.draw(0, 11).noise.any(axis=1)
    np.testing.assert_array_equal(noisy, np.arange(11) >= 5)  # step 50 of 0 ... 100


def test_range_outside_the_training_is_refused():
    stream = stimulus.TrainingStimulus(small("fixed"))
    with pytest.raises(InputError, match="time steps"):
        stream.drive(0, stream.n_steps + 1)
    with pytest.raises(InputError, match="snapshots"):
        stream.snapshots(-1, 2)


def test_no_trials_no_snapshots():
    params = NetworkParams(n_training_trials=0)
    drive = stimulus.training_drive(params)
    assert drive.rates_hz.shape == (0, 100)
    assert drive.x_cm.shape == drive.t_start_s.shape == (0,)
    rows, row_of_step = stimulus.TrainingStimulus(params).drive(0, 0)
    assert rows.shape == (0, 100) and row_of_step.shape == (0,)


def test_memory_does_not_grow_with_trials():
    params = preset("ll_learn", n_training_trials=10_000)
    tracemalloc.start()
    stream = stimulus.TrainingStimulus(params)
    rows, row_of_step = stream.drive(stream.n_steps - 6000, stream.n_steps)
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert rows.shape == (120, 100) and row_of_step.size == 6000
    assert peak_bytes < 20e6
