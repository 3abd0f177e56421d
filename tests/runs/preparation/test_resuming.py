"""A resume goes on where its run stopped, or is refused and writes nothing."""

import json
import shutil

import numpy as np
import pytest

from lateralnet import evaluate, load, run
from lateralnet.errors import InputError
from lateralnet.records.storage import read_json, read_npz, write_json
from lateralnet.runs import running
from tests.runs.preparation.tiny_runs import DEVICE, TRIALS, jobs_in_this_process, stop_at, tree
from tests.tiny import tiny

pytestmark = pytest.mark.skipif(shutil.which("g++") is None, reason="no C++ compiler (g++)")


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
    before = tree(copy)
    with pytest.raises(InputError, match=r"^(?!.*was changed after the run)"):
        run(
            tiny(**{"n_training_trials": TRIALS + 2, **changes}), DEVICE,
            resume_from=copy, **options,
        )  # fmt: skip
    assert tree(copy) == before
    assert not (copy / ".lock").exists()


def test_a_resume_with_another_precision_is_refused(copy):
    from lateralnet import DeviceOptions

    before = tree(copy)
    with pytest.raises(InputError, match="precision"):
        run(
            tiny(n_training_trials=TRIALS + 2), DeviceOptions(device=DEVICE, precision="float32"),
            resume_from=copy,
        )  # fmt: skip
    assert tree(copy) == before


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


def test_an_interrupted_run_of_several_seeds_is_resumed_to_the_same_bits(tmp_path, monkeypatch):
    jobs_in_this_process(monkeypatch)
    whole = run(tiny(), DEVICE, runs_dir=tmp_path, run_name="whole", n_seeds=4)
    with monkeypatch.context() as patch:
        stop_at(patch, 125)
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
    jobs_in_this_process(monkeypatch)
    run(tiny(), DEVICE, runs_dir=tmp_path, run_name="x")
    more = run(tiny(), DEVICE, runs_dir=tmp_path, resume_from=tmp_path / "x", n_seeds=2)
    assert [seed.seed for seed in more.seeds] == [123, 124]
    with pytest.raises(InputError, match=r"seed 124.*--multi-seed"):
        run(tiny(), DEVICE, runs_dir=tmp_path, resume_from=tmp_path / "x")


def test_results_without_their_checkpoint_are_not_trained_over(copy):
    (copy / "artifacts/mid_checkpoint.npz").unlink()
    before = tree(copy)
    with pytest.raises(InputError, match="no checkpoint of seed 123"):
        run(tiny(n_training_trials=8), DEVICE, resume_from=copy)
    assert tree(copy) == before


def test_where_a_resume_starts_is_looked_at_when_the_folder_is_ours(copy, monkeypatch):
    def after_another_resume(options):
        monkeypatch.undo()
        run(tiny(n_training_trials=8), DEVICE, resume_from=copy)
        return running.claim_for(options)

    monkeypatch.setattr(running, "claim_for", after_another_resume)
    with pytest.raises(InputError, match="already has 8 training trials"):
        run(tiny(n_training_trials=7), DEVICE, resume_from=copy)


def test_figures_of_the_shorter_run_do_not_outlive_it(copy):
    (copy / "figures/brian2_ts_rate_map_u_5.0_nMON_60_nTS_12.png").write_bytes(b"old")
    (copy / "figures/LL_THESIS_BASELINE_ACTIVE_latest.png").write_bytes(b"old")
    (copy / "figures/my own.png").write_bytes(b"mine")
    run(tiny(n_training_trials=8), DEVICE, resume_from=copy)
    assert [path.name for path in (copy / "figures").iterdir()] == ["my own.png"]


def test_finished_results_are_kept_as_they_are(copy):
    before = tree(copy)
    again = run(tiny(), DEVICE, resume_from=copy)
    after = tree(copy)
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
        stop_at(patch, 123, trials=4)  # killed between the checkpoints of 123 and 124
        with pytest.raises(KeyboardInterrupt):
            run(tiny(), DEVICE, runs_dir=tmp_path, run_name="cut", n_seeds=2, replicas=2)
    jobs_in_this_process(monkeypatch)
    resumed = run(
        tiny(), DEVICE, runs_dir=tmp_path, resume_from=tmp_path / "cut", n_seeds=2, replicas=2
    )
    for seed in (123, 124):
        name = f"artifacts/latest_seed_{seed}.npz"
        ours, theirs = read_npz(resumed.folder / name), read_npz(whole.folder / name)
        assert np.allclose(ours["mon_ts_w"], theirs["mon_ts_w"], rtol=1e-6)
