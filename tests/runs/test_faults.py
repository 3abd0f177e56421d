"""Kills, resumes, damaged files and full disks: one clear sentence and nothing lost."""

import os
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from lateralnet import load, run
from lateralnet.errors import InputError, LateralnetError, StorageError
from lateralnet.learning.checkpoint import load_checkpoint
from lateralnet.network.wiring import make_replica
from lateralnet.records.storage import read_npz, write_bytes, write_json, write_npz
from lateralnet.runs import saving
from tests.tiny import tiny, tiny_flags

needs_compiler = pytest.mark.skipif(shutil.which("g++") is None, reason="no C++ compiler (g++)")
TRIALS = 60


def _command(*arguments):
    return [sys.executable, "-m", "lateralnet", *arguments]


def _weights(folder, seed=123):
    return read_npz(folder / "artifacts" / f"latest_seed_{seed}.npz")


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    return run(
        tiny(n_training_trials=TRIALS), "cpp",
        runs_dir=tmp_path_factory.mktemp("Runs"), run_name="whole",
    )  # fmt: skip


@needs_compiler
def test_a_killed_run_resumes_to_the_same_weights_and_spikes(uninterrupted, tmp_path):
    flags = tiny_flags(n_training_trials=TRIALS)
    child = subprocess.Popen(
        _command("run", "--device", "cpp", "--run-name", "x", "--no-figures", *flags),
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    folder = tmp_path / "Runs/x"
    checkpoint = folder / "artifacts/mid_checkpoint.npz"
    while child.poll() is None and not checkpoint.is_file():
        time.sleep(0.005)
    os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    done = int(read_npz(checkpoint)["trial_idx"]) + 1
    assert 0 < done < TRIALS, "the run was too fast to be killed in the middle"
    subprocess.run(
        _command("run", "--device", "cpp", "--resume-from", "Runs/x", "--no-figures"),
        cwd=tmp_path, check=True, capture_output=True,
    )  # fmt: skip
    whole, resumed = _weights(uninterrupted.folder), _weights(folder)
    assert all(np.array_equal(whole[name], resumed[name]) for name in whole)
    ours = read_npz(folder / "artifacts/seed_123_record.npz")
    theirs = read_npz(uninterrupted.folder / "artifacts/seed_123_record.npz")
    assert ours.keys() == theirs.keys()
    for name in ours:
        assert np.array_equal(ours[name], theirs[name], equal_nan=ours[name].dtype.kind == "f"), (
            name
        )


@needs_compiler
@pytest.mark.parametrize(
    ("segment_s", "written"),
    [
        (1.1, [2, 3, 4, 6]),  # each segment takes more than a second: every one
        (0.6, [2, 4, 6]),
        (0.1, [2, 6]),  # the first and the last
    ],
)
def test_at_most_one_checkpoint_a_second_and_the_last(tmp_path, monkeypatch, segment_s, written):
    now_s, saved = [0.0], []
    original_save, original_offer = saving.save_checkpoint, saving.CheckpointWriter.offer

    def save(path, checkpoint, *rest, **options):
        original_save(path, checkpoint, *rest, **options)
        saved.append((checkpoint.trials_done, int(read_npz(path)["trial_idx"]) + 1))

    def offer(*arguments):
        now_s[0] += segment_s
        original_offer(*arguments)

    monkeypatch.setattr(saving, "save_checkpoint", save)
    monkeypatch.setattr(saving.CheckpointWriter, "offer", offer)
    monkeypatch.setattr(saving.time, "monotonic", lambda: now_s[0])
    # Checkpoints every 2 trials, homeostasis every 2 and 3: segments end at 2, 3, 4 and 6.
    run(tiny(), "cpp", runs_dir=tmp_path, run_name="x")
    assert saved == [(done, done) for done in written]


@needs_compiler
def test_a_checkpoint_as_older_versions_wrote_it_is_read(uninterrupted, tmp_path):
    shutil.copytree(uninterrupted.folder, tmp_path / "old")
    path = tmp_path / "old/artifacts/mid_checkpoint.npz"
    stored = read_npz(path)
    assert "state/mon_ts.w" not in stored
    steps = {name: stored[name].astype(np.int64) for name in stored if name.endswith("/step")}
    assert all(stored[name].dtype == np.int32 for name in steps)
    write_npz(path, {**stored, **steps, "state/mon_ts.w": stored["mon_ts_w"]})
    replica = make_replica(tiny(n_training_trials=TRIALS))
    new = load_checkpoint(uninterrupted.folder / "artifacts/mid_checkpoint.npz", replica, "float64")
    old = load_checkpoint(path, replica, "float64")
    assert all(np.array_equal(old.state[name], new.state[name]) for name in new.state)
    for name in new.curve:
        assert np.array_equal(old.curve[name], new.curve[name], equal_nan=True)
        assert old.curve[name].dtype == new.curve[name].dtype


@needs_compiler
def test_a_finished_run_goes_on_with_more_trials(uninterrupted, tmp_path):
    run(tiny(n_training_trials=20), "cpp", runs_dir=tmp_path, run_name="x")
    longer = run(
        tiny(n_training_trials=TRIALS), "cpp", runs_dir=tmp_path, resume_from=tmp_path / "x"
    )
    whole, resumed = _weights(uninterrupted.folder), _weights(longer.folder)
    assert np.array_equal(whole["mon_ts_w"], resumed["mon_ts_w"])
    with pytest.raises(InputError, match="at least 60"):
        run(tiny(n_training_trials=20), "cpp", runs_dir=tmp_path, resume_from=tmp_path / "x")


@needs_compiler
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"seed": 124}, "no checkpoint of seed 124|belongs to another network"),
        ({"mon_ts_gain_mV": 300.0}, "mon_ts_gain_mV 1500.0 -> 300.0"),
        ({"n_mon": 70}, "n_mon 60 -> 70"),
    ],
)
def test_a_checkpoint_of_another_network_is_refused(uninterrupted, changes, words):
    with pytest.raises(InputError, match=words):
        run(
            tiny(n_training_trials=TRIALS + 2, **changes), "cpp",
            resume_from=uninterrupted.folder,
        )  # fmt: skip


