"""Studies: many runs: sweeps over parameters and seeds, published studies run again.

Knows designs, tasks and tables of results; it must not know how one network is simulated, drawn
or shown.
"""

from lateralnet.studies.design import Axis, Design
from lateralnet.studies.sweeping import sweep
from lateralnet.studies.sweeps import sweep_design

__all__ = [
    "Axis",
    "Design",
    "sweep",
    "sweep_design",
]
