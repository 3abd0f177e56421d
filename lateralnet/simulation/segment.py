"""A segment of simulation: states and drive in, states and spikes out, for R networks at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from backends.base import Program, ResidentProgram, Watch
from backends.base import Spikes as ProgramSpikes
from lateralnet.network.batch import Batch, Phase
from lateralnet.network.definition import state_names
from lateralnet.network.wiring import State
from lateralnet.simulation.loan import LentState, Loan, whole
from lateralnet.simulation.spikes import Counted, Spikes, SpikeTrain, joined


@dataclass(frozen=True)
class Drive:
    """Piecewise-constant rates of the afferents over some time steps.

    Attributes
    ----------
    rows_hz : ndarray, shape (n_rows, n_ll)
        Rates as they drive the Poisson process.
    row_of_step : ndarray of int, shape (n_steps,)
        Which row holds at each step.
    """

    rows_hz: np.ndarray
    row_of_step: np.ndarray


class Simulation:
    """A program together with the networks that it runs."""

    def __init__(self, program: Program, batch: Batch) -> None:
        self._program = program
        self._batch = batch
        self._state_names = state_names(batch.definition)
        self._loan: Loan | None = None

    def advance(
        self,
        states: Sequence[State],
        drives: Sequence[Drive],
        phase: Phase,
        first_step: int,
        *,
        keep_from: int | None = None,
        count_edges: Sequence[int] = (),
        lend: bool = False,
    ) -> list[tuple[State, Spikes]]:
        """Run all networks for the length of their drives.

        Parameters
        ----------
        states : sequence of State, one per network
            They are left as they are.
        drives : sequence of Drive, one per network
            Of equal length, with equal `row_of_step`.
        phase : Phase
            Noise stream and plasticity.
        first_step : int
            Where in the noise stream the segment starts; the spikes count from here too.
        keep_from : int, optional
            Step from which the spikes of LL and MON are wanted. Of earlier steps a device may
            tell only how many there were; see `SpikeTrain.n_between`.
        count_edges : sequence of int
            Steps between which they are counted.
        lend : bool
            Whether the states may stay in the program, each array fetched when it is looked at
            (`LentState`). Such a state is valid until the next call.

        Returns
        -------
        list of (State, Spikes)
            One for each network. How a stretch is cut into segments changes nothing.
        """
        keep_from = first_step if keep_from is None else keep_from
        states = list(states)
        collected: list[list[Spikes]] = [[] for _ in states]
        row_of_step = drives[0].row_of_step
        for start, stop in self._pieces(row_of_step):
            first, last = first_step + start, first_step + stop
            inside = [edge - first for edge in count_edges if first < edge < last]
            watch = Watch(
                max(keep_from - first, 0),
                {"cells": self._batch.definition.n_mon},
                (0, *inside, stop - start) if keep_from > first else (),
            )
            inputs = self._drive_inputs(drives, start, stop)
            states, found = self._run_piece(states, inputs, phase, first, stop - start, watch)
            for stretches, one in zip(collected, self._split(found, first, watch), strict=True):
                stretches.append(one)
        if not lend:
            states = [whole(state) for state in states]
        return [(s, joined(stretches)) for s, stretches in zip(states, collected, strict=True)]

    def _pieces(self, row_of_step: np.ndarray) -> list[tuple[int, int]]:
        """Cut the steps so that each piece fits the program's tables."""
        d = self._batch.definition
        pieces, start = [], 0
        while start < row_of_step.size:
            limit = min(start + d.n_steps, row_of_step.size)
            window = row_of_step[start:limit]
            too_many = np.flatnonzero(window - window[0] >= d.n_rows)
            stop = start + int(too_many[0]) if too_many.size else limit
            pieces.append((start, stop))
            start = stop
        return pieces

    def _drive_inputs(
        self, drives: Sequence[Drive], start: int, stop: int
    ) -> dict[str, np.ndarray]:
        rows = drives[0].row_of_step[start:stop]
        low, high = int(rows[0]), int(rows[-1]) + 1
        rates_hz = np.concatenate([drive.rows_hz[low:high] for drive in drives], axis=1)
        # The middle of a row, safe from rounding.
        return {"ll_rates.values": rates_hz.ravel(), "row_time.values": rows - low + 0.5}

    def _run_piece(
        self,
        states: list[State],
        drive: dict[str, np.ndarray],
        phase: Phase,
        first_step: int,
        n_steps: int,
        watch: Watch,
    ) -> tuple[list[State], Mapping[str, ProgramSpikes]]:
        """Run one segment of the program; return the new states and its spikes."""
        batch = self._batch
        # A frozen weight keeps its very bits: it does not even pass through the program's type.
        # What a program does not hand back stays as it was.
        frozen = [name for name in phase.frozen_weights if name in states[0]]
        stays = [name for name in _own(states[0]) if name not in self._state_names]
        own = [{name: state[name] for name in (*frozen, *stays)} for state in states]
        sent = self._to_send(states)
        inputs = batch.pack([{n: s[n] for n in sent} for s in states], phase, first_step) | drive
        if not isinstance(self._program, ResidentProgram):
            for name, values in drive.items():
                inputs[name] = np.zeros(batch.layout[name][1])
                inputs[name][: values.size] = values
            outcome = self._program.run(inputs, n_steps)
            new = batch.unpack(outcome.state)
            return [{**n, **o} for n, o in zip(new, own, strict=True)], outcome.spikes
        if self._loan is not None:
            self._loan.end()
        spikes = self._program.advance(inputs, n_steps, watch)
        self._loan = loan = Loan(self._program, batch, self._state_names)
        return [LentState(loan, network, kept) for network, kept in enumerate(own)], spikes

    def _to_send(self, states: Sequence[State]) -> list[str]:
        """Return the arrays of the states that the program does not hold."""
        if all(isinstance(state, LentState) and state.loan is self._loan for state in states):
            return sorted({name for state in states for name in _own(state)})
        return list(states[0])

    def _split(
        self, recorded: Mapping[str, ProgramSpikes], first_step: int, watch: Watch
    ) -> list[Spikes]:
        """Return the spikes of each network, steps counted from the start of the stream."""
        batch, d = self._batch, self._batch.definition
        cells, afferents = (
            replace(spikes, step=spikes.step + first_step)
            for spikes in (recorded["cells"], recorded["afferents"])
        )
        sizes = {"ll": d.n_ll, "mon": d.n_mon, "ts": d.n_ts}
        spikes = [
            {
                layer: SpikeTrain(*found[layer], n_cells=n_cells, dt_s=d.dt_s)
                for found in [{"ll": ll, **layers}]
                for layer, n_cells in sizes.items()
            }
            for layers, ll in zip(
                batch.split_cells(cells), batch.split_afferents(afferents), strict=True
            )
        ]
        if cells.counts is not None and afferents.counts is not None:
            edges = np.asarray(watch.edges) + first_step
            for one, of_cells, of_ll in zip(spikes, cells.counts, afferents.counts, strict=True):
                of_mon = of_cells - one["ts"].n_between(edges)
                one["ll"] = replace(one["ll"], counted=Counted(edges, of_ll))
                one["mon"] = replace(one["mon"], counted=Counted(edges, of_mon))
        return spikes


def _own(state: State) -> Sequence[str]:
    """Return the arrays that are not the program's."""
    return list(state.own if isinstance(state, LentState) else state)
