"""One HTML file that shows a run or a sweep: readable offline, without scripts, in any browser."""

from __future__ import annotations

import base64
import html
import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from lateralnet.errors import InputError
from lateralnet.measures.table import TERMINAL, measure_of, shown_value
from lateralnet.parameters.params import NetworkParams, params_from_dict, spec_of
from lateralnet.parameters.presets import PRESETS, preset
from lateralnet.records.storage import read_json, write_bytes
from lateralnet.runs.verdict import verdict_of
from lateralnet.version import __version__

_CSS = """
:root { color-scheme: light; }
body { font: 15px/1.5 system-ui, sans-serif; color: #222; background: #fff; margin: 2rem auto;
       max-width: 76rem; padding: 0 1.6rem; }
h1 { font-size: 1.6rem; margin-bottom: .2rem; } h2 { font-size: 1.2rem; margin-top: 2.2rem;
     border-bottom: 1px solid #ddd; } p.lead { color: #555; margin-top: 0; }
div.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: .85rem; margin: .6rem 0; }
th, td { padding: .18rem .6rem; border-bottom: 1px solid #e4e4e4; text-align: left;
         white-space: nowrap; }
td.n { text-align: right; font-variant-numeric: tabular-nums; } th { background: #f5f5f5; }
tr.changed td { background: #fff6e6; } td.wide { white-space: normal; }
figure { margin: 1.2rem 0; } figcaption { color: #555; font-size: .85rem; }
img { max-width: 100%; height: auto; border: 1px solid #eee; }
@media print { body { max-width: none; } figure, table { break-inside: avoid; } }
"""
_IMAGE_TYPE = "image/png"


def write_report(folder: Path, output: Path) -> None:
    """Write the report of the run or sweep in a folder.

    Raises
    ------
    InputError
        When the folder is neither.
    StorageError
        When the file cannot be written.
    """
    if (folder / "sweep.json").is_file():
        page = _sweep_page(folder)
    elif (folder / "params.json").is_file():
        page = _run_page(folder)
    else:
        raise InputError(f"{folder} is neither a run (no params.json) nor a sweep (no sweep.json).")
    write_bytes(output, page.encode())


def _page(title: str, lead: str, parts: Iterable[str]) -> str:
    body = "\n".join(parts)
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{html.escape(title)}</title>\n<style>{_CSS}</style>\n</head>\n<body>\n"
        f'<h1>{html.escape(title)}</h1>\n<p class="lead">{html.escape(lead)}</p>\n{body}\n'
        f"<h2>Made by</h2>\n<p>lateralnet {html.escape(__version__)}</p>\n</body>\n</html>\n"
    )


def table_html(rows: Sequence[Sequence[Any]], changed: Sequence[int] = ()) -> str:
    """Return a table with its first row as the head; `changed` rows are marked."""
    head = "".join(f"<th>{html.escape(str(cell))}</th>" for cell in rows[0])
    lines = []
    for number, row in enumerate(rows[1:]):
        cells = "".join(_cell(value) for value in row)
        mark = ' class="changed"' if number in changed else ""
        lines.append(f"<tr{mark}>{cells}</tr>")
    return (
        f'<div class="scroll"><table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n'
        + "\n".join(lines)
        + "\n</tbody></table></div>"
    )


def _cell(value: Any) -> str:
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return '<td class="n">–</td>'
    if isinstance(value, bool):
        return f"<td>{'on' if value else 'off'}</td>"
    if isinstance(value, int):
        return f'<td class="n">{value}</td>'
    if isinstance(value, float):
        return f'<td class="n">{value:.4g}</td>'
    text = html.escape(str(value))
    return f'<td class="wide">{text}</td>' if len(text) > 60 else f"<td>{text}</td>"


def _figures(paths: Sequence[Path]) -> str:
    parts = []
    for path in paths:
        data = base64.b64encode(path.read_bytes()).decode()
        name = html.escape(path.stem.removeprefix("brian2_").replace("_", " "))
        parts.append(
            f'<figure><img alt="{name}" src="data:{_IMAGE_TYPE};base64,{data}">'
            f"<figcaption>{name}</figcaption></figure>"
        )
    return "<h2>Figures</h2>\n" + ("\n".join(parts) or "<p>none drawn</p>")


def _parameters(params: NetworkParams, mode: str) -> str:
    usual = preset(mode if mode in PRESETS else "ll_thesis").as_dict()
    rows: list[list[Any]] = [["parameter", "value", "unit", "preset", "meaning"]]
    changed = []
    for number, (name, value) in enumerate(params.as_dict().items()):
        spec = spec_of(name)
        rows.append([name, value, spec.unit, usual[name], spec.text])
        if value != usual[name] and name != "seed":
            changed.append(number)
    return (
        "<h2>Parameters</h2>\n"
        f"<p>Preset {html.escape(mode)}; shaded rows differ from it.</p>\n"
        + table_html(rows, changed)
    )


def _versions(facts: dict[str, Any]) -> str:
    rows: list[list[Any]] = [["what", "value"]]
    for name, value in facts.items():
        if isinstance(value, dict):
            rows += [[f"{name}: {key}", str(item)] for key, item in value.items()]
        elif name != "processor":
            rows.append([name, value])
        else:
            rows.append([name, str(value).split(";")[0]])
    return "<h2>Versions and device</h2>\n" + table_html(rows)


