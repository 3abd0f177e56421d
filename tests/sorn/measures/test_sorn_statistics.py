"""Each statistic against an independent formula, with the published errors corrected."""

import math

import numpy as np
import pytest
from scipy import stats

from sorn import InputError, Statistics


@pytest.fixture
def spikes():
    """Spikes of 12 neurons with different rates in 400 steps; shape (time, neurons)."""
    rng = np.random.default_rng(4)
    return (rng.random((400, 12)) < np.linspace(0.05, 0.6, 12)).astype(float)


def test_firing_rate_of_a_neuron_is_a_probability(spikes):
    period, size, rate = Statistics.firing_rate_neuron(spikes, 3, 10)
    assert (period, size) == (400, 10)
    assert rate == pytest.approx(spikes[:, 3].mean())
    assert Statistics.firing_rate_neuron(spikes[:15], 0, 10)[2] == spikes[:10, 0].mean()


def test_population_activity_takes_lists(spikes):
    expected = [sum(row) for row in spikes.tolist()]
    assert Statistics.firing_rate_network(list(spikes)).tolist() == expected


def test_smoothness_of_the_published_example():
    rates = [1, 1, 5, 6, 3, 7]
    assert Statistics.scale_dependent_smoothness_measure(rates) == pytest.approx(2.638181, abs=1e-6)
    assert Statistics.scale_independent_smoothness_measure(rates) == pytest.approx(
        2.198484, abs=1e-6
    )
    assert Statistics.scale_independent_smoothness_measure([1, 2, 1]) == math.inf
    assert Statistics.scale_independent_smoothness_measure([2, 2, 2]) == 0.0


def test_autocorrelation_of_the_published_example():
    corr = Statistics.autocorr([1, 1, 5, 6, 3, 7], 2)
    expected = stats.pearsonr([1, 1, 5, 6], [5, 6, 3, 7]).statistic
    np.testing.assert_allclose(corr, [[1, expected], [expected, 1]], atol=1e-12)
    assert corr[0, 1] == pytest.approx(-0.01855355, abs=1e-8)
    np.testing.assert_allclose(Statistics.autocorr([1, 2, 4], 0), 1.0)
    assert Statistics.autocorr([1, 1, 1, 2], 2)[0, 1] == 0.0
    with pytest.raises(InputError, match="t=5 must be in"):
        Statistics.autocorr([1, 2, 3], 5)


def test_average_correlation_divides_by_the_number_of_neurons(spikes):
    corr, average = Statistics.avg_corr_coeff(spikes)
    np.testing.assert_allclose(corr, np.corrcoef(spikes.T), atol=1e-12)
    assert average == pytest.approx(np.corrcoef(spikes.T).mean())
    spikes[:, 5] = 0.0
    corr, average = Statistics.avg_corr_coeff(spikes)
    others = np.delete(spikes, 5, axis=1)
    assert not corr[5].any()
    assert average == pytest.approx(np.corrcoef(others.T).mean())
    assert Statistics.avg_corr_coeff(np.zeros((5, 3)))[1] == 0.0


def test_spike_times_and_intervals(spikes):
    np.testing.assert_array_equal(
        np.stack(Statistics.spike_times(spikes)), np.argwhere(spikes == 1).T
    )
    train = [0, 1, 0, 0, 1, 1, 0, 1]
    assert Statistics.spike_time_intervals(train).tolist() == [3, 1, 2]
    both = np.stack([train, [1, 0, 0, 0, 0, 0, 0, 1]], axis=1)
    assert Statistics.spike_time_intervals(both).tolist() == [3, 1, 2, 7]


def test_hamming_distance(spikes):
    other = np.roll(spikes, 1, axis=0)
    expected = [
        sum(a != b for a, b in zip(x, y, strict=True)) for x, y in zip(spikes, other, strict=True)
    ]
    assert Statistics.hamming_distance(spikes, other) == expected
    with pytest.raises(InputError, match="have shapes"):
        Statistics.hamming_distance(spikes, spikes[:5])


def test_fano_factor_counts_in_windows_of_the_given_length(spikes):
    mean, variance, fano = Statistics.fanofactor(spikes, 2, 30)
    counts = [spikes[first : first + 30, 2].sum() for first in range(0, 390, 30)]
    assert mean == pytest.approx(np.mean(counts))
    assert variance == pytest.approx(np.var(counts))
    assert fano == pytest.approx(np.var(counts) / np.mean(counts))
    assert math.isnan(Statistics.fanofactor(np.zeros((10, 1)), 0, 5)[2])
    poisson = np.random.default_rng(1).random((200_000, 1)) < 0.02
    assert Statistics.fanofactor(poisson, 0, 1000)[2] == pytest.approx(0.98, abs=0.2)


def test_source_entropy_is_a_share_of_its_maximum(spikes):
    counts = spikes.sum(axis=0)
    expected = stats.entropy(counts / counts.sum()) / math.log(12)
    assert Statistics.spike_source_entropy(spikes, 12) == pytest.approx(expected)
    assert Statistics.spike_source_entropy(spikes.T, 12) == pytest.approx(expected)
    assert Statistics.spike_source_entropy(np.ones((5, 4)), 4) == pytest.approx(1.0)
    one = np.zeros((5, 4))
    one[2, 1] = 1
    assert Statistics.spike_source_entropy(one, 4) == 0.0
    assert math.isnan(Statistics.spike_source_entropy(np.zeros((5, 4)), 4))
    with pytest.raises(InputError, match="num_neurons=7"):
        Statistics.spike_source_entropy(spikes, 7)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda s: Statistics.firing_rate_network(s[:, 0]), r"shape \(time, neurons\), not \(400,"),
        (lambda s: Statistics.firing_rate_neuron(s, 40, 10), "neuron 40 is not among the 12"),
        (lambda s: Statistics.fanofactor(s, 0, 500), "500 steps does not fit a train of 400"),
        (lambda s: Statistics.scale_dependent_smoothness_measure([1]), "at least 2 rates"),
    ],
)
def test_trains_that_do_not_fit(call, message, spikes):
    with pytest.raises(InputError, match=message):
        call(spikes)
