"""Random streams that are named, so that a new draw never shifts an old one.

Draws that must equal the published program use its own seeds (``seed``, ``seed + 31``,
``seed + 777``, ``seed + 999``, ``seed + 8888``). Everything else comes from here.
"""

from __future__ import annotations

import zlib

import numpy as np


def named_generator(seed: int, name: str, *indices: int) -> np.random.Generator:
    """Return the generator of one named stream of a seed.

    Parameters
    ----------
    seed : int
        Seed of the run, at least 0.
    name : str
        What the stream is for; different names give independent streams.
    *indices : int
        Further keys, for instance the number of a test sweep.

    Returns
    -------
    numpy.random.Generator
        Child of ``SeedSequence(seed)`` whose key is the CRC-32 of `name` and the indices.
    """
    key = (zlib.crc32(name.encode()), *indices)
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=key))
