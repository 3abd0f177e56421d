"""A run to work with: conditions by name, their spikes, rates and decoded positions."""

from __future__ import annotations

import html
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lateralnet.errors import InputError, nearest_names
from lateralnet.measures.decoding import PopulationVector, decoded_sweep
from lateralnet.measures.evaluation import measures_of
from lateralnet.parameters.params import NetworkParams
from lateralnet.parameters.rules import DECODING_WINDOW_S
from lateralnet.records import results
from lateralnet.records.record import TestRecord
from lateralnet.records.results import RunResult
from lateralnet.runs.outcome.summary import summary_table
from lateralnet.runs.own import Own
from lateralnet.simulation.spikes import LAYERS, SpikeTrain


@dataclass(frozen=True)
class Condition:
    """The test of one network under one condition.

    Attributes
    ----------
    name : str
        ``"untrained"``, ``"trained"``, or a control.
    seed : int
        Seed of the network.
    measures : dict
        As in the results of the run.
    test : TestRecord
        Spikes and positions of all sweeps.
    window_cm : tuple of float or None
        Evaluation window on the body axis.
    window_s : float
        Time over which spikes are summed to decode them.
    """

    name: str
    seed: int
    measures: dict[str, Any]
    test: TestRecord
    window_cm: tuple[float, float] | None = None
    window_s: float = DECODING_WINDOW_S

    def spikes(self, layer: str, sweep: int = 0) -> SpikeTrain:
        """Return the spikes of ``"ll"``, ``"mon"`` or ``"ts"`` in a sweep.

        Raises
        ------
        InputError
            For an unknown layer or sweep.
        """
        if layer not in LAYERS:
            near = nearest_names(layer, LAYERS)
            raise InputError(f"unknown layer {layer!r}.{near} Layers: {', '.join(LAYERS)}.")
        if not 0 <= sweep < len(self.test.spikes):
            raise InputError(f"there is no sweep {sweep}; there are {len(self.test.spikes)}.")
        return self.test.spikes[sweep][layer]

    @property
    def rates_hz(self) -> dict[str, NDArray[np.float64]]:
        """Mean rate of each cell over all sweeps, by layer, each of shape (n_cells,)."""
        duration_s = self.test.duration_s * len(self.test.spikes)
        return {
            layer: np.sum([spikes[layer].counts() for spikes in self.test.spikes], axis=0)
            / duration_s
            for layer in LAYERS
        }

    @property
    def decoded(self) -> PopulationVector:
        """What the population vector of TS says of the position in the first sweep."""
        sweep = self.test.sweeps("ts")[0]
        return decoded_sweep(
            sweep,
            n_bins=min(100, sweep.n_cells),
            window_cm=self.window_cm,
            window_s=self.window_s,
        )

    def __repr__(self) -> str:
        return (
            f"<{self.name} of seed {self.seed}: {len(self.test.spikes)} sweeps of "
            f"{self.test.duration_s:g} s, TS at {self.measures['ts_rate_hz']:.1f} Hz>"
        )


def measured(name: str, test: TestRecord, params: NetworkParams, own: Own) -> dict[str, Any]:
    """Return all measures of a test, those of one's own last."""
    ours = measures_of(test, params)
    return {**ours, **own.values(_condition(name, params.seed, ours, test, params), params)}


def _condition(
    name: str, seed: int, measures: dict[str, Any], test: TestRecord, params: NetworkParams
) -> Condition:
    low, high = params.eval_x_min_cm, params.eval_x_max_cm
    window = None if low is None or high is None else (low, high)
    return Condition(name, seed, measures, test, window, params.decoding_window_s)


@dataclass(frozen=True, repr=False)
class Run(RunResult):
    """A run: what `lateralnet.run` and `lateralnet.load` return.

    ``run["trained"]`` is the trained network of the first seed, ``run["trained", 124]`` that of
    another.

    Examples
    --------
    >>> import lateralnet
    >>> result = lateralnet.load("Runs/first")  # doctest: +SKIP
    >>> result["trained"].rates_hz["ts"].mean()  # doctest: +SKIP
    """

    def __getitem__(self, key: str | tuple[str, int]) -> Condition:
        name, seed = (key, self.seeds[0].seed) if isinstance(key, str) else key
        found = self.of_seed(seed)
        tests = found.record.tests
        if name not in tests:
            near = nearest_names(name, tests)
            raise InputError(f"no condition {name!r}.{near} Conditions: {', '.join(tests)}.")
        return _condition(name, seed, found.measures[name], tests[name], found.params)

    @property
    def conditions(self) -> tuple[str, ...]:
        """Names of the conditions that were tested."""
        return tuple(self.seeds[0].measures)

    def __repr__(self) -> str:
        p = self.params
        seeds = self.completeness or f"{len(self.seeds)} seed{'s' * (len(self.seeds) > 1)}"
        return (
            f"<run {self.folder}: {self.mode}, {p.n_ll}-{p.n_mon}-{p.n_ts}, "
            f"{p.n_training_trials} trials, {seeds}>"
        )

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(repr(self))}\n\n{html.escape(summary_table(self))}</pre>"


def as_run(result: RunResult) -> Run:
    """Return a result as the object that users get."""
    return Run(**{name: getattr(result, name) for name in RunResult.__dataclass_fields__})


def load(folder: str | Path) -> Run:
    """Read a run: its finished seeds, and which are not.

    Raises
    ------
    InputError
        When the folder is not one of a run, has no finished seed, or its ``params.json`` does
        not describe its weights.
    StorageError
        When a file is missing or damaged.
    """
    return as_run(results.load(folder))
