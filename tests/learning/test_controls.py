"""Controls: what they keep, what they change, and that they say when they cannot be had."""

import shutil
from dataclasses import replace

import numpy as np
import pytest

from lateralnet import load, preset, run
from lateralnet.errors import InputError
from lateralnet.learning import controls
from lateralnet.learning.controls import (
    best_untrained,
    published_params,
    rate_matched,
    run_controls,
    shuffled,
)
from lateralnet.learning.test_sweeps import run_test
from lateralnet.network.wiring import make_replica
from lateralnet.parameters.preset_table import DEFAULT_CONTROLS, PRESETS
from lateralnet.records.record import TestRecord
from lateralnet.runs.preparation.options import RunOptions
from lateralnet.simulation.session import DeviceOptions, Session
from lateralnet.simulation.spikes import SpikeTrain, no_spikes, unequal_layers
from tests.tiny import tiny

needs_compiler = pytest.mark.skipif(shutil.which("g++") is None, reason="no C++ compiler (g++)")
CPP = DeviceOptions(device="cpp")


def drawn(seed=123, **overrides):
    replica = make_replica(tiny(seed=seed, **overrides))
    w = np.random.default_rng(seed).random(replica.mon_ts.w.size)
    return replica.with_weights_of({"mon_ts.w": w})


# Shuffled


def test_shuffling_keeps_the_weights_of_each_cell_and_their_wiring():
    before = drawn()
    after = shuffled(before)
    assert np.array_equal(before.mon_ts.i, after.mon_ts.i)
    assert np.array_equal(before.mon_ts.j, after.mon_ts.j)
    for cell in range(before.params.n_ts):
        inputs = before.mon_ts.j == cell
        assert np.array_equal(np.sort(before.mon_ts.w[inputs]), np.sort(after.mon_ts.w[inputs]))
    assert np.mean(before.mon_ts.w == after.mon_ts.w) < 0.3
    assert np.array_equal(before.ll_mon.w, after.ll_mon.w)


def test_a_shuffle_is_a_matter_of_the_seed():
    one = drawn()
    assert np.array_equal(shuffled(one).mon_ts.w, shuffled(one).mon_ts.w)
    other = replace(one, params=replace(one.params, seed=124))
    assert not np.array_equal(shuffled(one).mon_ts.w, shuffled(other).mon_ts.w)


# Published


def test_the_published_control_has_the_recipe_on_the_same_wiring_and_test():
    params = preset("ll_learn", seed=7, mon_to_ts_topography_strength=0.4, distance_cm=1.0)
    found, recipe = published_params(params), preset("ll_map")
    for name in (
        "mon_ts_gain_mV", "mon_ts_wmax", "ts_lateral_radius", "ts_local_inh_peak_mV",
        "ts_lateral_exc_peak_mV", "global_inh_to_mon_mV", "bg_rate_mon_hz", "mon_ts_w_init",
    ):  # fmt: skip
        assert getattr(found, name) == getattr(recipe, name), name
    for name in ("seed", "mon_to_ts_topography_strength", "distance_cm", "test_sweeps", "n_ts"):
        assert getattr(found, name) == getattr(params, name), name
    assert not found.ll_mon_use_stdp
    here, there = make_replica(found), make_replica(params)
    assert np.array_equal(here.mon_ts.j, there.mon_ts.j)
    assert np.array_equal(here.ll_mon.i, there.ll_mon.i)


def test_its_fixed_weights_are_those_the_plastic_recipe_starts_from():
    recipe = preset("ll_map")
    plastic, fixed = make_replica(recipe), make_replica(published_params(recipe))
    assert np.array_equal(plastic.ll_mon.w, fixed.ll_mon.w)
    assert np.array_equal(plastic.mon_ts.w, fixed.mon_ts.w)


# Rate-matched, with a rate that is a known function of the weights


def fake_test(rate_of):
    """Stand in for `run_test`: TS fires at `rate_of(mean weight)`."""

    def run(simulation, replicas, *, plastic):
        assert plastic is False
        records = []
        for replica in replicas:
            p = replica.params
            count = round(rate_of(replica.mon_ts.w.mean() / 0.02) * p.n_ts * 1000)
            steps, cells = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int32)
            x_cm = np.zeros((1, 1000))
            spikes = no_spikes(p.n_cells, 1.0) | {"ts": SpikeTrain(steps, cells, p.n_ts, 1.0)}
            records.append(TestRecord(1.0, x_cm, x_cm, (spikes,)))
        return records

    return run


