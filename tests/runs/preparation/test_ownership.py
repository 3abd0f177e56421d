"""A run folder has one owner: claimed whole, locked while its run lives, never mixed or lost."""

import os
import shutil
import subprocess
import time

import pytest

from lateralnet import load, run
from lateralnet.errors import InputError, LateralnetError
from lateralnet.records.storage import read_json, read_npz, write_json
from lateralnet.runs import job as seed_run
from lateralnet.runs import saving
from lateralnet.runs.preparation import claim
from tests.runs.preparation.tiny_runs import DEVICE, Stop, command, stop_at, tree
from tests.tiny import tiny, tiny_flags

pytestmark = pytest.mark.skipif(shutil.which("g++") is None, reason="no C++ compiler (g++)")


def test_runs_started_in_the_same_second_have_folders_of_their_own(tmp_path, monkeypatch):
    from lateralnet.runs.preparation import claim

    monkeypatch.setattr(claim, "timestamp", lambda: "20260101_000000")
    monkeypatch.delenv("SLURM_ARRAY_TASK_ID", raising=False)
    names = [run(tiny(seed=s), DEVICE, runs_dir=tmp_path).folder.name for s in (1, 2, 3)]
    assert names == ["20260101_000000", "20260101_000000_2", "20260101_000000_3"]
    monkeypatch.setenv("SLURM_ARRAY_TASK_ID", "17")
    assert run(tiny(), DEVICE, runs_dir=tmp_path).folder.name == "20260101_000000_17"
    assert [load(tmp_path / name).params.seed for name in names] == [1, 2, 3]


def test_one_name_given_to_several_runs_at_once_has_one_owner(tmp_path):
    flags = tiny_flags(n_training_trials=40)
    children = [
        subprocess.Popen(
            command("run", "--device", "cpp", "--run-name", "x", "--no-figures", *flags,
                     "--seed-start", str(seed)),
            cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        )
        for seed in (1, 2, 3)
    ]  # fmt: skip
    said = [child.communicate(timeout=300)[1] for child in children]
    codes = [child.returncode for child in children]
    assert sorted(codes) == [0, 2, 2], said
    assert all("Traceback" not in text for text in said)
    winner = codes.index(0)
    assert [seed.seed for seed in load(tmp_path / "Runs/x").seeds] == [winner + 1]


def test_a_living_run_is_refused_to_others_and_an_abandoned_lock_is_taken_over(
    tmp_path, monkeypatch
):
    seen = []
    original = saving.save_checkpoint

    def save(path, *rest, **options):
        original(path, *rest, **options)
        if not seen:
            seen.append(read_json(tmp_path / "x/.lock"))
            for options in (
                {"run_name": "x"}, {"run_name": "x", "overwrite": True},
                {"resume_from": tmp_path / "x"},
            ):  # fmt: skip
                with pytest.raises(InputError, match=rf"in use.*{os.getpid()}"):
                    run(tiny(), DEVICE, runs_dir=tmp_path, **options)

    monkeypatch.setattr(saving, "save_checkpoint", save)
    monkeypatch.setattr(saving, "PERIOD_S", 0.0)  # every segment is written
    run(tiny(), DEVICE, runs_dir=tmp_path, run_name="x")
    assert seen[0]["pid"] == os.getpid() and seen[0]["host"] == os.uname().nodename
    assert not (tmp_path / "x/.lock").exists()
    write_json(tmp_path / "x/.lock", {"host": "elsewhere", "pid": 1})  # its owner is gone
    longer = run(tiny(n_training_trials=8), DEVICE, resume_from=tmp_path / "x")
    assert longer.params.n_training_trials == 8


