"""Sweeps of the stand-in on executors and processes that serve, die and break."""

import os
from collections import Counter
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool

import pytest

from lateralnet.errors import SimulationError
from lateralnet.studies.execution import process
from lateralnet.studies.execution.process import run_task
from lateralnet.studies.execution.workplaces import GivenWorkplace, LocalWorkplace
from lateralnet.studies.results.store import SweepStore
from tests.studies.fake_sweeps import design, run
from tests.studies.fake_work import computed


@pytest.mark.parametrize("make", [lambda: ProcessPoolExecutor(2), lambda: ThreadPoolExecutor(2)])
def test_any_executor_does(tmp_path, make):
    outcome = run(tmp_path / "s", design(), workplace=GivenWorkplace(make))
    assert outcome.computed == 4 and not outcome.failed


def _pids(folder):
    """Return how many points each process computed."""
    store = SweepStore(folder)
    found = [store.read_result(point) for point in set(computed(folder))]
    return Counter(result["facts"]["pid"] for result in found)


def test_a_process_serves_one_task_after_another(tmp_path):
    folder = tmp_path / "s"
    run(folder, design((0.6, 0.8), (1, 2, 3)), workplace=LocalWorkplace(1))
    assert list(_pids(folder).values()) == [6]
    assert os.getpid() not in _pids(folder)
    assert not process._waiting


def test_in_place_of_a_process_that_was_killed_another_serves(tmp_path, monkeypatch):
    folder = tmp_path / "s"
    monkeypatch.setenv("LATERALNET_STAND_IN_KILLED", "2")
    outcome = run(folder, design((0.8,), (1, 2, 3, 4)), workplace=LocalWorkplace(1), retries=0)
    assert outcome.computed == 3 and len(outcome.failed) == 1
    assert sorted(_pids(folder).values()) == [1, 2]


class Breaking(Executor):
    """Breaks at its second task, as a pool whose process dies."""

    def __init__(self):
        self.n = 0

    def submit(self, function, task):
        self.n += 1
        future = Future()
        if self.n > 1:
            future.set_exception(BrokenProcessPool("gone"))
        else:
            future.set_result(run_task(task))
        return future

    def shutdown(self, wait=True, **rest):
        pass


def test_a_broken_executor_is_replaced(tmp_path):
    made = []

    def make():
        made.append(Breaking() if not made else ThreadPoolExecutor(1))
        return made[-1]

    notes = []
    outcome = run(tmp_path / "s", design(), workplace=GivenWorkplace(make), on_note=notes.append)
    assert outcome.computed == 4 and len(made) == 2
    assert any("connecting again" in note for note in notes)
    assert set(Counter(computed(tmp_path / "s")).values()) == {1}


def test_what_a_lost_executor_still_had_is_handed_out_again(tmp_path):
    class Hanging(Breaking):
        """Never finishes its first task, and breaks at its second."""

        def submit(self, function, task):
            future = Future()
            if self.n:
                future.set_exception(BrokenProcessPool("gone"))
            self.n += 1
            return future

    made = []

    def make():
        made.append(Hanging() if not made else ThreadPoolExecutor(1))
        return made[-1]

    outcome = run(tmp_path / "s", design(seeds=(1, 2, 3)), workplace=GivenWorkplace(make))
    assert outcome.computed == 6 and not outcome.failed


def test_an_executor_that_always_breaks_ends_the_sweep_and_keeps_what_is_done(tmp_path):
    folder = tmp_path / "s"
    with pytest.raises(SimulationError, match="same command goes on"):
        run(folder, design(seeds=tuple(range(9))), workplace=GivenWorkplace(Breaking, 1, 2))
    there = len(SweepStore(folder).result_ids())
    assert there > 0
    assert run(folder, design(seeds=tuple(range(9)))).there == there
