"""The command line as a user meets it: help, tables, JSON, and one sentence for a wrong input."""

import json
import shutil
import subprocess
import sys

import click
import numpy as np
import pytest

from lateralnet.cli import program as command_line
from lateralnet.cli.shared.common import complain, print_json
from lateralnet.cli.topics import TOPICS
from lateralnet.parameters.params import parameter_names, spec_of
from tests.tiny import tiny_flags


def test_help_lists_every_parameter_by_topic_with_unit_and_range(lateralnet):
    code, shown, _ = lateralnet("run", "--help-all")
    assert code == 0
    flat = " ".join(shown.split())
    for name in parameter_names():
        assert spec_of(name).flag in flat
        assert spec_of(name).group + ":" in flat
    assert "Speed of the sphere (> 0 cm/s)" in flat
    assert "ll_thesis/ll_map/ll_learn/ll_fast 0.8" in flat or "0.8" in flat


def test_every_switch_has_its_opposite(lateralnet):
    _, shown, _ = lateralnet("run", "--help-all")
    for name in parameter_names():
        if spec_of(name).kind is bool:
            assert f"--no-{spec_of(name).flag[2:]}" in shown
    code, shown, _ = lateralnet("params", "--no-use-ts-feedback-inh", "--json")
    assert code == 0 and json.loads(shown)["use_ts_feedback_inh"] is False


def test_params_prints_aligned_columns_and_json(lateralnet):
    code, shown, _ = lateralnet("params", "--mode", "ll_fast", "--eval-x-min", "0.5",
                                "--eval-x-max-cm", "3")  # fmt: skip
    assert code == 0
    lines = shown.splitlines()
    assert len(lines) == len(parameter_names()) + 1 and max(map(len, lines)) <= 80
    column = lines[0].index("flag")
    assert all(line[column : column + 2] == "--" for line in lines[1:])
    _, shown, _ = lateralnet("params", "--json", "--training-distance-min-cm", "none")
    assert json.loads(shown)["training_distance_min_cm"] is None


WRONG = [
    (["--distance-cm", "0"], "--distance-cm"),
    (["--distance-cm", "-1"], "> 0 cm"),
    (["--distance-cm", "nan"], "> 0 cm"),
    (["--training-distance-min-cm", "-1"], ">= 0 cm"),
    (["--training-distance-min-cm", "1.5", "--training-distance-max-cm", "0.6"], "swap them"),
    (["--multi-seed", "0"], "--multi-seed"),
    (["--multi-seed", "-3"], "at least 1"),
    (["--jobs", "0"], "--jobs"),
    (["--seed-start", "-5"], "--seed-start"),
    (["--n-training-trials", "-5"], "--n-training-trials"),
    (["--ts-lateral-radius", "0"], "--ts-lateral-radius"),
    (["--n-ts", "0"], "--n-ts"),
    (["--ll-mon-topo", "1.5"], "0 to 1"),
    (["--ll-mon-topo", "-0.5"], "0 to 1"),
    (["--run-name", ".."], "--run-name"),
    (["--save-tag", ".."], "--save-tag"),
    (["--resume-from", "nowhere"], "nowhere"),
    (["--eval-x-min", "1"], "go together"),
    (["--eval-x-min", "10", "--eval-x-max", "12"], "outside the test path"),
    (["--test-path-cm", "0"], "--test-path-cm"),
    (["--dt-s", "0.05"], "overshoot"),
    (["--mon-ts-gain-mv", "inf"], "--mon-ts-gain-mv"),
    (["--mon-ts-out-degree", "0"], "--mon-ts-out-degree"),
    (["--mode", "ll_foo"], "ll_thesis, ll_fast"),
    (["--n-mon", "many"], "whole number"),
    (["--n-mom", "3"], "--n-mon"),
    (["--device", "gpu"], "known devices"),
    (["--device", "cuda:x"], "cuda:0, cuda:1"),
    (["--precision", "float16"], "float64 or float32"),
    (["--controls", "none-such"], "--controls"),
    (["--vreset-mv", "-50"], "--vreset-mv"),
    (["--python", "no-such-python"], "--python"),
    (["--cuda-arch", "hopper"], "--cuda-arch"),
]


@pytest.mark.parametrize(("flags", "words"), WRONG, ids=lambda value: " ".join(value)[:40])
def test_wrong_input_is_one_sentence_with_exit_code_2_and_nothing_on_disk(
    lateralnet, tmp_path, flags, words
):
    code, shown, talk = lateralnet("run", *flags)
    assert code == 2
    assert shown == ""
    assert words in talk and "Traceback" not in talk
    assert list(tmp_path.iterdir()) == []


