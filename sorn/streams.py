"""Random draws: the global generators as published, or named streams of one seed.

Both kinds offer the same four things: a `WiringSource` for initial matrices, the noise and the
number of insertions of a stretch of steps, and the site of one insertion. All draws happen on
the host in double precision, so that every array library gives the same run from one seed.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from sorn.errors import ParameterError

PUBLISHED_INSERTION_RATE = 0.1
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

    noise: np.ndarray | None
    insertions: np.ndarray
    sites: np.ndarray | None = None

    def noise_of(self, neurons: slice) -> np.ndarray | None:
        """Noise of some neurons, shape (steps, neurons), or None."""
        return None if self.noise is None else self.noise[:, neurons]


class WiringSource(Protocol):
    """What drawing a network needs."""

    def random(self, count: int) -> np.ndarray:
        """Uniform numbers in [0, 1)."""

    def uniform(self, low: float, high: float, size: Any) -> np.ndarray:
        """Uniform numbers in [low, high)."""

    def normal(self, mean: float, std: float, count: int) -> np.ndarray:
        """Normal numbers."""

    def integers(self, high: int, count: int) -> np.ndarray:
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

    def initial_activity(self, probability: float, count: int) -> np.ndarray:
        """`count` activities of 0.0 or 1.0, each 1 with the given probability."""


class GlobalWiring:
    """``np.random`` for numbers and ``random`` for partners, as published."""

    def random(self, count: int) -> np.ndarray:
        return np.random.random(count)  # noqa: NPY002 - the published generator

    def uniform(self, low: float, high: float, size: Any) -> np.ndarray:
        result: np.ndarray = np.random.uniform(low, high, size)  # noqa: NPY002
        return result

    def normal(self, mean: float, std: float, count: int) -> np.ndarray:
        return np.random.normal(mean, std, count)  # noqa: NPY002

    def integers(self, high: int, count: int) -> np.ndarray:
        return np.random.randint(high, size=count)  # noqa: NPY002

    def sample(self, population: int, count: int) -> list[int]:
        return random.sample(range(population), count)


class GlobalStreams:
    """Draws in the published order from ``np.random`` and ``random``.

    With the same ``np.random.seed`` and ``random.seed`` a run equals one of sorn 0.7.4: noise of
    the excitatory, then of the inhibitory neurons, then one of ten whole numbers that decides
    on an insertion (all ``np.random``); the site comes from ``random``.
    """

    wiring = GlobalWiring()

    def steps(
        self, count: int, sizes: tuple[int, int], noise_std: float | None, rate: float | None
    ) -> StepDraws:
        noise = None if noise_std is None else np.empty((count, sum(sizes)))
        insertions = np.zeros(count, dtype=np.int64)
        for step in range(count):
            if noise is not None:
                noise[step] = np.random.standard_normal(sum(sizes))  # noqa: NPY002
            if rate == PUBLISHED_INSERTION_RATE:
                insertions[step] = np.random.randint(10) == 0  # noqa: NPY002
            elif rate is not None:
                insertions[step] = int(rate) + (np.random.random() < rate % 1.0)  # noqa: NPY002
        if noise is not None and noise_std is not None:
            noise *= noise_std
        return StepDraws(noise, insertions)

    def site(self, vacant: int) -> int:
        return random.choice(range(vacant))

    def initial_activity(self, probability: float, count: int) -> np.ndarray:
        return (np.random.random(count) < probability).astype(float)  # noqa: NPY002


class SeededWiring:
    """The same draws from one `numpy.random.Generator`."""

    def __init__(self, generator: np.random.Generator) -> None:
        self._generator = generator

    def random(self, count: int) -> np.ndarray:
        return self._generator.random(count)

    def uniform(self, low: float, high: float, size: Any) -> np.ndarray:
        result: np.ndarray = self._generator.uniform(low, high, size)
        return result

    def normal(self, mean: float, std: float, count: int) -> np.ndarray:
        return self._generator.normal(mean, std, count)

    def integers(self, high: int, count: int) -> np.ndarray:
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
        try:
            sequences = {
                name: np.random.SeedSequence(seed, spawn_key=(index,))
                for index, name in enumerate(STREAM_NAMES)
            }
        except (TypeError, ValueError):
            raise ParameterError(
                f"seed={seed!r}; give an integer of at least 0, or a sequence of them"
            ) from None
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

    def initial_activity(self, probability: float, count: int) -> np.ndarray:
        return (self._generators["initial_activity"].random(count) < probability).astype(float)

    def inputs(self, kind: str, shape: tuple[int, int]) -> np.ndarray:
        """Generated drive of shape (nu, time), 'uniform' in [0, 1) or 'normal' N(0, 1).

        Drawn step by step, so that two stretches equal one of their summed length.
        """
        generator = self._generators["inputs"]
        draw = generator.random if kind == "uniform" else generator.standard_normal
        result: np.ndarray = draw(shape[::-1]).T
        return result

    def fresh(self, name: str) -> np.random.Generator:
        """A generator at the start of stream `name`: the same numbers at every call."""
        return np.random.default_rng(self._sequences[name])

    def snapshot(self) -> dict[str, Any]:
        """Position of every stream, as data that JSON can hold."""
        return {name: generator.bit_generator.state for name, generator in self._generators.items()}

    def restore(self, snapshot: dict[str, Any]) -> None:
        """Return every stream to the position in `snapshot`."""
        for name in snapshot:  # a file of an older version has fewer streams
            self._generators[name].bit_generator.state = snapshot[name]


def chosen_site(fraction: float, vacant: int) -> int:
    """Site that a number in [0, 1) chooses among `vacant` ones."""
    return min(int(fraction * vacant), vacant - 1)


def make_streams(seed: Any = None, rng: Any = None) -> GlobalStreams | RandomStreams:
    """Streams for ``seed=``, ``rng=`` (a `RandomStreams` or a `numpy.random.Generator`), or global.

    Raises
    ------
    ParameterError
        If both are given, or one of the wrong kind.
    """
    if seed is not None and rng is not None:
        raise ParameterError("give seed= or rng=, not both")
    if seed is not None:
        return RandomStreams(seed)
    if rng is None:
        return GlobalStreams()
    if isinstance(rng, RandomStreams | GlobalStreams):
        return rng
    if isinstance(rng, np.random.Generator):
        return RandomStreams(rng.integers(2**32, size=4).tolist())
    raise ParameterError(
        f"rng must be a sorn.RandomStreams or numpy.random.Generator, not {type(rng).__name__}"
    )


def network_streams(seed: Any, rng: Any, batch: int | None) -> list[Streams]:
    """One source of random numbers per network; ``rng='published'`` is the global generators."""
    published = isinstance(rng, str) and rng == "published"
    rng = None if published else rng
    if batch is None:
        return [make_streams(seed, rng)]
    if isinstance(rng, Sequence):
        if len(rng) != batch or not all(isinstance(stream, RandomStreams) for stream in rng):
            raise ParameterError(
                f"rng must list one RandomStreams for each of the {batch} networks"
            )
        return list(rng)
    if isinstance(rng, RandomStreams):
        raise ParameterError("a batch needs rng=[one RandomStreams per network], seed=, or none")
    if rng is not None:
        seed = int(make_streams(seed, rng).wiring.integers(2**31, 1)[0])
    elif published and seed is None:
        seed = int(np.random.randint(2**31))  # noqa: NPY002 - global by request
    return [RandomStreams(own) for own in network_seeds(seed, batch)]


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
    """
    words = np.random.SeedSequence(seed).generate_state(batch, np.uint64)
    return [int(word) for word in words]
