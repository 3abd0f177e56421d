"""A run from the command line can be recorded, stopped, checkpointed and resumed exactly."""

import json
import os
import signal
import subprocess
import sys

import numpy as np
import pytest
from click.testing import CliRunner

from sorn import Network, load_state
from sorn.cli import sorn
from sorn.network import Network as NetworkClass
from sorn.runs import running
from sorn.streams import draw_steps
from tests.sorn.sorn_helpers import assert_states_equal


def invoke(*arguments):
    return CliRunner().invoke(sorn, ["simulate", *map(str, arguments)])


def test_a_resumed_run_keeps_phase_rules_noise_and_the_column_of_its_inputs(tmp_path, inputs):
    np.save(tmp_path / "inputs.npy", inputs)
    source = tmp_path / "inputs.npy"
    options = ["--ne", 50, "--freeze", "ip", "--no-noise", "--no-clip-te", "--normalise", "ee"]
    whole, half, rest = (tmp_path / f"{name}.npz" for name in ("whole", "half", "rest"))
    assert invoke("--inputs", source, "--output", whole, *options).exit_code == 0
    first = invoke("--inputs", source, "--steps", 23, "--output", half, *options)
    assert first.exit_code == 0, first.output
    resumed = invoke("--resume", half, "--output", rest, "--json")
    assert resumed.exit_code == 0, resumed.output
    assert json.loads(resumed.stdout)["steps"] == 37
    assert resumed.stderr == ""
    assert_states_equal(load_state(rest)[0], load_state(whole)[0])
    network = Network.load(rest)
    assert (network.freeze, network.noise, network.clip_te) == (("ip",), False, False)
    over = invoke("--resume", rest)
    assert over.exit_code == 2
    assert "ended at column 60, the last one" in over.stderr


def test_what_differs_on_resuming_is_said(tmp_path):
    path = tmp_path / "state.npz"
    invoke("--steps", 5, "--ne", 50, "--output", path)
    result = invoke("--steps", 5, "--resume", path, "--eta-ip", 0.02, "--phase", "training")
    assert result.exit_code == 0, result.output
    assert "phase plasticity -> training" in result.stderr
    assert "eta_ip 0.01 -> 0.02" in result.stderr
    refused = invoke("--steps", 5, "--resume", path, "--batch", 3)
    assert refused.exit_code == 2
    assert "--batch is part of the resumed network" in refused.stderr


@pytest.mark.parametrize("source", ["none", "uniform"])
def test_control_c_keeps_the_state_and_says_how_to_go_on(source, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    whole = tmp_path / "whole.npz"
    options = ["--inputs", source, "--ne", 50, "--steps", 1500]
    assert invoke(*options, "--output", whole).exit_code == 0
    stretches = []

    def interrupted(*arguments):
        stretches.append(arguments)
        if len(stretches) == 2:
            signal.raise_signal(signal.SIGINT)
        return draw_steps(*arguments)

    with monkeypatch.context() as patches:
        patches.setattr(running, "draw_steps", interrupted)
        result = invoke(*options, "--recordings", "spikes", "--progress")
    assert result.exit_code == 130
    assert (
        "\nstopped after 1000 of 1500 steps; go on with: lateralnet sorn simulate" in result.stderr
    )
    assert "--resume sorn-interrupted.npz --steps 500" in result.stderr
    assert np.load("spikes/excitatory.npy").shape == (1000, 50)
    rest = tmp_path / "rest.npz"
    resumed = invoke("--resume", "sorn-interrupted.npz", "--steps", 500, "--output", rest)
    assert resumed.exit_code == 0, resumed.output
    assert_states_equal(load_state(rest)[0], load_state(whole)[0])


@pytest.mark.parametrize("source", ["none", "normal"])
def test_a_checkpoint_is_a_state_to_go_on_from(source, tmp_path, monkeypatch):
    whole, output, rest = (tmp_path / f"{name}.npz" for name in ("whole", "output", "rest"))
    options = ["--inputs", source, "--ne", 50, "--steps", 1500]
    invoke(*options, "--output", whole)
    save, copies = NetworkClass.save, []

    def save_and_keep(self, path):
        written = save(self, path)
        copies.append(written.read_bytes())
        return written

    monkeypatch.setattr(NetworkClass, "save", save_and_keep)
    assert invoke(*options, "--output", output, "--checkpoint", 600).exit_code == 0
    assert len(copies) == 2
    output.write_bytes(copies[0])
    assert load_state(output)[1]["steps_done"] == 1000
    assert invoke("--resume", output, "--steps", 500, "--output", rest).exit_code == 0
    assert_states_equal(load_state(rest)[0], load_state(whole)[0])


def test_recordings_batch_preset_and_pools(tmp_path):
    result = invoke(
        "--steps", 40, "--preset", "lazar2009", "--ne", 60, "--nu", 4, "--pools", 5, "--batch", 2,
        "--inputs", "uniform", "--recordings", tmp_path / "out", "--record", "inhibitory",
        "--record", "Te", "--every", 4, "--output", tmp_path / "net.npz", "--json",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert np.load(tmp_path / "out" / "inhibitory.npy").shape == (10, 2, 12)
    assert np.load(tmp_path / "out" / "Te.npy").shape == (10, 2, 60, 1)
    network = Network.load(tmp_path / "net.npz")
    assert network.batch == 2
    assert [len(pool) for pool in network.parameters.input_pools] == [5] * 4
    assert network.parameters.eta_stdp == 0.001


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--steps", 5, "--every", 2], "--record and --every need --recordings"),
        (["--steps", 5, "--pools", 30], "10 pools of 30 neurons need 300, but ne=200"),
        (["--steps", 5, "--nu", 150], "target rate 2 nu / ne = 1.5 is above 1"),
        (["--steps", 5, "--backend", "torch", "--device", "cuda:0"], "has no device 'cuda:0'"),
    ],
)
def test_bad_input_is_one_sentence_and_nothing_is_written(
    arguments, message, tmp_path, monkeypatch
):
    if "torch" in arguments:
        torch = pytest.importorskip("torch")
        if torch.cuda.is_available():
            pytest.skip("this machine has the device that the test wants to be missing")
    monkeypatch.chdir(tmp_path)
    result = invoke(*arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    assert not list(tmp_path.iterdir())


def test_a_task_prints_a_table_json_and_a_figure(tmp_path):
    arguments = ["task", "counting", "--seeds", "2", "--level", "2", "--plastic-steps", "200"]
    arguments += ["--frozen-steps", "300"]
    figure = tmp_path / "counting.png"
    result = CliRunner().invoke(sorn, [*arguments, "--figure", str(figure)])
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0].startswith("counting: How many times")
    assert max(map(len, lines)) <= 80
    assert figure.stat().st_size > 10_000
    as_json = CliRunner().invoke(sorn, [*arguments, "--json"])
    data = json.loads(as_json.stdout)
    assert np.shape(data["sorn"]) == np.shape(data["static"]) == (1, 2)
    bad = CliRunner().invoke(sorn, [*arguments, "--level", "1"])
    assert bad.exit_code == 2
    assert "levels from 2 on" in bad.stderr


def test_the_package_runs_as_a_module(tmp_path):
    result = subprocess.run(
        [sys.executable, "-m", "sorn", "simulate", "--steps", "3", "--ne", "50", "--json"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout)["steps"] == 3
