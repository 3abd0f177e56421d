"""The confirmation of a recipe as text: tests with controls, ablations, claims."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from lateralnet.measures.statistics.samples import mean_of
from lateralnet.measures.table import measure_of
from lateralnet.studies.learning.confirmation import Results, against, values_of
from lateralnet.text_table import markdown

MEASURES = (
    "rms_error_cm", "calibrated_rms_error_cm", "linear_rms_error_cm", "bayes_rms_error_cm",
    "bayes_median_error_cm", "bayes_mid_rms_error_cm", "spearman", "distance_order",
    "cells_near_diagonal", "mean_modes", "ts_rate_hz",
)  # fmt: skip
OF_VARIANTS = (
    "rms_error_cm", "calibrated_rms_error_cm", "bayes_rms_error_cm", "spearman",
    "cells_near_diagonal", "ts_rate_hz",
)  # fmt: skip


def render_confirmation(evidence: dict[str, Any]) -> str:
    """Return the evidence as Markdown: mean ± SD over seeds; (paired t, seeds better)."""
    seeds, results = evidence["seeds"], evidence["results"]
    lines = [
        f"Recipe {evidence['recipe']} ({evidence['mode']}: {evidence['text']}), seeds "
        f"{', '.join(map(str, seeds))}, device {evidence['device']}. Mean ± SD; for controls "
        "the paired t and the seeds in which trained is better.",
    ]
    for test in results[0]["tests"]:
        lines += ["", f"{test}:", "", *test_table(results, test)]
    if evidence["variants"]:
        lines += ["", "One thing changed, trained:", "", *variant_table(evidence)]
    lines += ["", "Claims:", ""]
    for claim in evidence["claims"]:
        numbers = {k: v for k, v in claim.items() if k not in ("claim", "met")}
        shown = ", ".join(f"{name} {_short(value)}" for name, value in numbers.items())
        lines.append(f"- {'met' if claim['met'] else 'NOT MET'}: {claim['claim']} ({shown})")
    return "\n".join(lines)


def test_table(results: Results, test: str) -> list[str]:
    """Return the measures of one test under all its conditions."""
    conditions = list(results[0]["tests"][test])
    others = [name for name in conditions if name != "trained"]
    rows = [["", "trained", "chance", *others]]
    for measure in MEASURES:
        known = measure_of(measure)
        unit = f", {known.unit}" if known.unit else ""
        cells = [
            f"{known.text}{unit}",
            _mean_sd(values_of(results, test, "trained", measure), known.digits),
            _mean(values_of(results, test, "trained", f"{measure}_chance"), known.digits),
        ]
        for other in others:
            text = _mean_sd(values_of(results, test, other, measure), known.digits)
            if known.low_is_good is not None:
                found = against(results, test, measure, other)
                text += f" ({_t(found.t)}, {found.n_better}/{found.n})"
            cells.append(text)
        rows.append(cells)
    bound = values_of(results, test, "trained", "ideal_observer_cm")
    rows.append(["ideal observer of LL, cm", _mean(bound, 3), *[""] * (len(others) + 1)])
    return markdown(rows)


def variant_table(evidence: dict[str, Any]) -> list[str]:
    """Return the recipe and its variants, each in every test."""
    tests = list(evidence["results"][0]["tests"])
    heads = [measure_of(measure).title for measure in OF_VARIANTS]
    rows = [["", "test", *heads, "best untrained, RMS error", "seeds"]]
    parts = {"recipe": evidence["results"]}
    parts |= {name: part["results"] for name, part in evidence["variants"].items()}
    for name, results in parts.items():
        for test in tests:
            cells = [name, test]
            for measure in OF_VARIANTS:
                values = values_of(results, test, "trained", measure)
                cells.append(_mean_sd(values, measure_of(measure).digits))
            best = "best-untrained"
            has_best = best in results[0]["tests"][test]
            control = values_of(results, test, best, "rms_error_cm") if has_best else []
            rows.append([*cells, _mean_sd(control, 3), str(len(results))])
    return markdown(rows)


test_table.__test__ = False  # type: ignore[attr-defined]


def _mean(values: Sequence[float], digits: int) -> str:
    found = mean_of(values)
    return f"{found.mean:.{digits}f}" if found.n else "-"


def _mean_sd(values: Sequence[float], digits: int) -> str:
    found = mean_of(values)
    if found.n < 2:
        return _mean(values, digits)
    return f"{found.mean:.{digits}f} ± {found.sd:.{digits}f}"


def _t(value: float | None) -> str:
    return "-" if value is None or not math.isfinite(value) else f"{value:+.1f}"


def _short(value: float | None) -> str:
    return "-" if value is None else f"{value:.3g}"
