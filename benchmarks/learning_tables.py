"""Tables and figure of docs/does-it-learn.md and docs/learning-evidence.md.

    python benchmarks/learning_tables.py

reads `benchmarks/results/learning/recipe-*.json`, which `lateralnet reproduce learning --recipe`
writes, renews what stands between the marks of the two pages, and draws every seed.
"""

from __future__ import annotations

from pathlib import Path
from statistics import NormalDist

from lateralnet.figures.studies.confirmation import draw_confirmation
from lateralnet.figures.style import save, styled
from lateralnet.measures.statistics.samples import Paired, mean_of
from lateralnet.records.storage import read_json
from lateralnet.studies.learning.beyond import learning_recipe
from lateralnet.studies.learning.confirmation import against, against_recipe, judged, values_of
from lateralnet.text_table import markdown

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks/results/learning"
SHORT, LONG = ROOT / "docs/does-it-learn.md", ROOT / "docs/learning-evidence.md"
FIGURE = ROOT / "docs/figures/does-it-learn-seeds.png"
RECIPES = ("learn", "sharp", "range", "both", "vibration")
CONTROLS = ("rate-matched", "best-untrained", "best-untrained-rate")
ERROR = "rms_error_cm"
ROWS = (
    (ERROR, "RMS error of the population vector, cm", 3),
    ("calibrated_rms_error_cm", "the same, calibrated, cm", 3),
    ("bayes_rms_error_cm", "Bayes, RMS, cm", 3),
    ("bayes_median_error_cm", "Bayes, median, cm", 3),
    ("bayes_mid_rms_error_cm", "Bayes, RMS at mid-body, cm", 3),
    ("spearman", "Spearman", 3),
    ("distance_order", "order that sees folds", 3),
    ("cells_near_diagonal", "near the diagonal", 3),
    ("mean_modes", "peaks per TS cell", 2),
)


def main() -> None:
    """Renew the tables of both pages, and the figure."""
    for page in (SHORT, LONG):
        text = page.read_text()
        for mark, table in parts(page).items():
            begin, end = f"<!-- {mark}: begin -->", f"<!-- {mark}: end -->"
            before, rest = text.split(begin)
            text = f"{before}{begin}\n\n{table}\n\n{end}{rest.split(end)[1]}"
        page.write_text(text)
    with styled():
        save(draw_confirmation(evidences()), FIGURE)


def evidences() -> list[dict]:
    """Return the stored confirmation of every recipe."""
    return [read_json(RESULTS / f"recipe-{name}.json") for name in RECIPES]


def parts(page: Path) -> dict[str, str]:
    """Return what stands between the marks of a page: mark -> Markdown."""
    stored = evidences()
    if page == LONG:
        lines = [line for one in stored for line in (f"### {one['mode']}", "", *recipe_lines(one))]
        return {"confirmed": "\n".join(lines).rstrip()}
    made = {"summary": summary, "draws": draws, "ablations": ablations}
    return {mark: "\n".join(make(stored)) for mark, make in made.items()}


def summary(stored: list[dict]) -> list[str]:
    """Return one row for each test that has controls, beside the control with the lowest error."""
    rows = [
        [
            "preset, test", "seeds", "population vector, cm", "best control", "calibrated, cm",
            "Bayes, cm", "Bayes, best untrained", "Spearman (best control)", "bound, cm",
        ]
    ]  # fmt: skip
    for evidence in stored:
        results = evidence["results"]
        for test in _controlled_tests(results):
            best = min(CONTROLS, key=lambda c: mean_of(values_of(results, test, c, ERROR)).mean)
            order = max(mean_of(values_of(results, test, c, "spearman")).mean for c in CONTROLS)
            bayes = [_mean_sd(results, test, c, "bayes_rms_error_cm", 3)
                     for c in ("trained", "best-untrained")]  # fmt: skip
            rows.append(
                [
                    f"`{evidence['mode']}`, {test}", str(len(results)),
                    f"**{_mean_sd(results, test, 'trained', ERROR, 3)}**",
                    f"{_mean_sd(results, test, best, ERROR, 3)}"
                    f"{_compared(against(results, test, ERROR, best))}",
                    _mean_sd(results, test, "trained", "calibrated_rms_error_cm", 3), *bayes,
                    f"{mean_of(values_of(results, test, 'trained', 'spearman')).mean:.3f} "
                    f"({order:.2f})", _bound(results, test),
                ]
            )  # fmt: skip
    return markdown(rows)


def draws(stored: list[dict]) -> list[str]:
    """Return the two limits that were missed beside every network ever trained with the recipe."""
    searched = read_json(RESULTS / "search-seeds-821-826.json")["results"]
    rows = [["", "asked", "the ten", "the search's six", "all (95 % interval)",
             "means of ten within it", "every network"]]  # fmt: skip
    for evidence in stored:
        for claim in learning_recipe(evidence["recipe"]).claims:
            if claim.at_most is None or judged(claim, evidence["results"])["met"]:
                continue
            own = values_of(evidence["results"], claim.test, "trained", claim.measure)
            wanted = (evidence["recipe"], claim.test)
            others = [one[claim.measure] for one in searched
                      if (one["recipe"], one["test"]) == wanted]  # fmt: skip
            every = mean_of([*own, *others])
            share = NormalDist(every.mean, every.sd / len(own) ** 0.5).cdf(claim.at_most)
            rows.append(
                [
                    f"`{evidence['mode']}`, {claim.test}", f"{claim.at_most:g}",
                    mean_of(own).text(), mean_of(others).text(),
                    f"{every.text()} ({every.low:.3f} to {every.high:.3f})", f"{share:.0%}",
                    " ".join(f"{value:.3f}".removeprefix("0") for value in sorted([*own, *others])),
                ]
            )  # fmt: skip
    return markdown(rows)


