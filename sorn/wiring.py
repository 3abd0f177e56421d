"""A new network: who is connected to whom, with which weights and thresholds.

The order of the draws is the published one, so that the matrices equal those of sorn 0.7.4
under the same ``np.random.seed`` and ``random.seed``.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import NormalDist
from typing import Any

import numpy as np

from sorn.arrays import NumpyArray
from sorn.errors import ParameterError
from sorn.parameters import Parameters
from sorn.streams import GlobalStreams, RandomStreams, Streams, WiringSource, make_streams

INITIAL_WEIGHT_MAX = 0.1
COUNT_STANDARD_DEVIATION = 1.0


def new_network(
    parameters: Parameters, source: WiringSource | None = None
) -> dict[str, NumpyArray]:
    """State of a network that has not run yet.

    Returns
    -------
    dict of ndarray
        ``Wee`` (ne, ne), ``Wei`` (ni, ne), ``Wie`` (ne, ni), each with columns that sum to 1;
        ``Te`` (ne, 1), ``Ti`` (ni, 1) uniform between their bounds; ``X`` (ne, 2) and ``Y``
        (ni, 2) zero. Rows of a matrix are sources, columns are targets.

    Raises
    ------
    ParameterError
        If a ``lambda_*`` asks for more partners than there are.
    """
    source = source or GlobalStreams.wiring
    ne, ni = parameters.ne, parameters.ni
    kinds = (
        ("EE", parameters.network_type_ee, parameters.lambda_ee),
        ("EI", parameters.network_type_ei, parameters.lambda_ei),
        ("IE", parameters.network_type_ie, parameters.lambda_ie),
    )
    matrices = {
        f"W{kind.lower()}": draw_connections(kind, network_type, count, ne, ni, source)
        for kind, network_type, count in kinds
    }
    for name in matrices:
        matrices[name] = fill_empty_columns(matrices[name], source)
    for name in matrices:
        matrices[name] = normalise_columns(matrices[name])
    return matrices | {
        "Te": source.uniform(parameters.te_min, parameters.te_max, (ne, 1)),
        "Ti": source.uniform(parameters.ti_min, parameters.ti_max, (ni, 1)),
        "X": np.zeros((ne, 2)),
        "Y": np.zeros((ni, 2)),
    }


def new_state(
    parameters: Parameters, streams: Sequence[Streams], batch: int | None
) -> dict[str, NumpyArray]:
    """State of one new network, or of a batch with a leading axis.

    Each draws its matrices, and then its first activity where ``initial_activity`` is above 0.
    """
    networks = [new_network(parameters, stream.wiring) for stream in streams]
    for network, x, y in zip(networks, *initial_activity(parameters, streams), strict=True):
        network["X"], network["Y"] = x, y
    if batch is None:
        return networks[0]
    return {name: np.stack([network[name] for network in networks]) for name in networks[0]}


def initial_activity(
    parameters: Parameters, streams: Sequence[Streams]
) -> tuple[NumpyArray, NumpyArray]:
    """Activities at the start of a run, shape (networks, ne, 2) and (networks, ni, 2)."""
    ne, ni, probability = parameters.ne, parameters.ni, parameters.initial_activity
    both = np.zeros((len(streams), ne + ni, 2))
    if probability > 0:
        for network, stream in enumerate(streams):
            both[network, :, 1] = stream.initial_activity(probability, ne + ni)
    return both[:, :ne].copy(), both[:, ne:].copy()


def target_rate(
    parameters: Parameters, streams: Sequence[Streams], needed: bool
) -> float | NumpyArray:
    """Target of intrinsic plasticity: a number, or one per neuron (of each network).

    Raises
    ------
    ParameterError
        If it is `needed` and above 1, or drawn and the streams cannot draw it twice.
    """
    if parameters.h_ip is None:
        rate = 2.0 * parameters.nu / parameters.ne
        if needed and rate > 1.0:
            raise ParameterError(
                f"the target rate 2 nu / ne = {rate:g} is above 1 spike per step for nu="
                f"{parameters.nu} and ne={parameters.ne}; give h_ip, e.g. h_ip=0.1"
            )
        return rate
    if not isinstance(parameters.h_ip, str):
        return parameters.h_ip  # type: ignore[no-any-return]
    drawn = []
    for stream in streams:
        if not isinstance(stream, RandomStreams):
            raise ParameterError(
                "h_ip='normal' needs seed= or rng=, so that every call draws the same targets"
            )
        normal = stream.fresh("target_rate").normal
        drawn.append(normal(parameters.mu_ip, parameters.sigma_ip, parameters.ne).clip(0.0, 1.0))
    return drawn[0] if len(drawn) == 1 else np.stack(drawn)


def input_pools(ne: int, symbols: int, pool_size: int, rng: Any = None) -> list[NumpyArray]:
    """Disjoint pools of neurons, one per symbol, for the hyperparameter ``input_pools``.

    Lazar, Pipa & Triesch 2009 give each symbol a pool of N^U neurons.

    Raises
    ------
    ParameterError
        If the pools need more than `ne` neurons, or are empty.
    """
    if pool_size < 1 or symbols * pool_size > ne:
        raise ParameterError(
            f"{symbols} pools of {pool_size} neurons need {symbols * pool_size}, but ne={ne}; "
            "each needs at least one"
        )
    drawn = make_streams(rng=rng).wiring.sample(ne, symbols * pool_size)
    return list(np.sort(np.reshape(drawn, (symbols, pool_size)), axis=1))


def draw_connections(
    kind: str,
    network_type: str,
    count: float,
    ne: int,
    ni: int,
    source: WiringSource,
    spread: float = COUNT_STANDARD_DEVIATION,
) -> NumpyArray:
    """Weights of one kind of connection, uniform in [0, 0.1), before normalisation.

    Parameters
    ----------
    kind : {'EE', 'EI', 'IE'}
        ``'EI'`` goes from inhibitory to excitatory neurons, shape (ni, ne).
    network_type : {'Sparse', 'Dense'}
    count : float
        Mean number of partners: incoming for EE and IE, outgoing for EI, N(count, spread) cut to
        whole numbers. Not used when dense.
    """
    shape = {"EE": (ne, ne), "EI": (ni, ne), "IE": (ne, ni)}[kind]
    if network_type == "Dense":
        weights = source.uniform(0.0, INITIAL_WEIGHT_MAX, shape)
        if kind == "EE":
            np.fill_diagonal(weights, 0.0)
        return weights
    if kind == "EI":
        owners, candidates = ni, ne
    else:
        owners, candidates = shape[1], ne - 1 if kind == "EE" else ne
    uniform = source.random(owners)
    counts = _partner_counts(f"lambda_{kind.lower()}", count, spread, candidates, uniform)
    values = source.uniform(0.0, INITIAL_WEIGHT_MAX, int(counts.sum()))
    weights = np.zeros(shape)
    first = 0
    for owner, partner_count in enumerate(counts):
        partners = np.asarray(source.sample(candidates, int(partner_count)), dtype=np.intp)
        drawn = values[first : first + partner_count]
        first += partner_count
        if kind == "EI":
            weights[owner, partners] = drawn
        else:
            if kind == "EE":
                partners += partners >= owner  # the owner itself is not among the candidates
            weights[partners, owner] = drawn
    return weights


def fill_empty_columns(weights: NumpyArray, source: WiringSource | None = None) -> NumpyArray:
    """Copy of `weights` in which a column without any weight gets up to two, uniform in [0, 0.1).

    The rows are drawn from the first fifth, as published. In a square matrix the diagonal is
    passed over for the next row, because no neuron drives itself (the published package could
    create such a synapse).
    """
    source = source or GlobalStreams.wiring
    filled = np.array(weights, dtype=np.float64)
    n_rows, n_columns = filled.shape
    for column in np.flatnonzero(filled.sum(axis=0) == 0.0):
        rows = source.integers(max(1, int(n_rows * 0.2)), 2)
        values = source.uniform(0.0, INITIAL_WEIGHT_MAX, 2)
        if n_rows == n_columns:
            rows = np.where(rows == column, (rows + 1) % n_rows, rows)
        filled[rows[0], column] = values[0]
        filled[rows[1], column] = values[1]
    return filled


def normalise_columns(weights: NumpyArray) -> NumpyArray:
    """`weights` divided by the sum of their column; an empty column stays empty."""
    sums = weights.sum(axis=0)
    result: NumpyArray = weights / np.where(sums == 0.0, 1.0, sums)
    return result


def _partner_counts(
    name: str, mean: float, spread: float, candidates: int, uniform: NumpyArray
) -> NumpyArray:
    """Whole numbers from N(mean, spread) by inverting its distribution at `uniform`."""
    normal = NormalDist(mean, spread)
    smallest = np.nextafter(0.0, 1.0)  # the quantile of 0 is minus infinity
    counts = np.array([int(normal.inv_cdf(max(u, smallest))) for u in uniform.tolist()])
    counts = np.maximum(counts, 0)
    if counts.max() > candidates:
        raise ParameterError(
            f"{name}={mean:g} asks for up to {counts.max()} connections of one neuron, but there "
            f"are only {candidates} possible partners; lower {name} or raise ne"
        )
    result: NumpyArray = counts
    return result
