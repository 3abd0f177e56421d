"""Random numbers of a stretch of steps, for every network of a run."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from sorn.streams.draws import StepDraws, Streams

STRETCH_STEPS = 500
"""Most steps per call of the engine: long enough to amortise the call, short enough to stop."""

STRETCH_DRAWS = 1_000_000
"""Most random numbers held at a time."""

_NO_DRAWS = StepDraws(None, np.zeros(1, dtype=np.int64), np.empty(0))


def stretch_steps(networks: int, neurons: int) -> int:
    """Steps that are drawn and computed together."""
    return max(20, min(STRETCH_STEPS, STRETCH_DRAWS // (neurons * networks)))


def draw_steps(
    streams: Sequence[Streams],
    steps: int,
    sizes: tuple[int, int],
    noise_std: float | None,
    rate: float | None,
) -> Callable[[int], StepDraws]:
    """What draws the next steps of a network when called with its number; see `Streams.steps`.

    Each network draws just before it runs, in its own thread if it has one: the numbers are still
    in the processor's cache, and those of a large batch are never all held at a time.
    """
    if steps == 1 and noise_std is None and rate is None:
        return lambda network: _NO_DRAWS  # nothing to draw: the usual loop of one step a call
    return lambda network: streams[network].steps(steps, sizes, noise_std, rate)
