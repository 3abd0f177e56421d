"""The room of the literature's tasks: what is shown to a network and how its answer is scored.

It knows sequences of symbols, the network's public interface, and readouts.
It must not know engines, figures or the command line.
"""

from sorn.tasks.experiment import TaskResult, run_task
from sorn.tasks.sequences import TASKS

__all__ = ["TASKS", "TaskResult", "run_task"]
