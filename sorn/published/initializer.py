"""`Initializer`: the published helpers for inputs and initial matrices, corrected.

No function modifies its arguments. Those that draw take ``rng=`` (a `RandomStreams` or a
`numpy.random.Generator`); without it they draw from ``np.random`` and ``random`` as published.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from sorn.arrays import NumpyArray
from sorn.errors import ParameterError
from sorn.streams import WiringSource, make_streams
from sorn.wiring import draw_connections, fill_empty_columns, input_pools, normalise_columns

STRONG_INPUT = 1.0e4
"""Amplitude that makes a neuron fire whatever its threshold."""


class Initializer:
    """Static functions that make inputs, initial matrices and views of them."""

    @staticmethod
    def generate_strong_inp(
        length: int, reservoir_size: int, rng: Any = None
    ) -> tuple[list[float], NumpyArray]:
        """One input vector with random strong entries.

        Between 0 and `reservoir_size` - 1 draws with replacement choose among the first `length`
        entries.

        Returns
        -------
        vector : list of float, length max(length, reservoir_size)
        chosen : ndarray of int
            The drawn entries, repeats included.

        Examples
        --------
        >>> from sorn import Initializer, RandomStreams
        >>> vector, chosen = Initializer.generate_strong_inp(4, 6, rng=RandomStreams(2))
        >>> len(vector), max(vector)
        (6, 10000.0)
        """
        vector, chosen, _ = _some_entries(length, reservoir_size, rng)
        vector[chosen] = STRONG_INPUT
        return vector.tolist(), chosen

    @staticmethod
    def generate_gaussian_inputs(
        length: int, reservoir_size: int, rng: Any = None
    ) -> tuple[list[float], NumpyArray]:
        """As `generate_strong_inp`, with values from N(0, 1).

        The published function drew a single number and failed when it indexed it.

        Examples
        --------
        >>> from sorn import Initializer, RandomStreams
        >>> len(Initializer.generate_gaussian_inputs(4, 6, rng=RandomStreams(1))[0])
        6
        """
        vector, chosen, source = _some_entries(length, reservoir_size, rng)
        values = source.normal(0.0, 1.0, length)
        vector[chosen] = values[chosen]
        return vector.tolist(), chosen

    @staticmethod
    def multi_one_hot_inp(
        ne: int, inputs: Sequence[Any], n_nodes_per_inp: int, rng: Any = None
    ) -> tuple[NumpyArray, list[tuple[int, ...]]]:
        """Input vectors that drive several neurons per label.

        Each round draws one neuron per label, all different; a neuron may be drawn again in
        another round. `input_pools` makes pools without such overlap.

        Returns
        -------
        one_hot : ndarray of 0 and 1, shape (ne, labels)
        drawn : list of tuple of int
            Neurons of each label.

        Examples
        --------
        >>> from sorn import Initializer, RandomStreams
        >>> one_hot, drawn = Initializer.multi_one_hot_inp(20, "abc", 2, rng=RandomStreams(1))
        >>> one_hot.shape, len(drawn)
        ((20, 3), 3)
        """
        if len(inputs) > ne or n_nodes_per_inp < 0:
            raise ParameterError(
                f"{len(inputs)} labels need a neuron each in every one of {n_nodes_per_inp} "
                f"rounds, but ne={ne}"
            )
        source = make_streams(rng=rng).wiring
        rounds = [source.sample(ne, len(inputs)) for _ in range(n_nodes_per_inp)]
        drawn = list(zip(*rounds, strict=True))
        one_hot = np.zeros((ne, len(inputs)))
        for label, neurons in enumerate(drawn):
            one_hot[list(neurons), label] = 1
        return one_hot, drawn

    @staticmethod
    def input_pools(ne: int, symbols: int, pool_size: int, rng: Any = None) -> list[NumpyArray]:
        """Disjoint pools of neurons, one per symbol, for the hyperparameter ``input_pools``.

        Lazar, Pipa & Triesch 2009 give each symbol a pool of N^U neurons.

        Examples
        --------
        >>> from sorn import Initializer
        >>> [len(pool) for pool in Initializer.input_pools(50, symbols=3, pool_size=4)]
        [4, 4, 4]
        """
        return input_pools(ne, symbols, pool_size, rng)

    @staticmethod
    def target_rates(ne: int, mu_ip: float, sigma_ip: float, rng: Any = None) -> NumpyArray:
        """Target rates N(mu_ip, sigma_ip) limited to [0, 1], for the hyperparameter ``h_ip``.

        Spikes per step, shape (ne,).

        Examples
        --------
        >>> from sorn import Initializer
        >>> Initializer.target_rates(50, 0.1, 0.02).shape
        (50,)
        """
        return make_streams(rng=rng).wiring.normal(mu_ip, sigma_ip, ne).clip(0.0, 1.0)

    @staticmethod
    def generate_lambd_connections(
        synaptic_connection: str,
        ne: int,
        ni: int,
        lambd_w: float,
        lambd_std: float,
        rng: Any = None,
    ) -> NumpyArray:
        """Sparse weights in [0, 0.1) with N(lambd_w, lambd_std) partners per neuron.

        Parameters
        ----------
        synaptic_connection : {'EE', 'EI', 'IE'}
            Partners are incoming for 'EE' and 'IE', outgoing for 'EI'.

        Returns
        -------
        ndarray, shape (ne, ne), (ni, ne) or (ne, ni)
            Rows are sources, columns targets.

        Raises
        ------
        ParameterError
            If the kind is unknown, or a neuron would need more partners than there are.

        Examples
        --------
        >>> from sorn import Initializer
        >>> Initializer.generate_lambd_connections("EI", 50, 10, 20, 1).shape
        (10, 50)
        """
        if synaptic_connection not in ("EE", "EI", "IE"):
            raise ParameterError(
                f"synaptic_connection={synaptic_connection!r}; choose from EE, EI, IE"
            )
        source = make_streams(rng=rng).wiring
        return draw_connections(
            synaptic_connection, "Sparse", lambd_w, ne, ni, source, spread=lambd_std
        )

    @staticmethod
    def normalize_weight_matrix(weight_matrix: Any) -> NumpyArray:
        """Weights divided by the sum of their column; an empty column stays empty.

        Examples
        --------
        >>> from sorn import Initializer
        >>> Initializer.normalize_weight_matrix([[1, 0], [3, 0]]).tolist()
        [[0.25, 0.0], [0.75, 0.0]]
        """
        return normalise_columns(np.asarray(weight_matrix, dtype=np.float64))

    @staticmethod
    def zero_sum_incoming_check(weights: Any, rng: Any = None) -> NumpyArray:
        """Copy in which every neuron has an incoming synapse; see `fill_empty_columns`.

        Examples
        --------
        >>> import numpy as np
        >>> from sorn import Initializer
        >>> bool((Initializer.zero_sum_incoming_check(np.zeros((10, 10))).sum(axis=0) > 0).all())
        True
        """
        return fill_empty_columns(weights, make_streams(rng=rng).wiring)

    @staticmethod
    def get_incoming_connection_dict(weights: Any) -> dict[int, list[int]]:
        """Sources of each target: column index to rows with a weight.

        Examples
        --------
        >>> from sorn import Initializer
        >>> Initializer.get_incoming_connection_dict([[0, 0.5], [1, 0]])
        {0: [1], 1: [0]}
        """
        matrix = np.asarray(weights)
        return {i: np.flatnonzero(matrix[:, i]).tolist() for i in range(matrix.shape[1])}

    @staticmethod
    def get_outgoing_connection_dict(weights: Any) -> dict[int, list[int]]:
        """Targets of each source: row index to columns with a weight.

        Examples
        --------
        >>> from sorn import Initializer
        >>> Initializer.get_outgoing_connection_dict([[0, 0.5], [1, 0]])
        {0: [1], 1: [0]}
        """
        matrix = np.asarray(weights)
        return {j: np.flatnonzero(matrix[j]).tolist() for j in range(matrix.shape[0])}

    @staticmethod
    def reset_min(z: Any, cutoff_val: float) -> NumpyArray:
        """Copy with values of at most `cutoff_val` raised to it.

        Examples
        --------
        >>> from sorn import Initializer
        >>> Initializer.reset_min([-0.2, 0.5], 0.0).tolist()
        [0.0, 0.5]
        """
        result: NumpyArray = np.maximum(z, cutoff_val)
        return result

    @staticmethod
    def reset_max(z: Any, cutoff_val: float) -> NumpyArray:
        """Copy with values above `cutoff_val` lowered to it.

        Examples
        --------
        >>> from sorn import Initializer
        >>> Initializer.reset_max([0.5, 1.2], 1.0).tolist()
        [0.5, 1.0]
        """
        result: NumpyArray = np.minimum(z, cutoff_val)
        return result

    @staticmethod
    def inactive_synapses(wee: Any) -> list[tuple[int, int]]:
        """Pairs (row, column) of different neurons without a synapse, in row-major order.

        Examples
        --------
        >>> from sorn import Initializer
        >>> Initializer.inactive_synapses([[0, 0.5], [0, 0]])
        [(1, 0)]
        """
        rows, columns = np.nonzero(np.asarray(wee) <= 0)
        return [(j, i) for j, i in zip(rows.tolist(), columns.tolist(), strict=True) if j != i]

    @staticmethod
    def white_gaussian_noise(mu: float, sigma: float, t: int, rng: Any = None) -> NumpyArray:
        """`t` numbers from N(mu, sigma) as a column, shape (t, 1).

        Examples
        --------
        >>> from sorn import Initializer
        >>> Initializer.white_gaussian_noise(0.0, 0.04, 5).shape
        (5, 1)
        """
        if not sigma >= 0 or t < 0:
            raise ParameterError(f"sigma={sigma} and t={t} must not be negative")
        return make_streams(rng=rng).wiring.normal(mu, sigma, t)[:, None]


def _some_entries(length: int, size: int, rng: Any) -> tuple[NumpyArray, NumpyArray, WiringSource]:
    """A vector of zeros, up to `size` - 1 of its first `length` entries, and what drew them."""
    if length < 1 or size < 1:
        raise ParameterError(f"length={length} and reservoir_size={size} must be at least 1")
    source = make_streams(rng=rng).wiring
    chosen = source.integers(length, int(source.integers(size, 1)[0]))
    return np.zeros(max(length, size)), chosen, source
