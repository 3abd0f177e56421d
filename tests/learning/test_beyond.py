"""Recipes beyond ll_learn: their seeds, their claims, and a confirmation from end to end."""

import math
import re
from pathlib import Path

import pytest

from lateralnet.errors import InputError
from lateralnet.measures.table import MEASURES
from lateralnet.parameters.params import spec_of
from lateralnet.parameters.presets import PRESETS, preset
from lateralnet.parameters.spec import TEST
from lateralnet.studies.learning import confirmation
from lateralnet.studies.learning.beyond import (
    RECIPES,
    SEEDS,
    Claim,
    LearningRecipe,
    SweepTest,
    Variant,
    learning_recipe,
)
from lateralnet.studies.learning.confirmation import confirm, judged
from lateralnet.studies.learning.confirmation_report import render_confirmation

ROOT = Path(__file__).parents[2]


def test_the_confirmation_seeds_were_used_for_nothing_else():
    text = (ROOT / "benchmarks/results/learning/seeds.md").read_text()
    used = set()
    for line in text.splitlines():
        row = re.match(r"\| ([\d to,]+) \|", line)
        for part in row[1].split(",") if row else ():
            first, _, last = part.partition(" to ")
            used |= set(range(int(first), int(last or first) + 1))
    assert {123, 405, 826, 920} <= used and not used & set(SEEDS)
    assert f"**{SEEDS[0]} to {SEEDS[-1]}**" in text and len(SEEDS) == 10


@pytest.mark.parametrize("name", RECIPES)
def test_recipes_are_consistent(name):
    recipe = RECIPES[name]
    assert recipe.mode in PRESETS
    tests = {test.name: test for test in recipe.tests}
    for test in recipe.tests:
        assert all(spec_of(changed).read_by == TEST for changed in test.changes)
    for claim in recipe.claims:
        assert claim.measure in MEASURES and set(claim.below) <= set(tests[claim.test].controls)
    for variant in recipe.variants:
        assert preset(recipe.mode, **variant.changes) != preset(recipe.mode)


def test_an_unknown_recipe_is_refused_with_the_known_ones():
    with pytest.raises(InputError, match="sharp, range, both, vibration"):
        learning_recipe("sharpe")


def results(trained, control, measure="rms_error_cm"):
    return [
        {"seed": k, "tests": {"t": {"trained": {measure: a}, "rate-matched": {measure: b}}}}
        for k, (a, b) in enumerate(zip(trained, control, strict=True))
    ]


@pytest.mark.parametrize(
    ("claim", "trained", "met"),
    [
        (Claim("t", "rms_error_cm", at_most=0.13), [0.1, 0.15], True),
        (Claim("t", "rms_error_cm", at_most=0.13), [0.1, 0.17], False),
        (Claim("t", "spearman", at_least=0.95), [0.96, 0.95], True),
        (Claim("t", "spearman", at_least=0.95), [0.96, 0.93], False),
        (Claim("t", "rms_error_cm", each_below=0.2, share=0.5), [0.1, 0.3], True),
        (Claim("t", "rms_error_cm", each_below=0.2, share=0.9), [0.1, 0.3], False),
        (Claim("t", "rms_error_cm", below=("rate-matched",)), [0.4, 0.3], True),
        (Claim("t", "rms_error_cm", below=("rate-matched",)), [0.4, 0.6], False),
        (Claim("t", "rms_error_cm", below=("rate-matched",), share=0.5), [0.4, 0.6], True),
        (Claim("t", "rms_error_cm", below=("rate-matched",), largest_t=-10.0), [0.4, 0.1], False),
        (Claim("t", "rms_error_cm", below=("rate-matched",), largest_t=-10.0), [0.1, 0.101], True),
        (Claim("t", "rms_error_cm", at_most=0.13), [None, None], False),
    ],
)
def test_a_claim_is_met_by_its_numbers_and_by_nothing_else(claim, trained, met):
    found = judged(claim, results(trained, [0.5, 0.5], claim.measure))
    assert found["met"] is met
    assert "t: " in found["claim"]


TINY = LearningRecipe(
    "tiny", "ll_fast", "a small one",
    tests=(SweepTest("here"), SweepTest("back", {"direction": -1.0}, ())),
    variants=(Variant("still", "no learning", {"mon_ts_apre": 0.0, "mon_ts_apost": 0.0}),),
    claims=(Claim("here", "rms_error_cm", at_most=3.0, below=("rate-matched",)),),
)  # fmt: skip


def test_a_confirmation_from_training_to_text(tmp_path, monkeypatch):
    small = {"n_training_trials": 2, "n_mon": 100, "trial_duration_s": 0.2}
    monkeypatch.setattr(
        confirmation, "preset", lambda mode, **changes: preset(mode, **{**small, **changes})
    )
    seen = []
    evidence = confirm(
        TINY, (5, 6), "runtime", ablation_seeds=(5,), folder=tmp_path,
        on_progress=lambda what, share: seen.append((what, share)),
    )  # fmt: skip
    assert seen[-1] == ("tiny, still, seed 5", 1.0)
    assert [r["seed"] for r in evidence["results"]] == [5, 6]
    here = evidence["results"][0]["tests"]["here"]
    assert list(here) == [
        "untrained", "trained", "rate-matched", "best-untrained", "best-untrained-rate",
    ]  # fmt: skip
    assert "rms_error_cm_chance" in here["trained"] and here["best-untrained"]["weight_scale"] > 0
    assert list(evidence["results"][0]["tests"]["back"]) == ["untrained", "trained"]
    still = evidence["variants"]["still"]["results"][0]["tests"]["here"]
    assert still["trained"] is not None
    text = render_confirmation(evidence)
    assert "seeds 5, 6" in text and "| still" in text and "met: here: RMS error" in text
    again = confirm(TINY, (5, 6), "runtime", ablation_seeds=(5,), folder=tmp_path)
    assert again["results"] == evidence["results"]
    values = confirmation.values_of(evidence["results"], "back", "trained", "no such measure")
    assert all(map(math.isnan, values))
