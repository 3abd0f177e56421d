"""New networks and the helpers of `Initializer`."""

# ruff: noqa: NPY002 - the published package draws from the global generators

import random

import numpy as np
import pytest

from sorn import Initializer, ParameterError, RandomStreams
from sorn.parameters import build_parameters
from sorn.wiring import new_network


@pytest.mark.parametrize("kind", ["ee", "ei", "ie"])
@pytest.mark.parametrize("network_type", ["Sparse", "Dense"])
def test_every_wiring_builds_normalised_matrices(kind, network_type):
    parameters = build_parameters(**{f"network_type_{kind}": network_type})
    state = new_network(parameters, RandomStreams(1).wiring)
    weights = state[f"W{kind}"]
    np.testing.assert_allclose(weights.sum(axis=0), 1.0)
    shapes = {"ee": (200, 200), "ei": (40, 200), "ie": (200, 40)}
    assert weights.shape == shapes[kind]
    expected = (
        weights.size if network_type == "Dense" else {"ee": 3900, "ei": 1580, "ie": 3980}[kind]
    )
    diagonal = 200 if kind == "ee" and network_type == "Dense" else 0
    assert np.count_nonzero(weights) == pytest.approx(expected - diagonal, rel=0.02)


def test_thresholds_lie_between_their_bounds():
    parameters = build_parameters(te_min=0.3, te_max=0.4, ti_min=-0.2, ti_max=-0.1)
    state = new_network(parameters, RandomStreams(1).wiring)
    assert 0.3 <= state["Te"].min() < state["Te"].max() <= 0.4
    assert -0.2 <= state["Ti"].min() < state["Ti"].max() <= -0.1
    assert not state["X"].any()


def test_empty_columns_get_synapses_but_no_neuron_drives_itself():
    for seed in range(20):
        filled = Initializer.zero_sum_incoming_check(np.zeros((6, 6)), rng=RandomStreams(seed))
        assert (filled.sum(axis=0) > 0).all()
        assert not np.diag(filled).any()
    untouched = np.eye(3)[:, [1, 2, 0]]
    np.testing.assert_array_equal(Initializer.zero_sum_incoming_check(untouched), untouched)


def test_counts_scatter_as_asked():
    weights = Initializer.generate_lambd_connections("EE", 400, 80, 30, 4, rng=RandomStreams(2))
    counts = np.count_nonzero(weights, axis=0)
    assert counts.mean() == pytest.approx(29.5, abs=0.6)
    assert counts.std() == pytest.approx(4, rel=0.15)
    outgoing = Initializer.generate_lambd_connections("EI", 400, 80, 30, 1, rng=RandomStreams(2))
    assert np.count_nonzero(outgoing, axis=1).mean() == pytest.approx(29.5, abs=0.4)
    with pytest.raises(ParameterError, match="choose from EE, EI, IE"):
        Initializer.generate_lambd_connections("II", 10, 2, 1, 1)


def test_strong_and_gaussian_inputs():
    vector, chosen = Initializer.generate_strong_inp(5, 20, rng=RandomStreams(3))
    assert len(vector) == 20
    assert set(np.flatnonzero(vector)) == set(chosen)
    assert set(np.array(vector)[chosen]) <= {1e4}
    assert max(chosen) < 5
    vector, chosen = Initializer.generate_gaussian_inputs(500, 2000, rng=RandomStreams(3))
    values = np.array(vector)[np.unique(chosen)]
    assert len(vector) == 2000
    assert abs(values.mean()) < 0.25
    assert values.std() == pytest.approx(1, abs=0.25)


def test_multi_one_hot_inputs_follow_the_published_draws():
    random.seed(4)
    one_hot, drawn = Initializer.multi_one_hot_inp(30, ["a", "b", "c"], 4)
    random.seed(4)
    rounds = [random.sample(range(30), 3) for _ in range(4)]
    assert drawn == list(zip(*rounds, strict=True))
    assert one_hot.shape == (30, 3)
    for label in range(3):
        assert set(np.flatnonzero(one_hot[:, label])) == set(drawn[label])


def test_input_pools_are_disjoint():
    pools = Initializer.input_pools(200, 6, 10, rng=RandomStreams(1))
    assert [len(pool) for pool in pools] == [10] * 6
    assert len(set(np.concatenate(pools).tolist())) == 60
    with pytest.raises(ParameterError, match="6 pools of 50 neurons need 300, but ne=200"):
        Initializer.input_pools(200, 6, 50)


def test_views_of_a_matrix():
    weights = np.array([[0.0, 0.5, 0.0], [0.2, 0.0, 0.0]])
    assert Initializer.get_incoming_connection_dict(weights) == {0: [1], 1: [0], 2: []}
    assert Initializer.get_outgoing_connection_dict(weights) == {0: [1], 1: [0]}
    assert Initializer.inactive_synapses(weights) == [(0, 2), (1, 2)]


def test_limits_and_normalisation_return_copies():
    values = np.array([[0.5, 2.0], [0.5, 0.0]])
    before = values.copy()
    assert Initializer.reset_min(values, 0.5).tolist() == [[0.5, 2.0], [0.5, 0.5]]
    assert Initializer.reset_max(values, 1.0).tolist() == [[0.5, 1.0], [0.5, 0.0]]
    assert Initializer.normalize_weight_matrix(values).tolist() == [[0.5, 1.0], [0.5, 0.0]]
    assert Initializer.normalize_weight_matrix(np.zeros((2, 2))).tolist() == [[0, 0], [0, 0]]
    np.testing.assert_array_equal(values, before)


def test_noise_is_a_column_of_normal_numbers():
    noise = Initializer.white_gaussian_noise(1.0, 2.0, 4000, rng=RandomStreams(5))
    assert noise.shape == (4000, 1)
    assert noise.mean() == pytest.approx(1.0, abs=0.15)
    assert noise.std() == pytest.approx(2.0, rel=0.05)
    np.random.seed(1)
    published = Initializer.white_gaussian_noise(0.0, 0.04, 3)[:, 0]
    np.random.seed(1)
    np.testing.assert_array_equal(published, np.random.normal(0.0, 0.04, 3))


def test_target_rates_are_probabilities():
    rates = Initializer.target_rates(5000, 0.1, 0.05, rng=RandomStreams(1))
    assert rates.mean() == pytest.approx(0.1, abs=0.005)
    assert 0 <= rates.min() <= rates.max() <= 1
