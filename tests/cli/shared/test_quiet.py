"""`--quiet` silences progress and notes, never what went wrong."""

from pathlib import Path

import pytest

from lateralnet.cli import sweep as sweep_commands
from lateralnet.cli.shared import progress
from lateralnet.records.results import RunResult, SeedResult
from lateralnet.runs import running
from lateralnet.studies.sweeps import SweepOutcome
from tests.runs.outcome.test_summary import measures
from tests.tiny import tiny, tiny_flags


def one_seed_failed(params, device, *, on_progress, on_note, **options):
    """Stand in for a run of two seeds, of which one fails."""
    on_note("device cpp: fastest usable")
    on_progress("training, seed 123, trial 1 of 6", 0.5)
    done = SeedResult(tiny(), {"untrained": measures(), "trained": measures()}, {}, Path("x.npz"))
    return RunResult(Path("Runs/x"), "ll_thesis", tiny(), (done,), {124: "the disk is full"})


@pytest.mark.parametrize("quiet", [True, False])
def test_a_failed_seed_is_told_and_makes_the_exit_code_1(lateralnet, monkeypatch, quiet):
    monkeypatch.setattr(running, "run", one_seed_failed)
    monkeypatch.setattr(progress, "_QUIET_S", 0.0)  # the run is over at once
    flags = ["run", *tiny_flags(), "--multi-seed", "2", "--no-figures", *["--quiet"] * quiet]
    code, shown, talk = lateralnet(*flags)
    assert code == 1
    assert "Error: seed 124 failed: the disk is full" in talk
    assert ("note:" in talk) != quiet and ("training" in talk) != quiet
    assert "seed 124: FAILED: the disk is full" in shown
    assert "1 of 2 seeds (failed: 124)" in shown


def test_failed_points_of_a_quiet_sweep_are_told(tmp_path, capsys):
    outcome = SweepOutcome(tmp_path, 0, 0, {"ab12": "the simulation was killed"}, 0)
    sweep_commands._finish_sweep(tmp_path, outcome, False, lambda text: None)
    shown = capsys.readouterr()
    assert shown.err == "Error: point ab12 failed: the simulation was killed\n"


def test_a_wrong_value_is_told_when_quiet(lateralnet):
    code, _, talk = lateralnet("run", "--quiet", "--n-mon", "-4")
    assert code == 2 and "--n-mon" in talk
