"""Names of the published module ``sorn.callbacks``: one class per recording.

An object holds one entry per step in `values` and gives it as ``recording[step]``.
"""

from __future__ import annotations

from typing import Any

from sorn.published.histories import CALLBACK_NAMES


class _Callback:
    """A list with one entry per step, 0 until it is set."""

    def __init__(self, timesteps: int = 0) -> None:
        self.values: list[Any] = [0] * timesteps

    def __setitem__(self, step: int, value: Any) -> None:
        self.values[step] = value

    def __getitem__(self, step: int) -> Any:
        return self.values[step]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self.values)} steps)"


class ExcitatoryActivation(_Callback):
    """Activity of the excitatory neurons."""


class InhibitoryActivation(_Callback):
    """Activity of the inhibitory neurons."""


class RecurrentActivation(_Callback):
    """Excitatory activity as it would be without input."""


class WEE(_Callback):
    """Weights between excitatory neurons."""


class WEI(_Callback):
    """Weights from inhibitory to excitatory neurons."""


class TE(_Callback):
    """Excitatory thresholds."""


class TI(_Callback):
    """Inhibitory thresholds."""


class EEConnectionCounts(_Callback):
    """Number of synapses between excitatory neurons."""


class EIConnectionCounts(_Callback):
    """Number of synapses from inhibitory to excitatory neurons."""


__all__ = [*CALLBACK_NAMES]
