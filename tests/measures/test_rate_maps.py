"""Rate over place, where it is known."""

from __future__ import annotations

import numpy as np
import pytest

from lateralnet.measures import quality as maps
from lateralnet.measures.order import preferred_position_cm
from tests.measures.made_maps import BODY_CM, T_S, X_CM, sweep_of


def test_rate_map_of_a_steady_layer():
    steady = [sweep_of(np.repeat(T_S[::10] + 5e-4, 2), np.tile([0, 1], 100), 3) for _ in range(3)]
    rates = maps.rate_map(steady, body_length_cm=BODY_CM, n_bins=20)
    assert rates.rate_hz.shape == rates.smooth_rate_hz.shape == (3, 20)
    np.testing.assert_allclose(rates.smooth_rate_hz[:2].mean(), 100.0, rtol=0.05)
    np.testing.assert_array_equal(rates.rate_hz[2], 0.0)
    np.testing.assert_allclose(rates.x_cm[[0, -1]], [0.1, 3.9])


def test_rate_map_where_the_sphere_never_was():
    half = sweep_of([0.1], [0], 2, X_CM[:500])
    rates = maps.rate_map([half], body_length_cm=BODY_CM)
    assert np.isnan(rates.rate_hz[:, 25:]).all()
    assert np.isfinite(rates.rate_hz[:, :25]).all()
    assert preferred_position_cm(rates)[0] == pytest.approx(0.04)
    assert np.isnan(preferred_position_cm(rates)[1])
    decoded = maps.bayes_decoding([half, half], body_length_cm=BODY_CM)
    assert decoded.x_hat_cm.max() < 2.0
