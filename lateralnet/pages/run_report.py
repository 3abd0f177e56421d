"""The report of a run: verdict, the figure that matters first, the moving picture, the rest."""

from __future__ import annotations

import html
from pathlib import Path
from typing import Any

from lateralnet.measures.statistics.samples import mean_of
from lateralnet.measures.table import TERMINAL, measure_of, own_rows, shown_value
from lateralnet.pages.facts import made_by, parameters, versions
from lateralnet.pages.figure_list import FIRST, figures_within, shown_figure, without_copies
from lateralnet.pages.film import film_of
from lateralnet.pages.html_parts import details, page, table
from lateralnet.pages.watch import watch_part
from lateralnet.records.results import RunResult, load
from lateralnet.records.storage import read_json
from lateralnet.runs.outcome.verdict import verdict_of


def run_page(folder: Path) -> str:
    """Return the page of a finished run."""
    result = load(folder)
    figures = _figures(result)
    first = next((path for path in figures if FIRST in path.name), None)
    p = result.params
    several = len(result.seeds) > 1
    words = f"{len(result.seeds)} seed{'s' * several}"
    parts = [
        "".join(_verdicts(result)),
        "<h2>Results</h2>",
        _over_seeds(result),
        details("Every seed", _each_seed(result)) if several else "",
        shown_figure(first) if first else "",
        "<h2>A test, moving</h2>",
        watch_part(film_of(result)),
    ]
    made = read_json(folder / "params.json").get("provenance", [])
    tail = [parameters(p, result.mode), made_by(made), versions(result.seeds[0].facts)]
    used = sum(map(len, (*parts, *tail))) + 10_000
    rest = [path for path in figures if path != first]
    shown = f"<h2>All figures</h2>\n{figures_within(rest, used, result.own.get('figures', {}))}"
    return page(
        f"Run {folder.resolve().name}",
        f"{result.mode}: {p.n_ll} LL, {p.n_mon} MON, {p.n_ts} TS cells, {p.n_training_trials} "
        f"training trials, {result.completeness or words}",
        [*parts, shown, *tail],
    )


def _figures(result: RunResult) -> list[Path]:
    """Return the pictures of a run, drawn where there are none; the first seed's come first."""
    found = sorted((result.folder / "figures").glob("*.png"))
    if not found:
        from lateralnet.figures import draw_run

        found = [Path(path) for path in draw_run(result, jobs=1)]
    seed = f"_seed_{result.seeds[0].seed}."
    return sorted(
        without_copies(found), key=lambda path: "_seed_" in path.name and seed not in path.name
    )


def _verdicts(result: RunResult) -> list[str]:
    words = [f"Seed {seed.seed}: {verdict_of(seed.measures)}." for seed in result.seeds]
    shown = [f'<p class="verdict">{html.escape(text)}</p>' for text in words]
    missing = {**result.failed, **dict.fromkeys(result.unfinished, "not finished")}
    if missing:
        names = "; ".join(f"seed {seed}: {why}" for seed, why in sorted(missing.items()))
        shown.append(
            f"<p><strong>{len(missing)} of {len(missing) + len(result.seeds)} seeds are "
            f"missing</strong>: {html.escape(names)}</p>"
        )
    return shown


def _over_seeds(result: RunResult) -> str:
    """Return measures by condition, a measure a row so that nothing is cut on a phone."""
    conditions = list(result.seeds[0].measures)
    several = len(result.seeds) > 1
    rows: list[list[Any]] = [["measure", *conditions]]
    for known in (*map(measure_of, TERMINAL), *own_rows(result.own)):
        text = known.text[:1].upper() + known.text[1:]
        row = [f"{text} ({known.unit})" if known.unit else text]
        for condition in conditions:
            values = [
                shown_value(known.key, seed.measures[condition])
                for seed in result.seeds
                if condition in seed.measures
            ]
            found = mean_of(values, known.bounds)
            text = known.show(found.mean, nothing="–")
            if several and found.n > 1:
                text += f" ± {known.show(found.sd)}"
            if 0 < found.n < len(result.seeds):
                text += f" (n {found.n})"
            row.append(text)
        rows.append(row)
    what = "Measures of the test"
    if several:
        what = f"Mean ± SD over {len(result.seeds)} seeds (n where fewer have a value)"
    return table(rows, f"{what}; untrained: the same wiring before learning")


def _each_seed(result: RunResult) -> str:
    known = [*map(measure_of, TERMINAL), *own_rows(result.own)]
    heads = (f"{measure.heading} {measure.unit}".strip() for measure in known)
    rows: list[list[Any]] = [["seed", "condition", *heads]]
    for seed in result.seeds:
        for condition, measures in seed.measures.items():
            values = [m.show(shown_value(m.key, measures), nothing="–") for m in known]
            rows.append([seed.seed, condition, *values])
    return table(rows, "Every seed")
