"""Synaptic scaling against its formula, cell by cell."""

import numpy as np
import pytest

from lateralnet.learning.homeostasis import mean_incoming_sum, scaled

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
