"""What a run writes down step by step: the documented callbacks."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any

from sorn.engines.engine import Activity, Engine
from sorn.errors import ParameterError

ACTIVITY_FIELDS = {
    "ExcitatoryActivation": "excitatory",
    "InhibitoryActivation": "inhibitory",
    "RecurrentActivation": "recurrent",
    "EEConnectionCounts": "ee_counts",
    "EIConnectionCounts": "ei_counts",
}
STATE_FIELDS = {"WEE": "Wee", "WEI": "Wei", "TE": "Te", "TI": "Ti"}
CALLBACK_NAMES = (*ACTIVITY_FIELDS, *STATE_FIELDS)
"""Names that ``callbacks=`` takes, as in sorn 0.7.4."""


class Recorder:
    """Collects one list per callback, with one entry per step.

    Spikes are float arrays of 0 and 1: (ne,), (ni,), and (ne, 1) for the recurrent activity.
    Counts are whole numbers from before the step's plasticity; ``WEE``, ``WEI``, ``TE`` and
    ``TI`` are copies from after the step. With a batch, arrays have a leading axis.

    Parameters
    ----------
    names : list of str
        Out of `CALLBACK_NAMES`.

    Raises
    ------
    ParameterError
        If a name is unknown or `names` is not a list of names.
    """

    def __init__(self, names: Iterable[str] | None) -> None:
        if isinstance(names, str):
            raise ParameterError(f"callbacks must be a list of names, e.g. [{names!r}]")
        chosen = list(names or [])
        for name in chosen:
            if name not in CALLBACK_NAMES:
                close = difflib.get_close_matches(str(name), CALLBACK_NAMES, n=1)
                hint = f" Did you mean {close[0]!r}?" if close else ""
                raise ParameterError(
                    f"unknown callback {name!r}.{hint} Choose from {', '.join(CALLBACK_NAMES)}"
                )
        self.values: dict[str, list[Any]] = {name: [] for name in chosen}

    @property
    def needs_single_steps(self) -> bool:
        """Whether the state has to be read after every step."""
        return any(name in STATE_FIELDS for name in self.values)

    def add(self, activity: Activity, engine: Engine) -> None:
        """Append what the last stretch of steps brought."""
        for name, entries in self.values.items():
            if name in STATE_FIELDS:
                entries.append(engine.read(STATE_FIELDS[name]))
                continue
            steps = getattr(activity, ACTIVITY_FIELDS[name])
            if not name.endswith("Counts"):
                steps = steps.astype(float)
            if name == "RecurrentActivation":
                steps = steps[..., None]
            entries.extend(steps)
