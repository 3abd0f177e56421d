"""Random numbers as a function of (key, time step): the same on every device.

A device's own generator cannot be seeded on GeNN, is compiled in on Brian2's standalone
devices, and gives other numbers on each. A hash of a per-cell key and the step number needs no
state at all: segments, seeds and replicas get distinct streams, resuming is exact, and all
devices draw the same numbers. The mixing function is ``lowbias32`` (C. Wellons, "Prospecting
for hash functions", 2018), applied to the step and then to key + mixed step; the upper 24 bits
become a number in [0, 1) that float32 and float64 hold exactly.
"""

from __future__ import annotations

import numpy as np

from lateralnet.streams import named_generator

_SHIFTS = (16, 15, 16)
_MULTIPLIERS = (0x7FEB352D, 0x846CA68B)

C_SOURCE = """
static inline float counter_uniform(const int32_t key, const int64_t step)
{
    uint32_t h = (uint32_t)step;
    h ^= h >> 16; h *= 0x7feb352dU; h ^= h >> 15; h *= 0x846ca68bU; h ^= h >> 16;
    h += (uint32_t)key;
    h ^= h >> 16; h *= 0x7feb352dU; h ^= h >> 15; h *= 0x846ca68bU; h ^= h >> 16;
    return (float)(int32_t)(h >> 8)*5.9604644775390625e-8f;
}
"""


def _mix(h: np.ndarray) -> np.ndarray:
    h = h ^ (h >> np.uint32(_SHIFTS[0]))
    h = h * np.uint32(_MULTIPLIERS[0])
    h = h ^ (h >> np.uint32(_SHIFTS[1]))
    h = h * np.uint32(_MULTIPLIERS[1])
    return np.asarray(h ^ (h >> np.uint32(_SHIFTS[2])))


def counter_uniform(key: np.ndarray, step: np.ndarray | int) -> np.ndarray:
    """Return uniform numbers in [0, 1) for int32 keys at int steps (broadcast together)."""
    mixed_step = _mix(np.atleast_1d(np.asarray(step, dtype=np.int64)).astype(np.uint32))
    keys = np.asarray(key, dtype=np.int32).view(np.uint32)
    return np.asarray((_mix(keys + mixed_step) >> np.uint32(8)) * 2.0**-24)


def stream_keys(seed: int, stream: str, n: int) -> np.ndarray:
    """Return `n` int32 keys, one per cell, for the stream named `stream` of `seed`."""
    rng = named_generator(seed, f"noise/{stream}")
    return rng.integers(-(2**31), 2**31, size=n, dtype=np.int32)
