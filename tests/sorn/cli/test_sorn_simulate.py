"""The command group: files in, files out, one sentence and code 2 for bad input."""

import errno
import json
from dataclasses import fields

import matplotlib

matplotlib.use("Agg")
import numpy as np
import pytest
from click.testing import CliRunner
from matplotlib.figure import Figure

from sorn import Network, Simulator, load_state
from sorn.cli import sorn
from sorn.parameters import Parameters
from tests.sorn.sorn_helpers import assert_states_equal


def invoke(*arguments):
    return CliRunner().invoke(sorn, ["simulate", *map(str, arguments)])


def test_a_generated_run_is_reproducible_and_equal_to_the_library(tmp_path):
    path = tmp_path / "state.npz"
    result = invoke("--steps", 30, "--seed", 4, "--ne", 50, "--output", path, "--json")
    assert result.exit_code == 0, result.output
    summary = json.loads(result.stdout)
    assert (summary["steps"], summary["ne"], summary["ni"]) == (30, 50, 10)
    state, metadata = load_state(path)
    expected, _ = Simulator.run(timesteps=30, seed=4, ne=50)
    assert_states_equal(state, expected)
    assert metadata["hyperparameters"]["ne"] == 50
    assert metadata["seed"] == 4


@pytest.mark.parametrize("source", ["uniform", "normal", "none"])
def test_resuming_equals_one_long_run(source, tmp_path):
    whole, half, both = (tmp_path / f"{name}.npz" for name in ("whole", "half", "both"))
    options = ["--inputs", source, "--ne", 50, "--eta-ip", 0.02]
    assert invoke("--steps", 40, "--output", whole, *options).exit_code == 0
    assert invoke("--steps", 15, "--output", half, *options).exit_code == 0
    resumed = invoke("--steps", 25, "--resume", half, "--inputs", source, "--output", both)
    assert resumed.exit_code == 0, resumed.output
    assert_states_equal(load_state(both)[0], load_state(whole)[0])


