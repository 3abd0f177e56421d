"""Where the arrays of one network lie: as many as fit in the shared memory of its block."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass

COUNTERS_PER_POPULATION = 4  # `Counter` of team.h
_KIB = {
    "7.0": 96, "7.2": 96, "7.5": 64,
    "8.0": 163, "8.6": 99, "8.7": 163, "8.9": 99,
    "9.0": 227, "10.0": 227, "10.3": 227, "11.0": 227, "12.0": 99, "12.1": 99,
}  # fmt: skip
_KIB_OF_ALL = 48  # what every GPU has

MOST_CELLS_OF_A_BLOCK = 16384


@dataclass(frozen=True)
class Array:
    """An array of one network, in words of 4 bytes."""

    name: str
    words: int


@dataclass(frozen=True)
class Layout:
    """Places in shared memory, in words; -1 for an array that stays in the GPU's memory."""

    places: dict[str, int]
    words: int


def shared_bytes(capability: str, unknown: int = 1024 * _KIB_OF_ALL) -> int:
    """Shared memory that a block may have (CUDA programming guide, technical specifications)."""
    kib = _KIB.get(capability)
    return unknown if kib is None else 1024 * kib


FORM = "LATERALNET_CUDA_FORM"  # to measure the other form: one-block or many-blocks


def wants_many_blocks(cells: int) -> bool:
    """Whether a network of so many cells is too large for one thread block.

    A block of 512 threads then goes through them more than 32 times in a step, and what it
    reads no longer fits into shared memory by far; 16,384 is a choice, not a measurement.
    """
    chosen = os.environ.get(FORM)
    if chosen:
        return {"one-block": False, "many-blocks": True}[chosen]
    return cells > MOST_CELLS_OF_A_BLOCK


def place(arrays: Iterable[Array], populations: int, limit_bytes: int) -> Layout:
    """Place arrays, the more important ones first, behind the counters.

    Examples
    --------
    >>> place([Array("v", 100), Array("w", 9000), Array("g", 3)], 2, 1024).places
    {'v': 8, 'w': -1, 'g': 108}
    """
    words = COUNTERS_PER_POPULATION * populations
    places = {}
    for array in arrays:
        start = (words + 1) // 2 * 2  # numbers of 8 bytes
        fits = 4 * (start + array.words) <= limit_bytes
        places[array.name] = start if fits else -1
        words = start + array.words if fits else words
    return Layout(places, words)