def test_a_killed_run_leaves_a_lock_that_the_resume_takes_over(tmp_path):
    flags = tiny_flags(n_training_trials=400)
    child = subprocess.Popen(
        command("run", "--device", "cpp", "--run-name", "x", "--no-figures", *flags),
        cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip
    checkpoint = tmp_path / "Runs/x/artifacts/mid_checkpoint.npz"
    while child.poll() is None and not checkpoint.is_file():
        time.sleep(0.01)
    assert (tmp_path / "Runs/x/.lock").is_file()
    os.killpg(child.pid, 9)
    child.wait(timeout=60)
    done = int(read_npz(checkpoint)["trial_idx"]) + 1
    assert done < 400, "the run was too fast to be killed in the middle"
    resumed = run(tiny(n_training_trials=400), DEVICE, resume_from=tmp_path / "Runs/x")
    assert resumed.seeds[0].facts["trials_run"] == 400 - done


def test_an_old_run_is_replaced_only_by_a_finished_one(copy, tmp_path, monkeypatch):
    before = tree(copy)
    with monkeypatch.context() as patch:
        stop_at(patch, 7)
        with pytest.raises(KeyboardInterrupt):
            run(tiny(seed=7), DEVICE, runs_dir=tmp_path, run_name="copy", overwrite=True)
    assert tree(copy) == before and not (copy / ".lock").exists()
    assert (tmp_path / "copy.new/artifacts/mid_checkpoint.npz").is_file()
    result = run(tiny(seed=7), DEVICE, runs_dir=tmp_path, run_name="copy", overwrite=True)
    assert result.folder == copy and load(copy).params.seed == 7
    assert result.seeds[0].record.seed == 7  # read from where it is now
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy"]
    assert read_json(copy / "params.json")["run_folder"] == "copy"


def test_overwrite_deletes_nothing_but_a_run(finished, tmp_path):
    (tmp_path / "mydata").mkdir()
    (tmp_path / "mydata/thesis.tex").write_text("years of work")
    with pytest.raises(InputError, match=r"params\.json"):
        run(tiny(), DEVICE, runs_dir=tmp_path, run_name="mydata", overwrite=True)
    assert (tmp_path / "mydata/thesis.tex").read_text() == "years of work"
    (tmp_path / "link").symlink_to(finished.folder)
    with pytest.raises(InputError, match="link"):
        run(tiny(), DEVICE, runs_dir=tmp_path, run_name="link", overwrite=True)
    assert load(finished.folder).params == finished.params
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link", "mydata"]


def test_an_overwrite_killed_between_two_names_says_where_both_runs_are(copy, tmp_path):
    copy.rename(tmp_path / "x.old")
    with pytest.raises(InputError, match=r"x\.old.*rename"):
        load(tmp_path / "x")
    shutil.copytree(tmp_path / "x.old", tmp_path / "x")
    before = tree(tmp_path)
    with pytest.raises(InputError, match=r"x\.old.*move it away"):
        run(tiny(), DEVICE, runs_dir=tmp_path, run_name="x", overwrite=True)
    assert tree(tmp_path) == before


@pytest.mark.parametrize("how", ["new", "resume", "overwrite"])
def test_interrupted_while_compiling_is_no_dead_end(tmp_path, monkeypatch, how):
    with monkeypatch.context() as patch:
        patch.setattr(seed_run, "Session", _interrupted)
        with pytest.raises(KeyboardInterrupt):
            run(tiny(), DEVICE, runs_dir=tmp_path, run_name="x")
    assert not (tmp_path / "x").exists()
    # A kill leaves what a Ctrl-C takes away.
    for name in ("artifacts", "figures"):
        (tmp_path / "x" / name).mkdir(parents=True)
    write_json(tmp_path / "x/params.json", {
        "schema_version": 1, "mode": "ll_thesis", "seed_start": 123, "multi_seed": 1,
        "network_params": tiny().as_dict(),
    })  # fmt: skip
    (tmp_path / "x/.lock").touch()
    options = {
        "new": {"run_name": "x"},
        "resume": {"resume_from": tmp_path / "x"},
        "overwrite": {"run_name": "x", "overwrite": True},
    }[how]
    assert run(tiny(), DEVICE, runs_dir=tmp_path, **options).folder == tmp_path / "x"


def _interrupted(*arguments):
    raise Stop


def test_a_refused_start_leaves_nothing(tmp_path, monkeypatch):
    def broken(*arguments):
        raise LateralnetError("no")

    monkeypatch.setattr(seed_run, "Session", broken)
    with pytest.raises(LateralnetError, match="no"):
        run(tiny(), DEVICE, runs_dir=tmp_path, run_name="x")
    assert not (tmp_path / "x").exists()


def test_what_another_run_has_begun_in_a_refused_folder_stays(tmp_path):
    def taken_by_another(self):
        release(self)
        (self.folder.path / ".lock").write_text("{}")
        self.folder.params.write_text("of another")

    release = claim.Claim._release
    with pytest.raises(LateralnetError), pytest.MonkeyPatch.context() as patched:
        patched.setattr(claim.Claim, "_release", taken_by_another)
        with claim.claim_named(tmp_path, "x", "latest", overwrite=False):
            raise LateralnetError("no")
    assert (tmp_path / "x/params.json").read_text() == "of another"


def test_an_empty_folder_is_no_obstacle(tmp_path):
    (tmp_path / "x").mkdir()
    assert run(tiny(), DEVICE, runs_dir=tmp_path, run_name="x").folder == tmp_path / "x"