def ablations(stored: list[dict]) -> list[str]:
    """Return the recipes with one thing changed, against the recipe on the same seeds."""
    rows = [["preset, test", "changed", "seeds", "population vector, cm", "calibrated", "Bayes",
             "Spearman", "near", "TS, Hz"]]  # fmt: skip
    for evidence in stored:
        if not evidence["variants"]:
            continue
        for test in _controlled_tests(evidence["results"]):
            rows.append(_ablated(evidence, "recipe", test))
            rows += [_ablated(evidence, name, test) for name in evidence["variants"]]
    return markdown(rows)


def _ablated(evidence: dict, name: str, test: str) -> list[str]:
    whole = name == "recipe"
    results = evidence["results"] if whole else evidence["variants"][name]["results"]
    others = ("calibrated_rms_error_cm", "bayes_rms_error_cm", "spearman", "cells_near_diagonal")
    means = [mean_of(values_of(results, test, "trained", measure)).mean for measure in others]
    error = _mean_sd(results, test, "trained", ERROR, 3)
    error = f"**{error}**" if whole else error + _against_recipe(evidence, name, test)
    rate = mean_of(values_of(results, test, "trained", "ts_rate_hz")).mean
    return [f"`{evidence['mode']}`, {test}" if whole else "", name, str(len(results)), error,
            *(f"{mean:.3f}" for mean in means), f"{rate:.0f}"]  # fmt: skip


def _against_recipe(evidence: dict, name: str, test: str) -> str:
    return _compared(against_recipe(evidence, name, test, ERROR))


def _compared(found: Paired) -> str:
    return f" ({found.t:+.1f}, {found.n_better}/{found.n})"


def _controlled_tests(results: list) -> list[str]:
    return [test for test, found in results[0]["tests"].items() if CONTROLS[0] in found]


def recipe_lines(evidence: dict) -> list[str]:
    """Return the tables and claims of one recipe."""
    results, seeds = evidence["results"], evidence["seeds"]
    lines = [f"Seeds {', '.join(map(str, seeds))} (n = {len(seeds)}).", ""]
    tests = list(results[0]["tests"])
    controlled = _controlled_tests(results)
    for test in controlled:
        lines += [f"**{test}** (bound of LL in 20 ms: {_bound(results, test)} cm)", ""]
        lines += [*_controlled(results, test), ""]
    if len(tests) > len(controlled):
        lines += [*_over_tests(results, tests), ""]
    for asked in learning_recipe(evidence["recipe"]).claims:
        claim = judged(asked, results)
        numbers = f"{claim['mean']:.3f} ± {claim['sd']:.3f}"
        for control in CONTROLS:
            if f"{control}: t" in claim:
                numbers += f"; {control}: t = {claim[f'{control}: t']:+.1f}, " + (
                    f"{claim[f'{control}: n better']}/{len(seeds)}"
                )
        if "n_below" in claim:
            numbers += f"; {claim['n_below']}/{len(seeds)} below"
        lines.append(f"* {'met' if claim['met'] else '**not met**'}: {claim['claim']} ({numbers})")
    return [*lines, ""]


def _controlled(results: list, test: str) -> list[str]:
    conditions = ("untrained", *CONTROLS)
    rows = [["", "trained", *conditions]]
    for measure, text, digits in ROWS:
        cells = [text, f"**{_mean_sd(results, test, 'trained', measure, digits)}**"]
        for condition in conditions:
            found = against(results, test, measure, condition)
            cell = _mean_sd(results, test, condition, measure, digits)
            if found.n_better is not None:
                cell += _compared(found)
            cells.append(cell)
        rows.append(cells)
    rates = [_mean_sd(results, test, c, "ts_rate_hz", 0) for c in ("trained", *conditions)]
    return markdown([*rows, ["TS rate, Hz", *rates]])


def _over_tests(results: list, tests: list[str]) -> list[str]:
    rows = [["", *tests]]
    for condition in ("trained", "untrained"):
        for measure, text, digits in (ROWS[0], ROWS[1], ROWS[3], ROWS[5]):
            cells = [_mean_sd(results, test, condition, measure, digits) for test in tests]
            rows.append([f"{text}, {condition}", *cells])
    rows.append(["bound of LL in 20 ms, cm", *(_bound(results, test) for test in tests)])
    return markdown(rows)


def _mean_sd(results: list, test: str, condition: str, measure: str, digits: int) -> str:
    return mean_of(values_of(results, test, condition, measure)).text(digits)


def _bound(results: list, test: str) -> str:
    return f"{mean_of(values_of(results, test, 'trained', 'ideal_observer_cm')).mean:.3f}"


if __name__ == "__main__":
    main()
