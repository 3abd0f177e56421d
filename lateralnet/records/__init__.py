"""Records: what a run leaves, as values and as files that appear whole or not at all.

Knows names, folders and formats of files; it must not know how their numbers came about.
"""

from lateralnet.records.folders import RunFolder
from lateralnet.records.record import SeedRecord, TestRecord
from lateralnet.records.results import RunResult, SeedResult, load
from lateralnet.records.sweep import Sweep

__all__ = [
    "RunFolder",
    "RunResult",
    "SeedRecord",
    "SeedResult",
    "Sweep",
    "TestRecord",
    "load",
]
