"""A run folder has one owner: claimed whole, locked while its run lives, never mixed or lost."""

import json
import os
import shutil
import subprocess
import sys
import time

import numpy as np
import pytest

from lateralnet import evaluate, load, run
from lateralnet.errors import InputError, LateralnetError
from lateralnet.records.storage import read_json, read_npz, write_json
from lateralnet.runs import job as seed_run
from lateralnet.runs import jobs, running, saving
from lateralnet.runs.preparation import claim
from tests.tiny import tiny, tiny_flags

pytestmark = pytest.mark.skipif(shutil.which("g++") is None, reason="no C++ compiler (g++)")
DEVICE = "cpp"
TRIALS = 6


def _tree(folder):
    """Bytes of every file, the lock aside: its owner may have taken and left it."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != ".lock"
    }


def _command(*arguments):
    return [sys.executable, "-m", "lateralnet", *arguments]


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    return run(tiny(), DEVICE, runs_dir=tmp_path_factory.mktemp("Runs"), run_name="whole")


@pytest.fixture
def copy(finished, tmp_path):
    shutil.copytree(finished.folder, tmp_path / "copy")
    return tmp_path / "copy"


class Stop(KeyboardInterrupt):
    """Ctrl-C, distinguishable from one at the keyboard."""


def _stop_at(monkeypatch, seed, trials=4):
    """Interrupt the training of a seed after some trials, in this process."""
    original = saving.save_checkpoint

    def save(path, checkpoint, params, *rest, **options):
        original(path, checkpoint, params, *rest, **options)
        if params.seed >= seed and checkpoint.trials_done >= trials:
            raise Stop

    monkeypatch.setattr(saving, "save_checkpoint", save)
    monkeypatch.setattr(saving, "PERIOD_S", 0.0)  # every segment is written


def _jobs_in_this_process(monkeypatch):
    monkeypatch.setattr(
        jobs, "run_in_process", lambda job, progress, holds: seed_run.run_job(job, progress)
    )


@pytest.mark.parametrize(
    ("changes", "options"),
    [
        ({"mon_ts_gain_mV": 300.0}, {}),
        ({"n_mon": 70}, {}),
        ({"seed": 124}, {}),
        ({"n_training_trials": 4}, {}),
        ({}, {"plastic": False}),
    ],
)
def test_a_refused_resume_writes_nothing(copy, changes, options):
    before = _tree(copy)
    with pytest.raises(InputError, match=r"^(?!.*was changed after the run)"):
        run(
            tiny(**{"n_training_trials": TRIALS + 2, **changes}), DEVICE,
            resume_from=copy, **options,
        )  # fmt: skip
    assert _tree(copy) == before
    assert not (copy / ".lock").exists()


def test_a_resume_with_another_precision_is_refused(copy):
    from lateralnet import DeviceOptions

    before = _tree(copy)
    with pytest.raises(InputError, match="precision"):
        run(
            tiny(n_training_trials=TRIALS + 2), DeviceOptions(device=DEVICE, precision="float32"),
            resume_from=copy,
        )  # fmt: skip
    assert _tree(copy) == before


@pytest.mark.parametrize("read", [load, evaluate, lambda folder: evaluate(_weights_of(folder))])
def test_parameters_that_are_not_those_of_the_weights_are_refused(copy, read):
    stored = read_json(copy / "params.json")
    stored["network_params"]["mon_ts_gain_mV"] = 300.0
    write_json(copy / "params.json", stored)
    with pytest.raises(InputError, match=r"mon_ts_gain_mV.*1500.*300"):
        read(copy)


def _weights_of(folder):
    return folder / "artifacts/latest_seed_123.npz"


def test_results_of_a_shorter_training_are_not_shown_as_those_of_a_longer_one(copy):
    stored = read_json(copy / "params.json")
    stored["network_params"]["n_training_trials"] = 60
    write_json(copy / "params.json", stored)
    with pytest.raises(InputError, match=r"n_training_trials.*6.*60.*--resume-from"):
        load(copy)


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
            _command("run", "--device", "cpp", "--run-name", "x", "--no-figures", *flags,
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
        _command("run", "--device", "cpp", "--run-name", "x", "--no-figures", *flags),
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


def test_an_interrupted_run_of_several_seeds_is_resumed_to_the_same_bits(tmp_path, monkeypatch):
    _jobs_in_this_process(monkeypatch)
    whole = run(tiny(), DEVICE, runs_dir=tmp_path, run_name="whole", n_seeds=4)
    with monkeypatch.context() as patch:
        _stop_at(patch, 125)
        with pytest.raises(KeyboardInterrupt):
            run(tiny(), DEVICE, runs_dir=tmp_path, run_name="cut", n_seeds=4)
    part = load(tmp_path / "cut")
    assert [seed.seed for seed in part.seeds] == [123, 124]
    assert part.unfinished == (125, 126)
    assert "2 of 4 seeds" in part.completeness and "125, 126" in part.completeness
    before = (tmp_path / "cut/artifacts/latest_seed_123.npz").stat().st_mtime_ns
    resumed = run(tiny(), DEVICE, runs_dir=tmp_path, resume_from=tmp_path / "cut", n_seeds=4)
    assert (tmp_path / "cut/artifacts/latest_seed_123.npz").stat().st_mtime_ns == before
    assert [seed.seed for seed in resumed.seeds] == [123, 124, 125, 126]
    assert [s.facts["trials_run"] for s in resumed.seeds][:3] == [6, 6, 2]
    for seed in (123, 124, 125, 126):
        for kind in ("latest_seed_{}.npz", "seed_{}_record.npz"):
            theirs = read_npz(whole.folder / "artifacts" / kind.format(seed))
            ours = read_npz(resumed.folder / "artifacts" / kind.format(seed))
            assert theirs.keys() == ours.keys()
            for name, array in theirs.items():
                assert array.tobytes() == ours[name].tobytes(), (seed, kind, name)
    summary = read_json(resumed.folder / "run_summary.json")
    assert [entry["seed"] for entry in summary["runs"]] == [123, 124, 125, 126]
    assert load(resumed.folder).completeness == ""


def test_more_seeds_can_be_added_but_none_hidden(tmp_path, monkeypatch):
    _jobs_in_this_process(monkeypatch)
    run(tiny(), DEVICE, runs_dir=tmp_path, run_name="x")
    more = run(tiny(), DEVICE, runs_dir=tmp_path, resume_from=tmp_path / "x", n_seeds=2)
    assert [seed.seed for seed in more.seeds] == [123, 124]
    with pytest.raises(InputError, match=r"seed 124.*--multi-seed"):
        run(tiny(), DEVICE, runs_dir=tmp_path, resume_from=tmp_path / "x")


def test_results_without_their_checkpoint_are_not_trained_over(copy):
    (copy / "artifacts/mid_checkpoint.npz").unlink()
    before = _tree(copy)
    with pytest.raises(InputError, match="no checkpoint of seed 123"):
        run(tiny(n_training_trials=8), DEVICE, resume_from=copy)
    assert _tree(copy) == before


def test_an_old_run_is_replaced_only_by_a_finished_one(copy, tmp_path, monkeypatch):
    before = _tree(copy)
    with monkeypatch.context() as patch:
        _stop_at(patch, 7)
        with pytest.raises(KeyboardInterrupt):
            run(tiny(seed=7), DEVICE, runs_dir=tmp_path, run_name="copy", overwrite=True)
    assert _tree(copy) == before and not (copy / ".lock").exists()
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
    before = _tree(tmp_path)
    with pytest.raises(InputError, match=r"x\.old.*move it away"):
        run(tiny(), DEVICE, runs_dir=tmp_path, run_name="x", overwrite=True)
    assert _tree(tmp_path) == before


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


def test_where_a_resume_starts_is_looked_at_when_the_folder_is_ours(copy, monkeypatch):
    def after_another_resume(options):
        monkeypatch.undo()
        run(tiny(n_training_trials=8), DEVICE, resume_from=copy)
        return running.claim_for(options)

    monkeypatch.setattr(running, "claim_for", after_another_resume)
    with pytest.raises(InputError, match="already has 8 training trials"):
        run(tiny(n_training_trials=7), DEVICE, resume_from=copy)


def test_an_empty_folder_is_no_obstacle(tmp_path):
    (tmp_path / "x").mkdir()
    assert run(tiny(), DEVICE, runs_dir=tmp_path, run_name="x").folder == tmp_path / "x"


def test_figures_of_the_shorter_run_do_not_outlive_it(copy):
    (copy / "figures/brian2_ts_rate_map_u_5.0_nMON_60_nTS_12.png").write_bytes(b"old")
    (copy / "figures/LL_THESIS_BASELINE_ACTIVE_latest.png").write_bytes(b"old")
    (copy / "figures/my own.png").write_bytes(b"mine")
    run(tiny(n_training_trials=8), DEVICE, resume_from=copy)
    assert [path.name for path in (copy / "figures").iterdir()] == ["my own.png"]


def test_finished_results_are_kept_as_they_are(copy):
    before = _tree(copy)
    again = run(tiny(), DEVICE, resume_from=copy)
    after = _tree(copy)
    changed = {name for name in before if before[name] != after[name]}
    assert changed <= {"params.json", "run_summary.json"}
    assert again.seeds[0].facts["trials_run"] == TRIALS


def test_the_save_tag_of_a_run_stays_when_it_goes_on(tmp_path):
    run(tiny(), DEVICE, runs_dir=tmp_path, run_name="x", save_tag="v1")
    run(tiny(n_training_trials=8), DEVICE, resume_from=tmp_path / "x")
    assert [p.name for p in (tmp_path / "x/artifacts").glob("*_seed_123.npz")] == [
        "v1_seed_123.npz"
    ]
    assert json.loads((tmp_path / "x/params.json").read_text())["save_tag"] == "v1"


def test_replicas_whose_checkpoints_differ_go_on_each_from_its_own(tmp_path, monkeypatch):
    whole = run(tiny(), DEVICE, runs_dir=tmp_path, run_name="whole", n_seeds=2, replicas=2)
    with monkeypatch.context() as patch:
        _stop_at(patch, 123, trials=4)  # killed between the checkpoints of 123 and 124
        with pytest.raises(KeyboardInterrupt):
            run(tiny(), DEVICE, runs_dir=tmp_path, run_name="cut", n_seeds=2, replicas=2)
    _jobs_in_this_process(monkeypatch)
    resumed = run(
        tiny(), DEVICE, runs_dir=tmp_path, resume_from=tmp_path / "cut", n_seeds=2, replicas=2
    )
    for seed in (123, 124):
        name = f"artifacts/latest_seed_{seed}.npz"
        ours, theirs = read_npz(resumed.folder / name), read_npz(whole.folder / name)
        assert np.allclose(ours["mon_ts_w"], theirs["mon_ts_w"], rtol=1e-6)
