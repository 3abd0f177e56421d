"""The evidence that the map learns, on small networks, and what is committed of it."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lateralnet import preset, run
from lateralnet.figures.studies.learning_evidence import draw_learning
from lateralnet.figures.style import save, styled
from lateralnet.simulation.session import DeviceOptions
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

ROOT = Path(__file__).parents[2]
CPP = DeviceOptions(device="cpp")
needs_compiler = pytest.mark.skipif(shutil.which("g++") is None, reason="no C++ compiler (g++)")


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
