"""What is drawn from a seed: initial weights, potentials, inhibition, and the state they make."""

import numpy as np
import pytest

from lateralnet.network.definition import state_names
from lateralnet.network.wiring import make_replica
from tests.tiny import tiny


def test_the_same_seed_gives_the_same_network_and_another_one_another():
    one, again, other = (make_replica(tiny(seed=seed)) for seed in (123, 123, 124))
    for name in ("ll_mon", "mon_ts"):
        assert getattr(one, name).w.tobytes() == getattr(again, name).w.tobytes()
        assert not np.array_equal(getattr(one, name).w, getattr(other, name).w)
    assert one.v0_mV.tobytes() == again.v0_mV.tobytes()


@pytest.mark.parametrize("plastic", [True, False])
def test_initial_weights_are_uniform_above_their_smallest(plastic):
    p = tiny(n_mon=3000, ll_mon_use_stdp=plastic, mon_ts_w_init=0.02, mon_ts_w_jitter=0.005)
    replica = make_replica(p)
    if plastic:
        low, jitter = p.ll_mon_w_init_mV, p.ll_mon_w_jitter_stdp_mV
    else:
        low, jitter = p.ll_mon_w_mean_mV, p.ll_mon_w_jitter_mV
    for w, first, width in ((replica.ll_mon.w, low, jitter), (replica.mon_ts.w, 0.02, 0.005)):
        assert w.size > 10_000
        assert first <= w.min() < first + 0.01 * width
        assert first + 0.99 * width < w.max() <= first + width
        assert w.mean() == pytest.approx(first + width / 2, abs=0.01 * width)


def test_the_initial_state_is_at_rest_with_the_weights():
    replica = make_replica(tiny())
    p, state = replica.params, replica.initial_state()
    assert set(state) == set(state_names(replica.definition("float64")))
    assert state["mon_ts.w"].tobytes() == replica.mon_ts.w.tobytes()
    assert state["ll_mon.w"] == pytest.approx(1e-3 * replica.ll_mon.w)
    assert state["cells.v"] == pytest.approx(1e-3 * replica.v0_mV)
    assert state["cells.v"].size == p.n_mon + p.n_ts
    for name in ("cells.ge", "cells.gi", "cells.trace", "cells.trace_ll", "inhibitory.ge"):
        assert not state[name].any(), name
    assert "ll_mon.w" not in make_replica(tiny(ll_mon_use_stdp=False)).initial_state()


def test_weights_of_a_state_are_taken_up_and_unchanged_ones_keep_their_millivolts():
    replica = make_replica(tiny())
    state = replica.initial_state()
    assert replica.with_weights_of(state).ll_mon.w.tobytes() == replica.ll_mon.w.tobytes()
    changed = state["ll_mon.w"].copy()
    changed[3] += 1e-3
    new = replica.with_weights_of({**state, "ll_mon.w": changed, "mon_ts.w": state["mon_ts.w"] / 2})
    assert new.ll_mon.w[3] == pytest.approx(replica.ll_mon.w[3] + 1.0)
    assert np.array_equal(np.delete(new.ll_mon.w, 3), np.delete(replica.ll_mon.w, 3))
    assert np.array_equal(new.mon_ts.w, replica.mon_ts.w / 2)
    assert np.array_equal(new.mon_ts.i, replica.mon_ts.i)


def test_no_weight_begins_above_its_bound():
    replica = make_replica(tiny(ll_mon_wmax_mV=17.0, mon_ts_wmax=0.021, mon_ts_w_jitter=0.005))
    assert replica.ll_mon.w.max() == 17.0 and replica.mon_ts.w.max() == 0.021
    assert 0.02 <= replica.mon_ts.w.min() < 0.021
    free = make_replica(tiny(ll_mon_use_stdp=False, ll_mon_wmax_mV=1.0))
    assert free.ll_mon.w.min() > 1.0  # the bound is one of the rule


def test_potentials_begin_up_to_two_millivolts_above_rest():
    p = tiny(n_mon=3000)
    v0_mV = make_replica(p).v0_mV - p.el_mV
    assert 0.0 <= v0_mV.min() < 0.01 and 1.99 < v0_mV.max() <= 2.0


def test_ts_drives_no_global_inhibition_without_feedback():
    assert make_replica(tiny(n_ts=200)).ts_drive_mV.any()
    assert not make_replica(tiny(n_ts=200, use_ts_feedback_inh=False)).ts_drive_mV.any()


def test_cells_drive_the_inhibition_of_their_layer_or_not():
    p = tiny(n_mon=2000)
    replica = make_replica(p)
    for drive in (replica.mon_drive_mV, replica.ts_drive_mV):
        assert len(set(np.unique(drive)) - {0.0}) == 1  # one weight, or no connection
    share = np.count_nonzero(replica.mon_drive_mV) / p.n_mon
    assert share == pytest.approx(p.mon_to_global_inh_p, abs=0.05)
    assert replica.mon_drive_mV.max() == p.mon_to_global_inh_drive_mV


def test_the_definition_counts_what_is_wired():
    replica = make_replica(tiny())
    d, p = replica.definition("float32"), replica.params
    assert (d.n_ll, d.n_mon, d.n_ts, d.precision) == (p.n_ll, p.n_mon, p.n_ts, "float32")
    counts = (d.n_ll_mon, d.n_mon_ts, d.n_ts_inhibition, d.n_ts_excitation)
    names = ("ll_mon", "mon_ts", "ts_inhibition", "ts_excitation")
    assert counts == tuple(getattr(replica, name).w.size for name in names)
    assert d.n_cells == p.n_mon + p.n_ts and d.ll_mon_plastic is True
    assert (d.tau_m_ms, d.v_th_mV, d.e_l_mV) == (p.tau_m_ms, p.vth_mV, p.el_mV)
