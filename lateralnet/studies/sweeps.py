"""A sweep: what is missing is computed, what is there stays, what fails is recorded."""

from __future__ import annotations

import contextlib
import html
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lateralnet.errors import Interrupted, StorageError
from lateralnet.parameters.keywords import checked_keywords
from lateralnet.records.storage import check_free_space
from lateralnet.simulation.session import DeviceOptions, resolve_device
from lateralnet.studies.design import Design
from lateralnet.studies.estimate import Estimate, estimate
from lateralnet.studies.execution.device import device_as_dict
from lateralnet.studies.execution.executor import Outcome, Workplace, run_tasks
from lateralnet.studies.execution.workplaces import LocalWorkplace
from lateralnet.studies.provenance import facts_of
from lateralnet.studies.results.store import SweepStore
from lateralnet.studies.results.summarise import summary_text
from lateralnet.studies.results.table import Table, read_table
from lateralnet.studies.tasks import Point, Task, points_of, task_as_dict, tasks_of, unique


@dataclass(frozen=True)
class Plan:
    """What a sweep would do.

    Attributes
    ----------
    points : tuple of Point
        All points of the design.
    tasks : tuple of Task
        What has to run: trainings with the points that are missing.
    n_there : int
        Points that have a result.
    n_failed_before : int
        Points that failed in an earlier call and are left alone.
    device : DeviceOptions
        With a definite device.
    device_reason : str
        Why that one.
    facts : dict
        Versions and device that the points depend on.
    estimate : Estimate
        Expected cost of `tasks`.
    """

    points: tuple[Point, ...]
    tasks: tuple[Task, ...]
    n_there: int
    n_failed_before: int
    device: DeviceOptions
    device_reason: str
    facts: dict[str, Any]
    estimate: Estimate

    @property
    def n_missing(self) -> int:
        """Points to compute."""
        return sum(len(task.points) for task in self.tasks)


@dataclass(frozen=True, repr=False)
class SweepOutcome:
    """What a sweep has done.

    Attributes
    ----------
    folder : Path
        The sweep.
    computed : int
        Points computed now.
    there : int
        Points that were there before.
    failed : dict
        Point id -> error, of this call.
    failed_before : int
        Points left alone because they had failed before.
    """

    folder: Path
    computed: int
    there: int
    failed: dict[str, str]
    failed_before: int

    @property
    def table(self) -> Table:
        """All results in the folder, a row for each point and condition."""
        return read_table(self.folder)

    def __repr__(self) -> str:
        return (
            f"<sweep {self.folder}: {self.computed} points computed, {self.there} were there, "
            f"{len(self.failed)} failed>"
        )

    def _repr_html_(self) -> str:
        told = html.escape(repr(self))
        if self.computed or self.there:
            told += f"\n\n{html.escape(summary_text(self.table))}"
        return f"<pre>{told}</pre>"


def plan(
    design: Design, folder: Path, options: DeviceOptions, *, jobs: int = 1,
    retry_failed: bool = False,
) -> Plan:  # fmt: skip
    """Return what a sweep would do; nothing is written.

    Raises
    ------
    LateralnetError
        For a design, device or folder that cannot be.
    """
    first = next(iter(points_of(design, {}))).params
    definite, reason = resolve_device(options, first, 1, jobs)
    facts = facts_of(definite)
    points = unique(points_of(design, facts))
    store = SweepStore(folder)
    there: set[str] = set()
    failed: set[str] = set()
    if store.manifest_path.is_file():
        store.manifest()
        files = store.result_ids()
        there = {p.id for p in points if p.id in files and store.checksum(p.id)}
        if not retry_failed:
            failed = {p.id for p in points if store.failure_path(p.id).is_file()} - there
    tasks = tasks_of(p for p in points if p.id not in there and p.id not in failed)
    return Plan(
        points=tuple(points),
        tasks=tuple(tasks),
        n_there=len(there),
        n_failed_before=len(failed),
        device=definite,
        device_reason=reason,
        facts=facts,
        estimate=estimate(tasks, definite.device, store if there else None),
    )


