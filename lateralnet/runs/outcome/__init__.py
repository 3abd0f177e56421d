"""Outcome: a run that is over, read, summed up in words and tables, exported.

Knows the results of a run and their summary; it must not know how a run is prepared or computed.
"""

from lateralnet.runs.outcome.export import export_run
from lateralnet.runs.outcome.remarks import rate_remarks
from lateralnet.runs.outcome.result import Run, as_run, load
from lateralnet.runs.outcome.summary import run_summary, summary_table
from lateralnet.runs.outcome.verdict import verdict_of

__all__ = [
    "Run",
    "as_run",
    "export_run",
    "load",
    "rate_remarks",
    "run_summary",
    "summary_table",
    "verdict_of",
]
