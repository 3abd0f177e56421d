"""Networks that do not learn, in NumPy: few operations a step, for one step a call."""

from __future__ import annotations

from typing import Any

import numpy as np

from sorn.arrays import NumpyArray
from sorn.engines.engine import NO_DETAILS, Activity, Setting, Stretch, as_columns

SMALL_NE = 400
"""Up to this size summing the rows of active neurons beats a table of neighbours."""


class FrozenEngine:
    """One network in double precision whose weights and thresholds stay as they are.

    The weights of all connections that start at excitatory neurons lie side by side, so that one
    sum over the rows of the active ones gives the drive of both populations. Rows are added in
    ascending order and silent ones would add 0.0, so the sums equal those of every other engine.
    """

    def __init__(self, state: dict[str, NumpyArray], setting: Setting) -> None:
        self._fast = setting.fast_inhibition
        # A difference of two numbers is above 0 if and only if the first is the larger one.
        self._exceeds: Any = np.greater_equal if setting.inclusive else np.greater
        self._ne = len(state["Wee"])
        self._matrices = {name: state[name].copy() for name in ("Wee", "Wei", "Wie", "Te", "Ti")}
        self._te, self._ti = self._matrices["Te"][:, 0], self._matrices["Ti"][:, 0]
        self._from_inhibitory = self._matrices["Wei"]
        self._from_excitatory = np.hstack([self._matrices["Wee"], self._matrices["Wie"]])
        self._ee_count, self._ei_count = (
            np.array([np.count_nonzero(state[name])]) for name in ("Wee", "Wei")
        )
        self.set_activity(state["X"], state["Y"])

    def set_activity(self, x: NumpyArray, y: NumpyArray) -> None:
        """See `sorn.engines.engine.Engine.set_activity`."""
        self._x_before, self._x = x[:, 0] != 0, x[:, 1] != 0
        self._y_before, self._y = y[:, 0] != 0, y[:, 1] != 0

    def advance(self, stretch: Stretch) -> Activity:
        """See `sorn.engines.engine.Engine.advance`."""
        drive, noise = stretch.drive, stretch.draws(0).noise
        excitatory, inhibitory, recurrent = [], [], []
        for step in range(stretch.steps):
            summed = self._step(
                None if drive is None else drive[step], None if noise is None else noise[step]
            )
            excitatory.append(self._x)
            inhibitory.append(self._y)
            if stretch.details:
                recurrent.append(self._exceeds(summed, self._te))
        spikes = _joined(excitatory), _joined(inhibitory)
        if not stretch.details:
            return Activity(*spikes, *NO_DETAILS)
        counts = self._ee_count.repeat(stretch.steps), self._ei_count.repeat(stretch.steps)
        return Activity(*spikes, _joined(recurrent), *counts)

    def read(self, name: str) -> NumpyArray:
        """See `sorn.engines.engine.Engine.read`."""
        if name == "X":
            return as_columns(self._x_before, self._x)
        return as_columns(self._y_before, self._y) if name == "Y" else self._matrices[name].copy()

    def _step(self, drive: NumpyArray | None, noise: NumpyArray | None) -> NumpyArray:
        """One step; returns the recurrent drive."""
        ne = self._ne
        add: Any = np.add.reduce  # what sum() calls
        from_excitatory = add(self._from_excitatory.take(self._x.nonzero()[0], 0), 0)
        from_inhibitory = add(self._from_inhibitory.take(self._y.nonzero()[0], 0), 0)
        recurrent = from_excitatory[:ne] - from_inhibitory
        if noise is not None:
            recurrent = recurrent + noise[:ne]
        potential = recurrent if drive is None else recurrent + drive
        x_now = self._exceeds(potential, self._te)
        if self._fast:
            to_inhibitory = add(self._from_excitatory[:, ne:].take(x_now.nonzero()[0], 0), 0)
        else:
            to_inhibitory = from_excitatory[ne:]
        if noise is not None:
            to_inhibitory = to_inhibitory + noise[ne:]
        self._x_before, self._x = self._x, x_now
        self._y_before, self._y = self._y, self._exceeds(to_inhibitory, self._ti)
        result: NumpyArray = recurrent
        return result


def _joined(vectors: list[NumpyArray]) -> NumpyArray:
    """Vectors of consecutive steps as a new array; for a single one in half the time."""
    return vectors[0][None].copy() if len(vectors) == 1 else np.array(vectors)


def is_small(state: dict[str, NumpyArray]) -> bool:
    """Whether `FrozenEngine` is the faster one for a network that does not learn."""
    return len(state["Wee"]) <= SMALL_NE
