"""Calibration, mid-body errors, order that sees folds, and chance that knows coupling."""

import numpy as np
import pytest
from scipy import stats

from lateralnet.measures.precision import calibrated_rms_cm, mid_body
from lateralnet.measures.topology import (
    coupled_chances,
    coupled_permutations,
    distance_order,
)

RNG = np.random.default_rng(4)
X = np.tile(np.linspace(0.0, 4.0, 400), 5)


def calibrated(error_cm, n=5):
    return calibrated_rms_cm(X, error_cm, n, body_length_cm=4.0)


def test_a_fixed_distortion_is_calibrated_away_and_noise_is_not():
    distortion = 0.4 * np.sin(np.pi * X / 4.0)
    assert calibrated(distortion) < 0.02  # what bends within 0.1 cm is left
    noise = 0.1 * RNG.standard_normal(X.size)
    assert calibrated(distortion + noise) == pytest.approx(0.1, rel=0.06)


def test_noise_that_a_sweep_has_to_itself_is_not_used_to_correct_it():
    offsets = np.repeat(np.array([0.3, -0.3, 0.3, -0.3, 0.0]), 400)
    # Correction by the others: 0.3 - mean(-.3, .3, -.3, 0) and so on.
    left = [o - (offsets.reshape(5, -1)[:, 0].sum() - o) / 4 for o in offsets[::400]]
    assert calibrated(offsets) == pytest.approx(np.sqrt(np.mean(np.square(left))), rel=0.02)


def test_errors_go_around_the_ring():
    assert calibrated(np.where(np.arange(X.size) % 2, 1.99, -1.99)) == pytest.approx(0.01, abs=2e-3)


def test_nothing_to_calibrate_with_is_nan():
    assert np.isnan(calibrated(np.zeros(X.size), 1))
    assert np.isnan(calibrated(np.full(X.size, np.nan)))


def test_mid_body_leaves_out_head_and_tail():
    x = np.array([0.1, 0.5, 1.0, 3.0, 3.9])
    assert mid_body(x, body_length_cm=4.0).tolist() == [False, False, True, True, False]


def test_distance_order_is_spearman_of_all_distances():
    index = np.sort(RNG.choice(80, 40, replace=False))
    preferred = np.round(RNG.random(40) * 32) / 8  # with ties, exact in binary
    a, b = np.triu_indices(40, k=1)
    expected = stats.spearmanr(np.abs(index[a] - index[b]), np.abs(preferred[a] - preferred[b]))
    assert distance_order(index, preferred) == pytest.approx(expected.statistic, abs=1e-12)


def test_folds_and_displaced_pieces_are_seen_and_direction_is_not():
    cells = np.arange(300)
    ordered = cells / 75.0
    assert distance_order(cells, ordered) == pytest.approx(1.0)
    assert distance_order(cells, ordered[::-1]) == pytest.approx(1.0)
    folded_tail = np.where(cells < 250, ordered, (499 - cells) / 75.0)
    displaced = np.roll(ordered, 50)
    folded = np.minimum(cells, 299 - cells)
    orders = [distance_order(cells, p) for p in (folded_tail, displaced, folded)]
    assert 0.95 > orders[0] > orders[1] > orders[2] > 0.2


@pytest.mark.parametrize("block", [1, 7, 50])
def test_blocks_stay_together(block):
    for order in coupled_permutations(90, block, 20, 3):
        assert sorted(order) == list(range(90))
        together = np.abs(np.diff(order)) == 1
        assert together.mean() >= 1 - 1 / block - 2 / 90
    orders = {tuple(order) for order in coupled_permutations(90, block, 20, 3)}
    assert len(orders) > 10


def test_coupled_cells_make_chance_wider():
    preferred = np.linspace(0.0, 4.0, 300)
    single, _ = coupled_chances(preferred, coupled_cells=1, n_shuffles=200, seed=1)
    blocks, folds = coupled_chances(preferred, coupled_cells=50, n_shuffles=200, seed=1)
    assert single.mean < 0.07 and single.p_value == pytest.approx(1 / 201)
    assert 0.25 < blocks.mean < 0.5  # |rho| of six or seven independent blocks
    assert blocks.p_value < 0.03 and folds.p_value < 0.03
    assert folds.mean > 0.05


def test_a_map_ordered_only_within_its_blocks_is_not_better_than_that_chance():
    pieces = [np.linspace(0.5 * k, 0.5 * k + 0.5, 50) for k in (3, 0, 5, 1, 4, 2)]
    blocks, _ = coupled_chances(np.concatenate(pieces), coupled_cells=50, n_shuffles=200, seed=1)
    assert blocks.p_value > 0.05
