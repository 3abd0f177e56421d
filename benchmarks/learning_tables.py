"""The tables of docs/does-it-learn.md, from the confirmations of the recipes.

    python benchmarks/learning_tables.py docs/does-it-learn.md

reads `benchmarks/results/learning/recipe-*.json`, which `lateralnet reproduce learning --recipe`
writes, and renews what stands between the two marks.
"""

from __future__ import annotations

import sys
from pathlib import Path

from lateralnet.measures.statistics.samples import mean_of
from lateralnet.records.storage import read_json
from lateralnet.studies.learning.confirmation import against, values_of
from lateralnet.text_table import markdown

RESULTS = Path(__file__).with_name("results") / "learning"
BEGIN, END = "<!-- confirmed: begin -->", "<!-- confirmed: end -->"
RECIPES = ("sharp", "range", "both", "vibration")
CONTROLS = ("rate-matched", "best-untrained", "best-untrained-rate")
ROWS = (
    ("rms_error_cm", "RMS error of the population vector, cm", 3),
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
    """Renew the tables of a page."""
    page = Path(sys.argv[1])
    text = page.read_text()
    before, rest = text.split(BEGIN)
    page.write_text(f"{before}{BEGIN}\n\n{tables()}\n{END}{rest.split(END)[1]}")


def tables() -> str:
    """Return all tables, one recipe after the other."""
    found = []
    for name in RECIPES:
        evidence = read_json(RESULTS / f"recipe-{name}.json")
        found += [f"### {evidence['mode']}", "", *recipe_lines(evidence)]
    return "\n".join(found)


def recipe_lines(evidence: dict) -> list[str]:
    """Return the tables and claims of one recipe."""
    results, seeds = evidence["results"], evidence["seeds"]
    lines = [f"Seeds {', '.join(map(str, seeds))} (n = {len(seeds)}).", ""]
    tests = list(results[0]["tests"])
    controlled = [test for test in tests if CONTROLS[0] in results[0]["tests"][test]]
    for test in controlled:
        lines += [f"**{test}** (bound of LL in 20 ms: {_bound(results, test)} cm)", ""]
        lines += [*_controlled(results, test), ""]
    if len(tests) > len(controlled):
        lines += [*_over_tests(results, tests), ""]
    for claim in evidence["claims"]:
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
                cell += f" ({found.t:+.1f}, {found.n_better}/{found.n})"
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
    found = mean_of(values_of(results, test, condition, measure))
    return f"{found.mean:.{digits}f} ± {found.sd:.{digits}f}" if found.n else "-"


def _bound(results: list, test: str) -> str:
    return f"{mean_of(values_of(results, test, 'trained', 'ideal_observer_cm')).mean:.3f}"


if __name__ == "__main__":
    main()
