"""What cannot fit or cannot be is refused in words before anything is written."""

import json
import os
import shutil
import subprocess
import sys

import pytest

from lateralnet import evaluate, preset, run
from lateralnet.errors import InputError, ParameterError
from tests.tiny import tiny, tiny_flags

needs_compiler = pytest.mark.skipif(shutil.which("g++") is None, reason="no C++ compiler (g++)")


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--n-mon", "10000000"], "GB of memory"),
        (["--n-training-trials", "1000000000"], "GB of memory|years"),
        (["--test-sweeps", "100000"], "GB of memory"),
        (["--speed-cm-s", "1e-9"], "GB of memory"),
        (["--trial-duration-s", "1e9"], "years"),
        (["--n-ts", "1" + "0" * 30, "--mon-ts-out-degree", "1" + "0" * 30], "GB of memory|years"),
        (["--seed-start", "9" * 20], "--seed-start"),
        (["--run-name", "ä" * 150], "bytes"),
        (["--save-tag", "ä" * 150], "bytes"),
    ],
)
def test_a_run_that_cannot_fit_is_refused(lateralnet, tmp_path, monkeypatch, flags, words):
    from lateralnet.runs.preparation import cost

    monkeypatch.setattr(cost, "memory_allowed_bytes", lambda: 24 * 10**9)
    code, _, said = lateralnet("run", *flags)
    import re

    assert code == 2 and re.search(words, said), said
    assert "Traceback" not in said and not (tmp_path / "Runs").exists()


def test_the_presets_fit_in_a_small_machine(monkeypatch):
    from lateralnet.parameters.preset_table import PRESETS
    from lateralnet.runs.preparation import cost

    monkeypatch.setattr(cost, "memory_allowed_bytes", lambda: 2 * 10**9)
    for mode in PRESETS:
        found = cost.cost_of(
            preset(mode), "cpp", controls=("rate-matched", "shuffled", "published")
        )
        cost.refuse_what_cannot_fit(found)


def test_cost_grows_with_what_costs():
    from lateralnet.runs.preparation.cost import cost_of

    one = cost_of(tiny(), "cpp")
    assert cost_of(tiny(n_mon=6000), "cpp").memory_mb > one.memory_mb
    assert cost_of(tiny(test_sweeps=100), "cpp").disk_mb > one.disk_mb
    assert cost_of(tiny(n_training_trials=9000), "cpp").cpu_s > one.cpu_s
    assert cost_of(tiny(), "runtime").cpu_s > one.cpu_s
    two = cost_of(tiny(n_training_trials=9000), "cpp", n_seeds=4, jobs=2)
    assert two.wall_s < two.cpu_s and two.memory_mb > one.memory_mb


@needs_compiler
def test_a_dry_run_writes_nothing_and_says_what_a_run_costs(lateralnet, tmp_path):
    flags = ["run", "--dry-run", "--device", "cpp", "--multi-seed", "4", "--jobs", "2"]
    code, shown, _ = lateralnet(*flags)
    assert code == 0 and "memory" in shown and "disk" in shown and "CPU" in shown
    assert max(map(len, shown.splitlines())) <= 100
    code, shown, _ = lateralnet(*flags, "--json")
    found = json.loads(shown)
    assert found["seeds"] == [123, 124, 125, 126] and found["preset"] == "ll_thesis"
    assert found["wall_s"] < found["cpu_s"]
    assert list(tmp_path.iterdir()) == []
    assert lateralnet("run", "--dry-run", "--n-mon", "1000000000")[0] == 2


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"distance_cm": 0.4}, "overlap the body.*0.4 cm in the test.*--distance-cm"),
        ({"sphere_radius_cm": 2.0}, "overlap the body"),
        ({"training_distance_min_cm": 0.3}, "in training.*--training-distance-min-cm"),
        ({"training_fixed_distance": True, "sphere_radius_cm": 1.6, "distance_cm": 3.0},
         "1.5 cm in training"),
        ({"ll_sensing_axis_x": 0.0, "ll_sensing_axis_y": 0.0}, "--ll-sensing-axis-x"),
        ({"seed": 10**10}, "--seed-start"),
        ({"ll_mon_use_stdp": True, "ll_to_mon_topography_strength": 0.0, "p_ll_to_mon": 0.0},
         "no LL->MON synapses"),
    ],
)  # fmt: skip
def test_physics_that_cannot_be_is_refused(changes, words):
    with pytest.raises(ParameterError, match=words):
        preset("ll_thesis", **changes)


