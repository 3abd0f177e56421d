"""Side by side: R networks as the arrays of one program, and the program's answer split again.

Network after network in every array: a network is one slice of each, with its MON cells before
its TS cells (`cells`, and likewise the two of `inhibitory`). Synapses go in sorted by source, which
the runtimes need or like, and come out in wiring order.
"""

from __future__ import annotations

import itertools
import operator
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from lateralnet.errors import InputError
from lateralnet.network.counter_noise import stream_keys
from lateralnet.network.definition import Definition, input_layout, state_names
from lateralnet.network.wiring import Replica, State
from lateralnet.parameters.params import NetworkParams

StepsAndCells = tuple[np.ndarray, np.ndarray]

_PROJECTIONS = ("ll_mon", "mon_ts", "ts_inhibition", "ts_excitation")  # sorted by source
_NO_BOUND = 1e30  # a frozen weight must not be clipped either
_SHARED = ("mon_ts_gain_mV", "mon_ts_wmax", "mon_ts_stdp_offset", "ll_mon_wmax_mV")


class RawSpikes(Protocol):
    """Spikes as a device returns them; see `backends.base.Spikes`."""

    @property
    def step(self) -> np.ndarray: ...
    @property
    def index(self) -> np.ndarray: ...
    @property
    def bounds(self) -> np.ndarray | None: ...


@dataclass(frozen=True)
class Phase:
    """What distinguishes a stretch of simulation beside its state and drive.

    Attributes
    ----------
    stream : str
        Name of the noise stream (``"training"``, ``"test/0"``, ...).
    mon_ts_learns, ll_mon_learns : bool
        Whether the projection is plastic; a frozen one keeps every weight exactly.
    """

    stream: str
    mon_ts_learns: bool
    ll_mon_learns: bool

    @property
    def frozen_weights(self) -> tuple[str, ...]:
        """Arrays of weights that stay as they are."""
        learns = {"mon_ts.w": self.mon_ts_learns, "ll_mon.w": self.ll_mon_learns}
        return tuple(name for name, does in learns.items() if not does)


