"""Named starting points for a run."""

from __future__ import annotations

import dataclasses
from typing import Any

from lateralnet.errors import ParameterError, nearest_names
from lateralnet.parameters.params import NetworkParams, parameter_named
from lateralnet.parameters.preset_table import PRESETS


def preset(mode: str = "ll_thesis", **overrides: Any) -> NetworkParams:
    """Return the parameters of a preset, with some of them replaced.

    Parameters
    ----------
    mode : str
        One of `PRESETS`.
    **overrides
        Fields of `NetworkParams`, or their flags (``ll_mon_topo`` for ``--ll-mon-topo``); they
        win over the preset.

    Raises
    ------
    ParameterError
        For an unknown mode or field, and for values outside their range.
    """
    if mode not in PRESETS:
        raise ParameterError(
            f"unknown mode {mode!r}; known modes: {', '.join(PRESETS)}."
            f"{nearest_names(mode, PRESETS)}"
        )
    named = {parameter_named(name): value for name, value in overrides.items()}
    return dataclasses.replace(NetworkParams(), **{**PRESETS[mode], **named}, preset=mode)
