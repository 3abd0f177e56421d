"""lateralnet: how a fish's lateral line could grow a map of the water around it.

Importing this package loads neither Brian2 nor Matplotlib.
"""

from lateralnet.parameters.presets import preset
from lateralnet.parameters.table import NetworkParams
from lateralnet.records.results import RunResult, SeedResult, load
from lateralnet.runs.retest import Evaluation, evaluate
from lateralnet.runs.running import run

__version__ = "0.1.0"
__all__ = [
    "Evaluation",
    "NetworkParams",
    "RunResult",
    "SeedResult",
    "__version__",
    "evaluate",
    "load",
    "preset",
    "run",
]
