"""Means, intervals and pairs."""

import math

import numpy as np
import pytest

from lateralnet.studies.results.statistics import mean_of, paired, t_975


def test_quantiles_of_student():
    stats = pytest.importorskip("scipy.stats", reason="scipy is not installed")
    for degrees in (*range(1, 40), 60, 120, 1000):
        assert t_975(degrees) == pytest.approx(stats.t.ppf(0.975, degrees), abs=1e-4)


def test_known_quantiles():
    assert t_975(9) == pytest.approx(2.26216, abs=1e-5)
    assert t_975(11) == pytest.approx(2.20099, abs=1e-4)
    assert t_975(10**6) == pytest.approx(1.95996, abs=1e-4)
    assert math.isnan(t_975(0))


def test_a_95_percent_interval_covers_95_percent():
    rng = np.random.default_rng(1)
    covered = 0
    for _ in range(20000):
        found = mean_of(rng.normal(3.0, 2.0, 5))
        covered += found.low <= 3.0 <= found.high
    assert covered / 20000 == pytest.approx(0.95, abs=0.005)


def test_means_leave_out_what_has_no_value():
    found = mean_of([1.0, math.nan, 3.0])
    assert (found.mean, found.n) == (2.0, 2)
    assert found.sd == pytest.approx(math.sqrt(2))
    assert math.isnan(mean_of([5.0]).half_width) and mean_of([5.0]).mean == 5.0
    assert math.isnan(mean_of([]).mean) and mean_of([math.nan]).n == 0


def test_pairs_are_by_seed():
    found = paired({1: 1.0, 2: 2.0, 3: 9.0}, {2: 3.0, 1: 1.5, 4: 0.0})
    assert found.difference.mean == pytest.approx(-0.75)
    assert (found.n_lower, found.difference.n) == (2, 2)
    # A common offset of each seed does not widen the interval of the difference.
    rng = np.random.default_rng(2)
    offset = {seed: rng.normal(0, 10) for seed in range(10)}
    first = {seed: value + 1.0 + rng.normal(0, 0.01) for seed, value in offset.items()}
    assert paired(first, offset).difference.half_width < 0.05