@pytest.mark.parametrize("suffix", [".npy", ".csv"])
def test_inputs_from_a_file_set_the_number_of_rows(suffix, tmp_path, inputs):
    path, output = tmp_path / f"inputs{suffix}", tmp_path / "state.npz"
    if suffix == ".npy":
        np.save(path, inputs[:4])
    else:
        np.savetxt(path, inputs[:4], delimiter=",", fmt="%.17g")
    result = invoke("--inputs", path, "--ne", 50, "--seed", 1, "--output", output, "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["steps"] == 60
    expected, _ = Simulator.run(inputs=inputs[:4], nu=4, ne=50, seed=1)
    assert_states_equal(load_state(output)[0], expected)


def test_figures_and_progress(tmp_path):
    result = invoke("--steps", 60, "--ne", 50, "--figures", tmp_path / "new", "--progress")
    assert result.exit_code == 0, result.output
    names = {path.name for path in (tmp_path / "new").iterdir()}
    assert names == {"spikes.png", "connections.png", "in_degree.png", "weights.png"}
    assert "60/60 steps, 100 %, ETA 0 s" in result.stderr
    assert "ETA" not in result.stdout


def test_training_phase_from_the_command_line(tmp_path):
    first, second = tmp_path / "first.npz", tmp_path / "second.npz"
    invoke("--steps", 20, "--ne", 50, "--output", first)
    result = invoke("--steps", 5, "--phase", "training", "--resume", first, "--output", second)
    assert result.exit_code == 0, result.output
    np.testing.assert_array_equal(load_state(first)[0]["Wee"], load_state(second)[0]["Wee"])


def test_every_scalar_hyperparameter_is_an_option():
    text = CliRunner().invoke(sorn, ["simulate", "--help"]).output
    arrays = {"input_pools", "input_weights"}
    names = {entry.name.replace("_", "-") for entry in fields(Parameters)} - {
        name.replace("_", "-") for name in arrays
    }
    assert all(f"--{name} " in text for name in names)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "--steps is needed without an input file"),
        (["--steps", 0], "whole number >= 1, not 0"),
        (["--inputs", "missing.npy"], "missing.npy: No such file or directory"),
        (["--inputs", "table.txt"], "neither a .npy nor a .csv file"),
        (["--inputs", "uniform"], "needs --steps"),
        (["--steps", 5, "--h-ip", "gauss"], "h_ip='gauss'"),
        (["--steps", 5, "--output", "state.mat"], "must end in .npz"),
        (["--steps", 5, "--output", "/no/such/folder/state.npz"], "the folder does not exist"),
        (["--steps", 5, "--resume", "nothing.npz"], "nothing.npz is not a readable sorn state"),
        (["--steps", 5, "--lambda-ee", 300], "only 199 possible partners"),
        (["--steps", 5, "--device", "cuda:0"], "has no device 'cuda:0'"),
        (["--steps", 10**14, "--recordings", "/tmp/sorn-no-room"], "no room for 2e+07 GB"),
    ],
)
def test_bad_input_is_one_sentence_and_code_2(arguments, message):
    result = invoke(*arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stderr.startswith("Error: ")
    assert len(result.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["simulate", "--steps", "5", "--resume", "one.npy"],
            "one.npy is not a readable sorn state",
        ),
        (["simulate", "--steps", "5", "--output", "folder.npz"], "folder.npz is a folder"),
        (["simulate", "--inputs", "empty.csv"], "must be (nu, time), not empty"),
        (
            ["simulate", "--steps", "5", "--batch", "2", "--figures", "new"],
            "--figures draws one network",
        ),
        (["simulate", "--steps", "0", "--figures", "new"], "whole number >= 1, not 0"),
        (
            ["simulate", "--steps", "5", "--recordings", "new", "--every", "9"],
            "--every 9 keeps nothing of 5 steps",
        ),
        (["simulate", "--steps", "5", "--checkpoint", "2"], "--checkpoint needs --output"),
        (
            ["simulate", "--steps", "5", "--normalise", "none", "--normalise", "ee"],
            "--normalise none stands alone",
        ),
        (["task", "counting", "--figure", "task.xyz"], "must end in .png, .pdf, .svg"),
        (["task", "counting", "--figure", "no/task.png"], "the folder does not exist"),
        (
            ["task", "counting", "--level", "90", "--frozen-steps", "100"],
            "100 frozen steps show nothing to answer at level 90",
        ),
    ],
)
def test_what_cannot_be_used_is_refused_before_the_run(arguments, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    np.save("one.npy", np.ones(5))
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "folder.npz").mkdir()
    monkeypatch.setattr(Network, "run", lambda *_, **__: pytest.fail("it ran"))
    before = set(tmp_path.iterdir())
    result = CliRunner().invoke(sorn, arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    assert set(tmp_path.iterdir()) == before


def test_unreadable_input_file(tmp_path):
    path = tmp_path / "inputs.csv"
    path.write_text("1,2\na,b\n")
    result = invoke("--inputs", path)
    assert result.exit_code == 2
    assert "inputs.csv is not a readable array of numbers" in result.stderr


def test_a_stopped_task_says_so_and_a_figure_without_room_is_one_sentence(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    small = ["task", "counting", "--seeds", "1", "--level", "2", "--figure", "a.png"]
    small += ["--plastic-steps", "200", "--frozen-steps", "200"]

    def full(figure, path, **_):
        path.write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patches:
        patches.setattr(Figure, "savefig", full)
        result = CliRunner().invoke(sorn, small)
    assert result.exit_code == 2
    assert result.stderr == "Error: a.png: No space left on device\n"
    assert "(1 seed)" in result.stdout
    assert "nan" not in result.stdout

    def stopped(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(Network, "run", stopped)
    result = CliRunner().invoke(sorn, small)
    assert result.exit_code == 130
    assert "stopped; a task keeps nothing" in result.stderr
    assert list(tmp_path.iterdir()) == []
