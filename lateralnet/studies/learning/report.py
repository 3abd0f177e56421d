"""The evidence for learning as text: table, learning curve, ablations, verdict."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lateralnet.measures.statistics.samples import Mean, mean_of
from lateralnet.measures.table import OF_EVIDENCE, measure_of
from lateralnet.parameters.params import spec_of
from lateralnet.records.storage import write_json
from lateralnet.studies.learning.evidence import NO_CONTROL, reproduce_learning
from lateralnet.text_table import grouped, wrapped

_CURVE = ("rms_error_cm", "cells_near_diagonal", "spearman")


def render_learning(evidence: dict[str, Any]) -> str:
    """Return the evidence as text of at most 80 columns."""
    seeds = evidence["seeds"]
    head = (
        f"Preset {evidence['mode']}{_changes(evidence['changes'])}, "
        f"seeds {seeds[0]} to {seeds[-1]} (n = {len(seeds)}), device {evidence['device']}; "
        "paired t, and seeds in which trained is better."
    )
    lines = [wrapped(head), "", _main_table(evidence["recipe"])]
    lines += ["", _curve_table(evidence["recipe"]["results"])]
    if evidence["ablations"]:
        lines += ["", _ablation_table(evidence)]
    lines += ["", "Acceptance:"]
    lines += [
        wrapped(
            f"- {'met' if claim['met'] else 'NOT MET'}: {claim['claim']} "
            f"({claim['n_better']} seeds, t = {_t(claim['t'])})"
        )
        for claim in evidence["acceptance"]
    ]
    return "\n".join(lines)


def _changes(changes: dict[str, Any]) -> str:
    given = ", ".join(f"{name} {value}" for name, value in changes.items())
    return f" with {given}" if given else ""


def _main_table(recipe: dict[str, Any]) -> str:
    results, comparisons = recipe["results"], recipe["comparisons"]
    rows = []
    for measure in OF_EVIDENCE:
        known = measure_of(measure)
        group = f"{known.text}, {known.unit}" if known.unit else known.text
        rows.append((group, ["trained", _values(results, "trained", measure).text(), "", ""]))
        chance = _values(results, "trained", f"{measure}_chance").text(sd=False)
        rows.append((group, ["chance", chance, "", ""]))
        for control in NO_CONTROL:
            numbers = comparisons[measure][control]
            other = _values(results, control, measure).text()
            better = f"{numbers['n_better']} of {numbers['n']}"
            rows.append((group, [control, other, _t(numbers["t"]), better]))
    for name in ("trained", *NO_CONTROL):
        rate = _values(results, name, "ts_rate_hz").text(1)
        rows.append(("TS rate, Hz", [name, rate, "", ""]))
    bound = _values(results, "trained", "ideal_observer_cm").text(sd=False)
    rows.append(("ideal observer, cm", ["", bound, "", ""]))
    return grouped([["", "mean ± SD", "t", "trained better"]], rows)


def _curve_table(results: Sequence[dict[str, Any]]) -> str:
    trials = list(results[0]["curve"])
    rows = []
    for measure in _CURVE:
        for condition in ("trained", "rate-matched", "shuffled"):
            means = [
                _over([r["curve"][t].get(condition, {}).get(measure) for r in results]).text(
                    sd=False
                )
                for t in trials
            ]
            rows.append((measure, [condition, *means]))
    return grouped([["after trials", *trials]], rows)


def _ablation_table(evidence: dict[str, Any]) -> str:
    heads = ["RMS cm", "rate-matched", "t", "better", "near", "Spearman", "TS Hz"]
    rows = []
    for name, part in (("recipe", evidence["recipe"]), *evidence["ablations"].items()):
        results = part["results"]
        numbers = part["comparisons"]["rms_error_cm"]["rate-matched"]
        cells = [
            _values(results, "trained", "rms_error_cm").text(),
            _values(results, "rate-matched", "rms_error_cm").text(),
            _t(numbers["t"]),
            f"{numbers['n_better']} of {numbers['n']}",
            _values(results, "trained", "cells_near_diagonal").text(sd=False),
            _values(results, "trained", "spearman").text(sd=False),
            _values(results, "trained", "ts_rate_hz").text(1, sd=False),
        ]
        rows.append((name, ["", *cells]))
    return grouped([["", *heads]], rows)


def _values(results: Sequence[dict[str, Any]], condition: str, measure: str) -> Mean:
    return _over([result["conditions"][condition].get(measure) for result in results])


def _over(values: Sequence[float | None]) -> Mean:
    return mean_of([math.nan if value is None else value for value in values])


def _t(value: float | None) -> str:
    return "-" if value is None or not math.isfinite(value) else f"{value:+.1f}"


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, print the evidence, and store it."""
    parser = argparse.ArgumentParser(prog="python -m lateralnet.studies.learning.report")
    parser.add_argument("--seeds", default="401:411", help="FIRST:STOP")
    parser.add_argument("--device", default="cpp")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--no-ablations", action="store_true")
    parser.add_argument("--set", action="append", default=[], help="FIELD=VALUE of the parameters")
    parser.add_argument("--folder", type=Path, default=Path("Runs/learning"))
    parser.add_argument("--output", type=Path, help="JSON file of the evidence")
    given = parser.parse_args(arguments)
    first, stop = (int(part) for part in given.seeds.split(":"))
    evidence = reproduce_learning(
        range(first, stop),
        given.device,
        jobs=given.jobs,
        ablations=not given.no_ablations,
        folder=given.folder,
        changes=dict(_assignment(text) for text in given.set),
        on_progress=lambda what, share: print(f"{share:4.0%} {what}", file=sys.stderr, flush=True),
    )
    write_json(given.output or given.folder / "evidence.json", evidence)
    print(render_learning(evidence))


def _assignment(text: str) -> tuple[str, Any]:
    name, _, value = text.partition("=")
    return name, spec_of(name).check(name, value)


if __name__ == "__main__":
    main()
