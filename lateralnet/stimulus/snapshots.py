"""The random draws of held snapshots, in the order of the published program.

All visiting orders are drawn first; then, for each snapshot, its distance and its noise.
Two generators of the same seed walk through these two parts side by side, so that a
training of any length is drawn in constant memory.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lateralnet.errors import InputError
from lateralnet.parameters.params import NetworkParams
from lateralnet.parameters.rules import FIXED_DISTANCE_CM
from lateralnet.stimulus.afferents import neuromast_positions_cm

FloatArray = NDArray[np.float64]

MEAN_DISTANCE_CM = FIXED_DISTANCE_CM
DISTANCE_SD_CM = 0.6
_CHUNK = 2048  # snapshots drawn at once when skipping


@dataclass(frozen=True)
class HoldPlan:
    """Which time steps each held snapshot takes.

    Attributes
    ----------
    n_steps, hold_steps, n_snapshots : int
        Time steps in all, of one snapshot, and snapshots (the last may be cut short).
    """

    n_steps: int
    hold_steps: int

    @classmethod
    def of(cls, params: NetworkParams, n_steps: int) -> HoldPlan:
        """Return the plan of `n_steps` time steps."""
        return cls(n_steps, max(1, round(params.training_position_hold_s / params.dt_s)))

    @property
    def n_snapshots(self) -> int:
        return -(-self.n_steps // self.hold_steps)

    def snapshots_of_steps(self, first_step: int, stop_step: int) -> tuple[int, int]:
        """Return the first snapshot that the steps touch, and one past the last.

        Raises
        ------
        InputError
            When the steps lie outside 0 to `n_steps`.
        """
        if not 0 <= first_step <= stop_step <= self.n_steps:
            raise InputError(
                f"time steps {first_step} to {stop_step} do not lie within 0 to {self.n_steps}."
            )
        first = first_step // self.hold_steps
        stop = -(-stop_step // self.hold_steps)
        return first, max(first, stop)


@dataclass(frozen=True)
class SnapshotDraws:
    """What was drawn for consecutive snapshots.

    Attributes
    ----------
    x_cm, distance_cm, direction, t_start_s : ndarray, shape (n,)
        Position, distance, direction (+1 or -1) and start time of each.
    noise : ndarray, shape (n, n_places)
        Independent standard normal numbers times the noise scale of the snapshot.
    """

    x_cm: FloatArray
    distance_cm: FloatArray
    direction: FloatArray
    t_start_s: FloatArray
    noise: FloatArray


class SnapshotSampler:
    """Draws the snapshots of a plan, forwards; going back starts again from the seed.

    Parameters
    ----------
    params : NetworkParams
        Parameters of the run.
    plan : HoldPlan
        Steps and snapshots in all.
    make_generator : callable
        Returns the generator of this stimulus, fresh at each call.
    """

    def __init__(
        self,
        params: NetworkParams,
        plan: HoldPlan,
        make_generator: Callable[[], np.random.Generator],
    ) -> None:
        self._params = params
        self._plan = plan
        self._make_generator = make_generator
        self._positions_cm = neuromast_positions_cm(params)
        self._restart()

    def draw(self, first: int, stop: int) -> SnapshotDraws:
        """Return the snapshots `first` to `stop` - 1.

        Raises
        ------
        InputError
            When the range lies outside 0 to the number of snapshots.
        """
        if not 0 <= first <= stop <= self._plan.n_snapshots:
            raise InputError(
                f"snapshots {first} to {stop} do not lie within 0 to {self._plan.n_snapshots}."
            )
        # A segment may begin within the snapshot in which the one before it ended.
        repeats_last = first == self._next - 1 and stop > first
        if first < self._next and not repeats_last:
            self._restart()
        while self._next < first:
            self._draw_next(min(_CHUNK, first - self._next))
        if repeats_last:
            last = self._last
            distance_cm, normals = self._draw_next(stop - self._next)
            distance_cm = np.concatenate([last[0], distance_cm])
            normals = np.concatenate([last[1], normals])
        else:
            distance_cm, normals = self._draw_next(stop - first)
        return self._describe(np.arange(first, stop), distance_cm, normals)

    def _restart(self) -> None:
        self._next = 0
        self._order_generator = self._make_generator()
        self._generator = self._make_generator()
        self._passes_drawn = 0
        self._order_cm = self._positions_cm
        self._last = (np.empty(0), np.empty((0, self._positions_cm.size)))
        if not self._params.training_ordered_sweeps:
            for _ in range(-(-self._plan.n_snapshots // self._positions_cm.size)):
                self._generator.shuffle(self._positions_cm.copy())

    def _draw_next(self, count: int) -> tuple[FloatArray, FloatArray]:
        """Draw distances (count,) and normal numbers (count, n_places) of the next ones."""
        p = self._params
        n_places = self._positions_cm.size
        low_cm, high_cm = p.training_distance_min_cm, p.training_distance_max_cm
        if p.training_fixed_distance:
            distance_cm = np.full(count, MEAN_DISTANCE_CM)
            normals = self._generator.standard_normal((count, n_places))
        elif low_cm is not None and high_cm is not None and low_cm < high_cm:
            distance_cm = np.empty(count)
            normals = np.empty((count, n_places))
            for k in range(count):
                distance_cm[k] = self._generator.random()
                self._generator.standard_normal(out=normals[k])
            distance_cm = low_cm + (high_cm - low_cm) * distance_cm
        else:
            # normal() takes the same draws as standard_normal(), so one block serves both.
            block = self._generator.standard_normal((count, n_places + 1))
            distance_cm = MEAN_DISTANCE_CM + DISTANCE_SD_CM * block[:, 0]
            distance_cm = np.maximum(distance_cm, -np.inf if low_cm is None else low_cm)
            distance_cm = np.minimum(distance_cm, np.inf if high_cm is None else high_cm)
            normals = block[:, 1:]
        if count > 0:
            self._next += count
            self._last = (distance_cm[-1:].copy(), normals[-1:].copy())
        return distance_cm, normals

    def _describe(
        self, snapshot: NDArray[np.int64], distance_cm: FloatArray, normals: FloatArray
    ) -> SnapshotDraws:
        p = self._params
        first_step = snapshot * self._plan.hold_steps
        early = first_step / max(1, self._plan.n_steps - 1) < p.training_noise_switch_fraction
        scale = np.where(early, p.training_noise_scale_early, p.training_noise_scale_late)
        backward = p.training_bidirectional & (snapshot % 2 == 1)
        return SnapshotDraws(
            x_cm=self._visited_cm(snapshot),
            distance_cm=distance_cm,
            direction=np.where(backward, -1.0, 1.0),
            t_start_s=np.asarray(first_step * p.dt_s, dtype=float),
            noise=scale[:, None] * normals,
        )

    def _visited_cm(self, snapshot: NDArray[np.int64]) -> FloatArray:
        """Return the positions of consecutive snapshots, shape (n,)."""
        n_places = self._positions_cm.size
        visit, place = np.divmod(snapshot, n_places)
        if self._params.training_ordered_sweeps:
            shown = np.where(visit % 2 == 0, place, n_places - 1 - place)
            return np.asarray(self._positions_cm[shown])
        x_cm = np.empty(snapshot.size)
        for number in np.unique(visit):
            while self._passes_drawn <= number:
                self._order_cm = self._positions_cm.copy()
                self._order_generator.shuffle(self._order_cm)
                self._passes_drawn += 1
            here = visit == number
            x_cm[here] = self._order_cm[place[here]]
        return x_cm
