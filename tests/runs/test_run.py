"""A whole run on device cpp: files, repeatability, seeds, controls, re-tests."""

import json
import shutil

import numpy as np
import pytest

from lateralnet import evaluate, load, preset, run
from lateralnet.errors import InputError
from tests.tiny import tiny

pytestmark = pytest.mark.skipif(shutil.which("g++") is None, reason="no C++ compiler (g++)")
DEVICE = "cpp"


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    return tmp_path_factory.mktemp("Runs")


@pytest.fixture(scope="module")
def finished(runs):
    return run(tiny(test_sweeps=2), DEVICE, runs_dir=runs, run_name="plain")


def _arrays(result, seed=123):
    stored = np.load(result.folder / "artifacts" / f"latest_seed_{seed}.npz")
    return {name: stored[name] for name in stored.files}


def _equal(one, other):
    return all(np.array_equal(one[name], other[name]) for name in one)


def test_the_files_have_the_published_names_and_keys(finished):
    folder = finished.folder
    params = json.loads((folder / "params.json").read_text())
    assert {"mode", "seed_start", "multi_seed", "run_folder", "network_params"} <= set(params)
    assert params["network_params"] == finished.params.as_dict()
    summary = json.loads((folder / "run_summary.json").read_text())
    assert {
        "ll_mon_topo", "mon_ts_topo", "mon_ts_sigma", "mon_ts_gain_mV", "seed",
        "ts_spikes_during_test_window", "pv_map_quality",
    } <= set(summary)  # fmt: skip
    assert set(summary["pv_map_quality"]) == {
        "sigma_theta_rad", "delta_trial_rad", "valid_fraction",
    }  # fmt: skip
    assert set(summary["maps"]) >= {"untrained", "trained"}
    results = json.loads((folder / "artifacts/seed_123_results.json").read_text())
    assert {
        "seed", "distance_cm", "test_ll_noise_hz", "sigma_theta_rad", "valid_fraction",
        "delta_trial_rad", "sigma_theta_ll_rad", "delta_trial_ll_rad", "sigma_w_ll_cm",
        "sigma_w_mon_cm", "sigma_w_ts_cm",
    } <= set(results)  # fmt: skip
    sidecar = json.loads((folder / "artifacts/latest_seed_123_params.json").read_text())
    assert sidecar["n_mon"] == 60 and sidecar["mode"] == "ll_thesis"
    checkpoint = np.load(folder / "artifacts/mid_checkpoint.npz")
    assert int(checkpoint["trial_idx"]) == 5
    assert {"mon_ts_w", "ll_mon_w_mV", "checkpoint_t_s", "pv_sigma_theta_series"} <= set(
        checkpoint.files
    )


def test_the_weights_are_the_trained_ones_and_learning_changed_them(finished):
    arrays = _arrays(finished)
    checkpoint = np.load(finished.folder / "artifacts/mid_checkpoint.npz")
    assert np.array_equal(arrays["mon_ts_w"], checkpoint["mon_ts_w"])
    assert np.allclose(arrays["ll_mon_w_mV"], checkpoint["ll_mon_w_mV"])
    assert np.abs(arrays["ll_mon_w_mV"] - arrays["ll_mon_w_initial_mV"]).max() > 0.1
    assert np.abs(arrays["mon_ts_w"] - arrays["mon_ts_w_initial"]).max() > 1e-3
    assert arrays["mon_ts_w"].min() >= 0
    assert arrays["mon_ts_w"].max() <= finished.params.mon_ts_wmax


def test_all_layers_fire_in_the_test(finished):
    test = finished.seeds[0].record.tests["trained"]
    assert all(test.spikes[0][layer].step.size > 20 for layer in ("ll", "mon", "ts"))
    assert test.x_cm.shape[0] == 2


def test_the_same_command_gives_the_same_bits(finished, runs):
    again = run(tiny(test_sweeps=2), DEVICE, runs_dir=runs, run_name="again")
    assert _equal(_arrays(finished), _arrays(again))
    assert again.seeds[0].measures == finished.seeds[0].measures


def test_checkpoints_and_segments_do_not_change_the_result(finished, runs):
    other = run(
        tiny(test_sweeps=2, checkpoint_trials=5), DEVICE, runs_dir=runs, run_name="checkpoints"
    )
    assert _equal(_arrays(finished), _arrays(other))


