"""Sweeps of the stand-in: nothing twice, nothing lost, failures recorded."""

import json
import os
from collections import Counter
from concurrent.futures import Executor, Future

import pytest

from lateralnet.errors import InputError, LateralnetError, StorageError
from lateralnet.studies.execution.process import run_task
from lateralnet.studies.execution.workplaces import GivenWorkplace, LocalWorkplace
from lateralnet.studies.results.store import SweepStore
from lateralnet.studies.sweeps import plan, sweep_design
from tests.studies.fake_sweeps import DEVICE, design, run
from tests.studies.fake_work import WORK, computed


def test_an_extended_sweep_runs_only_what_is_missing(tmp_path):
    folder = tmp_path / "s"
    assert run(folder, design()).computed == 4
    again = run(folder, design())
    assert (again.computed, again.there) == (0, 4)
    wider = run(folder, design((0.6, 0.8, 1.0), (1, 2, 3)))
    assert (wider.computed, wider.there) == (5, 4)
    assert set(Counter(computed(folder)).values()) == {1}
    assert len(SweepStore(folder).manifest()["designs"]) == 2


def test_a_failed_point_is_recorded_and_stops_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("LATERALNET_STAND_IN_FAILS", "2")
    folder = tmp_path / "s"
    outcome = run(folder, design(seeds=(1, 2, 3)))
    assert outcome.computed == 4 and len(outcome.failed) == 2
    failures = SweepStore(folder).failures()
    assert {f["error"] for f in failures.values()} == {"seed 2 fails, as it was told to."}
    left_alone = run(folder, design(seeds=(1, 2, 3)))
    assert (left_alone.computed, left_alone.failed_before) == (0, 2)
    monkeypatch.delenv("LATERALNET_STAND_IN_FAILS")
    assert run(folder, design(seeds=(1, 2, 3)), retry_failed=True).computed == 2
    assert not SweepStore(folder).failures()


def test_a_killed_process_loses_its_own_point_only(tmp_path, monkeypatch):
    monkeypatch.setenv("LATERALNET_STAND_IN_KILLED", "2")
    outcome = run(tmp_path / "s", design((0.8,), seeds=(1, 2, 3)), retries=1)
    assert outcome.computed == 2
    (error,) = outcome.failed.values()
    assert "SIGKILL" in error and "memory" in error


def test_a_damaged_result_is_computed_again(tmp_path):
    folder = tmp_path / "s"
    run(folder, design())
    store = SweepStore(folder)
    first, second = sorted(store.result_ids())[:2]
    store.result_path(first).write_text("{")
    changed = json.loads(store.result_path(second).read_text())
    changed["result"]["measures"]["trained"]["rms_error_cm"] += 0.1
    store.result_path(second).write_text(json.dumps(changed))
    assert store.read_result(first) is None and store.read_result(second) is None
    assert run(folder, design()).computed == 2
    assert store.read_result(first) and store.read_result(second)


def test_a_result_that_does_not_arrive_as_written_is_not_taken(tmp_path, monkeypatch):
    import lateralnet.studies.results.store as store

    monkeypatch.setattr(store, "_PATIENCE_S", 0.0)
    folder = tmp_path / "s"
    answers = iter([True])

    class Lying(Executor):
        def submit(self, function, task):
            future = Future()
            if next(answers, False):
                done = {one["id"]: "0" * 64 for one in task["points"]}
                empty = {"failed": {}, "killed": {}, "stop": "", "host": "liar"}
                future.set_result({"done": done, **empty})
            else:
                future.set_result(run_task(task))
            return future

        def shutdown(self, wait=True, **rest):
            pass

    outcome = run(folder, design((0.8,), (1,)), workplace=GivenWorkplace(Lying))
    assert outcome.computed == 1 and not outcome.failed
    assert len(computed(folder)) == 1


def test_a_full_disk_ends_the_sweep_and_blames_no_point(tmp_path):
    class Full(Executor):
        n = 0

        def submit(self, function, task):
            Full.n += 1
            future = Future()
            answer = {"done": {}, "failed": {}, "killed": {}, "stop": "", "host": "h"}
            if Full.n > 1:
                future.set_result({**answer, "stop": "cannot write x: No space left on device."})
            else:
                future.set_result(run_task(task))
            return future

        def shutdown(self, wait=True, **rest):
            pass

    folder = tmp_path / "s"
    with pytest.raises(StorageError, match=r"No space left.*1 points of this call are stored"):
        run(folder, design((0.8,), (1, 2, 3)), workplace=GivenWorkplace(Full, 1))
    assert not SweepStore(folder).failures()
    assert run(folder, design((0.8,), (1, 2, 3))).there == 1


