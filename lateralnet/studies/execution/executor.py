"""Tasks through any ``concurrent.futures.Executor``, none lost and none twice."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, CancelledError, Executor, Future, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from typing import Any, Protocol

from lateralnet.errors import LateralnetError, SimulationError, StorageError
from lateralnet.studies.execution.process import run_task
from lateralnet.studies.tasks import Task

MOST_LOSSES = 3  # of one task by workers or executors that vanished


class Workplace(Protocol):
    """Where tasks run."""

    @property
    def window(self) -> int:
        """Tasks to hand over at once: enough to keep all workers busy, no more."""
        ...

    def connect(self) -> Executor:
        """Return a usable executor; called again when one was lost.

        Raises
        ------
        LateralnetError
            When there is none.
        """
        ...

    def close(self) -> None:
        """Give the executor back."""
        ...


@dataclass
class Outcome:
    """What a sweep has done.

    Attributes
    ----------
    done : int
        Points computed and verified.
    failed : dict
        Point id -> error.
    lost : int
        How often a task had to be handed out again.
    """

    done: int = 0
    failed: dict[str, str] = field(default_factory=dict)
    lost: int = 0


class Listener(Protocol):
    """Whoever records what happens to points."""

    def accept(self, point_id: str, checksum: str) -> bool:
        """Take a finished point; False when its file is not what the worker wrote."""
        ...

    def refuse(self, point_id: str, error: str, host: str) -> None:
        """Record a failed point."""
        ...


def run_tasks(
    tasks: Iterable[Task],
    workplace: Workplace,
    describe: Callable[[Task], dict[str, Any]],
    listener: Listener,
    *,
    retries: int = 1,
    on_change: Callable[[Outcome], None] = lambda outcome: None,
    on_note: Callable[[str], None] = lambda note: None,
) -> Outcome:
    """Run all tasks and hand their outcomes to the listener.

    Parameters
    ----------
    tasks : iterable of Task
        What is missing.
    workplace : Workplace
        Where they run.
    describe : callable
        Task -> plain values for `lateralnet.studies.execution.process.run_task`.
    listener : Listener
        Told of each point.
    retries : int
        How often a killed process is tried again.
    on_change : callable
        Called after every finished task.
    on_note : callable
        Called with sentences for the user.

    Raises
    ------
    StorageError
        When a worker cannot write (full disk); what is finished stays.
    LateralnetError
        When the executor is lost and cannot be had again.
    """
    loop = _Loop(tasks, workplace, describe, listener, retries, on_note)
    while loop.step():
        on_change(loop.outcome)
    return loop.outcome


class _Loop:
    def __init__(
        self,
        tasks: Iterable[Task],
        workplace: Workplace,
        describe: Callable[[Task], dict[str, Any]],
        listener: Listener,
        retries: int,
        on_note: Callable[[str], None],
    ) -> None:
        self.outcome = Outcome()
        self._fresh: Iterator[Task] = iter(tasks)
        self._again: deque[Task] = deque()
        self._workplace, self._describe, self._listener = workplace, describe, listener
        self._retries, self._note = retries, on_note
        self._kills: dict[str, int] = {}
        self._losses: dict[str, int] = {}
        self._running: dict[Future[dict[str, Any]], Task] = {}
        self._executor = workplace.connect()

    def step(self) -> bool:
        """Hand out what fits, take what is finished; False when nothing is left."""
        while len(self._running) < self._workplace.window:
            task = self._next()
            if task is None:
                break
            try:
                future = self._executor.submit(run_task, self._describe(task))
            except Exception as error:  # each executor has its own way to say that it is gone
                self._again.appendleft(task)
                self._reconnect(error)
                return True
            self._running[future] = task
        if not self._running:
            return False
        finished, _ = wait(self._running, timeout=5.0, return_when=FIRST_COMPLETED)
        gone: BaseException | None = None
        for future in finished:
            task = self._running.pop(future)
            try:
                answer = future.result()
            except (CancelledError, BrokenProcessPool, OSError) as error:
                gone = error
                self._lost(task, error)
            except LateralnetError:
                raise
            except Exception as error:
                if _says_executor_is_gone(error):
                    gone = error
                self._lost(task, error)
            else:
                self._take(task, answer)
        if gone is not None:
            self._reconnect(gone)
        return True

    def _next(self) -> Task | None:
        if self._again:
            return self._again.popleft()
        return next(self._fresh, None)

    def _take(self, task: Task, answer: dict[str, Any]) -> None:
        """Record the points of an answer; hand out again what was killed or did not arrive."""
        settled = set()
        for point_id, checksum in answer["done"].items():
            if self._listener.accept(point_id, checksum):
                settled.add(point_id)
                self.outcome.done += 1
        for point_id, error in answer["failed"].items():
            self._fail(point_id, error, answer["host"])
            settled.add(point_id)
        for point_id, error in answer["killed"].items():
            self._kills[point_id] = self._kills.get(point_id, 0) + 1
            if self._kills[point_id] > self._retries:
                self._fail(point_id, error, answer["host"])
                settled.add(point_id)
        if answer["stop"]:
            raise StorageError(
                f"{answer['stop']} {self.outcome.done} points of this call are stored; the same "
                "command goes on with the rest."
            )
        left = task.without(settled)
        if left is not None:
            unkilled = [p.id for p in left.points if p.id not in answer["killed"]]
            if unkilled:  # a checksum that does not match counts as a loss
                self._lost(left, StorageError("a result file differs from what was written"))
            else:
                self.outcome.lost += 1
                self._again.append(left)

    def _lost(self, task: Task, error: BaseException) -> None:
        count = self._losses[task.training_id] = self._losses.get(task.training_id, 0) + 1
        self.outcome.lost += 1
        if count > MOST_LOSSES:
            text = f"given up after {count} losses: {type(error).__name__} {error}".strip()
            for point in task.points:
                self._fail(point.id, text, "")
        else:
            self._again.append(task)

    def _fail(self, point_id: str, error: str, host: str) -> None:
        self.outcome.failed[point_id] = error
        self._listener.refuse(point_id, error, host)

    def _reconnect(self, error: BaseException) -> None:
        """Get a new executor and hand out again what the old one had."""
        reason = " ".join(f"{type(error).__name__} {error}".split())[:200]
        self._note(f"the executor was lost ({reason}); connecting again.")
        for future, task in self._running.items():
            future.cancel()
            self._again.append(task)
            self.outcome.lost += 1
        self._running.clear()
        began = time.monotonic()
        try:
            self._executor = self._workplace.connect()
        except LateralnetError as failure:
            raise SimulationError(
                f"{failure} {self.outcome.done} points of this call are stored; the same command "
                "goes on with the rest."
            ) from None
        self._note(f"connected again after {time.monotonic() - began:.1f} s.")


def _says_executor_is_gone(error: Exception) -> bool:
    """Whether an exception of Dask is about the scheduler and not about the task."""
    names = {cls.__name__ for cls in type(error).__mro__}
    return bool(names & {"FutureCancelledError", "CommClosedError", "BrokenExecutor"})