def _run_page(folder: Path) -> str:
    from lateralnet.records.results import load

    result = load(folder)
    known = [measure_of(key) for key in TERMINAL]
    heads = (f"{measure.heading} {measure.unit}".strip() for measure in known)
    rows: list[list[Any]] = [["seed", "condition", *heads]]
    for seed in result.seeds:
        for condition, measures in seed.measures.items():
            values = [round(shown_value(m.key, measures), m.digits) for m in known]
            rows.append([seed.seed, condition, *values])
    words = [f"seed {s.seed}: {verdict_of(s.measures)}" for s in result.seeds]
    words += [f"seed {seed}: FAILED: {message}" for seed, message in result.failed.items()]
    figures = sorted((folder / "figures").glob("*.png"))
    if not figures:
        from lateralnet.figures import draw_run

        figures = [Path(path) for path in draw_run(result, jobs=1)]
    p = result.params
    return _page(
        f"Run {folder.resolve().name}",
        f"{result.mode}: {p.n_ll} LL, {p.n_mon} MON, {p.n_ts} TS cells, {p.n_training_trials} "
        f"training trials, {result.completeness or f'{len(result.seeds)} seed(s)'}",
        [
            "<h2>Results</h2>",
            table_html(rows),
            "".join(f"<p>{html.escape(text)}</p>" for text in words),
            _figures(_without_copies(figures)),
            _parameters(p, result.mode),
            _versions(result.seeds[0].facts),
        ],
    )


def _without_copies(figures: Sequence[Path]) -> list[Path]:
    """Return each picture once: a run of several seeds has the first seed's under two names."""
    by_content: dict[bytes, Path] = {}
    for path in sorted(figures, key=lambda path: len(path.name)):  # the name with the seed wins
        if not path.name.startswith("LL_THESIS_BASELINE"):
            by_content[path.read_bytes()] = path
    return sorted(by_content.values())


def _sweep_page(folder: Path) -> str:
    from lateralnet.figures.studies.drawing import draw_sweep
    from lateralnet.studies.results.store import SweepStore
    from lateralnet.studies.results.summarise import summary_rows
    from lateralnet.studies.results.table import read_table

    table = read_table(folder)
    store = SweepStore(folder)
    stored = store.manifest()
    parts = []
    if (folder / "reproduction.json").is_file():
        parts.append(_reproduction(read_json(folder / "reproduction.json")))
    parts += ["<h2>Means over seeds</h2>", table_html(summary_rows(table))]
    if table.failed:
        rows: list[list[Any]] = [["point", "seed", "varied", "error"]]
        for point_id, failure in list(table.failed.items())[:100]:
            varied = ", ".join(f"{k} {v}" for k, v in failure.get("varied", {}).items())
            rows.append([point_id, failure.get("seed"), varied, failure.get("error")])
        parts += ["<h2>Failed points</h2>", table_html(rows)]
    figures = sorted((folder / "figures").glob("*.png")) or draw_sweep(table, folder)
    first = store.read_result(table.rows[0]["point"])
    assert first is not None  # its row was just read
    params = params_from_dict({**first["params"], **first["test"]}, source=str(folder))
    parts += [
        _figures(figures),
        _designs(stored["designs"]),
        _parameters(params, table.designs[0].mode),
        _versions(first["facts"]),
    ]
    points = len({row["point"] for row in table.rows})
    lead = f"{points} points with results, {table.missing} without; {table.designs[0].mode}"
    return _page(f"Sweep {folder.resolve().name}", lead, parts)


def _designs(designs: Sequence[dict[str, Any]]) -> str:
    rows: list[list[Any]] = [["design", "what", "values"]]
    for number, design in enumerate(designs, 1):
        for axis in design["axes"]:
            rows.append([number, axis["name"], ", ".join(map(str, axis["values"]))])
        for name, value in design["fixed"].items():
            rows.append([number, f"{name} (fixed)", str(value)])
        rows.append([number, "seeds", ", ".join(map(str, design["seeds"]))])
        rows.append([number, "axes together", bool(design["zipped"])])
    return "<h2>Designs</h2>\n" + table_html(rows)


def _reproduction(report: dict[str, Any]) -> str:
    from lateralnet.studies.reproduction import report_rows

    remarks = "".join(f"<li>{html.escape(text)}</li>" for text in report["remarks"])
    verdict = "".join(f"<p>{html.escape(text)}</p>" for text in report["verdict"])
    seeds = ", ".join(map(str, report["seeds"]))
    return (
        f"<h2>{html.escape(report['title'])}: published and reproduced</h2>\n"
        f"<p>{html.escape(report['source'])}; scale {report['scale']}, "
        f"{report['training_trials']} training trials, seeds {seeds}; mean ± SD (seeds).</p>\n"
        f"{table_html(report_rows(report))}\n{verdict}\n"
        f"<p>What cannot be right, or is not alike, in the published numbers:</p>"
        f"<ul>{remarks}</ul>"
    )
