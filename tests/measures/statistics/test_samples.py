"""Means, intervals, pairs and agreement against SciPy and against simulation."""

import math
import subprocess
import sys

import numpy as np
import pytest
from scipy import stats

from lateralnet.measures.statistics.samples import (
    agreement,
    mean_of,
    paired,
    paired_by_seed,
    t_975,
    welch_t,
)


def test_quantiles_of_student():
    for degrees in (*range(1, 40), 60, 120, 1000):
        assert t_975(degrees) == pytest.approx(stats.t.ppf(0.975, degrees), rel=1e-10)
    # Of printed tables, to the digits that they have.
    assert [round(t_975(n), 5) for n in (1, 9, 11)] == [12.7062, 2.26216, 2.20099]
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


def test_an_interval_of_a_correlation_stays_within_its_bounds():
    values = [0.99, 0.80, 0.98]
    free, cut = mean_of(values), mean_of(values, bounds=(-1.0, 1.0))
    assert free.high > 1.0 and cut.high == 1.0
    assert cut.low == free.low and cut.mean == free.mean and cut.half_width == free.half_width
    lowest = mean_of([0.02, 0.30], bounds=(0.0, 1.0))
    assert (lowest.low, lowest.high) == (0.0, 1.0)
    # A difference of two correlations can be up to 2 either way.
    pairs = paired([1.0, 0.0], [-1.0, 0.9], low_is_good=False, bounds=(-1.0, 1.0))
    assert (pairs.difference.low, pairs.difference.high) == (-2.0, 2.0)


def test_paired_t_is_students():
    generator = np.random.default_rng(3)
    first = generator.normal(0.0, 1.0, 10)
    second = first + generator.normal(0.4, 0.5, 10)
    found = paired(first, second, low_is_good=True)
    student = stats.ttest_rel(first, second)
    assert found.t == pytest.approx(student.statistic)
    interval = student.confidence_interval(0.95)
    assert (found.difference.low, found.difference.high) == pytest.approx(tuple(interval))
    assert found.n_better == np.count_nonzero(first < second)
    assert paired(first, second, low_is_good=False).n_better == 10 - found.n_better
    assert found.difference.mean == pytest.approx(found.first.mean - found.second.mean)
    assert found.first.sd == pytest.approx(np.std(first, ddof=1))
    assert found.second.sd == pytest.approx(np.std(second, ddof=1))


def test_better_depends_on_which_way_is_good():
    first, second = [0.9, 0.8, 0.7], [0.5, 0.6, 0.9]
    high, low = (paired(first, second, low_is_good=low) for low in (False, True))
    assert (high.n_better, high.words) == (2, "better in 2 of 3")
    assert (low.n_better, low.words) == (1, "better in 1 of 3")
    neither = paired(first, second, low_is_good=None)
    assert (neither.n_better, neither.words) == (None, "lower in 1 of 3")


def test_seeds_without_a_map_and_ties_do_not_count():
    found = paired([1.0, np.nan, 2.0, 3.0], [2.0, 1.0, 2.0, np.nan], low_is_good=True)
    assert (found.n, found.n_lower, found.n_higher) == (2, 1, 0)
    assert paired([1.0, 2.0], [2.0, 3.0], low_is_good=True).t == -np.inf
    assert paired([2.0, 3.0], [1.0, 2.0], low_is_good=True).t == np.inf
    assert paired([1.0, 2.0], [1.0, 2.0], low_is_good=True).t == 0.0
    assert np.isnan(paired([1.0], [2.0], low_is_good=True).t)
    assert np.isnan(paired([], [], low_is_good=True).first.mean)


def test_plain_values_have_the_names_of_the_evidence():
    assert paired([1.0, 2.0], [2.0, 4.0], low_is_good=True).as_dict() == {
        "mean": 1.5, "sd": pytest.approx(math.sqrt(0.5)),
        "other_mean": 3.0, "other_sd": pytest.approx(math.sqrt(2.0)),
        "difference": -1.5, "t": pytest.approx(-3.0), "n_better": 2, "n": 2,
    }  # fmt: skip


def test_pairs_are_by_seed():
    found = paired_by_seed({1: 1.0, 2: 2.0, 3: 9.0}, {2: 3.0, 1: 1.5, 4: 0.0}, low_is_good=True)
    assert found.difference.mean == pytest.approx(-0.75)
    assert (found.n_lower, found.n) == (2, 2)
    # A common offset of each seed does not widen the interval of the difference.
    rng = np.random.default_rng(2)
    offset = {seed: rng.normal(0, 10) for seed in range(10)}
    first = {seed: value + 1.0 + rng.normal(0, 0.01) for seed, value in offset.items()}
    assert paired_by_seed(first, offset, low_is_good=True).difference.half_width < 0.05


def test_agreement_equals_scipy():
    rng = np.random.default_rng(0)
    for shift, scale in ((0.0, 1.0), (0.4, 1.0), (0.0, 3.0), (-2.0, 0.2)):
        a, b = shift + scale * rng.normal(size=20), rng.normal(size=20)
        found, welch = agreement(a, b), stats.ttest_ind(a, b, equal_var=False)
        assert (found.t, found.p_mean) == pytest.approx((welch.statistic, welch.pvalue), rel=1e-9)
        f = a.var(ddof=1) / b.var(ddof=1)
        p = 2 * min(stats.f.sf(f, 19, 19), stats.f.cdf(f, 19, 19))
        assert (found.f, found.p_variance) == pytest.approx((f, p), rel=1e-9)
        pooled = np.sqrt((a.var(ddof=1) + b.var(ddof=1)) / 2)
        assert found.effect == pytest.approx((a.mean() - b.mean()) / pooled)
        assert (found.mean, found.reference_mean) == (a.mean(), b.mean())
        assert (found.sd, found.reference_sd) == pytest.approx((a.std(ddof=1), b.std(ddof=1)))


def test_welch_of_samples_of_unequal_size():
    rng = np.random.default_rng(5)
    a, b = rng.normal(0.3, 2.0, 7), rng.normal(size=23)
    welch = stats.ttest_ind(a, b, equal_var=False)
    assert welch_t(a, b) == pytest.approx((welch.statistic, welch.df))


def test_agreement_of_equal_and_of_constant_samples():
    same = agreement([1.0, 2.0, 3.0], [1.0, 2.0, 3.0])
    assert (same.t, same.p_mean, same.f, same.p_variance, same.effect, same.n_equal) == (
        0.0, 1.0, 1.0, 1.0, 0.0, 3
    )  # fmt: skip
    constant = agreement([2.0, 2.0], [2.0, 2.0])
    assert (constant.t, constant.f, constant.p_mean) == (0.0, 1.0, 1.0)
    apart = agreement([1.0, 1.0], [2.0, 2.0])
    assert (apart.t, apart.effect, apart.p_mean, apart.n_equal) == (-math.inf, -math.inf, 0.0, 0)
    assert agreement([1.0, 2.0], [1.0, 1.0]).p_variance == 0.0


def test_scipy_is_imported_when_it_is_needed():
    # It takes longer to import than all of this package.
    code = (
        "import sys, lateralnet, lateralnet.runs.outcome.summary, lateralnet.measures.evaluation;"
        "sys.exit('scipy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd="/", timeout=60).returncode == 0


def test_a_mean_as_text():
    assert mean_of([0.1, 0.3]).text() == "0.200 ± 0.141"
    assert mean_of([0.1, 0.3]).text(2, sd=False) == "0.20"
    assert mean_of([0.1, math.nan]).text(2) == "0.10"  # one seed has no spread
    assert mean_of([math.nan]).text() == "-"
