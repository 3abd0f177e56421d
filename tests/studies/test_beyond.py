"""Recipes beyond ll_learn: their seeds, their claims, and a confirmation from end to end."""

import importlib.util
import math
import re
import shutil
from pathlib import Path

import pytest

from lateralnet.errors import InputError
from lateralnet.figures.studies.confirmation import draw_confirmation
from lateralnet.figures.style import save, styled
from lateralnet.measures.table import MEASURES
from lateralnet.parameters.params import spec_of
from lateralnet.parameters.preset_table import PRESETS
from lateralnet.parameters.presets import preset
from lateralnet.parameters.spec import BOTH, TEST
from lateralnet.simulation.session import DeviceOptions
from lateralnet.studies.learning import confirmation, experiment
from lateralnet.studies.learning.beyond import (
    RECIPES,
    SEEDS,
    Claim,
    LearningRecipe,
    SweepTest,
    Variant,
    learning_recipe,
)
from lateralnet.studies.learning.confirmation import against_recipe, confirm, judged
from lateralnet.studies.learning.confirmation_report import render_confirmation
from lateralnet.studies.learning.experiment import stored_learn_and_sweep
from tests.tiny import tiny

CPP = DeviceOptions(device="cpp")
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
        assert all(spec_of(changed).read_by in (TEST, BOTH) for changed in test.changes)
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


RECIPE = LearningRecipe(
    "tiny", "ll_fast", "a small one",
    tests=(SweepTest("here"), SweepTest("back", {"direction": -1.0}, ())),
    variants=(Variant("still", "no learning", {"mon_ts_apre": 0.0, "mon_ts_apost": 0.0}),),
    claims=(Claim("here", "rms_error_cm", at_most=3.0, below=("rate-matched",)),),
)  # fmt: skip


def test_a_confirmation_from_tasks_to_text(tmp_path, monkeypatch):
    asked = []

    def make(path, params, options, *, tests):
        asked.append((path.name, params.seed, params.mon_ts_apre, [name for name, _, _ in tests]))
        error = 0.2 if params.mon_ts_apre else 0.9
        conditions = {"trained": {"rms_error_cm": error}, "untrained": {"rms_error_cm": 1.0}}
        found = {}
        for name, _, controls in tests:
            others = {control: {"rms_error_cm": 0.5 + params.seed / 100} for control in controls}
            found[name] = conditions | others
        return {"seed": params.seed, "tests": found}

    monkeypatch.setattr(confirmation, "stored_learn_and_sweep", make)
    seen = []
    evidence = confirm(
        RECIPE, (5, 6), "runtime", ablation_seeds=(5,), folder=tmp_path,
        on_progress=lambda what, share: seen.append((what, share)),
    )  # fmt: skip
    assert asked == [
        ("tiny_seed_5.json", 5, 4e-4, ["here", "back"]),
        ("tiny_seed_6.json", 6, 4e-4, ["here", "back"]),
        ("tiny-still_seed_5.json", 5, 0.0, ["here", "back"]),
    ]
    assert seen[-1] == ("tiny, still, seed 5", 1.0)
    assert list(evidence["results"][0]["tests"]["back"]) == ["trained", "untrained"]
    assert list(evidence["variants"]["still"]["results"][0]["tests"]["back"])[2:] == [
        "best-untrained"
    ]
    (claim,) = evidence["claims"]
    assert claim["met"] and claim["rate-matched: n better"] == 2
    text = render_confirmation(evidence)
    assert "seeds 5, 6" in text and "met: here: Error of the decoded position" in text
    assert re.search(r"still \(1\) .*0\.900.* - +1 of 1 +0\.550", text)  # two seeds have no t
    assert "asked of 10 seeds; these are 2" in text
    assert max(map(len, text.splitlines())) <= 80
    assert "0.200 ± 0.000" in text and "0.900" in text
    alone = confirm(RECIPE, (5,), "runtime", ablation_seeds=(), folder=tmp_path)
    assert "nan" not in render_confirmation(alone)  # one seed has neither SD nor t
    values = confirmation.values_of(evidence["results"], "back", "trained", "no such measure")
    assert all(map(math.isnan, values))


def test_a_variant_is_compared_with_the_recipe_on_the_same_seeds():
    def of(errors):
        return [
            {"seed": seed, "tests": {"t": {"trained": {"rms_error_cm": error}}}}
            for seed, error in errors.items()
        ]

    evidence = {
        "results": of({1: 0.5, 2: 0.1, 3: 0.2, 4: 0.3}),
        "variants": {"other": {"results": of({4: 0.2, 2: 0.2, 3: 0.3})}},
    }
    found = against_recipe(evidence, "other", "t", "rms_error_cm")
    assert (found.n, found.n_better) == (3, 2)
    assert found.first.mean == pytest.approx(0.2) and found.second.mean == pytest.approx(0.7 / 3)


def test_every_seed_is_drawn_with_what_was_asked(tmp_path):
    names = ("trained", "rate-matched", "best-untrained", "best-untrained-rate")
    results = [
        {"seed": k, "tests": {"0.8 cm": {n: {"rms_error_cm": 0.1 * k} for n in names}}}
        for k in (1, 2, 3)
    ]
    for result in results:
        result["tests"]["0.8 cm"]["trained"]["ideal_observer_cm"] = 0.04
        result["tests"]["1.0 cm"] = {"trained": {}}  # without controls: no panel
    with styled():
        figure = draw_confirmation([{"recipe": "sharp", "mode": "ll_sharp", "results": results}])
    (axes,) = figure.axes
    assert axes.get_title(loc="left") == "ll_sharp, 0.8 cm"
    dots = [line for line in axes.lines if line.get_marker() == "o"]
    assert [line.get_ydata().tolist() for line in dots] == [pytest.approx([0.1, 0.2, 0.3])] * 4
    levels = {round(float(line.get_ydata()[0]), 3) for line in axes.lines[-2:]}
    assert levels == {0.04, 0.13}  # the bound, and what was asked
    with styled():
        save(figure, tmp_path / "one.png")
    assert (tmp_path / "one.png").stat().st_size > 5000


@pytest.mark.skipif(shutil.which("g++") is None, reason="no C++ compiler (g++)")
def test_a_network_is_tested_in_every_way_and_kept(tmp_path, monkeypatch):
    params = tiny(test_sweeps=2, n_training_trials=2)
    tests = [("here", {}, ("shuffled",)), ("back", {"direction": -1.0}, ())]
    result = stored_learn_and_sweep(tmp_path / "one.json", params, CPP, tests=tests)
    assert list(result["tests"]["here"]) == ["untrained", "trained", "shuffled"]
    assert list(result["tests"]["back"]) == ["untrained", "trained"]
    here, back = (result["tests"][name]["trained"] for name in ("here", "back"))
    assert here["rms_error_cm"] != back["rms_error_cm"]
    assert "rms_error_cm_chance" in here and here["ts_rate_hz"] > 0
    monkeypatch.setattr(experiment, "learn_and_sweep", None)  # taken up, not made again
    again = stored_learn_and_sweep(tmp_path / "one.json", params, CPP, tests=tests)
    assert again == result
    with pytest.raises(TypeError):  # other tests are another experiment
        stored_learn_and_sweep(tmp_path / "one.json", params, CPP, tests=tests[:1])


def test_the_pages_have_the_tables_of_the_committed_results():
    path = ROOT / "benchmarks/learning_tables.py"
    spec = importlib.util.spec_from_file_location("learning_tables", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for page in (module.SHORT, module.LONG):
        for mark, table in module.parts(page).items():
            assert table in page.read_text(), f"{mark}: python benchmarks/learning_tables.py"
