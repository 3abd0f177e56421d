"""What makes the map learn, as laws; and the evidence that it does, on small networks."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lateralnet import preset, run
from lateralnet.devices.cases import Case, noisy_case, run_case
from lateralnet.figures.studies.learning_evidence import draw_learning
from lateralnet.figures.style import save, styled
from lateralnet.learning.homeostasis import incoming_sums
from lateralnet.learning.training import train
from lateralnet.network.batch import Phase
from lateralnet.network.wiring import make_replica
from lateralnet.simulation.segment import Drive
from lateralnet.simulation.session import DeviceOptions, Session
from lateralnet.studies.learning import evidence as learning_evidence
from lateralnet.studies.learning import experiment as learning_experiment
from lateralnet.studies.learning.evidence import (
    ABLATIONS,
    acceptance,
    comparisons,
    reproduce_learning,
)
from lateralnet.studies.learning.experiment import learn_and_test, stored_learn_and_test
from lateralnet.studies.learning.report import render_learning
from tests.tiny import tiny

ROOT = Path(__file__).parents[2]
RUNTIME, CPP = DeviceOptions(device="runtime"), DeviceOptions(device="cpp")
needs_compiler = pytest.mark.skipif(shutil.which("g++") is None, reason="no C++ compiler (g++)")


# The rule, step by step in NumPy


def replayed(case: Case, result) -> np.ndarray:
    """Return the MON->TS weights that the spikes of a case must have led to."""
    p, w = case.replica.params, case.replica.mon_ts.w.copy()
    pre, post = case.replica.mon_ts.i, case.replica.mon_ts.j
    decay = np.exp(-p.dt_s / 0.02)
    trace_mon, trace_ts = np.zeros(p.n_mon), np.zeros(p.n_ts)
    fired = {
        layer: [np.zeros(n, dtype=bool) for _ in range(case.drive.row_of_step.size)]
        for layer, n in (("mon", p.n_mon), ("ts", p.n_ts))
    }
    for layer, steps in fired.items():
        for step, index in zip(result.spikes[layer].step, result.spikes[layer].cell, strict=True):
            steps[step][index] = True
    for mon, ts in zip(fired["mon"], fired["ts"], strict=True):
        trace_mon, trace_ts = decay * trace_mon, decay * trace_ts
        share = np.clip(w / p.mon_ts_wmax, 0.0, 1.0)
        ltd = trace_ts[post] * share**p.mon_ts_stdp_mu
        w = np.where(mon[pre], np.clip(w + ltd, 0.0, p.mon_ts_wmax), w)
        trace_mon, trace_ts = trace_mon + p.mon_ts_apre * mon, trace_ts + p.mon_ts_apost * ts
        share = np.clip(w / p.mon_ts_wmax, 0.0, 1.0)
        ltp = trace_mon[pre] * (1.0 - share) ** p.mon_ts_stdp_mu - p.mon_ts_stdp_offset
        w = np.where(ts[post], np.clip(w + ltp, 0.0, p.mon_ts_wmax), w)
    return w


@pytest.mark.parametrize(
    "rule",
    [
        {},
        {"mon_ts_stdp_mu": 1.0},
        {"mon_ts_stdp_mu": 0.4},
        {"mon_ts_stdp_offset": 5e-4},
        {"mon_ts_stdp_mu": 1.0, "mon_ts_stdp_offset": 5e-4},
    ],
    ids=["additive", "multiplicative", "between", "offset", "multiplicative with offset"],
)
def test_weights_follow_the_rule(rule):
    case = noisy_case(200, mon_ts_apre=0.002, mon_ts_apost=-0.0022, **rule)
    result = run_case(case, RUNTIME)
    expected = replayed(case, result)
    assert result.spikes["ts"].step.size > 100
    assert np.abs(expected - case.replica.mon_ts.w).max() > 1e-3
    np.testing.assert_allclose(result.state["mon_ts.w"], expected, atol=1e-13)


def test_the_offset_alone_depresses_at_each_postsynaptic_spike():
    case = noisy_case(200, mon_ts_apre=0.0, mon_ts_apost=0.0, mon_ts_stdp_offset=1e-4)
    result = run_case(case, RUNTIME)
    count = np.bincount(result.spikes["ts"].cell, minlength=case.replica.params.n_ts)
    expected = np.maximum(case.replica.mon_ts.w - 1e-4 * count[case.replica.mon_ts.j], 0.0)
    assert count.max() > 3
    np.testing.assert_allclose(result.state["mon_ts.w"], expected, atol=1e-12)


# Cooperation


def test_excitation_falls_with_distance_and_does_not_close_to_a_ring():
    quiet = {"bg_rate_mon_hz": 0.0, "bg_rate_ts_hz": 0.0, "ll_mon_use_stdp": False}
    case = noisy_case(2, ts_lateral_exc_radius=5, ts_lateral_exc_peak_mV=2.0, **quiet)
    p, phase = case.replica.params, Phase("training", False, False)
    silence = Drive(np.zeros((1, p.n_ll)), np.zeros(2, dtype=int))
    with Session([case.replica], RUNTIME) as session:
        for cell in (0, 20, 39):
            state = case.replica.initial_state()
            state["cells.v"][p.n_mon + cell] = -0.040  # it alone will fire
            ((after, spikes),) = session.simulation.advance([state], [silence], phase, 0)
            assert spikes["ts"].cell.tolist() == [cell]
            ge_mV = after["cells.ge"][p.n_mon :] * 1e3
            distance = np.abs(np.arange(40) - cell)
            expected = np.where((distance >= 1) & (distance <= 5), 2.0 * (1 - distance / 6), 0.0)
            decay = ge_mV[distance == 1][0] / expected[distance == 1][0]
            assert 0.4 < decay <= 1.0
            np.testing.assert_allclose(ge_mV, decay * expected, atol=1e-12)


# Homeostasis


def sums_after_training(target: str, **overrides):
    params = tiny(
        ll_mon_use_stdp=False, ll_mon_w_mean_mV=16.0, mon_ts_homeo_eta=1.0, mon_ts_wmax=1.0,
        mon_ts_homeo_every_trials=1, mon_ts_homeo_target=target, mon_ts_apre=2e-4,
        mon_ts_apost=-1e-4, n_training_trials=5, mon_ts_gain_mV=300.0, trial_duration_s=0.1,
        **overrides,
    )  # fmt: skip
    replica = make_replica(params)
    with Session([replica], RUNTIME) as session:
        (trained,) = train(session.simulation, [replica])
    w = trained.state["mon_ts.w"]
    assert np.abs(w - replica.mon_ts.w).max() > 1e-4
    return (
        incoming_sums(replica.mon_ts.w, replica.mon_ts.j, params.n_ts),
        incoming_sums(w, replica.mon_ts.j, params.n_ts),
    )


def test_the_initial_target_brings_every_cell_to_the_mean_initial_sum():
    before, after = sums_after_training("initial", n_mon=120)
    # Cells within 10 % of it are there after one trial; the others come nearer by 10 % a trial.
    near = np.abs(before / before.mean() - 1.0) < 0.3
    assert near.sum() > 4
    np.testing.assert_allclose(after[near], before.mean(), rtol=1e-9)
    assert np.abs(after - before.mean()).max() < np.abs(before - before.mean()).max()


def test_the_floating_target_drifts_with_learning():
    before, after = sums_after_training("floating", n_mon=120)
    assert abs(after.mean() / before.mean() - 1.0) > 1e-3


# Paired comparisons


# Evidence


def made_up(n, trained, control):
    """Results of `n` seeds with given measures and a little scatter."""
    generator = np.random.default_rng(1)
    results = []
    for seed in range(n):
        conditions = {
            name: {key: value + 0.01 * generator.normal() for key, value in measures.items()}
            for name, measures in (
                ("trained", trained),
                *((name, control) for name in learning_evidence.NO_CONTROL),
            )
        }
        results.append({"seed": seed, "conditions": conditions, "curve": {}})
    return results


GOOD = {"rms_error_cm": 0.15, "spearman": 0.9, "cells_near_diagonal": 0.9}
POOR = {"rms_error_cm": 0.40, "spearman": 0.7, "cells_near_diagonal": 0.6}


def test_acceptance_is_met_by_an_improvement_and_by_nothing_else():
    better = acceptance(comparisons(made_up(10, GOOD, POOR)), 10)
    worse = acceptance(comparisons(made_up(10, POOR, GOOD)), 10)
    same = acceptance(comparisons(made_up(10, GOOD, GOOD)), 10)
    assert len(better) == 6
    assert [claim["met"] for claim in better] == [True] * 6
    assert not any(claim["met"] for claim in (*worse, *same))
    assert "at least 9 of 10 seeds" in better[0]["claim"]


def test_every_ablation_changes_the_recipe_in_what_it_says():
    recipe = preset("ll_learn")
    for ablation in ABLATIONS:
        changed = preset("ll_learn", **ablation.changes)
        for name, value in ablation.changes.items():
            assert getattr(changed, name) == value
        assert changed != recipe, ablation.name
    ratio = recipe.mon_ts_apost / recipe.mon_ts_apre
    for ablation in ABLATIONS[:2]:
        assert ablation.changes["mon_ts_apost"] == pytest.approx(
            ratio * ablation.changes["mon_ts_apre"]
        )


SMALL = {
    "n_ll": 20, "n_mon": 60, "n_ts": 12, "n_training_trials": 4, "trial_duration_s": 0.3,
    "ll_to_mon_in_degree": 5, "ll_mon_w_mean_mV": 16.0, "mon_to_ts_out_degree": 4,
    "mon_ts_gain_mV": 1500.0, "ts_lateral_radius": 3, "ts_lateral_exc_radius": 2,
    "test_sweeps": 2, "mon_ts_apre": 1e-3, "mon_ts_apost": -1e-3,
}  # fmt: skip


@needs_compiler
def test_the_curve_ends_at_the_trained_network_and_begins_at_the_untrained_one():
    found = learn_and_test(
        preset("ll_learn", **SMALL), CPP, controls=learning_evidence.CONTROLS,
        curve_trials=(0, 2, 4),
    )  # fmt: skip
    assert list(found["conditions"]) == [
        "untrained", "trained", "rate-matched", "shuffled", "published",
    ]  # fmt: skip
    assert list(found["curve"]) == ["0", "2", "4"]
    for trials, condition in (("0", "untrained"), ("4", "trained")):
        point = found["curve"][trials]["trained"]
        for name in ("rms_error_cm", "spearman", "ts_rate_hz"):
            assert point[name] == pytest.approx(found["conditions"][condition][name], nan_ok=True)
    start = found["curve"]["0"]
    assert start["rate-matched"] == pytest.approx(start["trained"], nan_ok=True)
    assert found["weights"]["mean_abs_change"] > 0


@needs_compiler
def test_the_evidence_is_kept_and_taken_up_again(tmp_path, monkeypatch):
    arguments = {"folder": tmp_path, "changes": SMALL, "ablations": False}
    first = reproduce_learning((5, 6), "cpp", **arguments)
    assert [result["seed"] for result in first["recipe"]["results"]] == [5, 6]
    assert list(first["recipe"]["comparisons"]["spearman"]) == list(learning_evidence.NO_CONTROL)
    assert json.loads(json.dumps(first)) is not None
    text = render_learning(first)
    assert "rate-matched" in text and "Acceptance:" in text
    assert max(map(len, text.splitlines())) <= 80
    monkeypatch.setattr(learning_experiment, "learn_and_test", _never)
    again = reproduce_learning((5, 6), "cpp", **arguments)
    assert repr(again) == repr(first)
    with pytest.raises(AssertionError, match="computed again"):
        reproduce_learning((5,), "cpp", folder=tmp_path, ablations=False,
                           changes={**SMALL, "mon_ts_gain_mV": 1400.0})  # fmt: skip


def _never(*arguments, **options):
    raise AssertionError("computed again")


def test_a_stored_result_of_other_parameters_is_not_taken(tmp_path, monkeypatch):
    calls = []

    def pretend(params, options, **rest):
        calls.append(params.mon_ts_gain_mV)
        return {"seed": params.seed, "gain": params.mon_ts_gain_mV}

    monkeypatch.setattr(learning_experiment, "learn_and_test", pretend)
    path, params = tmp_path / "one.json", preset("ll_learn")
    for _ in range(2):
        stored_learn_and_test(path, params, CPP, controls=("shuffled",))
    stored_learn_and_test(path, replace(params, mon_ts_gain_mV=1.0), CPP, controls=("shuffled",))
    stored_learn_and_test(path, replace(params, mon_ts_gain_mV=1.0), CPP, controls=())
    assert calls == [params.mon_ts_gain_mV, 1.0, 1.0]


@pytest.mark.slow
@needs_compiler
def test_the_recipe_learns_a_map_and_the_published_step_destroys_it():
    """Seeds of their own: the evidence has 401 to 410."""
    for seed in (421, 422):
        conditions = learn_and_test(preset("ll_learn", seed=seed), CPP)["conditions"]
        for control in ("untrained", "rate-matched", "shuffled", "published"):
            for name in ("cells_near_diagonal", "spikes_near_diagonal"):
                assert conditions["trained"][name] > conditions[control][name], (control, name)
            assert conditions["trained"]["rms_error_cm"] < conditions[control]["rms_error_cm"]
    coarse = preset("ll_learn", seed=421, **ABLATIONS[1].changes)
    destroyed = learn_and_test(coarse, CPP, controls=())["conditions"]
    assert destroyed["trained"]["rms_error_cm"] > destroyed["untrained"]["rms_error_cm"]


# What is committed


@pytest.mark.parametrize("name", ["evidence", "evidence-topography-0.1"])
def test_the_committed_evidence_says_what_the_page_says(name):
    evidence = json.loads((ROOT / f"benchmarks/results/learning/{name}.json").read_text())
    results = evidence["recipe"]["results"]
    found = comparisons(results)
    assert len(results) == len(evidence["seeds"]) == 10
    assert all(claim["met"] for claim in acceptance(found, 10))
    page = (ROOT / "docs/learning-evidence.md").read_text()
    for measure in ("rms_error_cm", "spearman", "cells_near_diagonal", "bayes_rms_error_cm"):
        for control, numbers in found[measure].items():
            quoted = f"{numbers['other_mean']:.3f} ({numbers['t']:+.1f}, {numbers['n_better']}/10)"
            quoted = quoted.removeprefix("0").replace("(-", "(−")
            assert quoted in page, (measure, control, quoted)


@needs_compiler
def test_the_figure_is_drawn_from_a_run_and_the_evidence(tmp_path):
    evidence = reproduce_learning(
        (5, 6), "cpp", folder=tmp_path / "evidence", changes=SMALL, ablations=False
    )
    example = run(preset("ll_learn", **SMALL), "cpp", runs_dir=tmp_path, run_name="one")
    for ablations in ({}, {"no LTD": evidence["recipe"]}):
        with styled():
            figure = draw_learning({**evidence, "ablations": ablations}, example.seeds[0], "Maps")
            save(figure, tmp_path / "figure.png")
        assert (tmp_path / "figure.png").stat().st_size > 10_000
        assert len(figure.axes) == 12
