"""Seeds in a process of their own, so that a crash of one takes no other along.

The job travels in memory, progress and errors come back as messages, the results as the files
of the run.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from backends.errors import ProgramRunError
from backends.host.children import Child
from lateralnet.errors import LateralnetError, SimulationError

if TYPE_CHECKING:
    from lateralnet.runs.job import Job, Progress


def run_in_process(job: Job, progress: Progress, holds: Sequence[int] = ()) -> None:
    """Run a job in a child process, which keeps `holds` open, and pass its progress on.

    Raises
    ------
    SimulationError
        What the child said went wrong, or how it ended.
    """
    seeds = ", ".join(str(params.seed) for params in job.params)
    try:
        what = f"the process of seed {seeds}"
        child = Child(f"{__name__}:carry_out", job, what=what, holds=holds)
        for message in child.messages():
            progress(message["what"], message["fraction"])
    except ProgramRunError as error:
        raise SimulationError(str(error)) from None


def carry_out(job: Job, link: Any) -> None:
    """In the child: run the job."""
    from lateralnet.runs.job import run_job

    try:
        run_job(job, lambda what, fraction: link.say(what=what, fraction=fraction))
    except LateralnetError as error:
        link.say(error=str(error))
