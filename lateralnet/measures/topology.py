"""Measures of order that see folds, and chance levels that know what is coupled.

The rank correlation of preferred place and cell index asks for one direction along the layer.
`distance_order` does not: it is the index of topological preservation of Bezdek & Pal (1995,
Pattern Recognition 28:381), the rank correlation of the distances between all pairs of cells and
between their preferred places. Cells that are far apart but prefer the same place, as in a fold,
lower it, and so do neighbours that prefer distant places.

Three hundred cells that excite each other are not three hundred independent witnesses: what one
prefers, its neighbours prefer too. Shuffled single cells are therefore a chance level that
everything beats. `coupled_permutations` shuffles (and turns around) whole blocks of neighbours.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from lateralnet.measures.order import ranks, spearman_of_orders
from lateralnet.measures.statistics.chance import Chance, chance_among, read_only
from lateralnet.streams import named_generator

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


def distance_order(index: IntArray, preferred_cm: FloatArray) -> float:
    """Return the rank correlation of distances in the layer and on the body.

    Parameters
    ----------
    index, preferred_cm : ndarray, shape (n,)
        Place of each cell in the layer, and the place that it prefers; silent cells left out.

    Returns
    -------
    float
        1 for a map in order, in either direction; NaN for fewer than three cells, or where all
        prefer the same place.

    Examples
    --------
    >>> cells = np.arange(60)
    >>> round(distance_order(cells, 4.0 - cells / 15), 3)
    1.0
    >>> folded = np.minimum(cells, 59 - cells)  # both halves prefer the same places
    >>> round(distance_order(cells, folded), 2)
    0.33
    """
    return _against_distances(preferred_cm)(index)


def _against_distances(preferred_cm: FloatArray) -> Callable[[IntArray], float]:
    """Return `distance_order` for some preferred places, whose distances are ranked once."""
    first, second = np.triu_indices(preferred_cm.size, k=1)
    distance_cm = np.abs(preferred_cm[first] - preferred_cm[second])
    preferred = _centred(ranks(np.round(distance_cm, 9)))  # equal ones are tied

    # Far fewer than 2^31 cells, and half the bytes.
    first, second = first.astype(np.int32), second.astype(np.int32)

    def order_of(index: IntArray) -> float:
        if index.size < 3:
            return float("nan")
        index = index.astype(np.int32)
        distance = np.abs(index[first] - index[second])
        count = np.bincount(distance)
        rank = np.cumsum(count) - 0.5 * (count - 1)  # whole numbers are ranked by counting
        own = _centred(rank[distance])
        norm = np.sqrt((own @ own) * (preferred @ preferred))
        return float(own @ preferred / norm) if norm > 0 else float("nan")

    return order_of


def _centred(values: FloatArray) -> FloatArray:
    return np.asarray(values - values.mean()) if values.size else values


def coupled_chances(
    preferred_cm: FloatArray, *, coupled_cells: int, n_shuffles: int, seed: int
) -> tuple[Chance, Chance]:
    """Return chance levels of |Spearman| and of `distance_order` from blocks of coupled cells.

    Parameters
    ----------
    preferred_cm : ndarray, shape (n,)
        Preferred place of every cell; NaN for a silent one.
    coupled_cells : int
        Cells of a block.
    n_shuffles, seed : int
        As in `coupled_permutations`; fewer than 2: no chance level.
    """
    active = np.isfinite(preferred_cm)
    here_cm = preferred_cm[active]
    distances = _against_distances(here_cm)
    as_is = np.arange(preferred_cm.size)
    shuffled = coupled_permutations(as_is.size, max(1, coupled_cells), n_shuffles, seed)
    orders = np.concatenate([as_is[None], shuffled])
    # Blocks say nothing about the direction.
    rank = np.abs(spearman_of_orders(orders[:, active], here_cm))
    distance = np.array([distances(order[active]) for order in orders])
    return (
        chance_among(rank[1:], rank[0], low_is_good=False),
        chance_among(distance[1:], distance[0], low_is_good=False),
    )


@functools.lru_cache(maxsize=4)
def coupled_permutations(n: int, block: int, n_shuffles: int, seed: int) -> IntArray:
    """Return permutations of cells that keep blocks of neighbours together, to be read only.

    Parameters
    ----------
    n : int
        Number of cells.
    block : int
        Cells of a block: how far coupling reaches. 1 shuffles single cells.
    n_shuffles, seed : int
        How many, and their seed.

    Returns
    -------
    ndarray of int, shape (n_shuffles, n)
        New index of each cell: the layer is cut into blocks, at a border that differs from one
        permutation to the next, which change places, each turned around or not.
    """
    generator = named_generator(seed, "coupled shuffle null")
    new_index = np.empty((max(0, n_shuffles), n), dtype=np.int64)
    for row in new_index:
        start = int(generator.integers(0, block))
        borders = [0, *range(start or block, n, block), n]
        pieces = [np.arange(a, b) for a, b in itertools.pairwise(borders) if b > a]
        pieces = [piece[::-1] if generator.random() < 0.5 else piece for piece in pieces]
        order = np.concatenate([pieces[k] for k in generator.permutation(len(pieces))])
        row[order] = np.arange(n)
    return read_only(new_index)