def test_a_sphere_beside_the_body_is_allowed():
    assert preset("ll_thesis", distance_cm=0.51).distance_cm == 0.51
    assert preset("ll_thesis", ll_sensing_axis_x=0.0, ll_sensing_axis_y=1.0)


@needs_compiler
def test_rates_that_no_cells_have_are_noted(tmp_path):
    said = []
    run(
        tiny(vth_mV=-80.0, vreset_mV=-90.0, n_training_trials=0), "cpp", runs_dir=tmp_path,
        run_name="x", on_note=said.append,
    )  # fmt: skip
    assert any("far outside the range of cells" in text and "TS" in text for text in said)
    said.clear()
    run(tiny(n_training_trials=0), "cpp", runs_dir=tmp_path, run_name="y", on_note=said.append)
    assert not any("far outside" in text for text in said)


@needs_compiler
def test_evaluate_refuses_what_the_trained_network_has_fixed(tmp_path):
    result = run(tiny(n_training_trials=0), "cpp", runs_dir=tmp_path, run_name="x")
    for changes in ({"n_mon": 70}, {"mon_ts_gain_mV": 3.0}, {"n_training_trials": 7}):
        with pytest.raises(InputError, match=r"cannot apply.*--distance-cm"):
            evaluate(result, "cpp", **changes)
    with pytest.raises(InputError, match="distance_cm"):
        evaluate(result, "cpp", distance_cn=1.0)
    with pytest.raises(InputError, match="GB of memory"):
        evaluate(result, "cpp", test_sweeps=10**9)
    (found,) = evaluate(result, "cpp", distance_cm=1.0)
    assert found.params.distance_cm == 1.0


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full")
@pytest.mark.parametrize("arguments", [["params"], ["params", "--json"], ["--help"]])
def test_an_output_that_cannot_be_written_is_said(arguments):
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "lateralnet", *arguments],
            stdout=full, stderr=subprocess.PIPE, text=True, timeout=120, check=False,
        )  # fmt: skip
    assert done.returncode == 1
    assert "No space left" in done.stderr and "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr


def test_an_interpreter_that_is_not_python_is_said(lateralnet, tmp_path):
    for command in (["run", "--device", "cpp", *tiny_flags()], ["doctor", "--no-smoke-test"]):
        _, shown, said = lateralnet(*command, "--python", "/bin/true")
        assert "Traceback" not in said and "JSONDecodeError" not in said + shown
        assert "not a Python interpreter" in said + shown
    assert not (tmp_path / "Runs").exists()


@needs_compiler
def test_a_network_without_synapses_runs_without_warnings_of_numpy(tmp_path, recwarn):
    run(
        tiny(ll_to_mon_topography_strength=0.0, p_ll_to_mon=0.0, ll_mon_use_stdp=False), "cpp",
        runs_dir=tmp_path, run_name="x",
    )  # fmt: skip
    assert [str(w.message) for w in recwarn if issubclass(w.category, RuntimeWarning)] == []


def test_another_distribution_of_sorn_is_named_with_what_to_do(lateralnet, monkeypatch):
    from importlib import metadata

    monkeypatch.setattr(metadata, "version", lambda name: "0.7.4")
    code, shown, said = lateralnet("sorn", "--help")
    assert code == 2 and "sorn 0.7.4" in said and "pip uninstall sorn" in said
    _, shown, said = lateralnet("doctor", "--no-smoke-test")
    assert "pip uninstall sorn" in shown
