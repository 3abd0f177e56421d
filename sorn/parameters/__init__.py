"""The room of hyperparameters: their table, the checks of each, and the presets of the literature.

It knows names, units, ranges, defaults and sources, and the command line's help is made from it.
It must not know arrays of weights, how a step is computed, or files.
"""

from sorn.parameters.presets import PRESETS, preset
from sorn.parameters.table import (
    DOCUMENTED,
    Parameters,
    build_parameters,
    parameter_names,
    reject_unknown,
)

__all__ = [
    "DOCUMENTED",
    "PRESETS",
    "Parameters",
    "build_parameters",
    "parameter_names",
    "preset",
    "reject_unknown",
]
