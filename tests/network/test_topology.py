"""The wiring repeats the published draws; the fixed rules hold for every size."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lateralnet.network import topology
from lateralnet.parameters.params import NetworkParams
from lateralnet.parameters.presets import preset

GOLDEN = Path(__file__).parents[1] / "golden"


def published(mode: str, seed: int) -> NetworkParams:
    if mode == "ll_thesis":
        return preset(mode, seed=seed)
    return NetworkParams(n_mon=800, n_ts=80, seed=seed)


def naive(generator, n_cells, n_partners, degree, strength, sigma):
    """The rule of the model, one cell after the other."""
    cells, partners = [], []
    n_topographic = round(degree * strength)
    for cell in range(n_cells):
        centre = cell / max(1, n_cells - 1) * (n_partners - 1)
        parts = []
        if n_topographic > 0:
            if sigma >= n_partners:
                parts.append(generator.integers(0, n_partners, n_topographic))
            else:
                drawn = np.rint(generator.normal(centre, sigma, n_topographic))
                parts.append(np.clip(drawn.astype(int), 0, n_partners - 1))
        if degree > n_topographic:
            parts.append(generator.integers(0, n_partners, degree - n_topographic))
        chosen = np.concatenate(parts)
        generator.shuffle(chosen)
        partners.extend(chosen)
        cells.extend([cell] * degree)
    return np.array(cells), np.array(partners)


@pytest.mark.parametrize("seed", [123, 124])
@pytest.mark.parametrize("mode", ["ll_thesis", "ll_fast"])
def test_published_wiring(mode, seed):
    golden = np.load(GOLDEN / f"connectivity_{mode}_seed{seed}.npz")
    params = published(mode, seed)
    for ours, name in (
        (topology.mon_to_ts(params), "mon_ts"),
        (topology.ll_to_mon(params), "ll_mon"),
    ):
        np.testing.assert_array_equal(ours[0], golden[f"{name}_i"])
        np.testing.assert_array_equal(ours[1], golden[f"{name}_j"])


@given(
    n_mon=st.integers(1, 40),
    n_ts=st.integers(1, 30),
    degree=st.integers(1, 20),
    strength=st.sampled_from([0.05, 0.1, 0.25, 0.5, 0.75, 0.96, 1.0]),
    sigma=st.floats(0.1, 50.0),
    seed=st.integers(0, 1000),
)
def test_wiring_follows_the_rule(n_mon, n_ts, degree, strength, sigma, seed):
    params = NetworkParams(
        n_mon=n_mon,
        n_ts=n_ts,
        n_ll=n_ts,
        seed=seed,
        mon_to_ts_out_degree=degree,
        mon_to_ts_sigma=sigma,
        mon_to_ts_topography_strength=strength,
        ll_to_mon_in_degree=degree,
        ll_to_mon_sigma=sigma,
        ll_to_mon_topography_strength=strength,
    )
    rule = (n_mon, n_ts, degree, strength, sigma)
    cells, partners = naive(np.random.default_rng(seed), *rule)
    i, j = topology.mon_to_ts(params)
    np.testing.assert_array_equal(i, cells)
    np.testing.assert_array_equal(j, partners)
    cells, partners = naive(np.random.default_rng(seed + 31), *rule)
    i, j = topology.ll_to_mon(params)
    np.testing.assert_array_equal(i, partners)
    np.testing.assert_array_equal(j, cells)


def test_no_topography_in_mon_to_ts_is_uniform():
    i, j = topology.mon_to_ts(preset(mon_to_ts_topography_strength=0.0))
    assert j.size == 3200 * 16
    assert abs(np.corrcoef(i, j)[0, 1]) < 0.02


def test_half_rounds_to_even():
    def near(degree):
        params = preset(
            mon_to_ts_out_degree=degree, mon_to_ts_topography_strength=0.5, mon_to_ts_sigma=0.5
        )
        i, j = topology.mon_to_ts(params)
        return np.mean(np.abs(i / 3199 * 299 - j) < 3) * degree

    assert near(1) == pytest.approx(0.0, abs=0.1)  # round(0.5) = 0
    assert near(5) == pytest.approx(2.0, abs=0.1)  # round(2.5) = 2
    assert near(3) == pytest.approx(2.0, abs=0.1)  # round(1.5) = 2


def test_random_pairs_without_topography():
    params = preset(ll_to_mon_topography_strength=0.0, p_ll_to_mon=0.03)
    ll, mon = topology.ll_to_mon(params)
    assert ll.size == pytest.approx(0.03 * 320_000, rel=0.05)
    assert max(Counter(zip(ll.tolist(), mon.tolist(), strict=True)).values()) == 1
    assert (np.diff(mon) >= 0).all()
    assert ll.max() < 100 and mon.max() < 3200
    again = topology.ll_to_mon(params)
    np.testing.assert_array_equal(ll, again[0])
    other = topology.ll_to_mon(preset(ll_to_mon_topography_strength=0.0, seed=124))
    assert not np.array_equal(ll[:100], other[0][:100])


@pytest.mark.parametrize(("p", "count"), [(0.0, 0), (1.0, 300 * 7)])
def test_random_pairs_at_the_ends(p, count):
    params = preset(n_ll=7, n_mon=300, ll_to_mon_topography_strength=0.0, p_ll_to_mon=p)
    ll, mon = topology.ll_to_mon(params)
    assert ll.size == mon.size == count
    assert ll.dtype == mon.dtype == np.int32


def test_pairs_do_not_depend_on_the_block_size(monkeypatch):
    params = preset(n_mon=70, ll_to_mon_topography_strength=0.0)
    whole = topology.ll_to_mon(params)
    monkeypatch.setattr(topology, "_PAIRS_AT_ONCE", 300)
    for one, other in zip(whole, topology.ll_to_mon(params), strict=True):
        np.testing.assert_array_equal(one, other)


@given(n=st.integers(1, 40), radius=st.integers(1, 60), peak=st.floats(0.0, 3.0))
def test_lateral_inhibition(n, radius, peak):
    params = NetworkParams(n_ts=n, ts_lateral_radius=radius, ts_local_inh_peak_mV=peak)
    i, j, weight = topology.ts_lateral(params)
    expected = {}
    for pre in range(n):
        for post in range(n):
            distance = min((post - pre) % n, (pre - post) % n)
            if 1 <= distance <= radius:
                expected[pre, post] = peak * (1 - distance / radius)
    pairs = list(zip(i.tolist(), j.tolist(), strict=True))
    assert len(set(pairs)) == len(pairs)
    assert dict(zip(pairs, weight.tolist(), strict=True)) == pytest.approx(expected)
    assert (np.diff(i) >= 0).all()


@given(n=st.integers(1, 40), radius=st.integers(0, 60), peak=st.floats(0.0, 3.0))
def test_lateral_excitation(n, radius, peak):
    params = NetworkParams(n_ts=n, ts_lateral_exc_radius=radius, ts_lateral_exc_peak_mV=peak)
    i, j, weight = topology.ts_lateral_excitation(params)
    expected = {}
    for pre in range(n):
        for post in range(n):
            if 1 <= abs(post - pre) <= radius:
                expected[pre, post] = peak * (1 - abs(post - pre) / (radius + 1))
    pairs = list(zip(i.tolist(), j.tolist(), strict=True))
    assert len(set(pairs)) == len(pairs)
    assert dict(zip(pairs, weight.tolist(), strict=True)) == pytest.approx(expected)
    assert (np.diff(i) >= 0).all()


def test_index_types():
    params = preset("ll_learn")
    for function in (
        topology.mon_to_ts,
        topology.ll_to_mon,
        topology.ts_lateral,
        topology.ts_lateral_excitation,
    ):
        i, j, *_ = function(params)
        assert i.dtype == j.dtype == np.int32


def polarised(polarity):
    return preset("ll_both", n_mon=400, ll_mon_polarity=polarity, seed=5)


def test_segregated_cells_take_one_polarity_at_the_places_drawn():
    mixed_ll, _ = topology.ll_to_mon(polarised("mixed"))
    ll, mon = topology.ll_to_mon(polarised("segregated"))
    np.testing.assert_array_equal(ll % 2, mon % 2)
    np.testing.assert_array_equal(ll // 2, mixed_ll // 2)
    assert np.bincount(mon).tolist() == [10] * 400 and ll.dtype == np.int32


def test_paired_cells_take_both_polarities_of_every_place():
    ll, mon = topology.ll_to_mon(polarised("paired"))
    assert np.bincount(mon).tolist() == [10] * 400 and ll.dtype == mon.dtype == np.int32
    np.testing.assert_array_equal(ll[::2] // 2, ll[1::2] // 2)
    assert (ll[::2] + ll[1::2]).min() >= 1 and set((ll[::2] ^ ll[1::2]).tolist()) == {1}
    np.testing.assert_array_equal(mon[::2], mon[1::2])
    # one of five places is topographic, as with a single polarity
    near = np.abs(ll - mon / 399 * 199) < 60
    assert 0.2 + 0.5 * 0.8 - 0.1 < near.mean() < 0.95


def test_wider_cooperation_at_the_start_adds_connections_of_weight_zero():
    plain = preset("ll_learn")
    wide = preset("ll_learn", ts_lateral_exc_radius_start=90)
    i, j, w = topology.ts_lateral_excitation(wide)
    found = dict(zip(zip(i.tolist(), j.tolist(), strict=True), w.tolist(), strict=True))
    i, j, w = topology.ts_lateral_excitation(plain)
    for pair, weight in zip(zip(i.tolist(), j.tolist(), strict=True), w.tolist(), strict=True):
        assert found.pop(pair) == weight
    assert found and set(found.values()) == {0.0}
    assert max(abs(a - b) for a, b in found) == 90
