"""What running and wiring a network needs of random numbers, whatever they come from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from sorn.arrays import NumpyArray


@dataclass(frozen=True)
class StepDraws:
    """Random numbers of consecutive steps.

    Attributes
    ----------
    noise : ndarray, shape (steps, ne + ni), or None without noise
        Excitatory neurons first.
    insertions : ndarray of int, shape (steps,)
        Synapses that structural plasticity inserts in each step.
    sites : ndarray of float64, shape (sum of insertions,), or None
        For each insertion in order, a number u in [0, 1) that chooses the site
        ``min(int(u * vacant), vacant - 1)``; None where `Streams.site` is to be asked, because
        the published generator needs the number of vacant sites to draw.
    """

    noise: NumpyArray | None
    insertions: NumpyArray
    sites: NumpyArray | None = None

    def noise_of(self, neurons: slice) -> NumpyArray | None:
        """Noise of some neurons, shape (steps, neurons), or None."""
        return None if self.noise is None else self.noise[:, neurons]


class WiringSource(Protocol):
    """What drawing a network needs."""

    def random(self, count: int) -> NumpyArray:
        """Uniform numbers in [0, 1)."""

    def uniform(self, low: float, high: float, size: Any) -> NumpyArray:
        """Uniform numbers in [low, high)."""

    def normal(self, mean: float, std: float, count: int) -> NumpyArray:
        """Normal numbers."""

    def integers(self, high: int, count: int) -> NumpyArray:
        """Whole numbers in 0..high-1, with replacement."""

    def sample(self, population: int, count: int) -> list[int]:
        """Distinct whole numbers in 0..population-1."""


class Streams(Protocol):
    """What running a network needs."""

    @property
    def wiring(self) -> WiringSource:
        """Source of the initial matrices."""

    def steps(
        self, count: int, sizes: tuple[int, int], noise_std: float | None, rate: float | None
    ) -> StepDraws:
        """Draws of the next `count` steps; None turns noise or insertions off."""

    def site(self, vacant: int) -> int:
        """Index of one of `vacant` empty sites."""

    def initial_activity(self, probability: float, count: int) -> NumpyArray:
        """`count` activities of 0.0 or 1.0, each 1 with the given probability."""


def chosen_site(fraction: float, vacant: int) -> int:
    """Site that a number in [0, 1) chooses among `vacant` ones."""
    return min(int(fraction * vacant), vacant - 1)
