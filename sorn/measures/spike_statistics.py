"""`Statistics`: measures of spike trains.

A spike train is an array of 0 and 1 with time along the first axis and neurons along the second,
shape (time, neurons), as ``np.asarray(E)`` of a simulation; lists are accepted. Time is counted
in steps, rates in spikes per step.
"""

from __future__ import annotations

from numbers import Integral
from typing import Any

import numpy as np

from sorn.arrays import NumpyArray
from sorn.errors import InputError
from sorn.parameters.checks import refuse_masked


class Statistics:
    """Static functions on spike trains and rates."""

    @staticmethod
    def firing_rate_neuron(spike_train: Any, neuron: int, bin_size: int) -> tuple[int, int, float]:
        """Firing rate of one neuron.

        Parameters
        ----------
        spike_train : array_like, shape (time, neurons)
        neuron : int
        bin_size : int
            Length of the bins, in steps. The rate is the mean over whole bins of the spikes per
            step in a bin; a shorter rest is left out.

        Returns
        -------
        time_period : int
            Length of the train, in steps.
        bin_size : int
        rate : float
            Spikes per step, in [0, 1]. (The published value is `bin_size` times too large.)

        Examples
        --------
        >>> from sorn import Statistics
        >>> Statistics.firing_rate_neuron([[1, 0], [0, 0], [1, 1], [0, 1]], 0, bin_size=2)
        (4, 2, 0.5)
        """
        spikes = one_train(spike_train, neuron)
        counts = window_counts(spikes, bin_size)
        return len(spikes), bin_size, float(counts.mean() / bin_size)

    @staticmethod
    def firing_rate_network(spike_train: Any) -> NumpyArray:
        """Number of neurons that fire in each step, shape (time,).

        Examples
        --------
        >>> from sorn import Statistics
        >>> Statistics.firing_rate_network([[1, 0], [1, 1]]).tolist()
        [1, 2]
        """
        result: NumpyArray = np.count_nonzero(two_dimensional(spike_train), axis=1)
        return result

    @staticmethod
    def scale_dependent_smoothness_measure(firing_rates: Any) -> float:
        """Standard deviation of the differences of successive rates; smaller is smoother.

        Examples
        --------
        >>> from sorn import Statistics
        >>> round(Statistics.scale_dependent_smoothness_measure([1, 1, 5, 6, 3, 7]), 3)
        2.638
        """
        return float(np.std(np.diff(_at_least(firing_rates, 2))))

    @staticmethod
    def scale_independent_smoothness_measure(firing_rates: Any) -> float:
        """`scale_dependent_smoothness_measure` divided by the absolute mean difference.

        Infinite for rates that end where they start, 0 for constant ones.

        Examples
        --------
        >>> from sorn import Statistics
        >>> round(Statistics.scale_independent_smoothness_measure([1, 1, 5, 6, 3, 7]), 3)
        2.198
        """
        differences = np.diff(_at_least(firing_rates, 2))
        spread, drift = float(np.std(differences)), float(abs(np.mean(differences)))
        if drift == 0.0:
            return 0.0 if spread == 0.0 else float("inf")
        return spread / drift

    @staticmethod
    def autocorr(firing_rates: Any, t: int = 2) -> NumpyArray:
        """Pearson correlation of rates with themselves `t` steps later, 0 <= t <= len(rates) - 2.

        Returns
        -------
        ndarray, shape (2, 2)
            Correlation matrix of ``rates[:-t]`` and ``rates[t:]``; a constant part correlates 0.

        Examples
        --------
        >>> from sorn import Statistics
        >>> Statistics.autocorr([1, 1, 5, 6, 3, 7], t=2).round(4).tolist()
        [[1.0, -0.0186], [-0.0186, 1.0]]
        """
        rates = _at_least(firing_rates, 2)
        if not 0 <= t <= len(rates) - 2:
            raise InputError(f"t={t} must be in 0..{len(rates) - 2} for {len(rates)} rates")
        return correlation_matrix(np.stack([rates[: len(rates) - t], rates[t:]]))

    @staticmethod
    def avg_corr_coeff(spike_train: Any) -> tuple[NumpyArray, float]:
        """Pearson correlation between neurons.

        Returns
        -------
        corr : ndarray, shape (neurons, neurons)
            Rows and columns of a neuron that never changes are 0.
        average : float
            Mean of the matrix, diagonal included, over the neurons that change; 0 if none does.
            (The published average divides by 200 x 200 whatever the size.)

        Examples
        --------
        >>> from sorn import Statistics
        >>> Statistics.avg_corr_coeff([[1, 0], [0, 1], [1, 0]])[0].round(6).tolist()
        [[1.0, -1.0], [-1.0, 1.0]]
        """
        corr = correlation_matrix(two_dimensional(spike_train).T)
        changing = np.count_nonzero(np.diag(corr))
        return corr, float(corr.sum() / changing**2) if changing else 0.0

    @staticmethod
    def spike_times(spike_train: Any) -> tuple[NumpyArray, ...]:
        """Indices of the spikes: steps, and neurons for a train with two axes.

        Examples
        --------
        >>> from sorn import Statistics
        >>> steps, neurons = Statistics.spike_times([[0, 1], [1, 1]])
        >>> steps.tolist(), neurons.tolist()
        ([0, 1, 1], [1, 0, 1])
        """
        return np.nonzero(np.asarray(spike_train) == 1)

    @staticmethod
    def spike_time_intervals(spike_train: Any) -> NumpyArray:
        """Intervals between successive spikes of a neuron, in steps.

        For a train with two axes, the intervals of its first neuron, then of the second, and so
        on; none spans two neurons. (The published one subtracts neuron indices.)

        Examples
        --------
        >>> from sorn import Statistics
        >>> Statistics.spike_time_intervals([1, 0, 0, 1, 1]).tolist()
        [3, 1]
        """
        spikes = np.asarray(spike_train) == 1
        if spikes.ndim == 1:
            return np.diff(np.flatnonzero(spikes))
        trains = two_dimensional(spikes).T
        return np.concatenate([np.diff(np.flatnonzero(train)) for train in trains])

    @staticmethod
    def hamming_distance(actual_spike_train: Any, perturbed_spike_train: Any) -> list[int]:
        """Number of neurons that differ between two trains (time, neurons), for each step.

        Examples
        --------
        >>> from sorn import Statistics
        >>> Statistics.hamming_distance([[0, 1], [1, 1]], [[0, 1], [0, 0]])
        [0, 2]
        """
        actual = two_dimensional(actual_spike_train)
        perturbed = two_dimensional(perturbed_spike_train)
        if actual.shape != perturbed.shape:
            raise InputError(f"the trains have shapes {actual.shape} and {perturbed.shape}")
        result: list[int] = np.count_nonzero(actual != perturbed, axis=1).tolist()
        return result

    @staticmethod
    def fanofactor(spike_train: Any, neuron: int, window_size: int) -> tuple[float, float, float]:
        """Mean, variance and Fano factor of a neuron's spike count; 1 for a Poisson process.

        Parameters
        ----------
        spike_train : array_like, shape (time, neurons)
        neuron : int
        window_size : int
            Length of the counting windows, in steps; a shorter rest is left out. (The published
            function takes it as the number of windows.)

        Returns
        -------
        mean, variance : float
            Over the windows; the variance divides by their number.
        fano_factor : float
            Variance / mean, NaN for a silent neuron.

        Examples
        --------
        >>> from sorn import Statistics
        >>> Statistics.fanofactor([[1], [1], [0], [0]], neuron=0, window_size=2)
        (1.0, 1.0, 1.0)
        """
        counts = window_counts(one_train(spike_train, neuron), window_size)
        mean, variance = float(counts.mean()), float(counts.var())
        return mean, variance, variance / mean if mean else float("nan")

    @staticmethod
    def spike_source_entropy(spike_train: Any, num_neurons: int) -> float:
        """Uncertainty about the origin of a spike, in [0, 1]; 1 if all neurons fire equally.

        ``-sum_n p_n ln p_n / ln num_neurons`` with p_n the share of neuron n in all spikes and
        0 ln 0 = 0; NaN without any spike.

        Parameters
        ----------
        spike_train : array_like, shape (time, neurons)
            The transpose is taken when only the first axis has `num_neurons` entries, as in the
            documented example.
        num_neurons : int

        Examples
        --------
        >>> from sorn import Statistics
        >>> Statistics.spike_source_entropy([[1, 0], [0, 1]], num_neurons=2)
        1.0
        """
        spikes = two_dimensional(spike_train)
        if spikes.shape[1] != num_neurons:
            spikes = spikes.T
        if spikes.shape[1] != num_neurons or num_neurons < 2:
            raise InputError(
                f"num_neurons={num_neurons} must be at least 2 and the length of an axis of the "
                f"spike train, which has shape {np.shape(spike_train)}"
            )
        counts = np.count_nonzero(spikes, axis=0)
        if counts.sum() == 0:
            return float("nan")
        share = counts[counts > 0] / counts.sum()
        entropy = float(-np.sum(share * np.log(share)) / np.log(num_neurons))
        return min(max(entropy, 0.0), 1.0)  # rounding can leave the range


