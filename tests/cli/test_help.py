"""Help that fits a screen, completion, and what to cite."""

import json
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.shell_completion import ShellComplete

from lateralnet.cli.program import cli
from lateralnet.pages.citing import bibtex, cited, text
from lateralnet.parameters import PRESETS, preset


def helped(*arguments):
    """Return what the command line prints."""
    from click.testing import CliRunner

    done = CliRunner().invoke(cli, arguments, prog_name="lateralnet", terminal_width=80)
    assert done.exit_code == 0, done.output
    return done.output


@pytest.mark.parametrize("command", ["run", "evaluate", "sweep", "build"])
def test_help_fits_and_names_the_way_to_the_rest(command):
    shown = helped(command, "--help")
    assert len(shown.splitlines()) < 70 if command == "sweep" else len(shown.splitlines()) < 60
    assert "--help-all" in shown and "--distance-cm" in shown
    assert "--mon-ts-apre" not in shown
    assert "--mon-ts-apre" in helped(command, "--help-all")


def test_the_help_of_run_has_two_examples_that_are_accepted(monkeypatch):
    shown = helped("run", "--help")
    examples = [line.split() for line in shown.splitlines() if line.startswith("  lateralnet run")]
    assert len(examples) == 2
    for _, name, *arguments in examples:
        command = cli.get_command(click.Context(cli), name)
        command.make_context(name, arguments)


def test_commands_stand_by_topic():
    shown = helped("--help")
    order = ["Science:", "  run ", "Studies:", "  sweep ", "Devices:", "  doctor ", "  sorn "]
    places = [shown.index(word) for word in order]
    assert places == sorted(places)


def completed(*arguments, incomplete=""):
    found = ShellComplete(cli, {}, "lateralnet", "_LATERALNET_COMPLETE")
    return [item.value for item in found.get_completions(list(arguments), incomplete)]


def test_presets_runs_and_sweeps_are_completed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for folder, mark in (("Runs/mine", "params.json"), ("Sweeps/wide", "sweep.json")):
        Path(folder).mkdir(parents=True)
        (Path(folder) / mark).write_text("{}")
    assert completed("run", "--mode") == list(PRESETS)
    assert completed("run", "--mode", incomplete="ll_f") == ["ll_fast"]
    assert completed("plot", incomplete="Runs/m") == ["Runs/mine"]
    assert completed("report") == ["Runs/mine", "Sweeps/wide"]
    assert completed("summarise") == ["Sweeps/wide"]
    assert "--n-training-trials" in completed("run", incomplete="--n-tr")


def test_bash_reads_the_script():
    script = subprocess.run(
        [sys.executable, "-m", "lateralnet", "completion", "bash"],
        check=True, capture_output=True, text=True, timeout=60,
        env={**os.environ, "SHELL": "/bin/bash"},
    ).stdout  # fmt: skip
    done = subprocess.run(
        ["bash", "-c", f"{script}\ncomplete -p lateralnet"],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert "_lateralnet_completion" in done.stdout, done.stderr


class FakeRun:
    def __init__(self, folder, device, **changed):
        self.folder = folder
        (folder / "params.json").write_text("{}")
        self.params = preset("ll_fast", **changed)
        self.seeds = (type("Seed", (), {"facts": {"device": device}}),)


def test_a_run_names_what_it_used(tmp_path):
    run = FakeRun(tmp_path, "genn", mon_ts_stdp_offset=1e-5, test_sweeps=1)
    keys = [work.key for work in cited(run)]
    assert "kempter1999" in keys and "stimberg2020" in keys
    assert "zhang1998" not in keys and "guetig2003" not in keys
    assert "zhang1998" in [work.key for work in cited(FakeRun(tmp_path, "cpp", test_sweeps=2))]


def test_a_stimulus_of_ones_own_is_no_sphere(tmp_path):
    run = FakeRun(tmp_path, "cpp")
    assert "goulet2008" in [work.key for work in cited(run)]
    (tmp_path / "params.json").write_text('{"stimulus": {}}')
    assert "goulet2008" not in [work.key for work in cited(run)]


def test_citations_are_text_and_bibtex():
    works = cited()
    entries = bibtex(works)
    begun = [line for line in text(works).splitlines() if not line.startswith(" ")]
    assert entries.count("@") == len(works) == len(begun)
    assert entries.count("{") == entries.count("}")
    assert "10.7554/eLife.47314" in text(works)
    software = next(entry for entry in entries.split("@") if entry.startswith("software{goulet"))
    assert "howpublished" in software and "journal" not in software


def test_the_citation_file_has_the_version_of_the_program():
    from lateralnet.version import __version__

    root = Path(__file__).parents[2]
    assert f"\nversion: {__version__}\n" in (root / "CITATION.cff").read_text()
    assert json.loads((root / "codemeta.json").read_text())["version"] == __version__


@pytest.mark.parametrize("command", ["sweep", "search", "reproduce topography"])
def test_studies_say_where_what_is_ones_own_works(command, tmp_path, monkeypatch, capsys):
    from lateralnet.cli.program import main

    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text("")
    monkeypatch.setattr(sys, "argv", ["lateralnet", *command.split(), "--own", "mine.py"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert "own='mine.py'" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == [tmp_path / "mine.py"]
