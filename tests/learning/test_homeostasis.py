"""Synaptic scaling against its formula, cell by cell."""

import numpy as np
import pytest

from lateralnet.learning.homeostasis import classed, incoming_sums, mean_incoming_sum, scaled

RNG = np.random.default_rng(1)
J = RNG.integers(0, 9, 200)  # cell 9 gets no input
W = RNG.random(200)


@pytest.mark.parametrize("eta", [0.05, 1.0, 5.0])
def test_each_cell_is_scaled_by_the_published_factor(eta):
    target = mean_incoming_sum(W, J, 10, connected=False)
    new = scaled(W, J, 10, target=target, eta=eta, w_max=1.0)
    for cell in range(9):
        total = W[cell == J].sum()
        factor = np.clip(1 + eta * (target / total - 1), 0.9, 1.1)
        assert np.allclose(new[cell == J], np.clip(W[cell == J] * factor, 0, 1.0), rtol=1e-14)


def test_the_mean_over_connected_cells_leaves_out_the_unconnected():
    assert mean_incoming_sum(W, J, 10, connected=True) == pytest.approx(W.sum() / 9)
    assert mean_incoming_sum(W, J, 10, connected=False) == pytest.approx(W.sum() / 10)


def test_a_cell_with_all_weights_zero_is_left_alone():
    silent = np.where(J == 0, 0.0, W)
    new = scaled(silent, J, 10, target=5.0, eta=1.0, w_max=1.0)
    assert np.isfinite(new).all() and not new[J == 0].any()


def test_steps_within_the_limits_reach_the_target():
    w = W
    for _ in range(60):
        w = scaled(w, J, 10, target=8.0, eta=1.0, w_max=100.0)
    assert np.allclose(np.bincount(J, w, 10)[:9], 8.0)


def test_the_inputs_of_each_class_are_scaled_apart():
    rng = np.random.default_rng(3)
    i, j = rng.integers(0, 40, 400), rng.integers(0, 10, 400)
    w = rng.uniform(0.5, 1.5, 400) * np.where(i % 2, 1.0, 3.0)
    both = classed(j, i % 2, 2)
    target = mean_incoming_sum(w, both, 20, connected=False)
    for _ in range(60):
        w = scaled(w, both, 20, target=target, eta=1.0, w_max=1e9)
    for parity in (0, 1):
        of_class = i % 2 == parity
        np.testing.assert_allclose(incoming_sums(w[of_class], j[of_class], 10), target)
