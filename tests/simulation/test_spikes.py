"""A spike train: whole steps and cells, and what can be asked of it."""

import numpy as np
import pytest

from lateralnet.errors import InputError
from lateralnet.simulation.spikes import SpikeTrain, joined, no_spikes, unequal_layers

DT_S = 0.001


def train(steps, cells, n_cells=4):
    return SpikeTrain(
        np.array(steps, dtype=np.int64), np.array(cells, dtype=np.int32), n_cells, DT_S
    )


def test_a_window_keeps_steps_as_they_are():
    cut = train([1, 4, 4, 9], [0, 1, 2, 3]).window(4, 9)
    assert cut.step.tolist() == [4, 4] and cut.cell.tolist() == [1, 2]
    assert train([1, 4, 9], [0, 1, 2]).window(4).step.tolist() == [4, 9]


def test_stretches_join_and_shift():
    whole = SpikeTrain.join([train([1], [0]), train([1], [3]).shifted(10)])
    assert whole.step.tolist() == [1, 11] and whole.cell.tolist() == [0, 3]
    assert len(whole) == 2 and whole.n_cells == 4


def test_counts_hold_silent_cells_and_times_lie_within_their_step():
    some = train([0, 2, 2], [1, 1, 3])
    assert some.counts().tolist() == [0, 2, 0, 1]
    assert some.times_s == pytest.approx([0.0005, 0.0025, 0.0025])
    assert some.of([3]).step.tolist() == [2]
    assert SpikeTrain.empty(4, DT_S).counts().tolist() == [0, 0, 0, 0]


def test_times_become_the_steps_they_came_from():
    some = train([0, 3, 7, 7], [3, 0, 2, 1])
    again = SpikeTrain.from_times(some.times_s + 12.0, some.cell, 4, start_s=12.0, dt_s=DT_S)
    assert again.equals(some)
    unsorted = SpikeTrain.from_times([0.0075, 0.0005], [1, 0], 4, start_s=0.0, dt_s=DT_S)
    assert unsorted.step.tolist() == [0, 7]


@pytest.mark.parametrize(
    ("times", "cells", "message"),
    [([0.1, 0.2], [0], "2 spike times but 1"), ([0.1], [4], "layer of 4"), ([0.1], [-1], "-1")],
)
def test_what_cannot_be_is_refused(times, cells, message):
    with pytest.raises(InputError, match=message):
        SpikeTrain.from_times(times, cells, 4, start_s=0.0, dt_s=DT_S)


def test_layers_that_differ_are_named():
    silent = no_spikes({"ll": 1, "mon": 2, "ts": 4}, DT_S)
    other = silent | {"ts": train([1], [0])}
    assert unequal_layers(silent, silent) == []
    assert unequal_layers(silent, other) == ["ts"]
    assert joined([other, silent | {"ts": train([5], [1])}])["ts"].step.tolist() == [1, 5]
