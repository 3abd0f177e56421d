"""Where tasks run on this machine, or in any executor that the caller brings."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor

from backends.host.children import end_children
from lateralnet.errors import InputError, SimulationError
from lateralnet.studies.execution.process import end_waiting


class LocalWorkplace:
    """Threads of this process, each of which waits for one child process at a time.

    Parameters
    ----------
    jobs : int
        Child processes at once.
    """

    def __init__(self, jobs: int) -> None:
        if jobs < 1:
            raise InputError(f"--jobs = {jobs} is not allowed: it must be at least 1.")
        self._jobs = jobs
        self._executor: ThreadPoolExecutor | None = None

    @property
    def window(self) -> int:
        """One more than runs, so that no thread waits for the next task."""
        return self._jobs + 1

    def connect(self) -> Executor:
        """Return the pool of threads."""
        self._executor = ThreadPoolExecutor(self._jobs, thread_name_prefix="lateralnet-task")
        return self._executor

    def close(self) -> None:
        """End all child processes; nothing is left to do when all tasks are finished."""
        if self._executor is not None:
            self._executor.shutdown(wait=False, cancel_futures=True)
            end_children()
            self._executor.shutdown(wait=True)
            end_waiting()


class GivenWorkplace:
    """Any executor, made by a function that is called again when the executor is lost.

    Parameters
    ----------
    make : callable
        Returns a usable `concurrent.futures.Executor`.
    window : int
        Tasks to hand over at once.
    """

    def __init__(self, make: Callable[[], Executor], window: int = 64, most_losses: int = 5):
        self._make, self._window, self._left = make, window, most_losses + 1
        self._executor: Executor | None = None

    @property
    def window(self) -> int:
        """Tasks to hand over at once."""
        return self._window

    def connect(self) -> Executor:
        """Return a new executor."""
        self._left -= 1
        if self._left < 0:
            raise SimulationError("the executor was lost too often.")
        self._executor = self._make()
        return self._executor

    def close(self) -> None:
        """Shut the executor down."""
        if self._executor is not None:
            self._executor.shutdown(wait=True)
