"""What is frozen stays frozen, what is seeded follows its seed, and memory counts the children."""

import json
import shutil

import numpy as np
import pytest

from lateralnet import evaluate, run
from lateralnet.runs import job
from tests.tiny import tiny, tiny_flags

needs_compiler = pytest.mark.skipif(shutil.which("g++") is None, reason="no C++ compiler (g++)")


@needs_compiler
def test_a_resumed_run_without_plasticity_stays_without(lateralnet, tmp_path):
    flags = ["run", "--device", "cpp", "--no-figures", "--quiet"]
    first = [*tiny_flags(n_training_trials=2), "--run-name", "x", "--disable-all-stdp"]
    assert lateralnet(*flags, *first)[0] == 0
    assert lateralnet(*flags, "--resume-from", "Runs/x", "--n-training-trials", 6)[0] == 0
    stored = np.load(tmp_path / "Runs/x/artifacts/latest_seed_123.npz")
    assert stored["mon_ts_w"].tobytes() == stored["mon_ts_w_initial"].tobytes()
    assert stored["ll_mon_w_mV"].tobytes() == stored["ll_mon_w_initial_mV"].tobytes()
    assert json.loads((tmp_path / "Runs/x/params.json").read_text())["disable_all_stdp"] is True
    curve = np.load(tmp_path / "Runs/x/artifacts/mid_checkpoint.npz")
    assert int(curve["trial_idx"]) == 5  # it did train on


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    return run(tiny(test_sweeps=2), "cpp", runs_dir=tmp_path_factory.mktemp("Runs"))


@needs_compiler
def test_weights_of_a_run_are_those_of_its_last_checkpoint_bit_for_bit(finished):
    artifacts = finished.folder / "artifacts"
    weights, last = (np.load(artifacts / n) for n in ("latest_seed_123.npz", "mid_checkpoint.npz"))
    w = weights["mon_ts_w"]
    assert w.dtype == np.float64 and w.tobytes() == last["mon_ts_w"].tobytes()
    assert (w.astype(np.float32) != w).any()  # else the comparison says nothing


@needs_compiler
def test_weight_statistics_of_a_run_are_those_of_its_weights(finished):
    artifacts = finished.folder / "artifacts"
    found = json.loads((artifacts / "seed_123_results.json").read_text())["weights"]
    stored = np.load(artifacts / "latest_seed_123.npz")
    w, w0, w_max = stored["mon_ts_w"], stored["mon_ts_w_initial"], finished.params.mon_ts_wmax
    assert found["frac_wmax"] == np.mean(np.abs(w - w_max) < 1e-6)
    assert found["frac_zero"] == np.mean(w < 1e-6)
    assert found["frac_wmax"] != found["frac_zero"]
    assert (found["mean"], found["std"]) == pytest.approx((w.mean(), w.std()))
    assert found["mean_abs_change"] == pytest.approx(np.abs(w - w0).mean())
    change_mV = np.abs(stored["ll_mon_w_mV"] - stored["ll_mon_w_initial_mV"]).mean()
    assert found["ll_mon_mean_abs_change_mV"] == pytest.approx(change_mV) and change_mV > 0


@needs_compiler
def test_the_seed_of_an_evaluation_is_that_of_its_stimulus(finished, lateralnet, tmp_path):
    def spikes_of(seed):
        (found,) = evaluate(finished, "cpp", stimulus_seed=seed)
        return found.params.seed, [sweep["mon"].step.tolist() for sweep in found.test.spikes]

    own, other, again = spikes_of(None), spikes_of(7), spikes_of(7)
    assert other == again and own[0] == 123 and other[0] == 7
    assert own[1] != other[1]
    output = tmp_path / "e.json"
    flags = ("--device", "cpp", "--quiet", "--output", output)
    assert lateralnet("evaluate", finished.folder, "--seed", 7, *flags)[0] == 0
    assert json.loads(output.read_text())["changed"] == {}  # the network stays its own
    (told,) = json.loads(output.read_text())["evaluations"]
    (mine,) = evaluate(finished, "cpp", stimulus_seed=7)
    assert told["seed"] == 7 and told["mon_rate_hz"] == mine.measures["mon_rate_hz"]
    assert told["mon_rate_hz"] != finished.seeds[0].measures["trained"]["mon_rate_hz"]


def test_memory_is_that_of_the_largest_process(monkeypatch):
    monkeypatch.setattr(job, "children_usage", lambda: (1.0, 1e9))
    assert job._peak_memory_mb() == 1e9
    monkeypatch.setattr(job, "children_usage", lambda: (1.0, 0.0))
    assert 10.0 < job._peak_memory_mb() < 1e6
