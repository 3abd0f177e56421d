"""A segment of simulation: states and drive in, states and spikes out, for R networks at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from backends.base import Outcome, Program, Watch
from backends.base import Spikes as ProgramSpikes
from lateralnet.network.batch import Batch, Phase
from lateralnet.network.wiring import State
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

    def advance(
        self,
        states: Sequence[State],
        drives: Sequence[Drive],
        phase: Phase,
        first_step: int,
        *,
        keep_from: int | None = None,
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
            states, spikes = self._run_piece(
                states, drives, phase, first_step, start, stop, keep_from
            )
            for stretches, one in zip(collected, spikes, strict=True):
                stretches.append(one)
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

    def _run_piece(
        self,
        states: list[State],
        drives: Sequence[Drive],
        phase: Phase,
        first_step: int,
        start: int,
        stop: int,
        keep_from: int,
    ) -> tuple[list[State], list[Spikes]]:
        batch, d = self._batch, self._batch.definition
        inputs = batch.pack(states, phase, first_step + start)
        rows = drives[0].row_of_step[start:stop]
        low, high = int(rows[0]), int(rows[-1]) + 1
        rates_hz = np.concatenate([drive.rows_hz[low:high] for drive in drives], axis=1)
        row_time_s = rows - low + 0.5  # the middle of a row, safe from rounding
        inputs["ll_rates.values"], inputs["row_time.values"] = rates_hz.ravel(), row_time_s
        kept = max(keep_from - first_step - start, 0)
        watch = {"cells": Watch(kept, d.n_mon), "afferents": Watch(kept, d.n_ll)}
        outcome = self._run(inputs, stop - start, watch)
        spikes = self._split(outcome.spikes, first_step + start)
        # What a program does not hand back (weights that it holds fixed) stays as it was.
        returned = batch.unpack(outcome.state)
        new_states = [{**old, **new} for old, new in zip(states, returned, strict=True)]
        # A frozen weight keeps its very bits: it does not even pass through the program's type.
        for learns, name in ((phase.mon_ts_learns, "mon_ts.w"), (phase.ll_mon_learns, "ll_mon.w")):
            for old, new in zip(states, new_states, strict=True):
                if not learns and name in new:
                    new[name] = old[name]
        return new_states, spikes

    def _run(
        self, inputs: dict[str, np.ndarray], n_steps: int, watch: Mapping[str, Watch]
    ) -> Outcome:
        program: Any = self._program
        if getattr(program, "takes_parts", False):
            outcome: Outcome = program.run(inputs, n_steps, watch)
            return outcome
        for name in ("ll_rates.values", "row_time.values"):
            whole = np.zeros(self._batch.layout[name][1])
            whole[: inputs[name].size] = inputs[name]
            inputs[name] = whole
        return self._program.run(inputs, n_steps)

    def _split(self, recorded: Mapping[str, ProgramSpikes], first_step: int) -> list[Spikes]:
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
        if cells.n_spikes is not None and afferents.n_spikes is not None:
            for one, of_cells, of_ll in zip(
                spikes, cells.n_spikes, afferents.n_spikes, strict=True
            ):
                of_ts = np.bincount(one["ts"].step - first_step, minlength=of_cells.size)
                one["ll"] = replace(one["ll"], counted=Counted(first_step, of_ll))
                one["mon"] = replace(one["mon"], counted=Counted(first_step, of_cells - of_ts))
        return spikes
