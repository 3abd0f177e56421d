"""What a sweep will cost: CPU time, memory and disk, before anything runs.

The constants are those of `lateralnet.runs.preparation.cost`. A folder that holds results
already gives its own times instead.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from lateralnet.runs.preparation import cost
from lateralnet.studies.results.store import SweepStore
from lateralnet.studies.tasks import Task

_S_PER_TASK = 1.0  # a Python process with its imports
_BYTES_PER_POINT, _BYTES_PER_CURVE_TRIAL, _BYTES_PER_WEIGHT = 9_000, 60, 8
_SAMPLES = 20


@dataclass(frozen=True)
class Estimate:
    """Expected cost.

    Attributes
    ----------
    cpu_s : float
        Seconds of one core, for all tasks.
    memory_mb : float
        Of the largest task; each of several at once needs as much.
    disk_bytes : int
        Of all results.
    measured : bool
        Whether the times come from results in the folder.
    """

    cpu_s: float
    memory_mb: float
    disk_bytes: int
    measured: bool


def estimate(tasks: Sequence[Task], device: str, store: SweepStore | None = None) -> Estimate:
    """Return the expected cost of some tasks."""
    correction = None if store is None else _correction(store, device)
    cpu_s = sum(_task_s(task, device) for task in tasks) * (correction or 1.0)
    if tasks:
        cpu_s += cost.S_PER_BUILD
    synapses = [_synapses(task) for task in tasks]
    disk = sum(
        _BYTES_PER_WEIGHT * n
        + _BYTES_PER_POINT * len(task.points)
        + _BYTES_PER_CURVE_TRIAL * task.points[0].base.n_training_trials
        for n, task in zip(synapses, tasks, strict=True)
    )
    return Estimate(
        cpu_s=cpu_s,
        memory_mb=cost.MEMORY_MB + cost.MEMORY_MB_PER_SYNAPSE * max(synapses, default=0),
        disk_bytes=disk,
        measured=correction is not None,
    )


def training_s(task: Task, device: str) -> float:
    """Return the expected seconds of the training of a task."""
    return cost.training_s(task.points[0].base, device)


def _task_s(task: Task, device: str) -> float:
    p = task.points[0].base
    tests = 0.0
    for point in task.points:
        values = {**{"speed_cm_s": p.speed_cm_s}, **point.test}
        steps = values["test_path_cm"] / values["speed_cm_s"] / p.dt_s
        conditions = 2 + len(point.controls)
        sweep_s = steps * (p.n_mon + p.n_ts) * cost.S_PER_CELL_STEP * cost.SLOWER.get(device, 1.0)
        tests += values["test_sweeps"] * conditions * (sweep_s + cost.S_PER_TEST_SWEEP)
    return training_s(task, device) + tests + _S_PER_TASK


def _synapses(task: Task) -> int:
    return cost.n_synapses(task.points[0].base)


def _correction(store: SweepStore, device: str) -> float | None:
    """Return how much slower than expected the trainings in a folder were."""
    from lateralnet.parameters.params import params_from_dict
    from lateralnet.studies.tasks import Point

    expected = spent = 0.0
    for point_id in itertools.islice(sorted(store.result_ids()), _SAMPLES):
        result = store.read_result(point_id)
        if result is None or "training_cpu_s" not in result["facts"]:
            continue
        params = params_from_dict(result["params"], source=point_id)
        point = Point(point_id, "", params, params.seed, {}, True, (), {})
        expected += training_s(Task((point,)), device)
        spent += result["facts"]["training_cpu_s"]
    return spent / expected if expected > 0 and spent > 0 else None
