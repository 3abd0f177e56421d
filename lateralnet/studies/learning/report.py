"""The evidence for learning as text: table, learning curve, ablations, verdict."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from lateralnet.parameters.params import spec_of
from lateralnet.records.storage import write_json
from lateralnet.studies.learning.evidence import NO_CONTROL, reproduce_learning

ROWS = (
    ("rms_error_cm", "RMS error of the population vector, cm"),
    ("sigma_bias_rad", "sigma of the bias, body-fixed, rad"),
    ("spearman", "Spearman, preferred position against TS index"),
    ("cells_near_diagonal", "cells within 0.4 cm of the diagonal"),
    ("spikes_near_diagonal", "spikes within 0.4 cm of it"),
    ("bayes_rms_error_cm", "Bayesian decoder, cross-validated, cm"),
    ("sigma_theta_rad", "published sigma_theta, rad"),
)
_CURVE = ("rms_error_cm", "cells_near_diagonal", "spearman")


def render_learning(evidence: dict[str, Any]) -> str:
    """Return the evidence as Markdown."""
    seeds = evidence["seeds"]
    lines = [
        f"Preset {evidence['mode']}{_changes(evidence['changes'])}, "
        f"seeds {seeds[0]} to {seeds[-1]} (n = {len(seeds)}), device {evidence['device']}; "
        "mean ± SD, then paired t and seeds in which trained is better.",
        "",
        *_main_table(evidence["recipe"]),
        "",
        *_curve_table(evidence["recipe"]["results"]),
    ]
    if evidence["ablations"]:
        lines += ["", *_ablation_table(evidence)]
    lines += ["", "Acceptance:"]
    lines += [
        f"- {'met' if claim['met'] else 'NOT MET'}: {claim['claim']} "
        f"({claim['n_better']} seeds, t = {_t(claim['t'])})"
        for claim in evidence["acceptance"]
    ]
    return "\n".join(lines)


def _changes(changes: dict[str, Any]) -> str:
    given = ", ".join(f"{name} {value}" for name, value in changes.items())
    return f" with {given}" if given else ""


def _main_table(recipe: dict[str, Any]) -> list[str]:
    results, comparisons = recipe["results"], recipe["comparisons"]
    head = ["", "trained", "chance", *NO_CONTROL]
    body = []
    for measure, text in ROWS:
        trained = _values(results, "trained", measure)
        chance = _values(results, "trained", f"{measure}_chance")
        cells = [text, _mean_sd(trained), _mean(chance)]
        for control in NO_CONTROL:
            numbers = comparisons[measure][control]
            other = _mean_sd(_values(results, control, measure))
            sign = f"{numbers['n_better']}/{numbers['n']}"
            cells.append(f"{other} (t {_t(numbers['t'])}, {sign})")
        body.append(cells)
    rates = [_mean_sd(_values(results, name, "ts_rate_hz"), 1) for name in ("trained", *NO_CONTROL)]
    body.append(["TS rate, Hz", rates[0], "", *rates[1:]])
    bound = _mean(_values(results, "trained", "ideal_observer_cm"))
    body.append(["ideal observer, cm", bound, *[""] * (len(NO_CONTROL) + 1)])
    return _markdown([head, *body])


def _curve_table(results: Sequence[dict[str, Any]]) -> list[str]:
    trials = list(results[0]["curve"])
    rows = [["learning curve: trials", *trials]]
    for measure in _CURVE:
        for condition in ("trained", "rate-matched", "shuffled"):
            means = [
                _mean(_finite([r["curve"][t].get(condition, {}).get(measure) for r in results]))
                for t in trials
            ]
            rows.append([f"{measure}, {condition}", *means])
    return _markdown(rows)


def _ablation_table(evidence: dict[str, Any]) -> list[str]:
    rows = [["", "RMS cm", "rate-matched", "t", "near diagonal", "Spearman", "TS Hz"]]
    for name, part in (("recipe", evidence["recipe"]), *evidence["ablations"].items()):
        results = part["results"]
        numbers = part["comparisons"]["rms_error_cm"]["rate-matched"]
        rows.append(
            [
                name,
                _mean_sd(_values(results, "trained", "rms_error_cm")),
                _mean_sd(_values(results, "rate-matched", "rms_error_cm")),
                f"{_t(numbers['t'])}, {numbers['n_better']}/{numbers['n']}",
                _mean(_values(results, "trained", "cells_near_diagonal")),
                _mean(_values(results, "trained", "spearman")),
                _mean(_values(results, "trained", "ts_rate_hz"), 1),
            ]
        )
    return _markdown(rows)


def _values(results: Sequence[dict[str, Any]], condition: str, measure: str) -> np.ndarray:
    return _finite([result["conditions"][condition].get(measure) for result in results])


def _finite(values: Sequence[float | None]) -> np.ndarray:
    return np.array([v for v in values if v is not None and np.isfinite(v)], dtype=float)


def _mean(values: np.ndarray, digits: int = 3) -> str:
    return f"{values.mean():.{digits}f}" if values.size else "-"


def _mean_sd(values: np.ndarray, digits: int = 3) -> str:
    if values.size < 2:
        return _mean(values, digits)
    return f"{values.mean():.{digits}f} ± {values.std(ddof=1):.{digits}f}"


def _t(value: float | None) -> str:
    return "-" if value is None or not np.isfinite(value) else f"{value:+.1f}"


def _markdown(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in rows
    ]
    return [lines[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *lines[1:]]


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, print the evidence, and store it."""
    parser = argparse.ArgumentParser(prog="python -m lateralnet.studies.learning.evidence")
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
