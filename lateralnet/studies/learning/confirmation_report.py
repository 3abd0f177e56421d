"""The confirmation of a recipe as text: tests with controls, ablations, claims."""

from __future__ import annotations

import math
from typing import Any

from lateralnet.measures.statistics.samples import Paired, mean_of
from lateralnet.measures.table import measure_of
from lateralnet.studies.learning.beyond import SEEDS
from lateralnet.studies.learning.confirmation import Results, against, against_recipe, values_of
from lateralnet.text_table import grouped, wrapped

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
    """Return the evidence as text of at most 80 columns."""
    seeds, results = evidence["seeds"], evidence["results"]
    head = (
        f"Recipe {evidence['recipe']} ({evidence['mode']}: {evidence['text']}), seeds "
        f"{', '.join(map(str, seeds))}, device {evidence['device']}; for controls the paired t "
        "and the seeds in which trained is better."
    )
    lines = [wrapped(head)]
    for test in results[0]["tests"]:
        lines += ["", f"{test}:", _test_table(results, test)]
    if evidence["variants"]:
        lines += ["", "One thing changed, trained (seeds):", _variant_table(evidence)]
    few = f" (asked of {len(SEEDS)} seeds; these are {len(seeds)})"
    lines += ["", f"Claims{few if len(seeds) < len(SEEDS) else ''}:"]
    for claim in evidence["claims"]:
        numbers = {k: v for k, v in claim.items() if k not in ("claim", "met") and math.isfinite(v)}
        shown = ", ".join(f"{name} {value:.3g}" for name, value in numbers.items())
        lines.append(
            wrapped(f"- {'met' if claim['met'] else 'NOT MET'}: {claim['claim']} ({shown})")
        )
    return "\n".join(lines)


def _test_table(results: Results, test: str) -> str:
    """Return the measures of one test under all its conditions."""
    rows = []
    for measure in MEASURES:
        known = measure_of(measure)
        group = f"{known.text}, {known.unit}" if known.unit else known.text
        for condition in results[0]["tests"][test]:
            found = mean_of(values_of(results, test, condition, measure))
            cells = [condition, found.text(known.digits), "", ""]
            if condition != "trained" and known.low_is_good is not None:
                compared = against(results, test, measure, condition)
                cells[2:] = [_t(compared), f"{compared.n_better} of {compared.n}"]
            rows.append((group, cells))
        chance = mean_of(values_of(results, test, "trained", f"{measure}_chance"))
        if chance.n:
            rows.append((group, ["chance", chance.text(known.digits, sd=False), "", ""]))
    bound = mean_of(values_of(results, test, "trained", "ideal_observer_cm"))
    rows.append(("Bound of LL (Cramer-Rao), cm", ["", bound.text(sd=False), "", ""]))
    return grouped([["", "mean ± SD", "t", "trained better"]], rows)


def _variant_table(evidence: dict[str, Any]) -> str:
    """Return the recipe and its variants in every test.

    t is that of the RMS errors, recipe against variant; behind it the seeds in which the variant
    is worse, and the RMS error of its own best untrained networks.
    """
    heads = ["", "RMS", "calibr.", "Bayes", "order", "near", "Hz", "t", "worse", "untrained"]
    rows = []
    parts = {"recipe": evidence["results"]}
    parts |= {name: part["results"] for name, part in evidence["variants"].items()}
    for test in evidence["results"][0]["tests"]:
        for name, results in parts.items():
            cells = [
                mean_of(values_of(results, test, "trained", measure)).text(
                    measure_of(measure).digits, sd=False
                )
                for measure in OF_VARIANTS
            ]
            compared = ["", ""]
            if name != "recipe":
                found = against_recipe(evidence, name, test, OF_VARIANTS[0])
                compared = [_t(found), f"{found.n_better} of {found.n}"]
            control = "-"
            if "best-untrained" in results[0]["tests"][test]:
                untrained = values_of(results, test, "best-untrained", OF_VARIANTS[0])
                control = mean_of(untrained).text(sd=False)
            rows.append((test, [f"{name} ({len(results)})", *cells, *compared, control]))
    return grouped([heads], rows)


def _t(found: Paired) -> str:
    """Return Student's t; two seeds have one, but it says nothing."""
    return f"{found.t:+.1f}" if found.n > 2 and math.isfinite(found.t) else "-"
