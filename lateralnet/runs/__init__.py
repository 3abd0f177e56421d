"""Runs: one or several seeds from parameters to a folder, re-tested, summarised, exported.

Knows jobs, child processes and the files of a run; it must not know sweeps, figures or pages.
"""

from lateralnet.runs.outcome import export_run, load
from lateralnet.runs.retest import evaluate
from lateralnet.runs.running import run

__all__ = [
    "evaluate",
    "export_run",
    "load",
    "run",
]
