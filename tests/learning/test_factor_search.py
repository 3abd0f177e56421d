"""The search for a factor on the weights, on rates that are known."""

import numpy as np
import pytest

from lateralnet.learning import controls


def searched(rate_of, target_hz, most=40):
    """Return a search after it has seen the rates of its factors, and how many it needed."""
    search = controls._Search(target_hz)
    for count in range(most):
        if search.finished:
            return search, count
        search.take(f"record at {search.factor}", rate_of(search.factor))
    return search, most


@pytest.mark.parametrize("target_hz", [0.3, 5.0, 11.0, 40.0])
def test_a_smooth_rate_is_found_in_a_few_tests(target_hz):
    search, count = searched(lambda factor: 10.0 * factor**1.5, target_hz)
    assert search.reached and count <= 10
    assert 10.0 * search.best_factor**1.5 == pytest.approx(target_hz, rel=0.02)
    assert search.best == f"record at {search.best_factor}"
    assert search.low is None or search.low[1] < target_hz
    assert search.high is None or search.high[1] >= target_hz


def test_the_first_factors_double_or_halve():
    seen = []
    searched(lambda factor: seen.append(factor) or 0.1 * factor, 1000.0)
    assert seen == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0]
    seen.clear()
    search, _ = searched(lambda factor: seen.append(factor) or 1e4 * factor, 1.0)
    assert seen == [0.5**k for k in range(7)]
    assert not search.reached and search.best_factor == 1 / 64  # the nearest is kept


def test_a_rate_that_jumps_is_bracketed_ever_closer():
    seen = []

    def rate(factor):
        seen.append(factor)
        return 1.0 if factor < 1.7 else 100.0

    search, count = searched(rate, 10.0, most=12)
    assert not search.reached and count == 12
    low, high = np.exp(search.low[0]), np.exp(search.high[0])
    # Each step keeps at most four fifths of the bracket, in logarithms.
    assert low < 1.7 <= high and np.log(high / low) <= np.log(2.0) * 0.8**9
    assert all(1.0 <= factor <= 2.0 for factor in seen)


def test_interpolation_is_in_the_logarithm_of_the_factor():
    search = controls._Search(10.0)
    search.take("a", 5.0)  # factor 1
    assert search.factor == 2.0
    search.take("b", 15.0)
    assert search.factor == pytest.approx(np.sqrt(2.0))  # halfway between the rates
    search.take("c", 9.0)
    share = 0.2  # (10 - 9) / (15 - 9) is too near the lower end
    assert search.factor == pytest.approx(np.exp(np.log(2.0) * (0.5 + 0.5 * share)))
    search = controls._Search(10.0)
    search.take("a", 0.0)
    search.take("b", 10.5)  # (10 - 0) / 10.5 is too near the upper end
    assert search.factor == pytest.approx(2.0**0.8)


def test_the_search_ends_beyond_a_factor_of_64_either_way():
    for outermost in (64.0, 1 / 64):
        assert not controls._Search(1.0, factor=outermost).finished
        beyond = outermost**1.001
        assert controls._Search(1.0, factor=beyond).finished