@checked_keywords
def sweep_design(
    design: Design,
    folder: str | Path,
    device: str | DeviceOptions = "auto",
    *,
    workplace: Workplace | None = None,
    retries: int = 1,
    retry_failed: bool = False,
    on_progress: Callable[[int, int, int], None] = lambda done, failed, total: None,
    on_note: Callable[[str], None] = lambda note: None,
    work: str | None = None,
) -> SweepOutcome:
    """Compute what is missing of a design; all else is as in `lateralnet.sweep`.

    Parameters
    ----------
    design : Design
        What to vary.
    folder : str or Path
        Where the results go; a folder with some of them is completed.
    work : str, optional
        ``module:function`` that computes a task instead of the simulation (tests, measurements).

    Examples
    --------
    >>> from lateralnet.studies import Axis, Design, sweep_design
    >>> near_and_far = (Axis("distance_cm", (0.8, 1.2)),)
    >>> design = Design(mode="ll_fast", axes=near_and_far, seeds=(1, 2))
    >>> done = sweep_design(design, "Sweeps/distance")  # doctest: +SKIP
    """
    options = device if isinstance(device, DeviceOptions) else DeviceOptions(device=device)
    folder = Path(folder)
    with contextlib.closing(workplace or LocalWorkplace(1)) as place:
        planned = plan(design, folder, options, retry_failed=retry_failed)
        store = SweepStore(folder.absolute())
        values = device_as_dict(planned.device)
        store.prepare(design, planned.facts, values)
        check_free_space(store.path, planned.estimate.disk_bytes)
        on_note(planned.device_reason)
        if planned.n_there:
            on_note(f"{planned.n_there} of {len(planned.points)} points are there already.")
        if planned.n_failed_before:
            on_note(
                f"{planned.n_failed_before} points failed before and are left alone; "
                "--retry-failed computes them again."
            )
        total = planned.n_missing

        def describe(task: Task) -> dict[str, Any]:
            described = task_as_dict(task, str(store.path), values, planned.facts)
            return described if work is None else {**described, "work": work}

        if not planned.tasks:
            return SweepOutcome(folder, 0, planned.n_there, {}, planned.n_failed_before)
        stored = 0

        def follow(now: Outcome) -> None:
            nonlocal stored
            stored = now.done
            on_progress(now.done, len(now.failed), total)

        try:
            outcome = run_tasks(
                planned.tasks, place, describe, _Recorder(store, planned.points),
                retries=retries, on_note=on_note, on_change=follow,
            )  # fmt: skip
        except KeyboardInterrupt as reason:
            raise Interrupted(
                f"{str(reason) or 'interrupted'}; {planned.n_there + stored} of "
                f"{len(planned.points)} points are stored in {folder}; "
                "the same command goes on with the rest.",
                getattr(reason, "signal", 2),
            ) from None
        return SweepOutcome(
            folder, outcome.done, planned.n_there, outcome.failed, planned.n_failed_before
        )


class _Recorder:
    """Verifies results and records failures in the folder of a sweep."""

    def __init__(self, store: SweepStore, points: tuple[Point, ...]) -> None:
        self._store = store
        self._points = {point.id: point for point in points}

    def accept(self, point_id: str, checksum: str) -> bool:
        """Whether the file of a finished point is what the worker wrote."""
        return self._store.verify(point_id, checksum)

    def refuse(self, point_id: str, error: str, host: str) -> None:
        """Record a failed point."""
        point = self._points[point_id]
        try:
            self._store.write_failure(
                point_id,
                {"id": point_id, "seed": point.seed, "varied": point.varied, "error": error,
                 "host": host},
            )  # fmt: skip
        except StorageError as failure:
            raise StorageError(f"{failure} The same command goes on with the rest.") from None
