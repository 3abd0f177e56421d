"""What a measure gives on shuffled cells, and how often that is as good."""

from __future__ import annotations

import numpy as np
import pytest

from lateralnet.measures.statistics.chance import chance_among, chance_level


def test_p_value_counts_the_measured_value():
    values = np.array([1.0, 2.0, 3.0, 4.0])
    chance = chance_level(lambda orders: values, 2.0, 5, n_shuffles=4, seed=0, low_is_good=True)
    assert chance.p_value == pytest.approx(3 / 5)
    assert chance.mean == 2.5


@pytest.mark.parametrize(("low_is_good", "as_good"), [(True, 2), (False, 3)])
def test_a_p_value_is_the_share_of_shuffles_at_least_as_good(low_is_good, as_good):
    shuffled = np.array([1.0, 2.0, 3.0, 4.0])
    chance = chance_among(shuffled, 2.0, low_is_good=low_is_good)
    assert chance.p_value == (1 + as_good) / 5
    assert (chance.mean, chance.sd) == (2.5, pytest.approx(np.std(shuffled, ddof=1)))
    assert np.isnan(chance_among(shuffled[:1], 2.0, low_is_good=True).p_value)
    assert np.isnan(chance_among(shuffled, np.nan, low_is_good=True).mean)
    assert np.isfinite(chance_among(shuffled[:2], 2.0, low_is_good=True).p_value)