def test_a_seed_is_the_same_alone_in_a_batch_and_side_by_side(runs):
    alone = run(tiny(seed=124), DEVICE, runs_dir=runs, run_name="alone")
    batch = run(tiny(), DEVICE, runs_dir=runs, run_name="batch", n_seeds=2, jobs=2)
    beside = run(tiny(), DEVICE, runs_dir=runs, run_name="beside", n_seeds=2, replicas=2)
    assert [seed.seed for seed in batch.seeds] == [123, 124]
    assert _equal(_arrays(alone, 124), _arrays(batch, 124))
    # Side by side, currents are summed in another order: equal to rounding.
    for name, array in _arrays(alone, 124).items():
        assert np.allclose(array, _arrays(beside, 124)[name], rtol=1e-9), name
    for name in ("valid_fraction", "ts_rate_hz", "rms_error_cm"):
        assert alone.seeds[0].measures["trained"][name] == pytest.approx(
            beside.seeds[1].measures["trained"][name], nan_ok=True
        )
    summary = json.loads((batch.folder / "run_summary.json").read_text())
    assert [entry["seed"] for entry in summary["runs"]] == [123, 124]
    assert summary["statistics"]["trained"]["valid_fraction"]["n"] <= 2


def test_without_learning_no_weight_changes(runs):
    control = run(tiny(), DEVICE, runs_dir=runs, run_name="control", plastic=False)
    arrays = _arrays(control)
    assert np.array_equal(arrays["mon_ts_w"], arrays["mon_ts_w_initial"])
    assert np.array_equal(arrays["ll_mon_w_mV"], arrays["ll_mon_w_initial_mV"])
    maps = control.seeds[0].measures
    assert repr(maps["trained"]) == repr(maps["untrained"])  # NaN equals NaN here


def test_no_training_is_the_untrained_network(runs):
    result = run(tiny(n_training_trials=0), DEVICE, runs_dir=runs, run_name="zero")
    maps = result.seeds[0].measures
    assert repr(maps["trained"]) == repr(maps["untrained"])  # NaN equals NaN here


def test_evaluate_repeats_the_test_of_the_run_and_follows_another_stimulus(finished):
    told = []
    (same,) = evaluate(finished.folder, DEVICE, on_progress=lambda *now: told.append(now))
    assert told == [
        ("building the program, latest_seed_123", 0.0), ("testing, latest_seed_123", 0.0),
        ("testing, latest_seed_123, sweep 1 of 2", 0.5),
        ("testing, latest_seed_123, sweep 2 of 2", 1.0),
    ]  # fmt: skip
    stored = finished.seeds[0].measures["trained"]
    for name in ("sigma_theta_rad", "valid_fraction", "ts_rate_hz", "rms_error_cm"):
        assert same.measures[name] == stored[name]
    (backward,) = evaluate(finished, DEVICE, direction=-1.0)
    assert np.array_equal(backward.test.x_cm[0], 4.0 - same.test.x_cm[0])
    (elsewhere,) = evaluate(finished.folder / "artifacts/latest_seed_123.npz", DEVICE)
    assert elsewhere.measures == same.measures


def test_a_weight_file_of_the_published_program_is_tested_with_a_note(finished, tmp_path):
    published = ("mon_ts_w", "mon_ts_i", "mon_ts_j", "ll_mon_i", "ll_mon_j", "ll_mon_w_mV")
    arrays = _arrays(finished)
    np.savez(tmp_path / "latest_seed_123.npz", **{name: arrays[name] for name in published})
    changes = {
        name: value
        for name, value in finished.params.as_dict().items()
        if value != getattr(preset("ll_thesis"), name)
    }
    (theirs,) = evaluate(tmp_path / "latest_seed_123.npz", DEVICE, **changes)
    assert theirs.measures == finished.seeds[0].measures["trained"]
    assert "before training" in theirs.note
    with pytest.raises(InputError, match="--n-mon"):
        evaluate(tmp_path / "latest_seed_123.npz", DEVICE, **{**changes, "n_mon": 30})
    with pytest.raises(InputError, match="lacks mon_ts_w"):
        np.savez(tmp_path / "other.npz", x=1)
        evaluate(tmp_path / "other.npz", DEVICE)


def test_load_reads_what_run_returned(finished):
    loaded = load(finished.folder)
    assert loaded.params == finished.params
    assert loaded.seeds[0].measures.keys() == finished.seeds[0].measures.keys()
    record = loaded.seeds[0].record
    assert record.weights.keys() == finished.seeds[0].record.weights.keys()
    assert record.curves["checkpoint_t_s"].size == 3


def test_an_existing_folder_is_refused_unless_overwritten(finished, runs):
    with pytest.raises(InputError, match="--overwrite"):
        run(tiny(), DEVICE, runs_dir=runs, run_name="plain")
    for name in ("..", ".", "  ", ".hidden"):
        with pytest.raises(InputError, match="--run-name"):
            run(tiny(), DEVICE, runs_dir=runs, run_name=name)


def test_weights_are_copied_where_asked(runs, tmp_path):
    run(
        tiny(n_training_trials=0), DEVICE, runs_dir=runs, run_name="copied",
        save_weights_dir=tmp_path / "weights", save_tag="v1.2",
    )  # fmt: skip
    assert (tmp_path / "weights/v1.2_seed_123.npz").is_file()
    assert (runs / "copied/artifacts/v1.2_seed_123.npz").is_file()