def flat(seed=1):
    replica = make_replica(tiny(seed=seed))
    return replica.with_weights_of({"mon_ts.w": np.full(replica.mon_ts.w.size, 0.02)})


def matched(monkeypatch, rate_of, *targets):
    monkeypatch.setattr(controls, "run_test", fake_test(rate_of))
    return rate_matched(None, [flat(k) for k in range(len(targets))], list(targets))


@pytest.mark.parametrize("target", [0.5, 5.0, 39.0, 300.0])
@pytest.mark.parametrize(
    "rate_of",
    [
        lambda w: 20.0 * w,
        lambda w: 400.0 / (1.0 + np.exp(-6.0 * (w - 2.0))),
        lambda w: 10.0 * max(0.0, w - 0.9) ** 2,
        lambda w: w**4,
    ],
    ids=["line", "threshold", "silent at first", "steep"],
)
def test_the_rate_is_reached(monkeypatch, rate_of, target):
    (record,) = matched(monkeypatch, rate_of, target)
    assert record.facts["rate_reached"] == 1.0
    assert record.rate_hz("ts") == pytest.approx(target, rel=0.02)
    assert rate_of(record.facts["weight_scale"]) == pytest.approx(target, rel=0.03)


def test_each_network_has_its_own_factor(monkeypatch):
    few, many = matched(monkeypatch, lambda w: 10.0 * w, 5.0, 80.0)
    assert few.facts["weight_scale"] == pytest.approx(0.5, rel=0.02)
    assert many.facts["weight_scale"] == pytest.approx(8.0, rel=0.02)


def test_a_rate_that_no_factor_gives_is_said(monkeypatch):
    (saturated,) = matched(monkeypatch, lambda w: min(50.0, 30.0 * w), 90.0)
    assert saturated.facts["rate_reached"] == 0.0
    assert saturated.rate_hz("ts") == pytest.approx(50.0)
    assert saturated.facts["target_ts_rate_hz"] == 90.0
    (jumping,) = matched(monkeypatch, lambda w: 10.0 if w < 1.5 else 100.0, 40.0)
    assert jumping.facts["rate_reached"] == 0.0
    assert jumping.rate_hz("ts") == 10.0


def test_a_silent_trained_network_is_matched_by_silence(monkeypatch):
    (record,) = matched(monkeypatch, lambda w: max(0.0, 20.0 * (w - 0.3)), 0.0)
    assert record.rate_hz("ts") == 0.0 and record.facts["rate_reached"] == 1.0


# Untrained at its best


class FakeSession:
    """Stands in for a program of its own; what runs in it is faked too."""

    simulation = options = None

    def __init__(self, networks, options):
        FakeSession.networks = networks

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        pass


def best(monkeypatch, error_of, n=1, **options):
    tried = []

    def run(simulation, replicas, *, plastic):
        assert plastic is False
        tried.append([r.mon_ts.w.mean() / 0.02 for r in replicas])
        return [TestRecord(1.0, np.zeros((1, 9)), np.zeros((1, 9)), ()) for _ in replicas]

    monkeypatch.setattr(controls, "Session", FakeSession)
    monkeypatch.setattr(controls, "run_test", run)
    monkeypatch.setattr(
        controls, "_error_cm", lambda record, params: error_of(tried[-1][params.seed], params.seed)
    )
    found = best_untrained(FakeSession([], None), [flat(seed) for seed in range(n)], **options)
    return [record.facts["weight_scale"] for record in found], tried


def test_the_factor_with_the_lowest_error_is_chosen_for_each_network(monkeypatch):
    optimum = {0: 1.0, 1: 4.0, 2: 2.0**1.7}
    factors, tried = best(monkeypatch, lambda w, seed: abs(np.log2(w / optimum[seed])), n=3)
    assert factors == pytest.approx([1.0, 4.0, 2.0**1.75])
    assert len(tried) == 11


def test_a_network_that_is_silent_at_most_factors_is_still_decoded_where_it_can_be(monkeypatch):
    (factor,), _ = best(monkeypatch, lambda w, seed: 0.3 if w > 7.0 else np.inf)
    assert factor == pytest.approx(8.0)


