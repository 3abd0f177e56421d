"""What a worker does with a task: train once, test every point, write each result."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from backends.host.portable import cpu_s, host_name, peak_memory_mb
from lateralnet.errors import InputError, LateralnetError, StorageError
from lateralnet.learning.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from lateralnet.learning.controls import run_controls
from lateralnet.learning.test_sweeps import run_test
from lateralnet.learning.training import train
from lateralnet.measures.evaluation import measures_of
from lateralnet.network.wiring import Replica, make_replica
from lateralnet.records.record import TestRecord
from lateralnet.simulation.session import Session
from lateralnet.studies.design import EXTRACT
from lateralnet.studies.execution.device import options_of
from lateralnet.studies.provenance import differences, facts_of
from lateralnet.studies.results.store import SweepStore
from lateralnet.studies.tasks import Point, Task, compact, task_from_dict

_SAVE_EVERY_S = 20.0  # of training: what a lost worker may cost
_WEIGHTS = ("mon_ts.w", "ll_mon.w")
OnPoint = Callable[[str, str, str], None]  # (point id, checksum, error)


def carry_out(task_dict: dict[str, Any], on_point: OnPoint) -> None:
    """Compute the missing points of a task and report each.

    Parameters
    ----------
    task_dict : dict
        From `lateralnet.studies.tasks.task_as_dict`.
    on_point : callable
        Called once per point with its checksum, or with what went wrong.

    Raises
    ------
    StorageError
        When the folder cannot be written (full disk, not shared): no point is to blame.
    LateralnetError
        When the training fails, and with it all points.
    """
    store = SweepStore(Path(task_dict["folder"]))
    if not store.manifest_path.is_file():
        raise StorageError(
            f"the sweep folder {store.path} is not visible on {host_name()}; put it where "
            "all workers can write."
        )
    task = task_from_dict(task_dict)
    missing = []
    for point in task.points:
        checksum = store.checksum(point.id)
        if checksum is None:
            missing.append(point)
        else:  # another worker has written it since the task was sent
            on_point(point.id, checksum, "")
    if missing:
        _compute(store, task_dict, Task(tuple(missing)), on_point)


def _compute(store: SweepStore, task_dict: dict[str, Any], task: Task, on_point: OnPoint) -> None:
    options = options_of(task_dict["device"])
    facts = facts_of(options)
    changed = differences(task_dict["facts"], facts)
    if changed:
        raise InputError(
            f"{host_name()} has other versions than the sweep was started with: {changed}."
        )
    replica = make_replica(task.points[0].params)
    with Session([replica], options) as session:
        learned, training = _trained(store, task, replica, session, options.precision)
        for point in task.points:
            began = time.perf_counter()
            try:
                tests = _tests(point, session, replica, learned)
                measures = {
                    name: measures_of(test, point.test_params) for name, test in tests.items()
                }
            except StorageError:
                raise
            except LateralnetError as error:
                on_point(point.id, "", str(error))
                continue
            content = {
                "id": point.id,
                "training_id": point.training_id,
                "seed": point.seed,
                "params": compact(point.params),
                "test": point.test,
                "varied": point.varied,
                "plastic": point.plastic,
                "measures": measures,
                "facts": {
                    **facts,
                    "versions": session.info.get("versions", {}),
                    "host": host_name(),
                    **training,
                    "test_wall_s": round(time.perf_counter() - began, 4),
                    "peak_memory_mb": round(_peak_memory_mb(), 1),
                },
            }
            on_point(point.id, store.write_result(point.id, content), "")


def _trained(
    store: SweepStore, task: Task, replica: Replica, session: Session, precision: str
) -> tuple[Replica, dict[str, Any]]:
    """Return the network with trained weights, from the store where they are kept."""
    params, plastic = replica.params, task.points[0].plastic
    stored = store.read_trained(task.training_id)
    if stored is not None and _is_whole(stored, replica):
        return _with(replica, stored), _training_facts(params.n_training_trials, stored)
    began, cpu_before = time.perf_counter(), _cpu_s()
    path = store.checkpoint_path(task.training_id)
    resume = _resumable(path, replica, precision)
    saved_at = began

    def keep(trials_done: int, checkpoints: Callable[[], Sequence[Checkpoint]]) -> None:
        nonlocal saved_at
        if time.perf_counter() - saved_at > _SAVE_EVERY_S:
            path.parent.mkdir(parents=True, exist_ok=True)
            save_checkpoint(path, checkpoints()[0], params, precision, durable=False)
            saved_at = time.perf_counter()

    (trained,) = train(
        session.simulation, [replica], plastic=plastic, resume=resume, on_segment=keep
    )
    # The wiring follows from the parameters, so the weights alone are kept, bit for bit.
    arrays = {f"state/{name}": trained.state[name] for name in _WEIGHTS if name in trained.state}
    arrays |= {f"curves/{name}": values for name, values in trained.curves.items()}
    arrays["wall_s"] = np.array(time.perf_counter() - began)
    arrays["cpu_s"] = np.array(_cpu_s() - cpu_before)
    store.write_trained(task.training_id, arrays)
    path.unlink(missing_ok=True)
    return _with(replica, arrays), _training_facts(params.n_training_trials, arrays)


def _is_whole(stored: dict[str, np.ndarray], replica: Replica) -> bool:
    """Whether a file of trained weights has all of them; one that has not is made again."""
    state = replica.initial_state()
    return {"wall_s", "cpu_s"} <= stored.keys() and all(
        name not in state
        or (f"state/{name}" in stored and stored[f"state/{name}"].shape == state[name].shape)
        for name in _WEIGHTS
    )


def _training_facts(n_trials: int, arrays: dict[str, np.ndarray]) -> dict[str, Any]:
    return {
        "n_training_trials": n_trials,
        "training_wall_s": round(float(arrays["wall_s"]), 4),
        "training_cpu_s": round(float(arrays["cpu_s"]), 4),
    }


def _resumable(path: Path, replica: Replica, precision: str) -> list[Checkpoint] | None:
    """Return the checkpoint of a worker that was lost; without a usable one, start again."""
    if not path.is_file():
        return None
    try:
        return [load_checkpoint(path, replica, precision)]
    except LateralnetError:
        return None


def _with(replica: Replica, arrays: dict[str, np.ndarray]) -> Replica:
    return replica.with_weights_of(
        {name: arrays[f"state/{name}"] for name in _WEIGHTS if f"state/{name}" in arrays}
    )


def _tests(
    point: Point, session: Session, replica: Replica, learned: Replica
) -> dict[str, TestRecord]:
    """Test all conditions under the stimulus of the point: same sweeps, same noise."""
    params = point.test_params
    before, after = replace(replica, params=params), replace(learned, params=params)
    tests = {"untrained": run_test(session.simulation, [before])[0]}
    tests["trained"] = tests["untrained"]
    if point.params.n_training_trials:
        tests["trained"] = run_test(session.simulation, [after])[0]
    if EXTRACT in point.controls:
        extract = replace(after, ll_mon=before.ll_mon)
        tests[EXTRACT] = run_test(session.simulation, [extract])[0]
    names = tuple(name for name in point.controls if name != EXTRACT)
    (further,) = run_controls(names, session, [before], [after], [tests])
    return {**tests, **further}


def _cpu_s() -> float:
    """CPU time of this process, of its finished children and, on Linux, of the running ones."""
    total = cpu_s(children=False) + cpu_s(children=True)
    for listed in Path("/proc/self/task").glob("*/children"):
        for pid in listed.read_text().split():
            with contextlib.suppress(OSError, IndexError, ValueError):
                after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
                ticks = int(after_name[11]) + int(after_name[12])  # user and system
                total += ticks / os.sysconf("SC_CLK_TCK")
    return total


def _peak_memory_mb() -> float:
    return max(peak_memory_mb(children=False), peak_memory_mb(children=True))
