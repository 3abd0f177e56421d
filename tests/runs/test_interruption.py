"""Ctrl-C, SIGTERM and SIGHUP: a sentence that says how it goes on, and nothing left behind."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from lateralnet.errors import Interrupted
from lateralnet.records import locks
from lateralnet.records.locks import FolderLock
from lateralnet.records.storage import read_npz
from tests.tiny import tiny_flags

needs_compiler = pytest.mark.skipif(shutil.which("g++") is None, reason="no C++ compiler (g++)")
WITHIN_S = 60
CODES = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}


@pytest.fixture
def command(tmp_path):
    """Start lateralnet in a folder with modules that are not ours, with scratch of its own."""
    (tmp_path / "backends").mkdir()
    (tmp_path / "scratch").mkdir()
    for name in ("backends/__init__", "sorn", "json"):
        (tmp_path / f"{name}.py").write_text("raise RuntimeError('not ours')\n")
    environment = {
        **os.environ, "LATERALNET_SCRATCH": str(tmp_path / "scratch"),
        "TMPDIR": str(tmp_path / "scratch"),
    }  # fmt: skip

    started = []

    def start(*arguments):
        child = subprocess.Popen(
            [sys.executable, "-m", "lateralnet", *arguments], cwd=tmp_path, env=environment,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip
        started.append(child)
        return child

    yield start
    for child in started:  # of a test that failed
        if child.poll() is None:
            child.kill()


def _wait_for(path, child):
    deadline = time.monotonic() + WITHIN_S
    while not path.exists() and child.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    assert path.exists(), child.communicate(timeout=WITHIN_S)


@needs_compiler
@pytest.mark.parametrize("number", CODES, ids=lambda number: signal.Signals(number).name)
@pytest.mark.parametrize("seeds", [1, 2])
def test_an_interrupted_run_says_how_it_goes_on(command, tmp_path, number, seeds):
    child = command(
        "run", "--device", "cpp", "--run-name", "x", "--no-figures", "--multi-seed", str(seeds),
        "--jobs", str(seeds), *tiny_flags(n_training_trials=100_000),
    )  # fmt: skip
    name = "mid_checkpoint.npz" if seeds == 1 else "mid_checkpoint_seed_124.npz"
    checkpoint = tmp_path / "Runs/x/artifacts" / name
    _wait_for(checkpoint, child)
    # As the terminal does: to the whole group.
    os.killpg(child.pid, number)
    shown, told = child.communicate(timeout=WITHIN_S)
    assert child.returncode == CODES[number], told
    assert "Traceback" not in told and shown == ""
    assert "--resume-from Runs/x goes on from there" in told
    stored = int(read_npz(checkpoint)["trial_idx"]) + 1
    (trial,) = re.findall(rf"seed {122 + seeds} trial (\d+) of 100000", told)
    assert int(trial) == stored > 0
    assert list((tmp_path / "scratch").iterdir()) == []


def test_ctrl_c_in_a_sweep_says_what_is_stored(command, tmp_path):
    child = command(
        "sweep", "--device", "runtime", "--vary", "distance-cm=0.6,0.8", "--seeds", "1:9",
        "--jobs", "2", "--name", "s", "--n-training-trials", "100000",
    )  # fmt: skip
    _wait_for(tmp_path / "Sweeps/s/sweep.json", child)
    time.sleep(1)
    os.killpg(child.pid, signal.SIGINT)
    _, told = child.communicate(timeout=WITHIN_S)
    assert child.returncode == 130, told
    assert "Traceback" not in told
    assert "0 of 16 points are stored in Sweeps/s; the same command goes on" in told
    assert list((tmp_path / "scratch").iterdir()) == []


@needs_compiler
def test_several_seeds_run_beside_modules_that_are_not_ours(command, tmp_path):
    child = command(
        "run", "--device", "cpp", "--run-name", "x", "--no-figures", "--multi-seed", "2",
        *tiny_flags(),
    )  # fmt: skip
    _, told = child.communicate(timeout=WITHIN_S)
    assert child.returncode == 0, told
    assert (tmp_path / "Runs/x/artifacts/seed_124_results.json").is_file()


def _children_of(process):
    return [int(pid) for task in Path(f"/proc/{process.pid}/task").iterdir()
            for pid in (task / "children").read_text().split()]  # fmt: skip


def _state_of(pid):
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def _wait_until(condition):
    deadline = time.monotonic() + WITHIN_S
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert condition()


@needs_compiler
@pytest.mark.skipif(sys.platform != "linux", reason="children are found in /proc")
def test_ctrl_z_pauses_the_seeds_and_fg_lets_them_go_on(command, tmp_path):
    parent = command(
        "run", "--device", "cpp", "--run-name", "x", "--no-figures", "--multi-seed", "2",
        "--jobs", "2", *tiny_flags(n_training_trials=100_000),
    )  # fmt: skip
    checkpoint = tmp_path / "Runs/x/artifacts/mid_checkpoint_seed_124.npz"
    _wait_for(checkpoint, parent)
    processes = [parent.pid, *_children_of(parent)]
    parent.send_signal(signal.SIGTSTP)
    _wait_until(lambda: [_state_of(pid) for pid in processes] == ["T", "T", "T"])
    before = checkpoint.stat().st_mtime_ns
    parent.send_signal(signal.SIGCONT)
    _wait_until(lambda: checkpoint.stat().st_mtime_ns > before)
    parent.send_signal(signal.SIGTERM)
    _, told = parent.communicate(timeout=WITHIN_S)
    assert parent.returncode == 143 and "--resume-from Runs/x goes on from there" in told


@needs_compiler
@pytest.mark.skipif(sys.platform != "linux", reason="children are found in /proc")
def test_the_folder_of_a_killed_run_is_free_when_its_seeds_have_ended_paused_ones_too(
    command, tmp_path, monkeypatch
):
    parent = command(
        "run", "--device", "cpp", "--run-name", "x", "--no-figures", "--multi-seed", "2",
        "--jobs", "2", *tiny_flags(n_training_trials=100_000),
    )  # fmt: skip
    folder = tmp_path / "Runs/x"
    _wait_for(folder / "artifacts/mid_checkpoint_seed_124.npz", parent)
    children = _children_of(parent)
    parent.send_signal(signal.SIGTSTP)
    _wait_until(lambda: [_state_of(pid) for pid in (parent.pid, *children)] == ["T", "T", "T"])
    for pid in children:  # so that the system keeps it locked until the last of them has ended
        assert folder / ".lock" in [fd.resolve() for fd in Path(f"/proc/{pid}/fd").iterdir()]
    parent.kill()
    parent.wait(WITHIN_S)
    monkeypatch.setattr(locks, "_ENDING_S", 30.0)
    FolderLock(folder).release()


def test_ctrl_c_while_drawing_says_that_the_results_are_whole(monkeypatch):
    from lateralnet import figures
    from lateralnet.cli.runs import _draw

    def stopped(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(figures, "draw_run", stopped)
    result = SimpleNamespace(folder=Path("Runs/x"))
    with pytest.raises(Interrupted, match=r"results in Runs/x are whole\. lateralnet plot Runs/x"):
        _draw(result, {"jobs": 1, "own": None}, None)
