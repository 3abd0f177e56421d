"""States that stay in their program: fetched when looked at, and only what changed goes back."""

import numpy as np
import pytest

from backends.base import Spikes
from lateralnet.network.batch import Batch, Phase
from lateralnet.network.wiring import make_replica
from lateralnet.simulation.loan import changed, whole
from lateralnet.simulation.segment import Drive, Simulation
from lateralnet.simulation.session import definition_of
from tests.tiny import tiny

LEARNS = Phase("training", mon_ts_learns=True, ll_mon_learns=True)
FROZEN = Phase("test/0", mon_ts_learns=False, ll_mon_learns=False)


class Resident:
    """A program that doubles every number of its state, and notes what it is sent and asked."""

    def __init__(self, names):
        self.info = {}
        self.state, self.sent, self.asked = dict.fromkeys(names), [], []

    def advance(self, inputs, n_steps, watch):
        self.sent.append({name for name in inputs if name in self.state})
        self.state |= {name: inputs[name] for name in self.sent[-1]}
        self.state = {name: values * 2 for name, values in self.state.items()}
        none, bounds = np.zeros(0, dtype=np.int64), np.zeros(3, dtype=np.int64)
        counts = np.full((2, len(watch.edges) - 1), 5) if watch.edges else None
        spikes = Spikes(none, none.astype(np.int32), bounds, counts)
        return {"cells": spikes, "afferents": spikes}

    def read(self, names):
        self.asked.append(tuple(names))
        return {name: self.state[name] for name in names}

    def run(self, inputs, n_steps):
        raise AssertionError("a program that stays is not run as one that does not")

    def close(self):
        pass


@pytest.fixture
def networks():
    replicas = [make_replica(tiny(seed=seed)) for seed in (123, 124)]
    states = [
        {name: 1.0 + values for name, values in replica.initial_state().items()}
        for replica in replicas
    ]
    program = Resident(states[0])
    return (
        program,
        Simulation(program, Batch(replicas, definition_of(replicas, "cpp", "float64"))),
        states,
    )


DRIVES = [Drive(np.zeros((4, 20)), np.arange(4))] * 2


def advance(simulation, states, phase=LEARNS, **asked):
    return [state for state, _ in simulation.advance(states, DRIVES, phase, 0, **asked)]


def test_what_the_program_holds_is_neither_fetched_nor_sent(networks):
    program, simulation, states = networks
    lent = advance(simulation, states, lend=True)
    assert program.sent == [set(states[0])] and program.asked == []
    lent = advance(simulation, lent, lend=True)
    assert program.sent[1] == set() and program.asked == []
    for before, after in zip(states, lent, strict=True):
        assert set(after) == set(before) and len(after) == len(before)
        np.testing.assert_array_equal(after["mon_ts.w"], before["mon_ts.w"] * 4)
    assert program.asked == [("mon_ts.w",)]  # once for all networks


def test_what_was_changed_goes_back_for_all(networks):
    program, simulation, states = networks
    first, second = advance(simulation, states, lend=True)
    first = changed(first, {"mon_ts.w": first["mon_ts.w"] * 10})
    again = advance(simulation, [first, second], lend=True)
    assert program.sent[1] == {"mon_ts.w"}
    np.testing.assert_array_equal(again[0]["mon_ts.w"], states[0]["mon_ts.w"] * 2 * 10 * 2)
    np.testing.assert_array_equal(again[1]["mon_ts.w"], states[1]["mon_ts.w"] * 4)
    np.testing.assert_array_equal(again[0]["cells.v"], states[0]["cells.v"] * 4)


def test_a_lent_state_ends_with_the_next_segment(networks):
    program, simulation, states = networks
    (lent, _), kept = (advance(simulation, states, lend=True) for _ in range(2))
    with pytest.raises(RuntimeError, match=r"cells\.v of a lent state"):
        lent["cells.v"]
    kept = [whole(state) for state in kept]
    advance(simulation, states)
    np.testing.assert_array_equal(kept[1]["cells.v"], states[1]["cells.v"] * 2)
    assert len(program.asked[0]) == len(states[0])  # all at once
    back = advance(simulation, kept)
    assert program.sent[-1] == set(states[0])
    np.testing.assert_array_equal(back[1]["cells.v"], states[1]["cells.v"] * 4)


def test_frozen_weights_are_those_that_were_given(networks):
    _, simulation, states = networks
    for before, after in zip(states, advance(simulation, states, FROZEN), strict=True):
        assert after["mon_ts.w"] is before["mon_ts.w"]
        assert after["ll_mon.w"] is before["ll_mon.w"]
        assert not after["cells.trace"].any()


def test_spikes_before_those_wanted_are_counted(networks):
    _, simulation, states = networks
    found = simulation.advance(states, DRIVES, LEARNS, 100, keep_from=103, count_edges=(100, 102))
    for _, spikes in found:
        assert spikes["mon"].n_between([100, 102, 104]).tolist() == [5, 5]
        assert spikes["ll"].n_between([100, 104]).tolist() == [10]
        with pytest.raises(ValueError, match="counted between"):
            spikes["ll"].n_between([100, 101])
    ((_, spikes), _) = simulation.advance(states, DRIVES, LEARNS, 100)
    assert spikes["mon"].counted is None
