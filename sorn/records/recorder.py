"""What a run writes down, in memory or on disk: spikes as booleans, every step or every k-th."""

from __future__ import annotations

import difflib
import math
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from numbers import Integral
from pathlib import Path
from typing import Any

import numpy as np

from sorn.arrays import NumpyArray
from sorn.engines.engine import Activity
from sorn.errors import InputError, ParameterError
from sorn.parameters import Parameters
from sorn.parameters.checks import list_of_names
from sorn.records.sinks import FileSink, MemorySink
from sorn.state import state_shapes

ACTIVITY_FIELDS = {
    "excitatory": "excitatory",
    "inhibitory": "inhibitory",
    "recurrent": "recurrent",
    "ee_connections": "ee_counts",
    "ei_connections": "ei_counts",
}
COUNTS = ("ee_connections", "ei_connections")
STATE_FIELDS = ("Wee", "Wei", "Te", "Ti")
RECORD_NAMES = (*ACTIVITY_FIELDS, *STATE_FIELDS)
"""Names that ``record=`` takes."""


class Recording(Mapping[str, NumpyArray]):
    """What a run recorded: arrays by name, time first.

    Attributes
    ----------
    steps : int
        Steps that were run.
    every : int
        Entry k is of step ``(k + 1) * every - 1``, counted from 0.
    """

    def __init__(self, arrays: dict[str, NumpyArray], steps: int, every: int) -> None:
        self._arrays, self.steps, self.every = arrays, steps, every

    def __getitem__(self, name: str) -> NumpyArray:
        if name not in self._arrays:
            raise ParameterError(
                f"{name!r} was not recorded; there is: {', '.join(self._arrays) or 'nothing'}"
            )
        return self._arrays[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._arrays)

    def __len__(self) -> int:
        return len(self._arrays)

    def __contains__(self, name: object) -> bool:
        return name in self._arrays

    def __repr__(self) -> str:
        parts = ", ".join(f"{name} {array.shape}" for name, array in self._arrays.items())
        return f"Recording({self.steps} steps, every {self.every}: {parts or 'nothing'})"


class Recorder:
    """Fills the arrays of a `Recording`, which are made before the first step.

    Parameters
    ----------
    names : str or iterable of str
        Out of `RECORD_NAMES`.
    every : int
        Of every so many steps the last one is kept.
    steps : int
        Steps that will be run.
    parameters : Parameters
    batch : tuple of int
        () for one network, (batch,) for several.
    folder : path, optional
        Where the arrays lie, one ``.npy`` file each; None keeps them in memory.

    Raises
    ------
    ParameterError
        If a name is unknown, or `every` is not a whole number from 1 on.
    InputError
        If the folder holds recordings already, or there is no room for what they would take.
    """

    def __init__(
        self,
        names: str | Iterable[str],
        every: int,
        steps: int,
        parameters: Parameters,
        batch: tuple[int, ...] = (),
        folder: str | Path | None = None,
    ) -> None:
        chosen = list(dict.fromkeys(list_of_names("record", names)))
        for name in chosen:
            if name not in RECORD_NAMES:
                check_name("record", name, RECORD_NAMES)
        if isinstance(every, bool) or not isinstance(every, Integral) or every < 1:
            raise ParameterError(f"every={every!r}; give a whole number of steps from 1 on")
        if folder is not None and not isinstance(folder, str | os.PathLike):
            raise InputError(f"to={folder!r}; give the folder for the recordings")
        self._every: int = int(every)
        self._steps: int = steps
        files: dict[str, Path] = {}
        if folder is not None:
            files = {name: Path(folder) / f"{name}.npy" for name in chosen}
            taken = [path for path in files.values() if path.exists()]
            if taken:
                raise InputError(f"{taken[0]} exists; choose another folder for the recordings")
        self._sinks: dict[str, MemorySink | FileSink] = {}
        for name in chosen:
            shape = (steps // self._every, *batch, *_shape(name, parameters))
            self._sinks[name] = _sink(name, shape, _dtype(name), files.get(name))
        self.wants_details: bool = any(name in (*COUNTS, "recurrent") for name in chosen)
        self._reads_state: bool = any(name in STATE_FIELDS for name in chosen)

    def next_stop(self, done: int) -> int:
        """Step after which the state has to be read, at the latest."""
        return done - done % self._every + self._every if self._reads_state else self._steps

    def add(self, activity: Activity, read: Callable[[str], NumpyArray], done: int) -> None:
        """Keep what a stretch of steps brought.

        Parameters
        ----------
        activity : Activity
        read : callable
            ``read(name)`` gives an array of the state.
        done : int
            Steps run so far, this stretch included.
        """
        first = done - len(activity.excitatory)
        kept = slice(self._every - 1 - first % self._every, None, self._every)
        for name, sink in self._sinks.items():
            if name not in STATE_FIELDS:
                sink.put(getattr(activity, ACTIVITY_FIELDS[name])[kept])
            elif done // self._every > first // self._every:
                sink.put(read(name)[None])

    def __enter__(self) -> Recorder:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:  # leave nothing of a run that failed
            for sink in self._sinks.values():
                sink.discard()

    def finish(self, done: int) -> Recording:
        """The recording of the steps that were run."""
        arrays = {name: sink.finish() for name, sink in self._sinks.items()}
        return Recording(arrays, done, self._every)


def _sink(
    name: str, shape: tuple[int, ...], dtype: Any, target: Path | None
) -> MemorySink | FileSink:
    try:
        return MemorySink(shape, dtype) if target is None else FileSink(target, shape, dtype)
    except (MemoryError, ValueError):  # NumPy refuses what no machine could address
        size_gb = math.prod(shape) * np.dtype(dtype).itemsize / 1e9
        raise InputError(
            f"no room for {size_gb:.3g} GB of {name!r}; lower steps, record less, or raise every="
        ) from None


def recorded(name: str, activity: Activity, read: Callable[[str], NumpyArray]) -> NumpyArray:
    """What is recorded of one step under `name`, with a time axis of length 1."""
    if name in ACTIVITY_FIELDS:
        return getattr(activity, ACTIVITY_FIELDS[name])  # type: ignore[no-any-return]
    if name not in STATE_FIELDS:
        check_name("record", name, RECORD_NAMES)
    return read(name)[None]


def check_name(keyword: str, name: Any, known: Iterable[str]) -> None:
    """Raise `ParameterError` if `name` is not among the known ones."""
    names = list(known)
    if name not in names:
        close = difflib.get_close_matches(str(name), names, n=1)
        hint = f" Did you mean {close[0]!r}?" if close else ""
        raise ParameterError(f"{keyword} names {name!r}.{hint} Choose from {', '.join(names)}")


def _shape(name: str, parameters: Parameters) -> tuple[int, ...]:
    if name in ("excitatory", "recurrent"):
        return (parameters.ne,)
    if name == "inhibitory":
        return (parameters.ni,)
    return () if name in COUNTS else state_shapes(parameters.ne, parameters.ni)[name]


def _dtype(name: str) -> Any:
    if name in STATE_FIELDS:
        return np.float64
    return np.int64 if name in COUNTS else np.bool_
