"""Measures of order that see folds, and chance levels that know what is coupled.

The rank correlation of preferred place and cell index is blind to neither direction nor shift,
and a map that is folded once may still score high. `distance_order` is the index of topological
preservation of Bezdek & Pal (1995, Pattern Recognition 28:381): the rank correlation of the
distances between all pairs of cells and between their preferred places. Cells that are far apart
but prefer the same place, as in a fold, lower it.

Three hundred cells that excite each other are not three hundred independent witnesses: what one
prefers, its neighbours prefer too. Shuffled single cells are therefore a chance level that
everything beats. `coupled_permutations` shuffles (and turns around) whole blocks of neighbours.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from lateralnet.measures.order import spearman
from lateralnet.streams import named_generator

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


def distance_order(index: FloatArray, preferred_cm: FloatArray) -> float:
    """Return the rank correlation of distances in the layer and on the body.

    Parameters
    ----------
    index, preferred_cm : ndarray, shape (n,)
        Place of each cell in the layer, and the place that it prefers; silent cells left out.

    Returns
    -------
    float
        1 for a map in order, in either direction; NaN for fewer than three cells.

    Examples
    --------
    >>> cells = np.arange(60.0)
    >>> round(distance_order(cells, 4.0 - cells / 15), 3)
    1.0
    >>> folded = np.minimum(cells, 59 - cells)  # both halves prefer the same places
    >>> round(distance_order(cells, folded), 2)
    0.33
    """
    if index.size < 3:
        return float("nan")
    first, second = np.triu_indices(index.size, k=1)
    return spearman(
        np.abs(index[first] - index[second]), np.abs(preferred_cm[first] - preferred_cm[second])
    )


def coupled_permutations(n: int, block: int, n_shuffles: int, seed: int) -> Iterator[IntArray]:
    """Yield permutations of cells that keep blocks of neighbours together.

    Parameters
    ----------
    n : int
        Number of cells.
    block : int
        Cells of a block: how far coupling reaches. 1 shuffles single cells.
    n_shuffles, seed : int
        How many, and their seed.

    Yields
    ------
    ndarray of int, shape (n,)
        New index of each cell: the layer is cut into blocks, at a border that differs from one
        permutation to the next, which change places, each turned around or not.
    """
    generator = named_generator(seed, "coupled shuffle null")
    for _ in range(n_shuffles):
        start = int(generator.integers(0, block))
        borders = [0, *range(start or block, n, block), n]
        pieces = [np.arange(a, b) for a, b in zip(borders, borders[1:], strict=False) if b > a]
        pieces = [piece[::-1] if generator.random() < 0.5 else piece for piece in pieces]
        order = np.concatenate([pieces[k] for k in generator.permutation(len(pieces))])
        new_index = np.empty(n, dtype=np.int64)
        new_index[order] = np.arange(n)
        yield new_index
