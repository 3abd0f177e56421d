"""Seeds in a process of their own (`lateralnet.runs.seed_worker`).

A crash or an out-of-memory kill of one takes no other seed along. The job comes as a pickle
that the parent wrote a moment ago; progress and errors go back as lines of JSON on stdout, the
results as the files of the run.
"""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from backends.host.process import ONE_THREAD, describe_exit
from backends.host.toolchain import child_environment
from lateralnet.errors import SimulationError

if TYPE_CHECKING:
    from lateralnet.runs.job import Job, Progress


def run_in_process(job: Job, progress: Progress) -> None:
    """Run a job in a child process and pass its progress on.

    Raises
    ------
    SimulationError
        What the child said went wrong, or how it ended.
    """
    with tempfile.TemporaryDirectory(prefix="lateralnet-job-") as folder:
        path = Path(folder) / "job"
        path.write_bytes(pickle.dumps(job))
        with subprocess.Popen(
            [sys.executable, "-m", "lateralnet.runs.seed_worker", str(path)],
            stdout=subprocess.PIPE,
            text=True,
            env={**ONE_THREAD, **os.environ, **child_environment(sys.executable)},
        ) as child:
            try:
                error = _follow(child, progress)
            except BaseException:
                child.terminate()
                raise
    if child.returncode != 0:
        seeds = ", ".join(str(params.seed) for params in job.params)
        raise SimulationError(
            error or f"the process of seed {seeds} {describe_exit(child.returncode)}."
        )


def _follow(child: subprocess.Popen[str], progress: Progress) -> str:
    """Read the lines of the child until it ends; return its error, or ``""``."""
    error = ""
    assert child.stdout is not None
    for line in child.stdout:
        message = json.loads(line)
        if "error" in message:
            error = message["error"]
        else:
            progress(message["what"], message["fraction"])
    return error
