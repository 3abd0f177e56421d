"""Recordings as the published package hands them out: one entry per step, spikes as floats."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, overload

import numpy as np

from sorn.arrays import NumpyArray
from sorn.errors import ParameterError
from sorn.parameters.checks import list_of_names
from sorn.records.recorder import check_name

RECORDED_AS = {
    "ExcitatoryActivation": "excitatory",
    "InhibitoryActivation": "inhibitory",
    "RecurrentActivation": "recurrent",
    "EEConnectionCounts": "ee_connections",
    "EIConnectionCounts": "ei_connections",
    "WEE": "Wee",
    "WEI": "Wei",
    "TE": "Te",
    "TI": "Ti",
}
CALLBACK_NAMES = tuple(RECORDED_AS)
"""Names that ``callbacks=`` takes, as in sorn 0.7.4."""


class SpikeHistory(Sequence[NumpyArray]):
    """Activity of each step as a float array of 0 and 1, kept as booleans.

    Behaves as the published list of arrays: indexing, iteration, ``len``, ``np.asarray``.
    """

    def __init__(self, spikes: NumpyArray) -> None:
        self._spikes = spikes

    @overload
    def __getitem__(self, step: int) -> NumpyArray: ...
    @overload
    def __getitem__(self, step: slice) -> SpikeHistory: ...
    def __getitem__(self, step: int | slice) -> NumpyArray | SpikeHistory:
        if isinstance(step, slice):
            return SpikeHistory(self._spikes[step])
        return self._spikes[step].astype(np.float64)  # type: ignore[no-any-return]

    def __len__(self) -> int:
        return len(self._spikes)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NumpyArray:
        if copy is False:
            raise ValueError("a spike history has to be copied into an array")
        return self._spikes.astype(np.float64 if dtype is None else dtype)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence):
            return NotImplemented
        return np.array_equal(self, np.asarray(other))

    def __repr__(self) -> str:
        return f"SpikeHistory({len(self)} steps of {self._spikes.shape[1:]})"


def check_callbacks(names: Iterable[str] | None) -> list[str]:
    """`names` as a list, checked.

    Raises
    ------
    ParameterError
        If a name is unknown or `names` is not a list of names.
    """
    if isinstance(names, str):
        raise ParameterError(f"callbacks must be a list of names, e.g. [{names!r}]")
    chosen = list_of_names("callbacks", names or [])
    for name in chosen:
        check_name("callbacks", name, CALLBACK_NAMES)
    return chosen


def history(name: str, array: NumpyArray) -> Sequence[Any]:
    """The published form of one recording, from its array with time first.

    Spikes are (ne,), (ni,), and (ne, 1) for the recurrent activity; counts are whole numbers from
    before the step's plasticity; weights and thresholds are arrays from after the step. With a
    batch, arrays have a leading axis.
    """
    if name == "RecurrentActivation":
        return SpikeHistory(array[..., None])
    return SpikeHistory(array) if name.endswith("Activation") else list(array)
