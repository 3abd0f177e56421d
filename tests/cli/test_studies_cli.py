"""The commands of studies as a user types them."""

import csv
import json
import os
import subprocess
import sys

import pytest
from click.testing import CliRunner

from lateralnet.cli.program import cli
from lateralnet.learning.controls import CONTROLS
from tests.tiny import tiny_flags


def lateralnet(place, *arguments, **environment):
    path = os.pathsep.join(p for p in sys.path if p)
    return subprocess.run(
        [sys.executable, "-m", "lateralnet", *arguments],
        cwd=place, capture_output=True, text=True, timeout=300, check=False,
        env={**os.environ, "PYTHONPATH": path, **environment},
    )  # fmt: skip


SWEEP = [
    "sweep", "--mode", "ll_thesis", *tiny_flags(), "--device", "cpp", "--name", "study",
    "--vary", "distance_cm=0.6:1.0:0.2", "--vary", "mon_ts_topo=0.2,0.4", "--seeds", "3:5",
]  # fmt: skip


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cli")
    planned = lateralnet(folder, *SWEEP, "--dry-run")
    assert planned.returncode == 0, planned.stderr
    assert "8 points, 8 to compute in 4 trainings" in planned.stdout
    assert "of CPU" in planned.stdout and " MB each" in planned.stdout
    assert not (folder / "Sweeps").exists()
    done = lateralnet(folder, *SWEEP, "--jobs", "2")
    assert done.returncode == 0, done.stderr
    assert "8 of 8 points" in done.stderr and "rms_error_cm" in done.stdout
    return folder


def test_a_sweep_again_computes_nothing(place):
    again = lateralnet(place, *SWEEP, "--json", "--quiet")
    assert again.returncode == 0 and again.stderr == ""
    assert json.loads(again.stdout)["computed"] == 0


def test_tables_and_figures(place):
    shown = lateralnet(place, "summarise", "study", "--measure", "ts_rate_hz")
    assert shown.returncode == 0, shown.stderr
    assert "minus untrained" in shown.stdout and "ts_rate_hz" in shown.stdout
    with (place / "Sweeps/study/table.csv").open() as handle:
        assert len(list(csv.DictReader(handle))) == 16
    drawn = {path.name for path in (place / "Sweeps/study/figures").glob("*.png")}
    assert {"against_distance_cm.png", "map_ts_rate_hz.png", "learning_curves.png"} <= drawn
    as_json = lateralnet(place, "summarise", "Sweeps/study", "--json", "--no-figures")
    assert json.loads(as_json.stdout)["missing"] == 0


def test_report(place):
    made = lateralnet(place, "report", "study", "--output", "r.html")
    assert made.stdout.strip() == "r.html"
    assert (place / "r.html").read_text().startswith("<!DOCTYPE html>")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["sweep", "--vary", "mon_ts_topoo=1"], "Did you mean mon_ts_topo"),
        (["sweep", "--vary", "distance_cm=1:1:1"], "range is empty"),
        (["sweep", "--vary", "distance_cm=1", "--vary", "distance-cm=2"], "twice"),
        (["sweep", "--seeds", "5:5"], "range is empty"),
        (["sweep", "--mode", "ll_fastt"], "ll_fast"),
        (["sweep", "none.toml"], "cannot be read"),
        (["sweep", "--controls", "shufled"], "known controls"),
        (["sweep", "--name", "../x"], "--name"),
        (["sweep", "--scheduler", "tcp://x:1", "--cluster", "slurm"], "exclude each other"),
        (["sweep", "--cluster-option", "queue", "--cluster", "slurm"], "NAME=VALUE"),
        (["summarise", "nothing"], "not the folder of a sweep"),
        (["reproduce", "topografy"], "Did you mean topography"),
        (["reproduce", "topography", "--scale", "huge"], "small or full"),
        (["reproduce", "learning", "--scale", "huge"], "small or full"),
        (["reproduce", "learning", "--recipe", "sharp", "--cluster", "local"], "leave it out"),
        (["reproduce", "learning", "--retry-failed"], "leave it out"),
        (["report", "nothing"], "neither a run"),
        (["export", "nothing", "--output", "x.nwb"], "not the folder of a run"),
    ],
)
def test_wrong_input_is_one_sentence_and_exit_2(tmp_path, arguments, words):
    done = lateralnet(tmp_path, *arguments)
    assert done.returncode == 2, done.stderr
    assert words in done.stderr and "Traceback" not in done.stderr
    assert done.stdout == "" and not (tmp_path / "Sweeps").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["lesion", "--seeds", "1:3"], ["trainings  6", "points     10"]),
        (["learning", "--recipe", "both"], ["networks  2"]),
        (["learning", "--scale", "full"], ["networks  70"]),
    ],
)
def test_a_dry_run_of_a_reproduction_tells_the_cost_and_writes_nothing(tmp_path, arguments, words):
    done = lateralnet(tmp_path, "reproduce", *arguments, "--dry-run", "--device", "cpp")
    assert done.returncode == 0, done.stderr
    for word in [*words, "CPU time", "nothing was written"]:
        assert word in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_the_evidence_of_one_scale_never_replaces_that_of_another(tmp_path, monkeypatch):
    def confirm(recipe, seeds, *_, folder, **__):
        folder.mkdir(parents=True)
        conditions = {name: {"rms_error_cm": 0.2} for name in ("trained", *CONTROLS)}
        results = [{"seed": seed, "tests": {"0.8 cm": conditions}} for seed in seeds]
        return {"recipe": recipe.name, "mode": recipe.mode, "text": "", "seeds": list(seeds),
                "device": "cpp", "results": results, "variants": {}, "claims": []}  # fmt: skip

    monkeypatch.setattr("lateralnet.studies.learning.confirmation.confirm", confirm)
    monkeypatch.chdir(tmp_path)
    for scale in ("small", "full"):
        done = CliRunner().invoke(
            cli, ["reproduce", "learning", "--recipe", "learn", "--scale", scale, "--quiet"]
        )
        assert done.exit_code == 0, done.output
    folders = {"reproduce-learning-learn-small": 2, "reproduce-learning-learn-full": 10}
    assert {path.name for path in (tmp_path / "Sweeps").iterdir()} == set(folders)
    for name, n_seeds in folders.items():
        kept = json.loads((tmp_path / "Sweeps" / name / "recipe-learn.json").read_text())
        assert len(kept["seeds"]) == n_seeds
        assert (tmp_path / "Sweeps" / name / "recipe-learn.png").stat().st_size > 5000


def test_a_scheduler_that_is_away_is_one_sentence_and_exit_1(tmp_path):
    pytest.importorskip("distributed", reason="Dask is not installed (extra cluster)")
    done = lateralnet(
        tmp_path, "sweep", "--mode", "ll_fast", "--device", "cpp", "--patience", "1",
        "--scheduler", "tcp://127.0.0.1:9",
    )  # fmt: skip
    assert done.returncode == 1
    assert "cannot be reached" in done.stderr and "Traceback" not in done.stderr


def test_every_command_has_help(tmp_path):
    for name in ("sweep", "summarise", "reproduce", "report", "export"):
        done = lateralnet(tmp_path, name, "--help")
        assert done.returncode == 0 and "Usage" in done.stdout
