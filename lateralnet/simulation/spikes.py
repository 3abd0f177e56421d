"""Spikes of one layer of one network: whole time steps and cells; seconds only at the border."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lateralnet.errors import InputError

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

LAYERS = ("ll", "mon", "ts")


@dataclass(frozen=True, eq=False)
class Counted:
    """How many spikes of a layer there were between some steps.

    Attributes
    ----------
    edges : ndarray of int, shape (n + 1,)
        Steps, rising.
    n_spikes : ndarray of int, shape (n,)
        Spikes from one edge to before the next.
    """

    edges: IntArray
    n_spikes: IntArray


@dataclass(frozen=True, eq=False)
class SpikeTrain:
    """Spikes of a layer, sorted by step.

    Attributes
    ----------
    step : ndarray of int64, shape (n_spikes,)
        Time step of each spike.
    cell : ndarray of int32, shape (n_spikes,)
        Cell that spiked, counted from 0.
    n_cells : int
        Cells of the layer, silent ones included.
    dt_s : float
        Time step.
    counted : Counted, optional
        For spikes of which a device returned only some (`Simulation.advance`): how many there
        were.

    Examples
    --------
    >>> train = SpikeTrain(np.array([3, 5, 9]), np.array([0, 1, 0]), n_cells=2, dt_s=0.001)
    >>> train.window(4).counts()
    array([1, 1])
    """

    step: NDArray[np.int64]
    cell: NDArray[np.int32]
    n_cells: int
    dt_s: float
    counted: Counted | None = None

    def __len__(self) -> int:
        return int(self.step.size)

    @classmethod
    def empty(cls, n_cells: int, dt_s: float) -> SpikeTrain:
        """Return the spikes of a silent layer."""
        return cls(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int32), n_cells, dt_s)

    @classmethod
    def join(cls, trains: Sequence[SpikeTrain]) -> SpikeTrain:
        """Return consecutive stretches of one layer as one; their steps count from one start."""
        if len(trains) == 1:
            return trains[0]
        counted = [train.counted for train in trains if train.counted is not None]
        return cls(
            np.concatenate([train.step for train in trains]),
            np.concatenate([train.cell for train in trains]),
            trains[0].n_cells,
            trains[0].dt_s,
            Counted(
                np.concatenate([counted[0].edges[:1], *(one.edges[1:] for one in counted)]),
                np.concatenate([one.n_spikes for one in counted]),
            )
            if len(counted) == len(trains)
            else None,
        )

    @classmethod
    def from_times(
        cls, spike_t_s: ArrayLike, spike_i: ArrayLike, n_cells: int, *, start_s: float, dt_s: float
    ) -> SpikeTrain:
        """Return spikes given as times in seconds and cells; steps count from `start_s`.

        Raises
        ------
        InputError
            When times and cells differ in number, or a cell is outside 0 to `n_cells` - 1.
        """
        time_s = np.asarray(spike_t_s, dtype=float)
        cell = np.asarray(spike_i, dtype=np.int64)
        if time_s.shape != cell.shape:
            raise InputError(f"{time_s.size} spike times but {cell.size} spike indices.")
        if cell.size and not (cell.min() >= 0 and cell.max() < n_cells):
            raise InputError(
                f"spike indices {cell.min()} to {cell.max()} in a layer of {n_cells} cells."
            )
        step = np.floor((time_s - start_s) / dt_s).astype(np.int64)
        order = np.argsort(step, kind="stable")
        return cls(step[order], cell[order].astype(np.int32), n_cells, dt_s)

    @property
    def times_s(self) -> FloatArray:
        """Time of each spike, in the middle of its step, safe to bin at `dt_s`."""
        return np.asarray((self.step + 0.5) * self.dt_s)

    def window(self, first: int, stop: int | None = None) -> SpikeTrain:
        """Return the spikes from step `first` to step `stop` - 1 (to the end when None)."""
        low = np.searchsorted(self.step, first)
        high = None if stop is None else np.searchsorted(self.step, stop)
        return SpikeTrain(self.step[low:high], self.cell[low:high], self.n_cells, self.dt_s)

    def shifted(self, steps: int) -> SpikeTrain:
        """Return the same spikes with `steps` added to every step."""
        return SpikeTrain(self.step + steps, self.cell, self.n_cells, self.dt_s)

    def of(self, cells: ArrayLike) -> SpikeTrain:
        """Return the spikes of some cells; the cells keep their numbers."""
        kept = np.isin(self.cell, cells)
        return SpikeTrain(self.step[kept], self.cell[kept], self.n_cells, self.dt_s)

    def n_between(self, edges: ArrayLike) -> IntArray:
        """Return the number of spikes between consecutive steps `edges`, returned or counted.

        Raises
        ------
        ValueError
            When spikes were counted between other steps.
        """
        if self.counted is None:
            return np.diff(np.searchsorted(self.step, edges))
        if np.array_equal(edges, self.counted.edges):
            return self.counted.n_spikes
        if not np.isin(edges, self.counted.edges).all():
            raise ValueError(f"spikes were counted between {self.counted.edges}, not {edges!r}")
        until = np.concatenate([[0], np.cumsum(self.counted.n_spikes)])
        return np.diff(until[np.searchsorted(self.counted.edges, edges)])

    def counts(self) -> IntArray:
        """Return the number of spikes of each cell, shape (n_cells,)."""
        return np.bincount(self.cell, minlength=self.n_cells)

    def equals(self, other: SpikeTrain) -> bool:
        """Whether both hold the same spikes."""
        return np.array_equal(self.step, other.step) and np.array_equal(self.cell, other.cell)


Spikes = dict[str, SpikeTrain]  # by layer


def no_spikes(n_cells: dict[str, int], dt_s: float) -> Spikes:
    """Return the spikes of silent layers, given the number of cells of each."""
    return {layer: SpikeTrain.empty(n, dt_s) for layer, n in n_cells.items()}


def joined(stretches: Sequence[Spikes]) -> Spikes:
    """Return consecutive stretches of a network as one."""
    return {layer: SpikeTrain.join([one[layer] for one in stretches]) for layer in stretches[0]}


def unequal_layers(first: Spikes, second: Spikes) -> list[str]:
    """Return the layers whose spikes differ."""
    return [layer for layer in LAYERS if not first[layer].equals(second[layer])]
