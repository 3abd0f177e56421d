"""Parameters: every number of the model with its unit, range, flag and meaning.

Knows the table, the presets, and which combinations mean nothing or something unusual; it must
not know what is computed from a parameter.
"""

from lateralnet.parameters.params import NetworkParams, parameter_names, params_from_dict, spec_of
from lateralnet.parameters.preset_table import PRESETS
from lateralnet.parameters.presets import preset
from lateralnet.parameters.spec import Spec

__all__ = [
    "PRESETS",
    "NetworkParams",
    "Spec",
    "parameter_names",
    "params_from_dict",
    "preset",
    "spec_of",
]
