"""Learning-curve series: independent of how training is cut, and right on made-up spikes."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from lateralnet.learning.learning_curve import LearningCurve, stabilisation_time_s
from lateralnet.simulation.spikes import SpikeTrain
from tests.tiny import tiny

PARAMS = tiny(n_training_trials=30, pv_eval_every_checkpoints=1)
RNG = np.random.default_rng(3)
N_STEPS = PARAMS.trial_start_step(30)
HOLD = round(PARAMS.training_position_hold_s / PARAMS.dt_s)
SNAPSHOT = np.arange(N_STEPS) // HOLD
PLACE = np.where(SNAPSHOT // 20 % 2, 19 - SNAPSHOT % 20, SNAPSHOT % 20)
X_CM = PLACE / 19 * PARAMS.ll_body_length_cm


def _spikes(first, stop, index_of_step):
    """Three spikes in every step, of the cell that `index_of_step` gives."""
    step = np.repeat(np.arange(first, stop), 3)
    index = np.repeat(index_of_step[first:stop], 3).astype(np.int32)
    ts = SpikeTrain(step, index, PARAMS.n_ts, PARAMS.dt_s)
    return {"ll": ts, "mon": ts, "ts": ts}


def _curve(cuts, index_of_step):
    w0 = np.linspace(0, 1, 50)
    curve = LearningCurve(PARAMS, w0)
    for first, stop in pairwise(cuts):
        a, b = PARAMS.trial_start_step(first), PARAMS.trial_start_step(stop)
        curve.add_segment(range(first, stop), _spikes(a, b, index_of_step), X_CM[a:b])
        if stop % 10 == 0:
            curve.add_checkpoint(stop, w0 + stop / 1000)
    return curve.arrays()


RANDOM_INDEX = RNG.integers(0, PARAMS.n_ts, N_STEPS)


def test_cuts_change_nothing():
    whole, pieces = _curve([0, 10, 20, 30], RANDOM_INDEX), _curve(list(range(31)), RANDOM_INDEX)
    for name, series in whole.items():
        assert np.allclose(series, pieces[name], equal_nan=True), name


def test_rates_weights_and_times():
    arrays = _curve([0, 10, 20, 30], RANDOM_INDEX)
    assert np.allclose(arrays["trial_rate_hz_series"][:, 2], 3 / (PARAMS.n_ts * PARAMS.dt_s))
    assert np.allclose(arrays["ts_ckpt_rate_series"], 3 / (PARAMS.n_ts * PARAMS.dt_s))
    assert np.allclose(arrays["checkpoint_t_s"], [3.0, 6.0, 9.0])
    assert np.allclose(arrays["w_mean_abs_delta_series"], [0.01, 0.02, 0.03])
    assert np.allclose(arrays["w_frac_delta_gt_1e3_series"], 1.0)
    assert arrays["tracked_weight_series"].shape == (3, 24)


def test_a_perfect_map_scores_near_zero_over_every_whole_pass():
    cell = np.rint(X_CM / PARAMS.ll_body_length_cm * PARAMS.n_ts).astype(int) % PARAMS.n_ts
    arrays = _curve([0, 7, 13, 30], cell)
    assert arrays["pass_t_s"].tolist() == [float(k) for k in range(1, 10)]
    spacing_cm = PARAMS.ll_body_length_cm / PARAMS.n_ts
    assert (arrays["pass_rms_error_cm_series"] < spacing_cm).all()
    scrambled = _curve([0, 7, 13, 30], RANDOM_INDEX)["pass_rms_error_cm_series"]
    assert (scrambled > 2 * arrays["pass_rms_error_cm_series"]).all()


def test_a_restored_curve_goes_on_as_if_never_stopped():
    w0 = np.linspace(0, 1, 50)
    whole = _curve([0, 4, 8, 12], RANDOM_INDEX)
    first = LearningCurve(PARAMS, w0)
    for a, b in ((0, 4), (4, 8)):
        steps = PARAMS.trial_start_step(a), PARAMS.trial_start_step(b)
        first.add_segment(range(a, b), _spikes(*steps, RANDOM_INDEX), X_CM[slice(*steps)])
    second = LearningCurve(PARAMS, w0)
    second.restore(first.state())
    steps = PARAMS.trial_start_step(8), PARAMS.trial_start_step(12)
    second.add_segment(range(8, 12), _spikes(*steps, RANDOM_INDEX), X_CM[slice(*steps)])
    for name, series in second.arrays().items():
        assert np.allclose(series, whole[name], equal_nan=True), name


@pytest.mark.parametrize(
    ("series", "expected"),
    [
        ([1, 2, 3, 3, 3, 3, 3, 3], 3.0),
        ([1, 2, 3, 4, 5, 6, 7, 8], None),
        ([3, 3, 3, 3, 3], None),
    ],
)
def test_stabilisation_time(series, expected):
    values = np.array(series, dtype=float)
    assert stabilisation_time_s(np.arange(1.0, values.size + 1), values) == expected


def test_stabilisation_is_half_a_percent_of_the_final_weight():
    time_s = np.arange(8) * 10.0
    final = 0.4
    # Steps of 0.7 % of the final value are still a change; steps of 0.3 % are rest.
    creeping = final * (1 - 0.007 * np.arange(7, -1, -1))
    assert stabilisation_time_s(time_s, creeping) is None
    resting = final * (1 - 0.003 * np.arange(7, -1, -1))
    assert stabilisation_time_s(time_s, resting) == 0.0
    late = np.concatenate([[0.1, 0.2, 0.3], np.full(5, final)])
    assert stabilisation_time_s(time_s, late) == 30.0
    assert stabilisation_time_s(time_s[:5], np.full(5, final)) is None  # six checkpoints at least


@pytest.mark.parametrize(("every", "times_s"), [(1, [3.0, 6.0, 9.0]), (2, [6.0]), (4, [])])
def test_the_map_is_measured_every_so_many_checkpoints(monkeypatch, every, times_s):
    monkeypatch.setitem(globals(), "PARAMS", replace(PARAMS, pv_eval_every_checkpoints=every))
    assert _curve([0, 10, 20, 30], RANDOM_INDEX)["pv_ckpt_t_s"].tolist() == pytest.approx(times_s)