def test_a_worker_that_cannot_write_says_so(tmp_path):
    """The process of a task tells a full disk apart from a failed point."""
    folder = tmp_path / "s"
    what = design((0.8,), (1,))
    task = plan(what, folder, _options()).tasks[0]
    from lateralnet.studies.tasks import task_as_dict

    sent = task_as_dict(task, str(folder), {}, {})
    answer = run_task(sent)  # the real work, in a folder that is not there
    assert "not visible" in answer["stop"] and not answer["failed"]
    answer = run_task({**sent, "work": "no.such:module"})
    assert "No module named" in next(iter(answer["failed"].values()))


def _options():
    from lateralnet.simulation.session import DeviceOptions

    return DeviceOptions(device=DEVICE)


def test_folders_of_other_versions_or_other_things_are_refused(tmp_path, monkeypatch):
    folder = tmp_path / "s"
    run(folder, design())
    before = SweepStore(folder).manifest_path.read_bytes()
    with pytest.raises(InputError, match="precision float64 -> float32"):
        from lateralnet.simulation.session import DeviceOptions

        sweep_design(design(), folder, DeviceOptions(device=DEVICE, precision="float32"), work=WORK)
    stored = json.loads(before)
    SweepStore(folder).manifest_path.write_text(json.dumps({**stored, "sweep_version": 99}))
    with pytest.raises(InputError, match="version 99"):
        run(folder, design())
    other = tmp_path / "other"
    other.mkdir()
    (other / "file").touch()
    with pytest.raises(InputError, match="not the folder of a sweep"):
        run(other, design())


def test_a_workplace_is_closed_also_when_there_is_nothing_to_do(tmp_path):
    closed = []

    class Place(LocalWorkplace):
        def close(self):
            closed.append(True)
            super().close()

    for n in (1, 2):  # the second finds all points there
        run(tmp_path / "s", design((0.6,), (1,)), workplace=Place(1))
        assert len(closed) == n
    (tmp_path / "s/sweep.json").write_text("no")
    with pytest.raises(LateralnetError):
        run(tmp_path / "s", design((0.6,), (1,)), workplace=Place(1))
    assert len(closed) == 3


def test_a_dry_run_writes_nothing(tmp_path):
    folder = tmp_path / "s"
    planned = plan(design(), folder, _options())
    assert planned.n_missing == 4 and len(planned.tasks) == 2
    assert planned.estimate.cpu_s > 0 and planned.estimate.memory_mb > 50
    assert not folder.exists()


def test_a_task_ends_with_its_parent(tmp_path, monkeypatch):
    """A worker that is killed leaves no process that goes on computing."""
    import signal
    import subprocess
    import sys
    import time

    monkeypatch.setenv("LATERALNET_STAND_IN_S", "60")
    folder = tmp_path / "s"
    task = plan(design((0.8,), (1,)), folder, _options()).tasks[0]
    from lateralnet.studies.tasks import task_as_dict

    (folder).mkdir()
    (tmp_path / "task.json").write_text(
        json.dumps({**task_as_dict(task, str(folder), {}, {}), "work": WORK})
    )
    script = (
        "import json,sys,threading,time\n"
        "from backends.host import children\n"
        "from lateralnet.studies.execution.process import run_task\n"
        "task=json.load(open(sys.argv[1]))\n"
        "threading.Thread(target=run_task,args=(task,),daemon=True).start()\n"
        "while not children._alive: time.sleep(0.05)\n"
        "print(next(iter(children._alive)).pid,flush=True)\ntime.sleep(60)\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    parent = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path / "task.json")],
        stdout=subprocess.PIPE, text=True, env=environment, cwd=tmp_path,
    )  # fmt: skip
    child = int(parent.stdout.readline())
    time.sleep(1.0)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and _alive(child):
        time.sleep(0.1)
    assert not _alive(child)


def _alive(pid):

    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    try:
        with open(f"/proc/{pid}/stat") as handle:
            return handle.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
