"""Sweeps of a real, tiny network: trained once, tested often, equal to a run of its own."""

import numpy as np
import pytest

from lateralnet import evaluate, run
from lateralnet.parameters.params import NetworkParams
from lateralnet.simulation.session import DeviceOptions
from lateralnet.studies.design import EXTRACT, Axis, Design
from lateralnet.studies.execution import work
from lateralnet.studies.execution.device import device_as_dict
from lateralnet.studies.execution.workplaces import LocalWorkplace
from lateralnet.studies.results.store import SweepStore
from lateralnet.studies.results.table import read_table
from lateralnet.studies.sweeps import plan, sweep_design
from lateralnet.studies.tasks import points_of, task_as_dict, task_from_dict
from tests.tiny import TINY, tiny

DEVICE = "cpp"


@pytest.fixture(scope="module")
def swept(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sweeps") / "s"
    axes = (Axis("distance_cm", (0.6, 0.8)), Axis("test.speed_cm_s", (5.0, 10.0)))
    design = Design(mode="ll_thesis", fixed=TINY, axes=axes, seeds=(3, 4), controls=(EXTRACT,))
    outcome = sweep_design(design, folder, DEVICE, workplace=LocalWorkplace(2))
    assert outcome.computed == 8 and not outcome.failed
    return folder, design


def test_one_training_serves_all_tests(swept):
    folder, _ = swept
    assert len(list(folder.glob("trained/*/*.npz"))) == 2


def test_a_point_is_what_a_run_of_its_own_gives(swept, tmp_path):
    folder, _ = swept
    table = read_table(folder)
    alone = run(tiny(seed=3, distance_cm=0.6), DEVICE, run_name="r", runs_dir=tmp_path)
    at = {"distance_cm": 0.6, "test.speed_cm_s": 5.0}
    (fast,) = evaluate(alone, DEVICE, speed_cm_s=10.0)
    for measure in (
        "rms_error_cm",
        "sigma_theta_rad",
        "ts_rate_hz",
        "ts_spikes_during_test_window",
    ):
        for condition in ("untrained", "trained"):
            ours = table.values(measure, condition, at)[3]
            assert ours == pytest.approx(
                alone.seeds[0].measures[condition][measure], rel=1e-12, nan_ok=True
            )
        ours = table.values(measure, "trained", {**at, "test.speed_cm_s": 10.0})[3]
        assert ours == pytest.approx(fast.measures[measure], rel=1e-12, nan_ok=True)


def test_conditions_differ_by_their_weights(swept):
    folder, _ = swept
    table = read_table(folder)
    assert table.conditions == ("untrained", "trained", EXTRACT)
    rates = [
        table.values("ts_rate_hz", name, {"distance_cm": 0.8, "test.speed_cm_s": 5.0})[3]
        for name in table.conditions
    ]
    assert len(set(rates)) == 3 and min(rates) > 0


def test_another_test_needs_no_training(swept):
    folder, design = swept
    store = SweepStore(folder)
    facts = store.manifest()["facts"]
    point = next(points_of(design, facts))
    before = store.trained_path(point.training_id).stat().st_mtime_ns
    wider = Design(
        mode="ll_thesis", fixed=TINY, axes=(Axis("distance_cm", (1.0,)),), seeds=(3,),
        controls=(EXTRACT,),
    )  # fmt: skip
    assert sweep_design(wider, folder, DEVICE).computed == 1
    assert store.trained_path(point.training_id).stat().st_mtime_ns == before


def test_results_carry_versions_times_and_parameters(swept):
    folder, _ = swept
    store = SweepStore(folder)
    result = store.read_result(sorted(store.result_ids())[0])
    facts = result["facts"]
    assert facts["versions"]["brian2"] and facts["training_wall_s"] > 0
    assert facts["training_cpu_s"] > 0 and facts["peak_memory_mb"] > 10
    params = NetworkParams(**{**result["params"], **result["test"]})
    assert params.n_mon == TINY["n_mon"] and params.seed == result["seed"]


def test_an_interrupted_training_goes_on_bit_for_bit(swept, tmp_path, monkeypatch):
    from lateralnet.studies.execution import work
    from lateralnet.studies.execution.device import device_as_dict
    from lateralnet.studies.tasks import task_as_dict, tasks_of

    folder, design = swept
    stored = SweepStore(folder).manifest()
    task = tasks_of(points_of(design, stored["facts"]))[0]
    store = SweepStore(tmp_path / "t")
    from lateralnet.simulation.session import DeviceOptions

    device = device_as_dict(DeviceOptions(device=DEVICE))
    store.prepare(design, stored["facts"], device)
    described = task_as_dict(task, str(store.path), device, stored["facts"])
    monkeypatch.setattr(work, "_SAVE_EVERY_S", 0.0)
    save = work.save_checkpoint

    def save_and_die(*arguments, **rest):
        save(*arguments, **rest)
        raise KeyboardInterrupt

    monkeypatch.setattr(work, "save_checkpoint", save_and_die)
    with pytest.raises(KeyboardInterrupt):
        work.carry_out(described, lambda *outcome: None)
    assert store.checkpoint_path(task.training_id).is_file()
    monkeypatch.setattr(work, "save_checkpoint", save)
    seen = []
    work.carry_out(described, lambda *outcome: seen.append(outcome))
    assert len(seen) == 4 and all(checksum for _, checksum, _ in seen)
    assert not store.checkpoint_path(task.training_id).exists()
    ours = store.read_trained(task.training_id)
    theirs = SweepStore(folder).read_trained(task.training_id)
    for name in theirs:
        if name not in ("wall_s", "cpu_s"):
            np.testing.assert_array_equal(ours[name], theirs[name])


def test_a_machine_with_other_versions_is_refused(swept):
    from lateralnet.studies.execution.process import run_task
    from lateralnet.studies.tasks import task_as_dict, tasks_of

    folder, _ = swept
    stored = SweepStore(folder).manifest()
    further = Design(mode="ll_thesis", fixed=TINY, seeds=(9,))
    facts = {**stored["facts"], "brian2": "0.1"}
    (task,) = tasks_of(points_of(further, facts))
    answer = run_task(task_as_dict(task, str(folder), stored["device"], facts))
    assert "brian2 0.1 ->" in next(iter(answer["failed"].values()))


def test_a_damaged_file_of_trained_weights_is_trained_again(swept, tmp_path):
    import shutil

    from lateralnet.records.storage import read_npz, write_npz

    folder, design = swept
    shutil.copytree(folder, tmp_path / "s")
    store = SweepStore(tmp_path / "s")
    cut, emptied = sorted(store.path.glob("trained/*/*.npz"))
    before = [read_npz(path)["state/mon_ts.w"] for path in (cut, emptied)]
    cut.write_bytes(cut.read_bytes()[:500])
    write_npz(emptied, {"wall_s": np.array(1.0), "cpu_s": np.array(1.0)})
    results = {path: path.read_bytes() for path in store.path.glob("points/*/*.json")}
    measures = {path.stem: store.read_result(path.stem)["measures"] for path in results}
    for path in results:
        path.unlink()
    outcome = sweep_design(design, store.path, DEVICE)
    # The folder may hold a point of another design, which this one leaves alone.
    again = {path.stem for path in results if path.is_file()}
    assert outcome.computed == len(again) == 8
    after = [read_npz(path)["state/mon_ts.w"] for path in (cut, emptied)]
    assert all(one.tobytes() == other.tobytes() for one, other in zip(before, after, strict=True))
    for point_id in again:
        assert repr(store.read_result(point_id)["measures"]) == repr(measures[point_id])


def test_a_dead_test_fails_its_own_point_only(swept, tmp_path, monkeypatch):
    """A program that dies in the test of one point is started again for the next."""
    _, design = swept
    original, on_points = work._tests, []
    store = SweepStore(tmp_path / "s")
    planned = plan(design, store.path, DeviceOptions(device=DEVICE))
    store.prepare(design, planned.facts, device_as_dict(planned.device))
    task = planned.tasks[0]
    assert len(task.points) == 4

    def tests(point, session, *rest):
        if point is not doomed:
            return original(point, session, *rest)
        with monkeypatch.context() as patch:
            patch.setattr("backends.host.server.DONE", "never said")
            return original(point, session, *rest)

    values = task_as_dict(task, str(store.path), device_as_dict(planned.device), planned.facts)
    again = task_from_dict(values)
    doomed = again.points[1]
    monkeypatch.setattr(work, "task_from_dict", lambda stored: again)
    monkeypatch.setattr(work, "_tests", tests)
    work.carry_out(values, lambda *told: on_points.append(told))
    failed = [told for told in on_points if told[2]]
    assert len(on_points) == 4
    assert [point for point, _, _ in failed] == [doomed.id]
    assert "did not do what it should" in failed[0][2]