def test_an_unusable_device_is_exit_code_3_and_says_what_to_do(lateralnet, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    code, _, talk = lateralnet("run", "--device", "genn")
    assert code == 3
    assert "genn" in talk and "lateralnet doctor" in talk


@pytest.mark.parametrize(
    "command", ["devices", "doctor", "compare", "benchmark", "build", "sweep --dry-run"]
)
def test_every_command_refuses_an_interpreter_that_is_none(lateralnet, command):
    code, shown, talk = lateralnet(*command.split(), "--python", "no-such-python")
    assert (code, shown) == (2, "")
    assert "--python = 'no-such-python'" in talk and "Traceback" not in talk


@pytest.mark.parametrize(("found", "code"), [
    ({}, 0), ({"errors": {"runtime": "it died"}}, 1), ({"exact": [{"alike": False}]}, 1),
    ({"reference": None}, 3),
])  # fmt: skip
def test_a_comparison_that_fails_is_no_success(lateralnet, monkeypatch, found, code):
    from lateralnet.devices import comparison

    whole = {"reference": "cpp", "exact": [], "errors": {}, "devices": {}, **found}
    monkeypatch.setattr(comparison, "compare", lambda *names, **options: whole)
    assert lateralnet("compare", "--json")[0] == code


def test_what_has_no_number_is_null_in_json(capsys):
    print_json({"silent": float("nan"), "far": [float("inf")], "there": np.float64(1.5)})
    shown = capsys.readouterr().out
    assert json.loads(shown, parse_constant=pytest.fail) == {
        "silent": None,
        "far": [None],
        "there": 1.5,
    }


def test_flags_without_effect_are_remarked(lateralnet):
    flags = tiny_flags(ll_mon_use_stdp=False, ll_mon_apre=0.01)
    code, _, talk = lateralnet("run", *flags, "--resume-from", "nowhere")
    assert code == 2 and "nowhere" in talk


def test_import_loads_neither_brian2_nor_matplotlib():
    script = (
        "import sys, lateralnet, lateralnet.stimulus.drives, lateralnet.cli.program\n"
        "import lateralnet.measures.decoding\n"
        "assert not {'brian2', 'matplotlib', 'scipy'} & set(sys.modules), sorted(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(shutil.which("g++") is None, reason="no C++ compiler (g++)")
def test_a_run_prints_a_table_and_json_and_draws_figures(lateralnet, tmp_path):
    flags = tiny_flags(n_training_trials=2)
    code, shown, talk = lateralnet("run", "--run-name", "x", "--device", "cpp", *flags)
    assert code == 0, talk
    lines = shown.splitlines()
    assert lines[0].split()[:2] == ["seed", "condition"]
    assert [line.split()[1] for line in lines[3:5]] == ["untrained", "trained"]
    assert "device cpp" in talk
    drawn = {path.name for path in (tmp_path / "Runs/x/figures").glob("*.png")}
    assert "brian2_spatial_two_stage_u_5.0_nMON_60_nTS_12.png" in drawn
    shutil.rmtree(tmp_path / "Runs/x/figures")
    code, shown, _ = lateralnet("plot", "Runs/x")
    assert code == 0
    assert {path.name for path in (tmp_path / "Runs/x/figures").glob("*.png")} == drawn
    code, shown, _ = lateralnet(
        "run", "--run-name", "y", "--device", "cpp", "--json", "--no-figures", "--quiet", *flags
    )
    assert code == 0 and json.loads(shown)["seed"] == 123
    code, shown, talk = lateralnet(
        "evaluate", "Runs/x", "--distance-cm", "0.6", "--json", "--quiet", "--device", "cpp"
    )
    assert code == 0, talk
    assert json.loads(shown)["evaluations"][0]["distance_cm"] == 0.6
    code, _, talk = lateralnet("evaluate", "Runs/none")
    assert code == 2 and "neither a run folder nor a weight file" in talk


def test_the_list_of_commands_has_every_command_once_and_in_whole_sentences():
    listed = [name for commands in TOPICS.values() for name in commands]
    assert len(listed) == len(set(listed)) and {"run", "plot", "sorn"} <= set(listed)
    for commands in TOPICS.values():
        for name, (_, words) in commands.items():
            command = command_line.cli.get_command(click.Context(command_line.cli), name)
            assert command is not None and command.name == name
            assert words.endswith(".") and len(words) < 66


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"], ["params"], ["--version"]])
def test_help_and_parameters_need_no_numerics(arguments):
    code = (
        "import sys\n"
        "from lateralnet.cli.program import cli\n"
        f"cli.main({arguments!r}, standalone_mode=False)\n"
        "heavy = {'numpy', 'scipy', 'brian2', 'matplotlib', 'numba', 'sorn'}\n"
        "sys.exit(sorted(heavy & set(sys.modules)) or 0)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout


@pytest.mark.parametrize("terminal", [True, False])
def test_on_a_terminal_talk_ends_between_words_and_names_stay_whole(terminal, monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal)
    path = "Runs/a-name-that-is-longer-than-forty-columns/params.json"
    complain(f"the preset is unknown, as {path} says; give --mode")
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == (3 if terminal else 1)
    assert any(path in line for line in lines) and " ".join(lines).endswith("give --mode")
    assert not terminal or all(len(line) <= 40 or line == path for line in lines)
