"""What makes the map learn, as laws."""

import numpy as np
import pytest

from lateralnet.devices.cases import Case, noisy_case, run_case
from lateralnet.learning.homeostasis import incoming_sums
from lateralnet.learning.training import train
from lateralnet.network.batch import Phase
from lateralnet.network.wiring import make_replica
from lateralnet.simulation.segment import Drive
from lateralnet.simulation.session import DeviceOptions, Session
from tests.tiny import tiny

RUNTIME = DeviceOptions(device="runtime")


# The rule, step by step in NumPy


def replayed(case: Case, result) -> np.ndarray:
    """Return the MON->TS weights that the spikes of a case must have led to."""
    p, w = case.replica.params, case.replica.mon_ts.w.copy()
    pre, post = case.replica.mon_ts.i, case.replica.mon_ts.j
    decay = np.exp(-p.dt_s / 0.02)
    trace_mon, trace_ts = np.zeros(p.n_mon), np.zeros(p.n_ts)
    fired = {
        layer: [np.zeros(n, dtype=bool) for _ in range(case.drive.row_of_step.size)]
        for layer, n in (("mon", p.n_mon), ("ts", p.n_ts))
    }
    for layer, steps in fired.items():
        for step, index in zip(result.spikes[layer].step, result.spikes[layer].cell, strict=True):
            steps[step][index] = True
    for mon, ts in zip(fired["mon"], fired["ts"], strict=True):
        trace_mon, trace_ts = decay * trace_mon, decay * trace_ts
        share = np.clip(w / p.mon_ts_wmax, 0.0, 1.0)
        ltd = trace_ts[post] * share**p.mon_ts_stdp_mu
        w = np.where(mon[pre], np.clip(w + ltd, 0.0, p.mon_ts_wmax), w)
        trace_mon, trace_ts = trace_mon + p.mon_ts_apre * mon, trace_ts + p.mon_ts_apost * ts
        share = np.clip(w / p.mon_ts_wmax, 0.0, 1.0)
        ltp = trace_mon[pre] * (1.0 - share) ** p.mon_ts_stdp_mu - p.mon_ts_stdp_offset
        w = np.where(ts[post], np.clip(w + ltp, 0.0, p.mon_ts_wmax), w)
    return w


@pytest.mark.parametrize(
    "rule",
    [
        {},
        {"mon_ts_stdp_mu": 1.0},
        {"mon_ts_stdp_mu": 0.4},
        {"mon_ts_stdp_offset": 5e-4},
        {"mon_ts_stdp_mu": 1.0, "mon_ts_stdp_offset": 5e-4},
    ],
    ids=["additive", "multiplicative", "between", "offset", "multiplicative with offset"],
)
def test_weights_follow_the_rule(rule):
    case = noisy_case(200, mon_ts_apre=0.002, mon_ts_apost=-0.0022, **rule)
    result = run_case(case, RUNTIME)
    expected = replayed(case, result)
    assert result.spikes["ts"].step.size > 100
    assert np.abs(expected - case.replica.mon_ts.w).max() > 1e-3
    np.testing.assert_allclose(result.state["mon_ts.w"], expected, atol=1e-13)


def test_the_offset_alone_depresses_at_each_postsynaptic_spike():
    case = noisy_case(200, mon_ts_apre=0.0, mon_ts_apost=0.0, mon_ts_stdp_offset=1e-4)
    result = run_case(case, RUNTIME)
    count = np.bincount(result.spikes["ts"].cell, minlength=case.replica.params.n_ts)
    expected = np.maximum(case.replica.mon_ts.w - 1e-4 * count[case.replica.mon_ts.j], 0.0)
    assert count.max() > 3
    np.testing.assert_allclose(result.state["mon_ts.w"], expected, atol=1e-12)


# Cooperation


def test_excitation_falls_with_distance_and_does_not_close_to_a_ring():
    quiet = {"bg_rate_mon_hz": 0.0, "bg_rate_ts_hz": 0.0, "ll_mon_use_stdp": False}
    case = noisy_case(2, ts_lateral_exc_radius=5, ts_lateral_exc_peak_mV=2.0, **quiet)
    p, phase = case.replica.params, Phase("training", False, False)
    silence = Drive(np.zeros((1, p.n_ll)), np.zeros(2, dtype=int))
    with Session([case.replica], RUNTIME) as session:
        for cell in (0, 20, 39):
            state = case.replica.initial_state()
            state["cells.v"][p.n_mon + cell] = -0.040  # it alone will fire
            ((after, spikes),) = session.simulation.advance([state], [silence], phase, 0)
            assert spikes["ts"].cell.tolist() == [cell]
            ge_mV = after["cells.ge"][p.n_mon :] * 1e3
            distance = np.abs(np.arange(40) - cell)
            expected = np.where((distance >= 1) & (distance <= 5), 2.0 * (1 - distance / 6), 0.0)
            decay = ge_mV[distance == 1][0] / expected[distance == 1][0]
            assert 0.4 < decay <= 1.0
            np.testing.assert_allclose(ge_mV, decay * expected, atol=1e-12)


# Homeostasis


def sums_after_training(target: str, **overrides):
    params = tiny(
        ll_mon_use_stdp=False, ll_mon_w_mean_mV=16.0, mon_ts_homeo_eta=1.0, mon_ts_wmax=1.0,
        mon_ts_homeo_every_trials=1, mon_ts_homeo_target=target, mon_ts_apre=2e-4,
        mon_ts_apost=-1e-4, n_training_trials=5, mon_ts_gain_mV=300.0, trial_duration_s=0.1,
        **overrides,
    )  # fmt: skip
    replica = make_replica(params)
    with Session([replica], RUNTIME) as session:
        (trained,) = train(session.simulation, [replica])
    w = trained.state["mon_ts.w"]
    assert np.abs(w - replica.mon_ts.w).max() > 1e-4
    return (
        incoming_sums(replica.mon_ts.w, replica.mon_ts.j, params.n_ts),
        incoming_sums(w, replica.mon_ts.j, params.n_ts),
    )


def test_the_initial_target_brings_every_cell_to_the_mean_initial_sum():
    before, after = sums_after_training("initial", n_mon=120)
    # Cells within 10 % of it are there after one trial; the others come nearer by 10 % a trial.
    near = np.abs(before / before.mean() - 1.0) < 0.3
    assert near.sum() > 4
    np.testing.assert_allclose(after[near], before.mean(), rtol=1e-9)
    assert np.abs(after - before.mean()).max() < np.abs(before - before.mean()).max()


def test_the_floating_target_drifts_with_learning():
    before, after = sums_after_training("floating", n_mon=120)
    assert abs(after.mean() / before.mean() - 1.0) > 1e-3
