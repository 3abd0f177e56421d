"""A lesion acts from its trial on, in training and in the test."""

import numpy as np

from lateralnet.learning.test_sweeps import run_test
from lateralnet.learning.training import train
from lateralnet.network.wiring import make_replica
from lateralnet.simulation.session import DeviceOptions, Session
from tests.tiny import tiny

LESION = {"ll_lesion_from_cm": 1.0, "ll_lesion_to_cm": 2.0}


def test_the_stretch_falls_silent_after_its_trial():
    params = tiny(n_training_trials=6, checkpoint_trials=6, ll_lesion_after_trials=5, **LESION)
    replica, silent = make_replica(params), np.flatnonzero(_inside(params))
    with Session([replica], DeviceOptions(device="runtime")) as session:
        (trained,) = train(session.simulation, [replica])
        (test,) = run_test(session.simulation, [replica])
    first = params.trial_start_step(5)
    ll = trained.tail["ll"]
    cells = ll.cell
    before, after = cells[ll.step < first], cells[ll.step >= first]
    assert np.isin(silent, before).all() and not np.isin(silent, after).any()
    assert np.unique(after).size == params.n_ll - silent.size
    tested = test.spikes[0]["ll"]
    cells = tested.cell
    assert not np.isin(silent, cells).any() and np.unique(cells).size == params.n_ll - silent.size


def _inside(params):
    x_cm = np.linspace(0.0, params.ll_body_length_cm, params.n_ll)
    return (x_cm >= 1.0) & (x_cm <= 2.0)
