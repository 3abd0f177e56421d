"""A task in another process: what every executor runs.

A crash or an out-of-memory kill loses the points of one task and neither the worker nor the
sweep. A process that has finished its task waits for the next, since starting one takes longer
than simulating a small network; in place of one that was lost, another is started.
"""

from __future__ import annotations

import atexit
import importlib
import json
import os
import threading
from typing import Any

from backends.host.children import Child, ChildError
from backends.host.portable import host_name
from lateralnet.errors import LateralnetError, StorageError

SIMULATION = "lateralnet.studies.execution.work:carry_out"
_waiting: dict[tuple[Any, ...], list[Child]] = {}
_lock = threading.Lock()


def run_task(task: dict[str, Any]) -> dict[str, Any]:
    """Run a task; never raises for what goes wrong in it.

    Parameters
    ----------
    task : dict
        From `lateralnet.studies.tasks.task_as_dict`.

    Returns
    -------
    dict
        ``done``: point id -> checksum; ``failed``: point id -> error; ``killed``: point id ->
        how the process ended; ``stop``: why the whole sweep cannot go on, or ``""``.
    """
    done: dict[str, str] = {}
    failed: dict[str, str] = {}
    stop, refused, failure = "", "", None
    try:
        child = _handed(task)
        while not (message := child.answer()).get("finished"):
            if "stop" in message:
                stop = message["stop"]
            elif "refused" in message:
                refused = message["refused"]
            elif message["error"]:
                failed[message["id"]] = message["error"]
            else:
                done[message["id"]] = message["sha256"]
        _keep(child)
    except ChildError as error:
        failure = error
    left = [one["id"] for one in task["points"] if one["id"] not in done | failed]
    killed: dict[str, str] = {}
    if failure is not None and not failure.told:
        killed = dict.fromkeys(left, str(failure))
    elif left and not stop:
        why = refused or str(failure or "its process ended without a result.")
        failed |= dict.fromkeys(left, why)
    return {
        "done": done,
        "failed": failed,
        "killed": killed,
        "stop": stop,
        "host": host_name(),
    }


def _place() -> tuple[Any, ...]:
    """What a process takes from ours when it starts: it serves tasks from there only."""
    return os.getpid(), os.getcwd(), tuple(sorted(os.environ.items()))


def _handed(task: dict[str, Any]) -> Child:
    """Return a process that was given the task: one that waits for work, or a new one."""
    with _lock:
        waiting = _waiting.get(_place(), [])
        while waiting:
            child = waiting.pop()
            if child.lives():
                child.send(json.dumps(task))
                return child
    return Child(f"{__name__}:serve", task, what="its process")


def _keep(child: Child) -> None:
    with _lock:
        _waiting.setdefault(_place(), []).append(child)


def end_waiting() -> None:
    """End the processes that wait for tasks."""
    with _lock:
        children = [child for waiting in _waiting.values() for child in waiting]
        _waiting.clear()
    for child in children:
        child.end()


atexit.register(end_waiting)


def serve(task: dict[str, Any], link: Any) -> None:
    """In the child: carry out tasks until nobody sends another."""
    carry_out(task, link)
    for line in link.requests():
        carry_out(json.loads(line), link)


def carry_out(task: dict[str, Any], link: Any) -> None:
    """In the child: carry out the task and tell of each point."""
    module, _, name = task.get("work", SIMULATION).partition(":")
    try:
        work = getattr(importlib.import_module(module), name)
        work(task, lambda point, checksum, error: link.say(id=point, sha256=checksum, error=error))
    except StorageError as error:
        link.say(stop=str(error))
    except LateralnetError as error:
        link.say(refused=str(error))
    link.say(finished=True)