class Batch:
    """R networks of equal sizes as one block-diagonal network."""

    def __init__(self, replicas: Sequence[Replica], definition: Definition) -> None:
        _check_equal(replicas)
        self.replicas = list(replicas)
        self.definition = definition
        self.layout = input_layout(definition)
        self._layer_sizes = np.tile([definition.n_mon, definition.n_ts], len(replicas))
        # Of each projection, the place in wiring order of every synapse as it goes in.
        self._order = {name: self._sorted_by_source(name) for name in _PROJECTIONS}
        self._fixed = self._fixed_inputs()
        self._phase_inputs: dict[Phase, dict[str, np.ndarray]] = {}
        # State arrays of the program and their parts by network, as last split or joined.
        self._joined: dict[str, tuple[list[np.ndarray], np.ndarray]] = {}

    def row_lengths(self) -> dict[str, tuple[int, int]]:
        """Bounds of the synapses of one source and of one target, for each projection.

        Powers of two, so that networks of other seeds mostly have the same.
        """
        names = [name.removesuffix(".i") for name in self._fixed if name.endswith(".i")]

        def bound(ends: np.ndarray) -> int:
            return 1 << (int(np.bincount(ends).max(initial=1)) - 1).bit_length()

        return {
            name: (bound(self._fixed[f"{name}.i"]), bound(self._fixed[f"{name}.j"]))
            for name in names
        }

    def pack(self, states: Sequence[State], phase: Phase, step0: int) -> dict[str, np.ndarray]:
        """Return the inputs of a segment that starts at step `step0` of its stream.

        `states` may lack what a program holds; traces of what does not learn are zeros.
        """
        if phase not in self._phase_inputs:
            self._phase_inputs[phase] = self._inputs_of(phase)
        inputs = {**self._fixed, **self._phase_inputs[phase]}
        for name in states[0]:
            inputs[name] = self._join_state(name, [state[name] for state in states])
        for frozen, names in (
            (not phase.mon_ts_learns, ("cells.trace",)),
            (not phase.ll_mon_learns, ("cells.trace_ll", "afferents.trace")),
        ):
            for name in names:
                if frozen and name in self.layout:
                    inputs[name] = np.zeros(self.layout[name][1])
        inputs["afferents.step0"] = inputs["cells.step0"] = np.array([step0], dtype=np.int32)
        return inputs

    def unpack(self, state: State) -> list[dict[str, np.ndarray]]:
        """Split a state by network, weights in wiring order."""
        parts = {name: self._split(name, values) for name, values in state.items()}
        for name, values in state.items():
            self._joined[name] = parts[name], values
        return [{name: of[r] for name, of in parts.items()} for r in range(len(self.replicas))]

    def _join_state(self, name: str, parts: list[np.ndarray]) -> np.ndarray:
        """Join parts; those that come back as they went out give the array that was split."""
        known = self._joined.get(name)
        if known is None or not all(map(operator.is_, known[0], parts)):
            known = self._joined[name] = parts, self._join(name, parts)
        return known[1]

    def split_cells(self, spikes: RawSpikes) -> list[dict[str, StepsAndCells]]:
        """Split spikes of `cells` by network and layer: ``{"mon": (step, cell), "ts": ...}``."""
        n_mon, layers = self.definition.n_mon, []
        for step, cell in self._by_network(spikes, n_mon + self.definition.n_ts):
            is_mon = cell < n_mon
            ts = np.flatnonzero(~is_mon)  # few
            layers.append({"mon": (step[is_mon], cell[is_mon]), "ts": (step[ts], cell[ts] - n_mon)})
        return layers

    def split_afferents(self, spikes: RawSpikes) -> list[StepsAndCells]:
        """Split spikes of `afferents` by network."""
        return self._by_network(spikes, self.definition.n_ll)

    def _by_network(self, spikes: RawSpikes, size: int) -> list[StepsAndCells]:
        step, cell, bounds = spikes.step, spikes.index, spikes.bounds
        if bounds is None:
            if len(self.replicas) == 1:
                return [(step, cell)]
            network = cell // size
            order = np.argsort(network, kind="stable")
            bounds = np.searchsorted(network[order], np.arange(len(self.replicas) + 1))
            step, cell = step[order], cell[order] % size
        return [(step[a:b], cell[a:b]) for a, b in itertools.pairwise(bounds)]

    def _join(self, name: str, parts: Sequence[np.ndarray]) -> np.ndarray:
        whole = np.concatenate(parts)
        order = self._order.get(name.split(".")[0])
        return whole if order is None else np.take(whole, order)

    def _split(self, name: str, values: np.ndarray) -> list[np.ndarray]:
        order = self._order.get(name.split(".")[0])
        if order is not None:
            whole = np.empty_like(values)
            whole[order] = values
            values = whole
        return np.split(values, len(self.replicas))

    def _sorted_by_source(self, projection: str) -> np.ndarray:
        wired = [getattr(replica, projection) for replica in self.replicas]
        return np.concatenate([np.lexsort((s.j, s.i)) + r * s.i.size for r, s in enumerate(wired)])

    def _per_layer(self, mon_and_ts: Sequence[Sequence[float]]) -> np.ndarray:
        """Return the values for every cell from those for MON and for TS of each network."""
        return np.repeat(np.ravel(mon_and_ts), self._layer_sizes)

    def _of_params(self, mon: str, ts: str) -> np.ndarray:
        return self._per_layer(
            [(getattr(r.params, mon), getattr(r.params, ts)) for r in self.replicas]
        )

    def _fixed_inputs(self) -> dict[str, np.ndarray]:
        """Wiring, background and everything else that no phase changes."""
        d, reps, n_rep = self.definition, self.replicas, len(self.replicas)
        first_ll = np.arange(n_rep) * d.n_ll
        first_mon = np.arange(n_rep) * (d.n_mon + d.n_ts)
        first_ts = first_mon + d.n_mon
        ends = {
            "ll_mon": (first_ll, first_mon),
            "mon_ts": (first_mon, first_ts),
            "ts_inhibition": (first_ts, first_ts),
            "ts_excitation": (first_ts, first_ts),
        }
        inputs: dict[str, np.ndarray] = {}
        for name in (name for name in ends if f"{name}.i" in self.layout):
            synapses = [getattr(replica, name) for replica in reps]
            for end, first in zip("ij", ends[name], strict=True):
                cells = [getattr(s, end) + int(first[r]) for r, s in enumerate(synapses)]
                inputs[f"{name}.{end}"] = self._join(name, cells)
            if f"{name}.w" not in state_names(d):
                inputs[f"{name}.w"] = self._join(name, [s.w * 1e-3 for s in synapses])
        to_each = np.repeat(np.arange(2 * n_rep), self._layer_sizes)
        all_cells = np.arange(d.n_cells)
        inputs |= {
            "to_inhibitory.i": all_cells,
            "to_inhibitory.j": to_each,
            "to_inhibitory.w": 1e-3
            * np.concatenate([drive for r in reps for drive in (r.mon_drive_mV, r.ts_drive_mV)]),
            "from_inhibitory.i": to_each,
            "from_inhibitory.j": all_cells,
            "from_inhibitory.w": 1e-3 * self._per_layer([_inhibition_mV(r.params) for r in reps]),
            "cells.background_p": d.dt_s * self._of_params("bg_rate_mon_hz", "bg_rate_ts_hz"),
            "cells.background_w": 1e-3 * self._of_params("bg_w_mon_mV", "bg_w_ts_mV"),
            "mon_ts.gain": np.array([reps[0].params.mon_ts_gain_mV * 1e-3]),
        }
        if d.model is not None:
            for name, values in d.model.cell_arrays(d.n_mon, d.n_ts).items():
                inputs[f"cells.{name}"] = np.tile(values, n_rep)
        return inputs

    def _inputs_of(self, phase: Phase) -> dict[str, np.ndarray]:
        """Noise keys, trace increments and bounds of a phase."""
        d, p = self.definition, self.replicas[0].params
        learns, ll_learns = phase.mon_ts_learns, phase.ll_mon_learns

        def noise_keys(group: str, n: int) -> np.ndarray:
            stream = f"{phase.stream}/{group}"
            return np.concatenate([stream_keys(r.params.seed, stream, n) for r in self.replicas])

        inputs = {
            "cells.noise_key": noise_keys("cells", d.n_mon + d.n_ts),
            "afferents.noise_key": noise_keys("afferents", d.n_ll),
            "cells.trace_bump": self._of_params("mon_ts_apre", "mon_ts_apost") * learns,
            "mon_ts.w_max": np.array([p.mon_ts_wmax if learns else _NO_BOUND]),
            "mon_ts.offset": np.array([p.mon_ts_stdp_offset if learns else 0.0]),
        }
        if d.ll_mon_plastic:
            bumps = [(r.params.ll_mon_apost, 0.0) for r in self.replicas]
            inputs["cells.trace_ll_bump"] = self._per_layer(bumps) * ll_learns
            inputs["afferents.trace_bump"] = np.repeat(
                [r.params.ll_mon_apre * ll_learns for r in self.replicas], d.n_ll
            )
            bound = p.ll_mon_wmax_mV * 1e-3 if ll_learns else _NO_BOUND
            inputs["ll_mon.w_max"] = np.array([bound])
        return inputs


def _inhibition_mV(p: NetworkParams) -> tuple[float, float]:
    """Weights from the inhibitory cells to a MON and to a TS cell."""
    return p.global_inh_to_mon_mV, p.global_inh_to_ts_mV if p.use_ts_feedback_inh else 0.0


def _check_equal(replicas: Sequence[Replica]) -> None:
    """Replicas may differ in seed, stimulus and values, but not in what a program shares."""
    first: NetworkParams = replicas[0].params
    for replica in replicas[1:]:
        for name in _SHARED:
            if getattr(replica.params, name) != getattr(first, name):
                raise InputError(
                    f"replicas of one program must have the same {name}; run networks that "
                    "differ in it as separate runs."
                )
        if replica.definition("float64") != replicas[0].definition("float64"):
            raise InputError(
                "replicas of one program must have the same sizes, synapse counts and time "
                "constants; run networks that differ in them as separate runs."
            )
