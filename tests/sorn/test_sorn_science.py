"""Tasks and fits on data with known answers; published findings as slow tests."""

import sys
from pathlib import Path

import numpy as np
import pytest

from sorn import InputError, Simulator
from sorn.measures.avalanches import find_avalanches, fit_power_law, lognormal_summary
from sorn.tasks.counting import counting_sequence, end_of_word_accuracy, one_hot


def test_words_of_the_counting_task():
    letters, is_last = counting_sequence(23, 3, np.random.default_rng(1))
    text = "".join("abcdef"[letter] for letter in letters)
    for first in range(0, 20, 5):
        assert text[first : first + 5] in ("abbbc", "deeef")
    assert len(text) == 23
    assert np.flatnonzero(is_last).tolist() == [4, 9, 14, 19]
    np.testing.assert_array_equal(one_hot(letters).argmax(axis=0), letters)
    assert {"abbbc", "deeef"} == {text[first : first + 5] for first in range(0, 20, 5)}


def test_readout_tells_activity_with_memory_from_activity_without():
    letters, is_last = counting_sequence(4000, 4, np.random.default_rng(2))
    position = np.arange(4000) % 6
    blind = one_hot(letters).T
    informed = np.column_stack([blind, blind[:, [1, 4]] * (position == 4)[:, None]])
    assert end_of_word_accuracy(informed, letters, is_last) == 1.0
    assert end_of_word_accuracy(blind, letters, is_last) == 0.0


def test_avalanches_are_stretches_above_the_threshold():
    sizes, durations = find_avalanches(np.array([5, 0, 3, 4, 1, 0, 2, 1, 9]), 1)
    assert sizes.tolist() == [5, 1]
    assert durations.tolist() == [2, 1]
    assert len(find_avalanches(np.ones(5), 2)[0]) == 0


@pytest.mark.parametrize("exponent", [1.3, 1.5, 2.5])
def test_power_law_fit_recovers_the_exponent(exponent):
    support = np.arange(5, 501)
    mass = support**-exponent
    values = np.random.default_rng(4).choice(support, 20_000, p=mass / mass.sum())
    fit = fit_power_law(values, 5, 500)
    assert fit.exponent == pytest.approx(exponent, abs=0.03)
    assert fit.distance < 0.015
    assert fit.samples == 20_000


def test_power_law_fit_shows_a_misfit_and_refuses_too_little():
    values = np.random.default_rng(4).poisson(50, 5000)
    assert fit_power_law(values, 5, 500).distance > 0.3
    with pytest.raises(InputError, match="a fit needs 50"):
        fit_power_law(values[:20], 5, 500)
    with pytest.raises(InputError, match=r"range 10\.\.5"):
        fit_power_law(values, 10, 5)


def test_lognormal_summary_knows_a_lognormal():
    rng = np.random.default_rng(5)
    good = lognormal_summary(rng.lognormal(-2.0, 0.5, 20_000))
    assert good["mu"] == pytest.approx(-2.0, abs=0.02)
    assert good["sigma"] == pytest.approx(0.5, abs=0.02)
    assert abs(good["skewness"]) < 0.06
    assert good["distance"] < 0.01
    assert lognormal_summary(rng.random(20_000) + 0.01)["distance"] > 0.05


def test_rates_move_to_their_target():
    options = {"ne": 60, "h_ip": 0.1, "mu_ip": 0.1, "seed": 2, "eta_ip": 0.01}
    state, _ = Simulator.run(timesteps=2000, **options)
    _, history = Simulator.run(
        timesteps=2000, state=state, callbacks=["ExcitatoryActivation"], **options
    )
    rates = np.mean(history["ExcitatoryActivation"], axis=0)
    assert rates.mean() == pytest.approx(0.1, abs=0.01)
    assert np.abs(rates - 0.1).max() < 0.05


@pytest.fixture
def benchmarks(monkeypatch):
    """Modules of the benchmark folder, importable by name."""
    pytest.importorskip("numba", reason="the science runs need the compiled engine")
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2] / "benchmarks" / "sorn"))
    yield
    for name in ("homeostasis", "counting_task", "connectivity", "report"):
        sys.modules.pop(name, None)


@pytest.mark.slow
@pytest.mark.parametrize("variant", ["published rules", "Zheng 2013", "drawn targets"])
def test_homeostasis_holds_every_neuron_at_its_target(variant, benchmarks):
    from homeostasis import VARIANTS, measure

    assert measure(VARIANTS[variant], 100_000, seed=3)["largest_distance_from_target"] < 0.01


@pytest.mark.slow
def test_sorn_beats_the_static_reservoir_in_the_counting_task(benchmarks):
    from counting_task import accuracies

    pairs = np.array([accuracies(6, seed) for seed in range(10)])
    difference = pairs[:, 0] - pairs[:, 1]
    assert difference.mean() > 2 * difference.std(ddof=1) / np.sqrt(10)


@pytest.mark.slow
def test_connectivity_decays_grows_and_settles_with_a_tail_of_strong_synapses(benchmarks):
    from connectivity import grow, summarise

    summary = summarise(grow(2_000_000, 300_000, seed=3))
    fractions = summary["fraction_at_step"]
    assert summary["fraction_lowest"] < 0.02
    assert summary["fraction_lowest_at_step"] < 200_000
    assert fractions["1000000"] > 3 * summary["fraction_lowest"]
    assert fractions["2000000"] / fractions["1000000"] < 1.25
    assert summary["weights_at_step"]["1000000"]["lognormal"]["skewness"] > 0.3
    assert summary["avalanches"]["count"] > 5000
