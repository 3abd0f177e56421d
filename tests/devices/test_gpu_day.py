"""The day with a GPU: its plan, its limits, and what it leaves when something fails.

What the steps themselves do is rehearsed by hand (``day.sh --emulated``).
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "benchmarks" / "gpu"
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the wheel has no benchmarks")
if FOLDER.is_dir():
    sys.path.insert(0, str(FOLDER))
    import day
    from day_table import table


def _step(name, code, most_s=20.0, **more):
    return day.Step(name, [sys.executable, "-c", code], most_s, **more)


def _tools(monkeypatch, tmp_path, *names):
    for name in names:
        tool = tmp_path / "bin" / name
        tool.parent.mkdir(exist_ok=True)
        tool.write_text("#!/bin/sh\n")
        tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))


def test_every_size_precision_and_form_is_compared_built_and_timed(tmp_path):
    plan = day.Plan(tmp_path, (1, 132), emulated=False)
    jobs = [json.loads(step.command[-1]) for step in plan.compile_and_compare()]
    assert [job["do"] for job in jobs].count("compare") == 4
    assert [job["do"] for job in jobs].count("build") == 8
    assert not any(job["short"] for job in jobs if job["do"] == "compare")
    for form in day.FORMS:
        timed = plan.time(form)
        assert {step.environment["LATERALNET_CUDA_FORM"] for step in timed} == {
            form.replace(" ", "-")
        }
        built = {step.name for step in plan.compile_and_compare()}
        assert len(timed) == 4 and all(step.needs in built for step in timed)


def test_sanitizers_and_profiler_stand_in_front_of_the_program(monkeypatch, tmp_path):
    _tools(monkeypatch, tmp_path, "compute-sanitizer", "ncu")
    steps = day.Plan(tmp_path, (1, 264), emulated=False).check()
    under = {step.name: json.loads(step.environment["LATERALNET_RUN_UNDER"]) for step in steps}
    assert len(under) == 9
    assert under["racecheck one block"][:5] == [
        "compute-sanitizer", "--error-exitcode", "9", "--print-limit", "20",
    ]  # fmt: skip
    assert under["racecheck one block"][5:] == [
        "--tool", "racecheck", "--log-file", str(tmp_path / "racecheck-one-block.txt"),
    ]  # fmt: skip
    assert under["ncu"][-4:] == [
        "--kernel-name", "run_networks", "--log-file", str(tmp_path / "ncu.txt")
    ]  # fmt: skip
    assert json.loads(steps[-1].command[-1])["replicas"] == 264
    _tools(monkeypatch, tmp_path / "none")
    assert day.Plan(tmp_path, (1,), emulated=False).check() == []


def test_results_are_there_after_each_step_and_failures_cost_only_themselves(tmp_path):
    a_day = day.Day(tmp_path / "day", 1.0, emulated=True)
    a_day.do(_step("good", "print('talk'); print('{\"x\": 1}')"))
    found = json.loads((tmp_path / "day" / "day.json").read_text())
    assert found["steps"]["good"]["result"] == {"x": 1}
    a_day.do(_step("bad", "import sys; print('{}'); print('why', file=sys.stderr); sys.exit(3)"))
    a_day.do(_step("after", "print(2)", needs="bad"))
    a_day.do(day.Step("absent", ["/no/such/program"], 20.0))
    steps = json.loads((tmp_path / "day" / "day.json").read_text())["steps"]
    assert steps["bad"]["status"] == "exit code 3" and "why" in steps["bad"]["stderr"]
    assert steps["bad"]["result"] == {}
    assert steps["after"]["status"] == "left out: bad"
    assert "No such file" in steps["absent"]["status"]
    assert (tmp_path / "day" / "day.txt").read_text().startswith("EMULATED")


def test_the_day_ends_when_its_time_is_over_with_all_that_was_started(monkeypatch, tmp_path):
    monkeypatch.setattr(day, "_WORTH_STARTING_S", 0.2)
    a_day = day.Day(tmp_path, 1.0 / 60.0, emulated=False)
    note = tmp_path / "note"
    child = f"import time; time.sleep(4); open({str(note)!r}, 'w')"
    a_day.do(_step("long", f"import subprocess as s; s.run([{sys.executable!r}, '-c', {child!r}])"))
    a_day.do(_step("late", "print(1)"))
    status = {name: entry["status"] for name, entry in a_day.found["steps"].items()}
    assert status["long"].startswith("stopped after") and status["late"] == "no time left"
    time.sleep(4.5)
    assert not note.exists()  # the child of the child was ended too


def test_the_table_fits_a_terminal():
    numbers = {"ms_per_network_trial": {"wall": 0.0987, "device": 0.04, "host_cpu": 0.3}}
    entry = {"status": "ok", "wall_s": 12.3}
    rows = [
        {"case": "noisy", "unequal_spikes": ["mon"], "cut_unequal": [], "largest_difference": 1.0}
    ]
    found = {
        "emulated": False,
        "steps": {
            "compare float64 one block": {**entry, "result": rows},
            "time R=264 float64 one block": {**entry, "result": numbers},
            "cpp 16 cores": {**entry, "result": numbers},
        },
    }
    text = table(found)
    assert max(map(len, text.splitlines())) <= 80
    assert "0.0987 (0.04)" in text and "spikes DIFFER" in text
