"""Which source of random numbers a network draws from: ``seed=`` and ``rng=`` read in one place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from sorn.errors import ParameterError
from sorn.streams.draws import Streams
from sorn.streams.published import GlobalStreams
from sorn.streams.seeded import RandomStreams, network_seeds


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