@needs_compiler
def test_a_damaged_checkpoint_is_named_and_stays(uninterrupted, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(uninterrupted.folder, copy)
    checkpoint = copy / "artifacts/mid_checkpoint.npz"
    damaged = checkpoint.read_bytes()[:1000]
    checkpoint.write_bytes(damaged)
    with pytest.raises(StorageError, match=r"mid_checkpoint\.npz.*damaged"):
        run(tiny(n_training_trials=TRIALS + 2), "cpp", resume_from=copy)
    assert checkpoint.read_bytes() == damaged


@needs_compiler
def test_a_published_checkpoint_restarts_from_its_weights(uninterrupted, tmp_path):
    stored = read_npz(uninterrupted.folder / "artifacts/mid_checkpoint.npz")
    published = {
        name: stored[name]
        for name in ("trial_idx", "mon_ts_w", "ll_mon_w_mV", "checkpoint_t_s", "w_mean_series")
    }
    (tmp_path / "theirs/artifacts").mkdir(parents=True)
    write_npz(tmp_path / "theirs/artifacts/mid_checkpoint.npz", published)
    result = run(
        tiny(n_training_trials=TRIALS), "cpp",
        resume_from=tmp_path / "theirs", runs_dir=tmp_path, run_name="ours",
    )  # fmt: skip
    assert np.array_equal(_weights(result.folder)["mon_ts_w"], published["mon_ts_w"])


def test_a_missing_checkpoint_costs_nothing(tmp_path):
    with pytest.raises(InputError, match="no such folder"):
        run(tiny(), "cpp", resume_from=tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="no checkpoint of seed 123"):
        run(tiny(), "cpp", resume_from=tmp_path / "empty")


@needs_compiler
def test_one_failed_seed_does_not_lose_the_others(tmp_path):
    # A folder where the record of seed 124 should go makes that seed, and only it, fail.
    result = None
    (tmp_path / "Runs").mkdir()
    import lateralnet.runs.running as running

    original = running.write_description

    def prepare(claim, *rest):
        original(claim, *rest)
        claim.folder.record(124).mkdir()

    running.write_description = prepare
    try:
        result = run(tiny(), "cpp", runs_dir=tmp_path / "Runs", run_name="x", n_seeds=3, jobs=2)
    finally:
        running.write_description = original
    assert [seed.seed for seed in result.seeds] == [123, 125]
    assert "seed_124_record.npz" in result.failed[124]
    assert load(result.folder).failed == result.failed


def test_a_write_that_fails_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "a.json"
    write_json(path, {"x": 1})
    os.mkfifo(tmp_path / "not a folder")
    with pytest.raises(StorageError, match="cannot write"):
        write_bytes(tmp_path / "not a folder" / "b", b"")
    full = "/dev/full"
    if os.path.exists(full):
        monkeypatch.setattr(os, "urandom", bytes)  # the temporary name, zeros
        (tmp_path / f".a.json.{os.getpid()}-000000.tmp").symlink_to(full)
        with pytest.raises(StorageError, match="No space left"):
            write_json(path, {"x": 2})
    assert path.read_text() == '{\n  "x": 1\n}\n'
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []


def test_no_compiler_is_said_before_anything_is_written(tmp_path):
    done = subprocess.run(
        _command("run", "--device", "cpp", "--run-name", "x", *tiny_flags()),
        cwd=tmp_path, capture_output=True, text=True,
        env={**os.environ, "PATH": str(tmp_path), "CXX": "no-such-compiler"},
    )  # fmt: skip
    assert done.returncode == 3
    assert "no C++ compiler" in done.stderr and "Traceback" not in done.stderr
    assert not (tmp_path / "Runs").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_is_said(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(LateralnetError, match="cannot"):
        run(tiny(), "cpp", runs_dir=tmp_path / "Runs", run_name="x")
