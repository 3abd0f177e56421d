"""The report of a sweep: what was missing, means over seeds, figures, designs."""

from __future__ import annotations

import html
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lateralnet.pages.facts import parameters, versions
from lateralnet.pages.figure_list import figures_within
from lateralnet.pages.html_parts import page, table
from lateralnet.parameters.params import params_from_dict
from lateralnet.records.storage import read_json
from lateralnet.studies.parsing import field_of


def sweep_page(folder: Path) -> str:
    """Return the page of a sweep, finished or not."""
    from lateralnet.figures.studies.drawing import draw_sweep
    from lateralnet.studies.results.store import SweepStore
    from lateralnet.studies.results.summarise import best_in_words, summary_rows
    from lateralnet.studies.results.table import read_table

    found = read_table(folder)
    store = SweepStore(folder)
    parts = []
    if (folder / "reproduction.json").is_file():
        parts.append(_reproduction(read_json(folder / "reproduction.json")))
    best = best_in_words(found)
    parts.append(f'<p class="verdict">{html.escape(best)}</p>' if best else "")
    parts += [_missing(found), "<h2>Means over seeds</h2>"]
    parts.append(table(summary_rows(found), "By combination and condition"))
    figures = sorted((folder / "figures").glob("*.png")) or draw_sweep(found, folder)
    first = store.read_result(found.rows[0]["point"])
    assert first is not None  # its row was just read
    params = params_from_dict({**first["params"], **first["test"]}, source=str(folder))
    tail = [
        _designs(store.manifest()["designs"]),
        parameters(params, found.designs[0].mode, varied={field_of(name) for name in found.varied}),
        versions(first["facts"]),
    ]
    used = sum(map(len, (*parts, *tail))) + 10_000
    shown = f"<h2>Figures</h2>\n{figures_within(figures, used)}"
    points = len({row["point"] for row in found.rows})
    lead = f"{points} points with results, {found.missing} without; {found.designs[0].mode}"
    return page(f"Sweep {folder.resolve().name}", lead, [*parts, shown, *tail])


def _missing(found: Any) -> str:
    """Name the points without results, failed ones with their errors."""
    if not (found.failed or found.missing):
        return ""
    rows: list[list[Any]] = [["point", "seed", "varied", "error"]]
    for point_id, failure in list(found.failed.items())[:100]:
        varied = ", ".join(f"{k} {v}" for k, v in failure.get("varied", {}).items())
        rows.append([point_id, failure.get("seed"), varied, failure.get("error")])
    words = f"<p><strong>{found.missing} points have no results</strong>, {len(found.failed)} of "
    words += "them failed.</p>"
    return words + (table(rows, "Failed points") if found.failed else "")


def _designs(designs: Sequence[dict[str, Any]]) -> str:
    rows: list[list[Any]] = [["design", "what", "values"]]
    for number, design in enumerate(designs, 1):
        for axis in design["axes"]:
            rows.append([number, axis["name"], ", ".join(map(str, axis["values"]))])
        for name, value in design["fixed"].items():
            rows.append([number, f"{name} (fixed)", str(value)])
        rows.append([number, "seeds", ", ".join(map(str, design["seeds"]))])
        rows.append([number, "axes together", bool(design["zipped"])])
    return "<h2>Designs</h2>\n" + table(rows, "What was varied, fixed and drawn")


def _reproduction(report: dict[str, Any]) -> str:
    from lateralnet.studies.reproduction_text import report_rows

    remarks = "".join(f"<li>{html.escape(text)}</li>" for text in report["remarks"])
    verdict = "".join(f'<p class="verdict">{html.escape(text)}</p>' for text in report["verdict"])
    seeds = ", ".join(map(str, report["seeds"]))
    return (
        f"<h2>{html.escape(report['title'])}: published and reproduced</h2>\n{verdict}\n"
        f"<p>{html.escape(report['source'])}; scale {report['scale']}, "
        f"{report['training_trials']} training trials, seeds {seeds}; mean ± SD (seeds).</p>\n"
        f"{table(report_rows(report), 'Published and reproduced')}\n"
        f"<p>What cannot be right, or is not alike, in the published numbers:</p>"
        f"<ul>{remarks}</ul>"
    )
