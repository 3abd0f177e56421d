"""Annealed cooperation: one program, other weights; exact resume; tests with the final values."""

import shutil

import numpy as np
import pytest

from lateralnet.errors import InputError
from lateralnet.learning.checkpoint import load_checkpoint, save_checkpoint
from lateralnet.learning.cooperation import excitation_V, radius_and_peak_mV
from lateralnet.learning.test_sweeps import run_test
from lateralnet.learning.training import train
from lateralnet.network.wiring import make_replica
from lateralnet.simulation.session import DeviceOptions, Session
from tests.tiny import tiny

RUNTIME = DeviceOptions(device="runtime")
CPP = pytest.param(
    DeviceOptions(device="cpp"),
    id="cpp",
    marks=pytest.mark.skipif(shutil.which("g++") is None, reason="no C++ compiler (g++)"),
)
FINAL = {"ts_lateral_exc_radius": 2, "ts_lateral_exc_peak_mV": 4.0}
START = {"ts_lateral_exc_radius_start": 8, "ts_lateral_exc_peak_start_mV": 20.0}


def annealed(**changes):
    return tiny(**{**FINAL, **START, "n_training_trials": 7, **changes})


def test_radius_and_peak_go_geometrically_in_steps_of_five_trials():
    p = annealed(n_training_trials=20)
    seen = [radius_and_peak_mV(p, trial) for trial in range(20)]
    for trial, (radius, peak_mV) in enumerate(seen):
        share = (trial // 5) * 5 / 20
        assert radius == pytest.approx(8 * (2 / 8) ** share)
        assert peak_mV == pytest.approx(20 * (4 / 20) ** share)
    assert radius_and_peak_mV(annealed(ts_lateral_exc_peak_start_mV=None), 3) == (8, 4.0)


def test_excitation_of_a_trial_is_the_tent_of_its_radius():
    replica = make_replica(annealed())
    w = excitation_V(replica, 0) * 1e3
    distance = np.abs(replica.ts_excitation.i - replica.ts_excitation.j)
    np.testing.assert_allclose(w, 20 * (1 - distance / 9))
    assert distance.max() == 8


def trained(params, resume=None, device=RUNTIME):
    kept = {}
    replica = make_replica(params)
    with Session([replica], device) as session:
        checkpoints = None if resume is None else [resume]
        (result,) = train(
            session.simulation, [replica], resume=checkpoints,
            on_segment=lambda done, checkpoints: kept.setdefault(done, checkpoints()[0]),
        )  # fmt: skip
        (test,) = run_test(session.simulation, [replica.with_weights_of(result.state)])
    return replica, result, kept, test


@pytest.mark.parametrize("device", [pytest.param(RUNTIME, id="runtime"), CPP])
def test_it_acts_in_training_and_the_test_has_the_final_values(device):
    _, annealed_result, _, _ = trained(annealed(), device=device)
    _, plain, _, _ = trained(tiny(**FINAL, n_training_trials=7), device=device)
    assert not np.array_equal(annealed_result.state["mon_ts.w"], plain.state["mon_ts.w"])
    _, _, _, untrained = trained(annealed(n_training_trials=0), device=device)
    _, _, _, without = trained(tiny(**FINAL, n_training_trials=0), device=device)
    for layer in ("mon", "ts"):
        np.testing.assert_array_equal(
            untrained.spikes[0][layer].cell, without.spikes[0][layer].cell
        )
    # the test after training, in the same program, is that of a program that never annealed
    _, result, _, test = trained(annealed(), device=device)
    plain_replica = make_replica(tiny(**FINAL, n_training_trials=7))
    with Session([plain_replica], device) as session:
        (again,) = run_test(session.simulation, [plain_replica.with_weights_of(result.state)])
    for layer in ("mon", "ts"):
        np.testing.assert_array_equal(test.spikes[0][layer].step, again.spikes[0][layer].step)
    assert test.spikes[0]["ts"].step.size > 20


def test_a_resumed_training_ends_with_the_same_bits(tmp_path):
    replica, whole, kept, _ = trained(annealed())
    assert 5 in kept  # training is cut where cooperation changes
    save_checkpoint(tmp_path / "c.npz", kept[3], replica.params, "float64", durable=False)
    taken_up = load_checkpoint(tmp_path / "c.npz", replica, "float64")
    _, resumed, _, _ = trained(replica.params, resume=taken_up)
    for name in whole.state:
        np.testing.assert_array_equal(whole.state[name], resumed.state[name], err_msg=name)


def test_a_resume_towards_another_number_of_trials_is_refused_in_words(tmp_path):
    replica, _, kept, _ = trained(annealed())
    path = tmp_path / "c.npz"
    save_checkpoint(path, kept[7], replica.params, "float64", durable=False)
    with pytest.raises(InputError, match=r"trained towards 7 trials, not 9.*--n-training-trials 7"):
        load_checkpoint(path, make_replica(annealed(n_training_trials=9)), "float64")


def test_a_checkpoint_of_a_version_without_the_new_parameters_is_taken_up(tmp_path):
    import json

    from lateralnet.learning import checkpoint as module

    replica, _, kept, _ = trained(tiny(n_training_trials=3))
    known = [n for n in replica.params.as_dict() if not n.endswith(("_start", "_start_mV"))]
    path = tmp_path / "old.npz"
    save_checkpoint(path, kept[3], replica.params, "float64", durable=False)
    with np.load(path) as stored:
        arrays = dict(stored)
    arrays["params"] = np.array(json.dumps({n: replica.params.as_dict()[n] for n in known}))
    arrays["fingerprint"] = np.array(module.fingerprint(replica.params, "float64", known))
    np.savez(path, **arrays)
    assert load_checkpoint(path, replica, "float64").trials_done == 3
    changed = make_replica(tiny(n_training_trials=3, **FINAL, **START))
    with pytest.raises(InputError, match="another network"):
        load_checkpoint(path, changed, "float64")
