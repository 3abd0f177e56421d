"""Named, independent streams of one seed; no global state is touched."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from sorn.arrays import NumpyArray
from sorn.errors import ParameterError
from sorn.streams.draws import StepDraws, WiringSource, chosen_site

STREAM_NAMES = (
    "wiring",
    "noise",
    "insertion_time",
    "insertion_site",
    "target_rate",
    "inputs",
    "initial_activity",
)
"""The position in this list is part of the seed: new streams go to the end."""


class SeededWiring:
    """The same draws from one `numpy.random.Generator`."""

    def __init__(self, generator: np.random.Generator) -> None:
        self._generator = generator

    def random(self, count: int) -> NumpyArray:
        return self._generator.random(count)

    def uniform(self, low: float, high: float, size: Any) -> NumpyArray:
        result: NumpyArray = self._generator.uniform(low, high, size)
        return result

    def normal(self, mean: float, std: float, count: int) -> NumpyArray:
        return self._generator.normal(mean, std, count)

    def integers(self, high: int, count: int) -> NumpyArray:
        return self._generator.integers(high, size=count)

    def sample(self, population: int, count: int) -> list[int]:
        result: list[int] = self._generator.choice(population, count, replace=False).tolist()
        return result


class RandomStreams:
    """Named, independent streams of one seed; no global state is touched.

    An option that is switched off shifts no other stream. Handed to consecutive calls as
    ``rng=``, the object carries on where the last call stopped, so two runs of n steps equal
    one of 2 n.

    Parameters
    ----------
    seed : int or sequence of int
        Entropy of `numpy.random.SeedSequence`.
    """

    def __init__(self, seed: Any) -> None:
        sequences = {
            name: _seed_sequence(seed, spawn_key=(index,))
            for index, name in enumerate(STREAM_NAMES)
        }
        self.entropy = seed if isinstance(seed, int) else np.asarray(seed).tolist()
        self._sequences = sequences
        self._generators = {name: np.random.default_rng(s) for name, s in sequences.items()}

    @property
    def wiring(self) -> WiringSource:
        return SeededWiring(self._generators["wiring"])

    def steps(
        self, count: int, sizes: tuple[int, int], noise_std: float | None, rate: float | None
    ) -> StepDraws:
        noise = None
        if noise_std is not None:
            noise = self._generators["noise"].standard_normal((count, sum(sizes)))
            noise *= noise_std
        insertions = np.zeros(count, dtype=np.int64)
        if rate is not None:
            chance = self._generators["insertion_time"].random(count)
            insertions = int(rate) + (chance < rate % 1.0).astype(np.int64)
        sites = self._generators["insertion_site"].random(int(insertions.sum()))
        return StepDraws(noise, insertions, sites)

    def site(self, vacant: int) -> int:
        return chosen_site(self._generators["insertion_site"].random(), vacant)

    def initial_activity(self, probability: float, count: int) -> NumpyArray:
        return (self._generators["initial_activity"].random(count) < probability).astype(float)

    def inputs(self, kind: str, shape: tuple[int, int]) -> NumpyArray:
        """Generated drive of shape (nu, time), 'uniform' in [0, 1) or 'normal' N(0, 1).

        Drawn step by step, so that two stretches equal one of their summed length.
        """
        generator = self._generators["inputs"]
        draw = generator.random if kind == "uniform" else generator.standard_normal
        result: NumpyArray = draw(shape[::-1]).T
        return result

    def fresh(self, name: str) -> np.random.Generator:
        """A generator at the start of a stream (`STREAM_NAMES`): the same numbers at every call."""
        return np.random.default_rng(self._sequences[name])

    def snapshot(self) -> dict[str, Any]:
        """Position of every stream, as data that JSON can hold."""
        return {name: generator.bit_generator.state for name, generator in self._generators.items()}

    def restore(self, snapshot: dict[str, Any]) -> None:
        """Return every stream to the position in `snapshot`."""
        for name in snapshot:  # a file of an older version has fewer streams
            self._generators[name].bit_generator.state = snapshot[name]


def restored_streams(entropy: Sequence[Any], snapshots: Sequence[Any]) -> list[RandomStreams]:
    """Streams at the positions of `RandomStreams.snapshot`.

    Raises
    ------
    ParameterError
        If the data are no such snapshots.
    """
    streams = [RandomStreams(seed) for seed in entropy]
    try:
        for stream, snapshot in zip(streams, snapshots, strict=True):
            stream.restore(snapshot)
    except (KeyError, TypeError, ValueError):
        raise ParameterError("no usable position of the random numbers; give seed=") from None
    return streams


def network_seeds(seed: int, batch: int) -> list[int]:
    """Seeds of the networks of a batch: network b of ``seed`` equals a run with the b-th one.

    A prefix of a larger batch's seeds, so that adding networks changes none of the others.

    Examples
    --------
    >>> from sorn import network_seeds
    >>> network_seeds(1, 3)[:2] == network_seeds(1, 2)
    True
    """
    words = _seed_sequence(seed).generate_state(batch, np.uint64)
    return [int(word) for word in words]


def _seed_sequence(seed: Any, spawn_key: tuple[int, ...] = ()) -> np.random.SeedSequence:
    try:
        if isinstance(seed, bool):
            raise TypeError
        return np.random.SeedSequence(seed, spawn_key=spawn_key)
    except (TypeError, ValueError):
        raise ParameterError(
            f"seed={seed!r}; give an integer of at least 0, or a sequence of them"
        ) from None