def test_it_has_no_lateral_excitation_and_keeps_its_program():
    replica = make_replica(preset("ll_sharp", n_mon=60))
    off = controls.unexcited(replica)
    assert replica.ts_excitation.w.max() > 1.0 and not off.ts_excitation.w.any()
    assert off.definition("float64") == replica.definition("float64")


# In a program


@pytest.fixture(scope="module")
def compared():
    """Two networks side by side, whose parameters would let them learn in the test."""
    keep = {"keep_mon_ts_stdp_during_test": True, "keep_ll_mon_stdp_during_test": True}
    replicas = [make_replica(tiny(seed=seed, test_sweeps=2, **keep)) for seed in (123, 124)]
    learned = [
        replica.with_weights_of({"mon_ts.w": np.minimum(1.3 * replica.mon_ts.w, 0.028)})
        for replica in replicas
    ]
    with Session(replicas, CPP) as session:
        tests = [
            {"untrained": before, "trained": after}
            for before, after in zip(
                run_test(session.simulation, replicas, plastic=False),
                run_test(session.simulation, learned, plastic=False),
                strict=True,
            )
        ]
        found = run_controls(controls.CONTROLS, session, replicas, learned, tests)
        plain = run_test(session.simulation, [shuffled(r) for r in learned], plastic=False)
    return replicas, tests, found, plain


def same_spikes(first, second):
    pairs = zip(first.spikes, second.spikes, strict=True)
    return all(not unequal_layers(one, other) for one, other in pairs)


@needs_compiler
def test_all_controls_of_networks_side_by_side(compared):
    _, tests, found, _ = compared
    assert [list(conditions) for conditions in found] == [list(controls.CONTROLS)] * 2
    for test, conditions in zip(tests, found, strict=True):
        target = test["trained"].rate_hz("ts")
        assert target > 1.05 * test["untrained"].rate_hz("ts")
        record = conditions["rate-matched"]
        assert record.facts["target_ts_rate_hz"] == target
        if record.facts["rate_reached"]:
            assert record.rate_hz("ts") == pytest.approx(target, rel=0.02)
        for one in conditions.values():
            assert np.array_equal(one.x_cm, test["trained"].x_cm)
            # The same afferent spikes: same stimulus, same noise.
            assert np.array_equal(one.spikes[0]["ll"].step, test["trained"].spikes[0]["ll"].step)


@needs_compiler
def test_no_control_learns_whatever_the_parameters_let_the_network_do(compared):
    _, _, found, plain = compared
    for conditions, record in zip(found, plain, strict=True):
        assert same_spikes(conditions["shuffled"], record)


@needs_compiler
def test_a_run_stores_its_controls(tmp_path):
    names = ("shuffled", "rate-matched")
    result = run(tiny(test_sweeps=2), "cpp", runs_dir=tmp_path, run_name="c", controls=names)
    assert list(result.seeds[0].measures) == ["untrained", "trained", "rate-matched", "shuffled"]
    stored = load(tmp_path / "c").seeds[0]
    assert stored.measures["rate-matched"]["weight_scale"] > 0
    facts = stored.record.tests["rate-matched"].facts
    assert facts["weight_scale"] == pytest.approx(stored.measures["rate-matched"]["weight_scale"])
    assert stored.record.tests["trained"].facts == {}


# Names


def test_an_unknown_control_is_refused_with_the_known_ones():
    with pytest.raises(InputError, match="rate-matched, shuffled, published"):
        RunOptions(controls=("shufled",))


def test_a_preset_may_have_controls_of_its_own():
    assert RunOptions(mode="ll_learn").chosen_controls == ("rate-matched", "shuffled", "published")
    assert RunOptions(mode="ll_sharp").chosen_controls == (
        "rate-matched", "best-untrained", "best-untrained-rate",
    )  # fmt: skip
    assert RunOptions(mode="ll_learn", controls=()).chosen_controls == ()
    assert RunOptions(mode="ll_learn", plastic=False).chosen_controls == ()
    assert RunOptions(mode="ll_thesis").chosen_controls == ()
    assert RunOptions(controls=("untrained", "shuffled")).chosen_controls == ("shuffled",)
    assert set(DEFAULT_CONTROLS) <= set(PRESETS)
    for names in DEFAULT_CONTROLS.values():
        assert controls.checked_controls(names) == names
