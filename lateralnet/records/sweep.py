"""One test sweep of one layer: its spikes beside the position of the sphere."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lateralnet.simulation.spikes import FloatArray, IntArray, SpikeTrain

BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Sweep:
    """What the map measures are computed from.

    Attributes
    ----------
    spikes : SpikeTrain
        Spikes of the layer, steps counted from the start of the sweep.
    x_cm : ndarray, shape (n_steps,)
        Position of the sphere along the body at each step.
    """

    spikes: SpikeTrain
    x_cm: FloatArray

    @property
    def n_cells(self) -> int:
        """Cells of the layer."""
        return self.spikes.n_cells

    @property
    def dt_s(self) -> float:
        """Time step."""
        return self.spikes.dt_s

    @property
    def n_steps(self) -> int:
        """Time steps of the sweep."""
        return self.x_cm.size

    def on_body(self, body_length_cm: float) -> BoolArray:
        """Whether the sphere is beside the body at each step, shape (n_steps,)."""
        return (self.x_cm >= 0.0) & (self.x_cm <= body_length_cm)

    def steps_and_cells(self) -> tuple[IntArray, IntArray]:
        """Return time step and cell of each spike within the sweep."""
        inside = self.spikes.window(0, self.n_steps)
        return inside.step, inside.cell.astype(np.int64)