def two_dimensional(spike_train: Any) -> NumpyArray:
    """Spike train as an array, checked to have shape (time, neurons)."""
    refuse_masked("the spike train", spike_train, InputError)
    spikes = np.asarray(spike_train)
    if spikes.ndim != 2 or 0 in spikes.shape:
        raise InputError(f"a spike train has shape (time, neurons), not {spikes.shape}")
    return spikes


def one_train(spike_train: Any, neuron: int) -> NumpyArray:
    """Spikes of one neuron as booleans, shape (time,)."""
    spikes = two_dimensional(spike_train)
    if not -spikes.shape[1] <= neuron < spikes.shape[1]:
        raise InputError(f"neuron {neuron} is not among the {spikes.shape[1]} of the spike train")
    result: NumpyArray = spikes[:, neuron] == 1
    return result


def window_counts(spikes: NumpyArray, size: int) -> NumpyArray:
    """Number of spikes in each whole window of `size` steps."""
    if isinstance(size, bool) or not isinstance(size, Integral):
        raise InputError(f"a window of {size!r} steps; give a whole number of steps")
    if not 1 <= size <= len(spikes):
        raise InputError(f"a window of {size} steps does not fit a train of {len(spikes)} steps")
    windows = len(spikes) // size
    result: NumpyArray = spikes[: windows * size].reshape(windows, size).sum(axis=1)
    return result


def correlation_matrix(rows: NumpyArray) -> NumpyArray:
    """Pearson correlation of the rows; 0 where a row is constant."""
    rows = rows.astype(np.float64)
    centred = rows - rows.mean(axis=1, keepdims=True)
    length = np.sqrt(np.sum(centred**2, axis=1))
    constant = np.ptp(rows, axis=1) == 0
    units = centred / np.where(constant, 1.0, length)[:, None]
    units[constant] = 0.0
    corr = np.clip(units @ units.T, -1.0, 1.0)
    np.fill_diagonal(corr, np.where(constant, 0.0, 1.0))
    return np.asarray(corr)


def _at_least(values: Any, count: int) -> NumpyArray:
    refuse_masked("rates", values, InputError)
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1 or len(array) < count:
        raise InputError(f"needs a sequence of at least {count} rates, not shape {array.shape}")
    return array
