"""Side by side: R networks as the arrays of one program, and the program's answer split again.

Network after network in every array: a network is one slice of each, with its MON cells before
its TS cells (`cells`, and likewise the two of `inhibitory`). Synapses go in sorted by source, which
the runtimes need or like, and come out in wiring order.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from lateralnet.errors import InputError
from lateralnet.network.counter_noise import stream_keys
from lateralnet.network.definition import Definition, input_layout, state_names
from lateralnet.network.wiring import Replica, State
from lateralnet.parameters.params import NetworkParams

StepsAndCells = tuple[np.ndarray, np.ndarray]

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
        self._order = {
            name: [np.lexsort((getattr(r, name).j, getattr(r, name).i)) for r in self.replicas]
            for name in ("ll_mon", "mon_ts", "ts_inhibition", "ts_excitation")
        }
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
        parts: list[dict[str, np.ndarray]] = [{} for _ in self.replicas]
        for name, values in state.items():
            pieces = self._split(name, values)
            self._joined[name] = pieces, values
            for part, piece in zip(parts, pieces, strict=True):
                part[name] = piece
        return parts

    def _join_state(self, name: str, parts: list[np.ndarray]) -> np.ndarray:
        """Join parts; those that come back as they went out give the array that was split."""
        known, joined = self._joined.get(name, ([], np.zeros(0)))
        if len(known) != len(parts) or any(a is not b for a, b in zip(known, parts, strict=True)):
            joined = self._join(name, parts)
            self._joined[name] = parts, joined
        return joined

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
        owner = name.split(".")[0]
        if owner in self._order:
            return np.concatenate(
                [p[order] for p, order in zip(parts, self._order[owner], strict=True)]
            )
        return np.concatenate(parts)

    def _split(self, name: str, values: np.ndarray) -> list[np.ndarray]:
        owner, n_rep = name.split(".")[0], len(self.replicas)
        pieces = np.split(values, n_rep)
        if owner not in self._order:
            return pieces
        unsorted = []
        for piece, order in zip(pieces, self._order[owner], strict=True):
            back = np.empty_like(piece)
            back[order] = piece
            unsorted.append(back)
        return unsorted

    def _fixed_inputs(self) -> dict[str, np.ndarray]:
        """Wiring, background and everything else that no phase changes."""
        d, reps, n_rep = self.definition, self.replicas, len(self.replicas)
        p = reps[0].params
        n_cells = d.n_mon + d.n_ts
        offsets: dict[str, tuple[Callable[[int], int], Callable[[int], int]]] = {
            "ll_mon": (lambda r: r * d.n_ll, lambda r: r * n_cells),
            "mon_ts": (lambda r: r * n_cells, lambda r: r * n_cells + d.n_mon),
            "ts_inhibition": (lambda r: r * n_cells + d.n_mon,) * 2,
            "ts_excitation": (lambda r: r * n_cells + d.n_mon,) * 2,
        }
        inputs: dict[str, np.ndarray] = {}
        for name, (source_offset, target_offset) in offsets.items():
            if f"{name}.i" not in self.layout:
                continue
            synapses = [getattr(rep, name) for rep in reps]
            inputs[f"{name}.i"] = self._join(
                f"{name}.i", [s.i + source_offset(r) for r, s in enumerate(synapses)]
            )
            inputs[f"{name}.j"] = self._join(
                f"{name}.j", [s.j + target_offset(r) for r, s in enumerate(synapses)]
            )
            if f"{name}.w" not in state_names(d):
                inputs[f"{name}.w"] = self._join(f"{name}.w", [s.w * 1e-3 for s in synapses])
        to_each = np.repeat(np.arange(2 * n_rep), np.tile([d.n_mon, d.n_ts], n_rep))
        all_cells = np.arange(d.n_cells)
        inputs["to_inhibitory.i"], inputs["to_inhibitory.j"] = all_cells, to_each
        inputs["from_inhibitory.i"], inputs["from_inhibitory.j"] = to_each, all_cells
        inputs["to_inhibitory.w"] = 1e-3 * self._join(
            "cells", [np.concatenate([r.mon_drive_mV, r.ts_drive_mV]) for r in reps]
        )

        def per_layer(mon: str, ts: str, scale: float = 1.0) -> np.ndarray:
            return scale * self._join(
                "cells",
                [
                    np.repeat([getattr(r.params, mon), getattr(r.params, ts)], [d.n_mon, d.n_ts])
                    for r in reps
                ],
            )

        inputs["from_inhibitory.w"] = 1e-3 * np.concatenate(
            [np.repeat(_inhibition_mV(r.params), [d.n_mon, d.n_ts]) for r in reps]
        )
        inputs["cells.background_p"] = per_layer("bg_rate_mon_hz", "bg_rate_ts_hz", d.dt_s)
        inputs["cells.background_w"] = per_layer("bg_w_mon_mV", "bg_w_ts_mV", 1e-3)
        inputs["mon_ts.gain"] = np.array([p.mon_ts_gain_mV * 1e-3])
        if d.model is not None:
            for name, values in d.model.cell_arrays(d.n_mon, d.n_ts).items():
                inputs[f"cells.{name}"] = self._join("cells", [values] * n_rep)
        return inputs

    def _inputs_of(self, phase: Phase) -> dict[str, np.ndarray]:
        """Noise keys, trace increments and bounds of a phase."""
        d, p = self.definition, self.replicas[0].params
        learns, ll_learns = phase.mon_ts_learns, phase.ll_mon_learns
        seeds = [r.params.seed for r in self.replicas]
        inputs = {
            "cells.noise_key": self._join(
                "cells", [stream_keys(s, f"{phase.stream}/cells", d.n_mon + d.n_ts) for s in seeds]
            ),
            "afferents.noise_key": np.concatenate(
                [stream_keys(s, f"{phase.stream}/afferents", d.n_ll) for s in seeds]
            ),
            "cells.trace_bump": self._bump("mon_ts_apre", "mon_ts_apost", learns),
            "mon_ts.w_max": np.array([p.mon_ts_wmax if learns else _NO_BOUND]),
            "mon_ts.offset": np.array([p.mon_ts_stdp_offset if learns else 0.0]),
        }
        if d.ll_mon_plastic:
            inputs["cells.trace_ll_bump"] = self._bump("ll_mon_apost", None, ll_learns)
            inputs["afferents.trace_bump"] = np.repeat(
                [r.params.ll_mon_apre * ll_learns for r in self.replicas], d.n_ll
            )
            bound = p.ll_mon_wmax_mV * 1e-3 if ll_learns else _NO_BOUND
            inputs["ll_mon.w_max"] = np.array([bound])
        return inputs

    def _bump(self, mon: str, ts: str | None, learns: bool) -> np.ndarray:
        d = self.definition
        sizes = [d.n_mon, d.n_ts]
        return self._join(
            "cells",
            [
                np.repeat([getattr(r.params, mon), getattr(r.params, ts) if ts else 0.0], sizes)
                * learns
                for r in self.replicas
            ],
        )


def _inhibition_mV(p: NetworkParams) -> list[float]:
    """Weights from the inhibitory cells to a MON and to a TS cell."""
    return [p.global_inh_to_mon_mV, p.global_inh_to_ts_mV if p.use_ts_feedback_inh else 0.0]


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
