"""Who is connected to whom: the wiring of the model, drawn in NumPy.

Every function returns index arrays ``(i, j)``, presynaptic and postsynaptic, and the weights
where the rule fixes them. The two topographic projections repeat the draws of the published
program (J. Goulet, LateralLine, 2026), so a seed gives the same wiring here as there. Sources
and targets are drawn with replacement: a pair may occur several times.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lateralnet.parameters.params import NetworkParams
from lateralnet.streams import named_generator

IndexArray = NDArray[np.int32]
FloatArray = NDArray[np.float64]

_LL_TO_MON_SEED_OFFSET = 31
_PAIRS_AT_ONCE = 1 << 20


def mon_to_ts(params: NetworkParams) -> tuple[IndexArray, IndexArray]:
    """Return the MON->TS connections in the published draw order.

    Each MON cell has ``mon_to_ts_out_degree`` targets; the topographic part of them is
    scattered around the same relative position in TS, the rest is uniform.

    Returns
    -------
    i, j : ndarray of int32, shape (n_mon * out_degree,)
        MON and TS indices; all targets of MON cell 0 come first.
    """
    mon, ts = _topographic(
        n_cells=params.n_mon,
        n_partners=params.n_ts,
        degree=params.mon_to_ts_out_degree,
        strength=params.mon_to_ts_topography_strength,
        sigma=params.mon_to_ts_sigma,
        generator=np.random.default_rng(params.seed),
    )
    return mon, ts


def ll_to_mon(params: NetworkParams) -> tuple[IndexArray, IndexArray]:
    """Return the LL->MON connections in the published draw order.

    Each MON cell has ``ll_to_mon_in_degree`` sources, drawn as in `mon_to_ts`. With a
    topography strength of 0 each pair is connected with probability ``p_ll_to_mon`` instead;
    those draws, which the published program leaves to Brian2, come from the stream "LL->MON
    pairs": one uniform number for each LL cell of MON cell 0, then of MON cell 1, and so on.
    With ``ll_mon_polarity`` ``"segregated"`` MON cell j takes the afferent of polarity j mod 2 at
    each place drawn; with ``"paired"`` half of the sources are drawn, and each brings along the
    other polarity of its place.

    Returns
    -------
    i, j : ndarray of int32, shape (n_synapses,)
        LL and MON indices; all sources of MON cell 0 come first.
    """
    if params.ll_to_mon_topography_strength <= 0:
        return _random_pairs(params)
    paired = params.ll_mon_polarity == "paired"
    mon, ll = _topographic(
        n_cells=params.n_mon,
        n_partners=params.n_ll,
        degree=params.ll_to_mon_in_degree // (2 if paired else 1),
        strength=params.ll_to_mon_topography_strength,
        sigma=params.ll_to_mon_sigma,
        generator=np.random.default_rng(params.seed + _LL_TO_MON_SEED_OFFSET),
    )
    if paired:
        return np.stack([ll, ll ^ 1], axis=1).ravel(), np.repeat(mon, 2)
    if params.ll_mon_polarity == "segregated":
        ll = 2 * (ll // 2) + mon % 2
    return ll, mon


def ts_lateral(params: NetworkParams) -> tuple[IndexArray, IndexArray, FloatArray]:
    """Return the lateral inhibition among TS cells, on a ring.

    Cells at ring distance d = 1 ... ``ts_lateral_radius`` inhibit each other with
    peak * (1 - d / radius), hence with 0 at the radius itself. No cell inhibits itself, and
    each ordered pair occurs once even where the radius reaches around the ring.

    Returns
    -------
    i, j : ndarray of int32, shape (n_synapses,)
        Presynaptic and postsynaptic TS indices, sorted by i; empty for a single TS cell.
    weight_mV : ndarray, shape (n_synapses,)
        What a spike adds to g_i.
    """
    n, radius = params.n_ts, params.ts_lateral_radius
    step = np.arange(1, n)
    ring_distance = np.minimum(step, n - step)
    reached = ring_distance <= radius
    weight_mV = params.ts_local_inh_peak_mV * (1.0 - ring_distance[reached] / radius)
    i = np.repeat(np.arange(n), weight_mV.size)
    j = (np.arange(n)[:, None] + step[reached]) % n
    return i.astype(np.int32), j.ravel().astype(np.int32), np.tile(weight_mV, n)


def ts_lateral_excitation(params: NetworkParams) -> tuple[IndexArray, IndexArray, FloatArray]:
    """Return the lateral excitation among TS cells, on a line that does not close.

    Neighbours that excite each other learn neighbouring places: the cooperation of
    self-organising maps (Willshaw & von der Malsburg 1976, Proc R Soc B 194:431; Kohonen
    1982, Biol Cybern 43:59). Cells at distance d = 1 ... ``ts_lateral_exc_radius`` excite
    each other with peak * (1 - d / (radius + 1)). Where cooperation starts wider in training,
    connections reach as far as that, the outer ones with a weight of 0.

    Returns
    -------
    i, j : ndarray of int32, shape (n_synapses,)
        Presynaptic and postsynaptic TS indices, sorted by i; empty when switched off.
    weight_mV : ndarray, shape (n_synapses,)
        What a spike adds to g_e.
    """
    n, radius = params.n_ts, params.ts_lateral_exc_radius
    reach = min(max(radius, params.ts_lateral_exc_radius_start or 0), n - 1)
    offset = np.concatenate([np.arange(-reach, 0), np.arange(1, reach + 1)])
    i, j = np.broadcast_arrays(np.arange(n)[:, None], np.arange(n)[:, None] + offset)
    inside = (j >= 0) & (j < n)
    i, j = i[inside].astype(np.int32), j[inside].astype(np.int32)
    return i, j, cooperation_mV(i, j, radius=radius, peak_mV=params.ts_lateral_exc_peak_mV)


def cooperation_mV(i: IndexArray, j: IndexArray, *, radius: float, peak_mV: float) -> FloatArray:
    """Return the lateral excitation between cells `i` and `j` of the line, shape (n_synapses,).

    A tent: peak * (1 - d / (radius + 1)) at distance d, and 0 from d = radius + 1 on.
    """
    return np.asarray(peak_mV * np.maximum(1.0 - np.abs(j - i) / (radius + 1), 0.0))


def _topographic(
    *,
    n_cells: int,
    n_partners: int,
    degree: int,
    strength: float,
    sigma: float,
    generator: np.random.Generator,
) -> tuple[IndexArray, IndexArray]:
    """Draw `degree` partners for each cell, a share of them near its own relative position.

    Returns the cell of each connection and its partner, both of shape (n_cells * degree,).
    """
    n_topographic = round(degree * strength)  # Python rounds .5 to even, as published
    spread_over_all = sigma >= n_partners
    centre = np.arange(n_cells) / max(1, n_cells - 1) * (n_partners - 1)
    partner = np.empty((n_cells, degree))
    for row, c in zip(partner, centre, strict=True):
        near, anywhere = row[:n_topographic], row[n_topographic:]
        if n_topographic > 0 and spread_over_all:
            near[:] = generator.integers(0, n_partners, n_topographic)
        elif n_topographic > 0:
            near[:] = generator.normal(c, sigma, n_topographic)
        if anywhere.size > 0:
            anywhere[:] = generator.integers(0, n_partners, anywhere.size)
        generator.shuffle(row)
    # Uniform partners are whole already, so one rounding after the shuffle serves all.
    partner = np.clip(np.rint(partner), 0, n_partners - 1)
    cell = np.repeat(np.arange(n_cells, dtype=np.int32), degree)
    return cell, partner.ravel().astype(np.int32)


def _random_pairs(params: NetworkParams) -> tuple[IndexArray, IndexArray]:
    """Connect each LL cell to each MON cell with probability ``p_ll_to_mon``."""
    generator = named_generator(params.seed, "LL->MON pairs")
    rows = max(1, _PAIRS_AT_ONCE // params.n_ll)
    ll_parts, mon_parts = [], []
    for first in range(0, params.n_mon, rows):
        count = min(rows, params.n_mon - first)
        mon, ll = np.nonzero(generator.random((count, params.n_ll)) < params.p_ll_to_mon)
        ll_parts.append(ll.astype(np.int32))
        mon_parts.append((mon + first).astype(np.int32))
    return np.concatenate(ll_parts), np.concatenate(mon_parts)
