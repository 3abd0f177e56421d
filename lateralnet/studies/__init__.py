"""Studies: many runs: sweeps over parameters and seeds, published studies run again.

Knows designs, tasks and tables of results; it must not know how one network is simulated, drawn
or shown.
"""

from lateralnet.studies.design import Axis, Design
from lateralnet.studies.sweeps import sweep

__all__ = [
    "Axis",
    "Design",
    "sweep",
]
