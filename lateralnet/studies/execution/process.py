"""A task in a process of its own: what every executor runs.

A crash or an out-of-memory kill loses the points of one task and neither the worker nor the
sweep.
"""

from __future__ import annotations

import importlib
import os
from typing import Any

from backends.host.children import Child, ChildError
from lateralnet.errors import LateralnetError, StorageError

SIMULATION = "lateralnet.studies.execution.work:carry_out"


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
    stop, failure = "", None
    try:
        for message in Child(f"{__name__}:carry_out", task, what="its process").messages():
            if "stop" in message:
                stop = message["stop"]
            elif message["error"]:
                failed[message["id"]] = message["error"]
            else:
                done[message["id"]] = message["sha256"]
    except ChildError as error:
        failure = error
    left = [one["id"] for one in task["points"] if one["id"] not in done | failed]
    killed: dict[str, str] = {}
    if failure is not None and not failure.told:
        killed = dict.fromkeys(left, str(failure))
    elif left and not stop:
        failed |= dict.fromkeys(left, str(failure or "its process ended without a result."))
    return {
        "done": done,
        "failed": failed,
        "killed": killed,
        "stop": stop,
        "host": os.uname().nodename,
    }


def carry_out(task: dict[str, Any], link: Any) -> None:
    """In the child: carry out the task and tell of each point."""
    module, _, name = task.get("work", SIMULATION).partition(":")
    try:
        work = getattr(importlib.import_module(module), name)
        work(task, lambda point, checksum, error: link.say(id=point, sha256=checksum, error=error))
    except StorageError as error:
        link.say(stop=str(error))
    except LateralnetError as error:
        link.say(error=str(error))
