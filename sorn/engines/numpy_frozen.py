"""Networks that do not learn, in NumPy: few operations a step, for one step a call."""

from __future__ import annotations

from typing import Any

import numpy as np

from sorn.engines.engine import Activity, Reward, Setting, empty_activity
from sorn.streams import StepDraws

SMALL_NE = 400
"""Up to this size summing the rows of active neurons beats a table of neighbours."""


class FrozenEngine:
    """One network in double precision whose weights and thresholds stay as they are.

    The weights of all connections that start at excitatory neurons lie side by side, so that one
    sum over the rows of the active ones gives the drive of both populations. Rows are added in
    ascending order and silent ones would add 0.0, so the sums equal those of every other engine.
    """

    def __init__(self, state: dict[str, np.ndarray], setting: Setting) -> None:
        self._inclusive, self._fast = setting.inclusive, setting.fast_inhibition
        self._ne = len(state["Wee"])
        self._matrices = {name: state[name].copy() for name in ("Wee", "Wei", "Wie", "Te", "Ti")}
        self._te, self._ti = self._matrices["Te"][:, 0], self._matrices["Ti"][:, 0]
        self._from_inhibitory = self._matrices["Wei"]
        self._from_excitatory = np.hstack([self._matrices["Wee"], self._matrices["Wie"]])
        self._ee_count, self._ei_count = (
            np.array([np.count_nonzero(state[name])]) for name in ("Wee", "Wei")
        )
        self.set_activity(state["X"], state["Y"])

    def set_activity(self, x: np.ndarray, y: np.ndarray) -> None:
        """See `sorn.engines.engine.Engine.set_activity`."""
        self._x_before, self._x = x[:, 0] != 0, x[:, 1] != 0
        self._y_before, self._y = y[:, 0] != 0, y[:, 1] != 0

    def advance(
        self,
        drive: np.ndarray | None,
        draws: list[StepDraws],
        reward: Reward = None,
        details: bool = True,
    ) -> Activity:
        """See `sorn.engines.engine.Engine.advance`."""
        (draw,) = draws
        steps = len(draw.insertions)
        if steps == 1:
            return self._one(drive, draw)
        activity = empty_activity(steps, self._ne, len(self._ti))
        activity.ee_counts[:], activity.ei_counts[:] = self._ee_count, self._ei_count
        for step in range(steps):
            recurrent = self._step(
                None if drive is None else drive[step],
                None if draw.noise is None else draw.noise[step],
            )
            activity.excitatory[step] = self._x
            activity.inhibitory[step] = self._y
            activity.recurrent[step] = self._fires(recurrent - self._te)
        return activity

    def step(
        self, drive: np.ndarray | None, draws: list[StepDraws], reward: float | None = None
    ) -> np.ndarray:
        """See `sorn.engines.engine.Engine.step`."""
        noise = draws[0].noise
        self._step(drive, None if noise is None else noise[0])
        result: np.ndarray = self._x.copy()
        return result

    def read(self, name: str) -> np.ndarray:
        """See `sorn.engines.engine.Engine.read`."""
        if name == "X":
            return _columns(self._x_before, self._x)
        return _columns(self._y_before, self._y) if name == "Y" else self._matrices[name].copy()

    def _one(self, drive: np.ndarray | None, draw: StepDraws) -> Activity:
        """Activity of a single step, without arrays to be filled in."""
        recurrent = self._step(
            None if drive is None else drive[0], None if draw.noise is None else draw.noise[0]
        )
        return Activity(
            np.array([self._x]), np.array([self._y]), np.array([self._fires(recurrent - self._te)]),
            self._ee_count.copy(), self._ei_count.copy(),
        )  # fmt: skip

    def _step(self, drive: np.ndarray | None, noise: np.ndarray | None) -> np.ndarray:
        """One step; returns the recurrent drive."""
        ne = self._ne
        add: Any = np.add.reduce  # what sum() calls
        from_excitatory = add(self._from_excitatory.take(self._x.nonzero()[0], 0), 0)
        from_inhibitory = add(self._from_inhibitory.take(self._y.nonzero()[0], 0), 0)
        recurrent = from_excitatory[:ne] - from_inhibitory
        if noise is not None:
            recurrent = recurrent + noise[:ne]
        potential = recurrent if drive is None else recurrent + drive
        x_now = self._fires(potential - self._te)
        if self._fast:
            to_inhibitory = add(self._from_excitatory[:, ne:].take(x_now.nonzero()[0], 0), 0)
        else:
            to_inhibitory = from_excitatory[ne:]
        if noise is not None:
            to_inhibitory = to_inhibitory + noise[ne:]
        self._x_before, self._x = self._x, x_now
        self._y_before, self._y = self._y, self._fires(to_inhibitory - self._ti)
        result: np.ndarray = recurrent
        return result

    def _fires(self, potential: np.ndarray) -> np.ndarray:
        return potential >= 0 if self._inclusive else potential > 0


def _columns(before: np.ndarray, now: np.ndarray) -> np.ndarray:
    """Two activities as the columns of a float array."""
    columns = np.empty((len(now), 2))
    columns[:, 0], columns[:, 1] = before, now
    return columns


def is_small(state: dict[str, np.ndarray]) -> bool:
    """Whether `FrozenEngine` is the faster one for a network that does not learn."""
    return len(state["Wee"]) <= SMALL_NE
