"""Order of preferred places, and cells with several of them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from lateralnet.measures import quality as maps
from lateralnet.measures.order import count_modes, spearman
from lateralnet.measures.rate_maps import RateMap
from tests.measures.made_maps import ANATOMY_CM, BODY_CM, N, sweep, sweep_of, sweeps


def test_chance_of_modes_is_that_of_spikes_that_fall_anywhere():
    order = maps.place_order(sweeps(ANATOMY_CM), body_length_cm=BODY_CM, n_shuffles=20)
    assert order.mean_modes < 1.1 and order.modes_chance.p_value == pytest.approx(1 / 21)
    assert order.modes_chance.mean > 1.5 and order.multimodal_chance.mean > 0.4
    aimless = [sweep(np.full(N, 2.0), seed, width_cm=50.0, peak_hz=10.0) for seed in range(4)]
    order = maps.place_order(aimless, body_length_cm=BODY_CM, n_shuffles=20)
    assert abs(order.mean_modes - order.modes_chance.mean) < 4 * order.modes_chance.sd


def test_modes_are_separate_stretches_above_half_the_peak():
    rate = np.zeros((4, 30))
    rate[0, 5:9] = 10.0
    rate[1, 0:3] = 10.0
    rate[1, 20:22] = 6.0
    rate[2, 4:6], rate[2, 20:22] = 10.0, 4.0
    rate[3, 5] = 0.5
    rates = RateMap(x_cm=np.arange(30.0), rate_hz=rate, smooth_rate_hz=rate)
    np.testing.assert_array_equal(count_modes(rates), [1, 2, 1, 0])


def test_two_peaked_cells_have_two_modes():
    one, two = sweeps(ANATOMY_CM, 5, width_cm=0.2), sweeps(ANATOMY_CM[::-1], 5, width_cm=0.2)
    both = [
        sweep_of(
            np.concatenate([a.spikes.times_s, b.spikes.times_s]),
            np.concatenate([a.spikes.cell, b.spikes.cell]),
            N,
        )
        for a, b in zip(one, two, strict=True)
    ]
    order = maps.place_order(both, body_length_cm=BODY_CM, n_shuffles=0)
    apart = np.abs(ANATOMY_CM - ANATOMY_CM[::-1]) > 1.0
    assert np.mean(order.modes[apart] == 2) > 0.95
    assert order.multimodal_fraction > 0.6


def test_rank_correlation_with_ties():
    generator = np.random.default_rng(2)
    first, second = generator.integers(0, 6, 50) * 1.0, generator.normal(size=50)
    assert spearman(first, second) == pytest.approx(stats.spearmanr(first, second)[0])
    assert np.isnan(spearman(first[:2], second[:2]))
    assert spearman(np.array([1.0, 2.0, 3.0]), np.array([5.0, 4.0, 1.0])) == pytest.approx(-1.0)
    assert np.isnan(spearman(np.ones(5), np.arange(5.0)))
