"""The global generators ``np.random`` and ``random``, in the order of the published package."""

from __future__ import annotations

import random
from typing import Any

import numpy as np

from sorn.arrays import NumpyArray
from sorn.streams.draws import StepDraws

PUBLISHED_INSERTION_RATE = 0.1


class GlobalWiring:
    """``np.random`` for numbers and ``random`` for partners, as published."""

    def random(self, count: int) -> NumpyArray:
        return np.random.random(count)  # noqa: NPY002 - the published generator

    def uniform(self, low: float, high: float, size: Any) -> NumpyArray:
        result: NumpyArray = np.random.uniform(low, high, size)  # noqa: NPY002
        return result

    def normal(self, mean: float, std: float, count: int) -> NumpyArray:
        return np.random.normal(mean, std, count)  # noqa: NPY002

    def integers(self, high: int, count: int) -> NumpyArray:
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

    def initial_activity(self, probability: float, count: int) -> NumpyArray:
        return (np.random.random(count) < probability).astype(float)  # noqa: NPY002
