"""Weights: their statistics, and that frozen ones keep every bit."""

import dataclasses

import numpy as np
import pytest

from lateralnet.learning.test_sweeps import run_test
from lateralnet.learning.weights import weight_statistics
from lateralnet.network.batch import Phase
from lateralnet.network.wiring import make_replica
from lateralnet.simulation.segment import Drive
from lateralnet.simulation.session import DeviceOptions, Session
from lateralnet.simulation.spikes import no_spikes
from tests.tiny import tiny


def test_statistics_of_weights():
    w = np.array([0.0, 0.01, 0.045, 0.045, 0.045 - 1e-4])
    found = weight_statistics(w, np.array([0.01, 0.01, 0.04, 0.045, 0.0449]), 0.045)
    assert found.share_at_max == 2 / 5
    assert found.share_at_zero == 1 / 5
    assert found.mean == pytest.approx(w.mean()) and found.sd == pytest.approx(np.std(w))
    assert found.mean_abs_change == pytest.approx((0.01 + 0.005) / 5)


def with_fine_weights(params):
    """Return a network whose weights float32 cannot hold."""
    replica = make_replica(params)
    w = np.nextafter(replica.mon_ts.w.astype(np.float32).astype(float), np.inf)
    assert (w.astype(np.float32).astype(float) != w).all()
    return dataclasses.replace(replica, mon_ts=dataclasses.replace(replica.mon_ts, w=w))


class Recorded:
    """A simulation that only notes the states it is given."""

    def __init__(self):
        self.weights, self.phases = [], []

    def advance(self, states, drives, phase, first_step, **asked):
        self.weights += [state["mon_ts.w"] for state in states]
        self.phases.append(phase)
        assert first_step == 0  # every sweep is at the start of its noise stream
        return [(state, no_spikes(tiny().n_cells, tiny().dt_s)) for state in states]


def test_a_test_gets_the_weights_bit_for_bit():
    replica, seen = with_fine_weights(tiny(test_sweeps=2)), Recorded()
    run_test(seen, [replica])
    assert len(seen.weights) == 2
    for w in seen.weights:
        assert w.dtype == np.float64 and w.tobytes() == replica.mon_ts.w.tobytes()
    assert [phase.mon_ts_learns for phase in seen.phases] == [False, False]


def test_frozen_weights_keep_every_bit_through_a_simulation():
    replica = with_fine_weights(tiny())
    p = replica.params
    n_steps = 300
    drive = Drive(np.full((1, p.n_ll), 120.0), np.zeros(n_steps, dtype=np.int64))
    frozen = Phase("test/0", mon_ts_learns=False, ll_mon_learns=False)
    before = replica.initial_state()
    with Session([replica], DeviceOptions(device="runtime")) as session:
        ((after, spikes),) = session.simulation.advance([before], [drive], frozen, 0)
    assert spikes["mon"].step.size > 0
    assert after["mon_ts.w"].tobytes() == replica.mon_ts.w.tobytes()
    assert after["ll_mon.w"].tobytes() == before["ll_mon.w"].tobytes()
    learned = replica.with_weights_of({**after, "mon_ts.w": replica.mon_ts.w.copy()})
    assert learned.mon_ts.w.tobytes() == replica.mon_ts.w.tobytes()
    assert learned.ll_mon.w.tobytes() == replica.ll_mon.w.tobytes()


def test_a_test_of_ts_alone_has_the_same_spikes_of_ts():
    replica = make_replica(tiny(test_sweeps=3))
    with Session([replica], DeviceOptions(device="cpp")) as session:
        (whole,) = run_test(session.simulation, [replica], plastic=False)
        (short,) = run_test(session.simulation, [replica], plastic=False, n_sweeps=2, ts_only=True)
    assert len(whole.spikes) == 3 and len(short.spikes) == 2
    for all_layers, ts in zip(whole.spikes, short.spikes, strict=False):
        assert list(ts) == ["ts"] and len(ts["ts"]) > 0
        assert ts["ts"].equals(all_layers["ts"])
