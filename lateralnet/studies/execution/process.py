"""A task in a process of its own: what every executor runs.

A crash or an out-of-memory kill loses the points of one task and neither the worker nor the
sweep.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
from typing import Any

from backends.host.process import ONE_THREAD, describe_exit, tail
from backends.host.toolchain import child_environment

_children: set[subprocess.Popen[str]] = set()
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
    stop = general = ""
    with tempfile.TemporaryFile("w+", errors="replace") as words:
        child = subprocess.Popen(
            [sys.executable, "-m", "lateralnet.studies.execution.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=words,
            text=True,
            env={**os.environ, **ONE_THREAD, **child_environment(sys.executable)},
        )
        with _lock:
            _children.add(child)
        assert child.stdin is not None and child.stdout is not None
        try:
            child.stdin.write(json.dumps(task) + "\n")
            child.stdin.flush()  # and left open: its end tells the child that we are gone
        except BrokenPipeError:
            pass  # it died at once; how is told below
        for line in child.stdout:
            message = json.loads(line)
            if "stop" in message:
                stop = message["stop"]
            elif "id" not in message:
                general = message["error"]
            elif message["error"]:
                failed[message["id"]] = message["error"]
            else:
                done[message["id"]] = message["sha256"]
        code = child.wait()
        child.stdin.close()
        with _lock:
            _children.discard(child)
        words.seek(0)
        last_words = words.read()
    left = [one["id"] for one in task["points"] if one["id"] not in done | failed]
    killed: dict[str, str] = {}
    if code != 0:
        killed = dict.fromkeys(left, f"its process {describe_exit(code)}.{tail(last_words)}")
    elif left and not stop:
        failed |= dict.fromkeys(left, general or "its process ended without a result.")
    return {
        "done": done,
        "failed": failed,
        "killed": killed,
        "stop": stop,
        "host": os.uname().nodename,
    }


def end_children() -> None:
    """End the processes of all tasks of this process."""
    with _lock:
        for child in _children:
            child.terminate()
