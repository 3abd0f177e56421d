"""Weights as tables of neighbours: only the synapses that exist, ready for whole-table arithmetic.

A network of 200 neurons has 10 % of its possible synapses, one of 800 has 2.5 %. The table keeps,
for each target, its sources in ascending order, one per slot; targets lie along the last axis,
so the rules of `sorn.rules` apply to it as they do to the dense matrix, and sums over the slots
add in the order of the dense sum. Empty slots add 0.0, which changes no sum.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sorn.arrays import NumpyArray

PRODUCTS = 2**16
"""Products of weights and activity that are held at a time: what stays in a processor's cache."""

SPARE_SLOTS = 2
"""Slots added beyond the need, so that few insertions enlarge the table."""


class NeighbourTable:
    """Synapses onto `n_targets` neurons from `n_sources` neurons.

    Attributes
    ----------
    sources : ndarray of intp, shape (slots, n_targets)
        Source of each slot; `n_sources` marks an empty one, wherever it lies.
    weights : ndarray of float64, shape (slots, n_targets)
        0 in empty slots.
    unsettled : ndarray of bool, shape (n_targets,)
        Targets whose weights changed since they were last found to sum to exactly 1.
    count : int
        Number of synapses.
    """

    def __init__(self, matrix: NumpyArray) -> None:
        self.n_sources, self.n_targets = matrix.shape
        self._activity = np.zeros(self.n_sources + 1)
        self._products = np.empty((0, 0))
        self.unsettled = np.ones(self.n_targets, dtype=np.bool_)
        self._fill(matrix)

    @property
    def occupied(self) -> NumpyArray:
        """Boolean mask of the slots in use."""
        result: NumpyArray = self.sources < self.n_sources
        return result

    def dense(self) -> NumpyArray:
        """The weights as a new matrix (n_sources, n_targets)."""
        return dense(self.sources, self.weights, self.occupied, self.n_sources)

    def look_up(self, activity: NumpyArray, room: NumpyArray | None = None) -> NumpyArray:
        """Activity of the source of each slot, 0.0 for empty slots; shape (slots, n_targets).

        Parameters
        ----------
        activity : ndarray, shape (n_sources,)
        room : ndarray, optional
            Written to and returned if it has the right shape: large tables cost more to allocate
            than to fill.
        """
        self._activity[:-1] = activity
        if room is None or room.shape != self.sources.shape:
            room = np.empty(self.sources.shape)
        return self._activity.take(self.sources, out=room, mode="clip")

    def drive(self, pre: NumpyArray) -> NumpyArray:
        """Summed input of each target from `look_up`: `sorn.rules.drive` in a room of its own."""
        slots = len(self.weights)
        most = max(1, PRODUCTS // self.n_targets)
        if len(self._products) != min(slots, most) + 1:
            self._products = np.empty((min(slots, most) + 1, self.n_targets))
        summed = np.zeros(self.n_targets)
        for first in range(0, slots, most):
            weights = self.weights[first : first + most]
            part = self._products[: len(weights) + 1]
            part[0] = summed  # goes on adding where the last part stopped: the same order
            np.multiply(weights, pre[first : first + most], out=part[1:])
            summed = part.sum(axis=0)
        return summed

    def put(self, columns: NumpyArray, weights: NumpyArray) -> None:
        """Replace the weights of some targets, shape (slots, len(columns))."""
        if len(columns) == self.n_targets:
            self.weights = weights
        else:
            self.weights[:, columns] = weights
        self.unsettled[columns] = True

    def insert(self, source: int, target: int, weight: float) -> None:
        """Add one synapse that does not exist yet, keeping the sources of `target` ascending."""
        used = self.sources[:, target] < self.n_sources
        sources, weights = self.sources[used, target], self.weights[used, target]
        if len(sources) == len(used):
            self._grow()
        place = np.searchsorted(sources, source)
        self.sources[:, target] = self.n_sources
        self.weights[:, target] = 0.0
        self.sources[: len(sources) + 1, target] = np.insert(sources, place, source)
        self.weights[: len(sources) + 1, target] = np.insert(weights, place, weight)
        self.unsettled[target] = True
        self.count += 1

    def prune(self) -> tuple[NumpyArray, NumpyArray]:
        """Empty the slots whose weight fell to 0; return their sources and targets."""
        if np.count_nonzero(self.weights) == self.count:
            nothing = np.empty(0, dtype=np.intp)
            return nothing, nothing
        return self.clear(*np.nonzero(self.occupied & (self.weights == 0)))

    def clear(self, slots: NumpyArray, targets: NumpyArray) -> tuple[NumpyArray, NumpyArray]:
        """Empty some slots in use; return their sources and targets."""
        sources = self.sources[slots, targets]
        self.sources[slots, targets] = self.n_sources
        self.count -= len(sources)
        return sources, targets

    def compact(self) -> None:
        """Drop slots that no target needs any more."""
        needed = int(self.occupied.sum(axis=0).max()) + SPARE_SLOTS
        if len(self.sources) > needed + SPARE_SLOTS:
            self._fill(self.dense())

    def _fill(self, matrix: NumpyArray) -> None:
        self.sources, self.weights, fill = laid_out(matrix, SPARE_SLOTS, np.intp, self.n_sources)
        self.count = int(fill.sum())

    def _grow(self) -> None:
        more = (SPARE_SLOTS, self.n_targets)
        self.sources = np.concatenate([self.sources, np.full(more, self.n_sources, np.intp)])
        self.weights = np.concatenate([self.weights, np.zeros(more)])


class VacantSites:
    """Which pairs of different neurons have no synapse, for structural plasticity.

    Attributes
    ----------
    free : ndarray of bool, shape (ne, ne)
        True where a synapse from row to column can be inserted.
    free_per_row : ndarray of int64, shape (ne,)
    """

    def __init__(self, matrix: NumpyArray) -> None:
        self.free = matrix <= 0
        np.fill_diagonal(self.free, False)
        self.free_per_row = self.free.sum(axis=1)

    @property
    def count(self) -> int:
        """Number of vacant sites."""
        return int(self.free_per_row.sum())

    def take(self, rank: int) -> tuple[int, int]:
        """Occupy the site number `rank` in row-major order; return its row and column."""
        up_to_row = np.cumsum(self.free_per_row)
        row = int(np.searchsorted(up_to_row, rank, side="right"))
        before = int(up_to_row[row]) - int(self.free_per_row[row])
        column = int(np.flatnonzero(self.free[row])[rank - before])
        self.free[row, column] = False
        self.free_per_row[row] -= 1
        return row, column

    def release(self, rows: NumpyArray, columns: NumpyArray) -> None:
        """Make sites vacant again; the diagonal never is."""
        off = rows != columns
        self.free[rows[off], columns[off]] = True
        np.subtract.at(self.free_per_row, rows[off], -1)


def laid_out(
    matrix: NumpyArray, spare: int, kind: type[np.integer[Any]], empty: int
) -> tuple[NumpyArray, NumpyArray, NumpyArray]:
    """The synapses of a dense matrix (n_sources, n_targets), one slot each.

    Parameters
    ----------
    matrix : ndarray
    spare : int
        Slots beyond the most that a target needs.
    kind : type
        Of whole numbers, for the sources.
    empty : int
        What stands for the source in an empty slot.

    Returns
    -------
    sources : ndarray of `kind`, shape (slots, n_targets)
        Those of a target in ascending order, from slot 0 on.
    weights : ndarray of float64, shape (slots, n_targets)
    fill : ndarray of intp, shape (n_targets,)
        Synapses of each target.
    """
    sources, targets = np.nonzero(matrix)
    fill = np.bincount(targets, minlength=matrix.shape[1])
    order = np.argsort(targets, kind="stable")
    slots = np.arange(len(targets)) - np.repeat(np.cumsum(fill) - fill, fill)
    shape = (int(np.max(fill, initial=0)) + spare, matrix.shape[1])
    table, weights = np.full(shape, empty, dtype=kind), np.zeros(shape)
    table[slots, targets[order]] = sources[order]
    weights[slots, targets[order]] = matrix[sources, targets][order]
    return table, weights, fill


def dense(
    sources: NumpyArray, weights: NumpyArray, occupied: NumpyArray, n_sources: int
) -> NumpyArray:
    """The matrix (n_sources, n_targets) of synapses in slots, each array (slots, n_targets)."""
    matrix = np.zeros((n_sources, weights.shape[1]))
    slots, targets = np.nonzero(occupied)
    matrix[sources[slots, targets], targets] = weights[slots, targets]
    return matrix
