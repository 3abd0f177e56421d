"""The report of a published study as text: 80 columns for a terminal, or rows for a page."""

from __future__ import annotations

import math
import textwrap
from typing import Any

from lateralnet.measures.table import measure_of
from lateralnet.text_table import WIDTH, grouped


def report_rows(report: dict[str, Any]) -> list[list[str]]:
    """Return the table of a report, its head first: one column for each parameter."""
    names = list(dict.fromkeys(name for row in report["rows"] for name in row["parameters"]))
    table = [[*names, "condition", "measure", "published", "reproduced", "untrained",
              "minus untrained", "agrees"]]  # fmt: skip
    for row in report["rows"]:
        table.append(
            [*(_short(row["parameters"].get(name)) for name in names), row["condition"],
             row["measure"], *_numbers(row)]
        )  # fmt: skip
    return table


def report_text(report: dict[str, Any]) -> str:
    """Return the report as text for a terminal."""
    return "\n".join(
        [
            *textwrap.wrap(_head(report), WIDTH), "", table_text(report), "",
            *(line for text in report["verdict"] for line in textwrap.wrap(text, WIDTH)), "",
            *(
                textwrap.fill(f"* {remark}", WIDTH, subsequent_indent="  ")
                for remark in report["remarks"]
            ),
        ]
    )  # fmt: skip


def table_text(report: dict[str, Any]) -> str:
    """Return the table of a report in 80 columns: a line for each combination and condition."""
    rows = []
    for row in report["rows"]:
        given = row["parameters"]
        values = (
            f"{name} {_short(value)}"
            for name, value in given.items()
            if value is not None and given.get(f"test.{name}") is None
        )
        cells = [measure_of(row["measure"]).title, *_numbers(row)]
        rows.append((", ".join([*values, row["condition"]]), cells))
    return grouped([["", "published", "here", "untrained", "minus untr.", "agrees"]], rows)


def _head(report: dict[str, Any]) -> str:
    seeds = ", ".join(map(str, report["seeds"]))
    trials = ""
    if "n_training_trials" not in report["rows"][0]["parameters"]:
        trials = f"{report['training_trials']} training trials, "
    return (
        f"{report['title']} ({report['source']}), scale {report['scale']}: "
        f"{trials}seeds {seeds}; mean ± SD over seeds"
    )


def _numbers(row: dict[str, Any]) -> list[str]:
    pairs, digits = row["paired"], measure_of(row["measure"]).digits
    change = "-"
    if pairs["mean"] is not None and math.isfinite(pairs["mean"]):
        change = f"{pairs['mean']:+.{digits}f}"
        if pairs["n_better"] is not None:
            change += f", {pairs['n_better']}/{pairs['n']}"
    return [
        _cell(row["published"], digits), _cell(row["reproduced"], digits),
        _cell(row["untrained"], digits), change,
        {True: "yes", False: "no", None: ""}[row["agrees"]],
    ]  # fmt: skip


def _short(value: Any) -> str:
    return f"{value:g}" if isinstance(value, (int, float)) else str(value)


def _cell(value: dict[str, Any] | None, digits: int) -> str:
    if value is None or value["mean"] is None or not math.isfinite(value["mean"]):
        return "-"
    sd = value.get("sd")
    spread = f" ± {sd:.{digits}f}" if sd is not None and math.isfinite(sd) else ""
    return f"{value['mean']:.{digits}f}{spread}"
