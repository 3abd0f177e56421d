"""Tasks and fits on data with known answers; published findings as slow tests."""

import sys
from pathlib import Path

import numpy as np
import pytest

from sorn import InputError, Simulator, SornError
from sorn.measures.avalanches import find_avalanches, fit_power_law, lognormal_summary
from sorn.tasks import TASKS, run_task
from sorn.tasks.experiment import accuracy
from sorn.tasks.sequences import counting, grammar, grammar_alphabet, motion, occluder


def test_words_of_the_counting_task():
    symbols, scored = counting(23, 3, np.random.default_rng(1))
    text = "".join("abcdef"[symbol] for symbol in symbols)
    assert {text[first : first + 5] for first in range(0, 20, 5)} == {"abbbc", "deeef"}
    assert len(text) == 23
    assert np.flatnonzero(scored).tolist() == [4, 9, 14, 19]


def test_the_occluder_hides_the_middle_of_both_ways():
    symbols, scored = occluder(80, 2, np.random.default_rng(1))
    words = {tuple(word) for word in symbols.reshape(-1, 8).tolist()}
    assert words == {(0, 1, 2, 6, 6, 3, 4, 5), (5, 4, 3, 6, 6, 2, 1, 0)}
    assert set(symbols[scored].tolist()) == {3, 2}


def test_motion_goes_one_way_within_a_run():
    symbols, scored = motion(60, 6, np.random.default_rng(1))
    steps = np.diff(symbols.reshape(-1, 6), axis=1) % 6
    assert set(map(tuple, steps.tolist())) == {(1,) * 5, (5,) * 5}
    assert scored.sum() == 10 * 4


def test_sentences_agree_in_number():
    symbols, scored = grammar(4000, 1, np.random.default_rng(1))
    letters = grammar_alphabet()
    text = "".join(letters[symbol] for symbol in symbols)
    sentences = [sentence for sentence in text.split(". ")[:-1] if sentence]
    for sentence in sentences:
        article, noun, _, verb = sentence.split(" ")
        assert (article == "a") == (not noun.endswith("s")) == verb.endswith("s")
    assert {text[k] for k in np.flatnonzero(scored)} == {"s", "."}


@pytest.mark.parametrize("name", TASKS)
def test_symbols_of_a_task_are_those_it_says(name):
    task = TASKS[name]
    for level in task.levels:
        symbols, scored = task.make(3000, level, np.random.default_rng(2))
        assert symbols.shape == scored.shape == (3000,)
        assert set(symbols.tolist()) == set(range(task.symbols(level)))
        assert 0 < scored.sum() < 3000


def test_a_readout_tells_activity_with_memory_from_activity_without():
    task = TASKS["counting"]
    symbols, scored = task.make(4000, 4, np.random.default_rng(2))
    position = np.arange(4000) % 6
    blind = (np.arange(6) == symbols[:, None]).astype(float)
    informed = np.column_stack([blind, blind[:, [1, 4]] * (position == 4)[:, None]])
    assert accuracy(task, 4, informed, symbols, scored) == 1.0
    assert accuracy(task, 4, blind, symbols, scored) == task.chance(4) == 0.0


def test_recall_is_of_the_symbol_some_steps_before():
    task = TASKS["random_sequence"]
    symbols, scored = task.make(2000, 2, np.random.default_rng(2))
    shifted = (np.arange(10) == np.roll(symbols, 2)[:, None]).astype(float)
    assert accuracy(task, 2, shifted, symbols, scored) == 1.0
    present = (np.arange(10) == symbols[:, None]).astype(float)
    assert accuracy(task, 2, present, symbols, scored) < 0.2


def test_a_task_runs_reproducibly_and_its_control_has_not_learned():
    options = {"levels": [1], "plastic_steps": 300, "frozen_steps": 400, "options": {"ne": 100}}
    result = run_task("random_sequence", seeds=2, **options)
    again = run_task("random_sequence", seeds=[0, 1], **options)
    np.testing.assert_array_equal(result.sorn, again.sorn)
    np.testing.assert_array_equal(result.static, again.static)
    assert result.sorn.shape == result.static.shape == (1, 2)
    frozen = {"freeze": ("stdp", "ip", "sp", "istdp", "ss")}
    unlearned = run_task("random_sequence", seeds=2, **options | {"options": {"ne": 100} | frozen})
    np.testing.assert_array_equal(unlearned.static, result.static)
    (row,) = result.rows()
    assert row["difference"] == pytest.approx((result.sorn - result.static).mean())


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("countin", {}, "task 'countin' is not known. Did you mean 'counting'"),
        ("counting", {"levels": [1]}, "levels from 2 on"),
        ("counting", {"seeds": 0}, "at least one seed"),
        ("counting", {"frozen_steps": 5}, "frozen_steps of at least 100"),
        ("counting", {"preset": "zhen"}, "preset 'zhen' is not known"),
    ],
)
def test_what_a_task_cannot_do_is_an_error(name, options, message):
    with pytest.raises(SornError, match=message):
        run_task(name, **{"levels": [2], "seeds": 1, "plastic_steps": 10} | options)


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
    monkeypatch.syspath_prepend(str(Path(__file__).parents[3] / "benchmarks" / "sorn"))
    yield
    for name in ("homeostasis", "connectivity", "report"):
        sys.modules.pop(name, None)


@pytest.mark.slow
@pytest.mark.parametrize("variant", ["published rules", "Zheng 2013", "drawn targets"])
def test_homeostasis_holds_every_neuron_at_its_target(variant, benchmarks):
    from homeostasis import VARIANTS, measure

    assert measure(VARIANTS[variant], 100_000, seed=3)["largest_distance_from_target"] < 0.01


@pytest.mark.slow
def test_sorn_beats_the_static_reservoir_in_the_counting_task():
    pytest.importorskip("numba", reason="the science runs need the compiled engine")
    result = run_task("counting", levels=[6], seeds=10, backend="numba")
    (row,) = result.rows()
    assert row["difference"] > 2 * row["standard_error"]


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
    assert summary["avalanches"]["threshold 10"]["count"] > 5000
