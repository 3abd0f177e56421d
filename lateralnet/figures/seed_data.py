"""What all figures of one seed are drawn from: its record, and what follows from it, once."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lateralnet.measures.body_map import BodyFixedMap, body_fixed_map
from lateralnet.measures.decoding import smoothing_steps
from lateralnet.measures.order import PlaceOrder, place_order
from lateralnet.measures.rate_maps import RateMap, rate_map
from lateralnet.parameters.params import NetworkParams
from lateralnet.records.record import SeedRecord, TestRecord

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Scene:
    """One seed of a run, ready to be drawn.

    Attributes
    ----------
    mode : str
        Preset of the run.
    params : NetworkParams
        Parameters with this seed.
    record : SeedRecord
        Weights, curves and spikes.
    measures : dict
        Condition -> measures, as in `lateralnet.records.results.SeedResult`.
    """

    mode: str
    params: NetworkParams
    record: SeedRecord
    measures: dict[str, dict[str, Any]]
    _rates: dict[tuple[str, str], RateMap] = field(default_factory=dict, repr=False)

    @property
    def context(self) -> str:
        """Which run this is, in one line."""
        p = self.params
        trials = f"{p.n_training_trials:,} training trial{'s' * (p.n_training_trials != 1)}"
        sweeps = f"{p.test_sweeps} test sweep{'s' * (p.test_sweeps != 1)}"
        return (
            f"{self.mode}, seed {p.seed}: {p.n_ll} LL, {p.n_mon} MON, {p.n_ts} TS cells, "
            f"{trials} of {p.trial_duration_s:g} s, {sweeps} at {p.distance_cm:g} cm"
        )

    @property
    def body_cm(self) -> float:
        """Length of the body."""
        return self.params.ll_body_length_cm

    @property
    def sizes(self) -> dict[str, int]:
        """Number of cells of each layer."""
        return self.params.n_cells

    @property
    def trained(self) -> TestRecord:
        """The test of the trained network."""
        return self.record.tests["trained"]

    @property
    def compared(self) -> tuple[str, ...]:
        """The conditions that are drawn side by side: before and after learning."""
        return tuple(name for name in ("untrained", "trained") if name in self.record.tests)

    @cached_property
    def path_cm(self) -> tuple[float, float]:
        """The range of positions of every figure: the body and the whole test path."""
        x_cm = np.concatenate([test.x_cm.ravel() for test in self.record.tests.values()])
        return min(0.0, float(x_cm.min())), max(self.body_cm, float(x_cm.max()))

    @cached_property
    def training_end_s(self) -> float:
        """Duration of training."""
        return float(self.record.training["end_s"])

    @cached_property
    def body_maps(self) -> dict[str, BodyFixedMap]:
        """Decoded positions of TS before and after learning (chance is in the measures)."""
        return {
            name: body_fixed_map(
                self.record.tests[name].sweeps("ts"),
                body_length_cm=self.body_cm,
                n_shuffles=0,
                window_s=self.params.decoding_window_s,
            )
            for name in self.compared
        }

    @cached_property
    def orders(self) -> dict[str, PlaceOrder]:
        """Preferred positions of TS before and after learning."""
        return {
            name: place_order(
                self.record.tests[name].sweeps("ts"),
                body_length_cm=self.body_cm,
                n_shuffles=0,
            )
            for name in self.compared
        }

    def rates(self, layer: str, condition: str) -> RateMap:
        """Return the rates of a layer over the body in the test of a condition."""
        key = (layer, condition)
        if key not in self._rates:
            self._rates[key] = rate_map(
                self.record.tests[condition].sweeps(layer),
                body_length_cm=self.body_cm,
            )
        return self._rates[key]

    def measure(self, condition: str, name: str) -> float:
        """Return a measure, NaN where it is missing or has no value."""
        value = self.measures.get(condition, {}).get(name)
        return float("nan") if value is None else float(value)

    def is_silent(self, condition: str, layer: str) -> bool:
        """Whether a layer has no spike in any sweep of a test."""
        return not any(len(s[layer]) for s in self.record.tests[condition].spikes)


def population_rate_hz(step: NDArray[np.int64], n: int, n_steps: int, dt_s: float) -> FloatArray:
    """Return the mean rate of `n` cells at each of `n_steps` steps, smoothed over 20 ms."""
    if not n_steps:
        return np.zeros(0)
    counts = np.bincount(step, minlength=n_steps).astype(float)
    width = min(smoothing_steps(dt_s), n_steps)
    return np.convolve(counts, np.full(width, 1.0 / (width * n * dt_s)), mode="same")


def evenly_spaced(n: int, count: int) -> NDArray[np.int64]:
    """Return up to `count` cells spread over a layer of `n`, ends included."""
    return np.unique(np.rint(np.linspace(0, n - 1, min(n, count))).astype(np.int64))


def place_cm(cell: Any, n: int, body_cm: float) -> Any:
    """Return the place on the body that the anatomy gives to a cell."""
    return np.asarray(cell) * body_cm / max(1, n - 1)
