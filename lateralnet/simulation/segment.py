"""A segment of simulation: states and drive in, states and spikes out, for R networks at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from backends.base import Program
from lateralnet.network.batch import Assembly, Phase
from lateralnet.network.wiring import State


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


@dataclass(frozen=True)
class LayerSpikes:
    """Spikes of one layer of one network, sorted by (step, index), counted from the start."""

    step: np.ndarray
    index: np.ndarray


Spikes = dict[str, LayerSpikes]  # "ll", "mon", "ts"
LAYERS = ("ll", "mon", "ts")


class Simulation:
    """A program together with the networks that it runs."""

    def __init__(self, program: Program, assembly: Assembly) -> None:
        self._program = program
        self._assembly = assembly

    def advance(
        self, states: Sequence[State], drives: Sequence[Drive], phase: Phase, first_step: int
    ) -> tuple[list[State], list[Spikes]]:
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

        Returns
        -------
        states, spikes
            One of each per network. How a stretch is cut into segments changes nothing.
        """
        states = list(states)
        collected: list[dict[str, list[tuple[np.ndarray, np.ndarray]]]] = [
            {layer: [] for layer in LAYERS} for _ in states
        ]
        row_of_step = drives[0].row_of_step
        for start, stop in self._pieces(row_of_step):
            states = self._run_piece(states, drives, phase, first_step, start, stop, collected)
        return states, [_joined(layers) for layers in collected]

    def _pieces(self, row_of_step: np.ndarray) -> list[tuple[int, int]]:
        """Cut the steps so that each piece fits the program's tables."""
        d = self._assembly.definition
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
        collected: list[dict[str, list[tuple[np.ndarray, np.ndarray]]]],
    ) -> list[State]:
        assembly, d = self._assembly, self._assembly.definition
        inputs = assembly.pack(states, phase, first_step + start)
        rows = drives[0].row_of_step[start:stop]
        low, high = int(rows[0]), int(rows[-1]) + 1
        table = np.zeros((d.n_rows, d.n_ll * d.replicas))
        table[: high - low] = np.concatenate([drive.rows_hz[low:high] for drive in drives], axis=1)
        row_time_s = np.full(d.n_steps, 0.5)  # the middle of a row, safe from rounding
        row_time_s[: rows.size] += rows - low
        inputs["ll_rates.values"] = table.ravel()
        inputs["row_time.values"] = row_time_s
        outcome = self._program.run(inputs, stop - start)
        offset = first_step + start
        cells, afferents = outcome.spikes["cells"], outcome.spikes["afferents"]
        by_cell = assembly.split_cells(replace(cells, step=cells.step + offset))
        by_afferent = assembly.split_afferents(replace(afferents, step=afferents.step + offset))
        for layers, split, ll in zip(collected, by_cell, by_afferent, strict=True):
            for layer, pair in (("ll", ll), *split.items()):
                layers[layer].append(pair)
        # What a program does not hand back (weights that it holds fixed) stays as it was.
        returned = assembly.unpack(outcome.state)
        new_states = [{**old, **new} for old, new in zip(states, returned, strict=True)]
        # A frozen weight keeps its very bits: it does not even pass through the program's type.
        for learns, name in ((phase.mon_ts_learns, "mon_ts.w"), (phase.ll_mon_learns, "ll_mon.w")):
            for old, new in zip(states, new_states, strict=True):
                if not learns and name in new:
                    new[name] = old[name]
        return new_states


def _joined(layers: dict[str, list[tuple[np.ndarray, np.ndarray]]]) -> Spikes:
    return {
        layer: LayerSpikes(
            step=np.concatenate([step for step, _ in pairs] or [np.zeros(0, dtype=np.int64)]),
            index=np.concatenate([index for _, index in pairs] or [np.zeros(0, dtype=np.int32)]),
        )
        for layer, pairs in layers.items()
    }
