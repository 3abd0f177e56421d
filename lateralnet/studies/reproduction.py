"""A published study run again: published, reproduced and untrained side by side."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from lateralnet.errors import InputError
from lateralnet.measures.statistics.samples import Mean, mean_of, paired_by_seed
from lateralnet.measures.table import PERFECT_SIGMA_THETA_RAD, measure_of
from lateralnet.simulation.session import DeviceOptions
from lateralnet.studies.design import Design
from lateralnet.studies.execution.workplaces import LocalWorkplace
from lateralnet.studies.recipes import SCALES, Recipe
from lateralnet.studies.results.summarise import CONTROL, heard
from lateralnet.studies.results.table import Table, read_table
from lateralnet.studies.sweeps import SweepOutcome, sweep
from lateralnet.text_table import aligned

_SIGMA = "sigma_theta_rad"


def reproduce(
    recipe: Recipe,
    scale: str,
    folder: Path,
    device: str | DeviceOptions = "auto",
    *,
    make_workplace: Callable[[], Any] = lambda: LocalWorkplace(1),
    seeds: Sequence[int] | None = None,
    retry_failed: bool = False,
    on_progress: Callable[[int, int, int], None] = lambda done, failed, total: None,
    on_note: Callable[[str], None] = lambda note: None,
) -> tuple[Table, dict[str, Any]]:
    """Run a recipe and compare it with what was published.

    Parameters
    ----------
    recipe : Recipe
        What to run.
    scale : str
        ``"small"`` (minutes) or ``"full"`` (as published).
    folder : Path
        The sweep; what is there is not computed again.
    device : str or DeviceOptions
        Where to simulate.
    make_workplace : callable
        Makes the place where tasks run, once for each part of the recipe.
    seeds : sequence of int, optional
        In place of those of the recipe.
    retry_failed, on_progress, on_note
        As in `lateralnet.studies.sweeps.sweep`.

    Returns
    -------
    table : Table
        All results.
    report : dict
        Plain values, see `comparison`.
    """
    if scale not in SCALES:
        raise InputError(f"--scale {scale!r} is not allowed: it must be {' or '.join(SCALES)}.")
    outcomes: list[SweepOutcome] = []
    for design in designs_of(recipe, scale, seeds):
        outcomes.append(
            sweep(
                design, folder, device, workplace=make_workplace(), on_note=on_note,
                on_progress=on_progress, retry_failed=retry_failed,
            )
        )  # fmt: skip
    table = read_table(folder)
    report = comparison(recipe, scale, table)
    report["failed"] = {key: error for one in outcomes for key, error in one.failed.items()}
    return table, report


def designs_of(recipe: Recipe, scale: str, seeds: Sequence[int] | None) -> tuple[Design, ...]:
    """Return the designs of a scale, with other seeds where some are given."""
    import dataclasses

    designs = recipe.designs[scale]
    if seeds is None:
        return designs
    return tuple(dataclasses.replace(design, seeds=tuple(seeds)) for design in designs)


def comparison(recipe: Recipe, scale: str, table: Table) -> dict[str, Any]:
    """Return the rows of the report and its sentences as plain values.

    Each row has ``parameters``, ``condition`` (of ours that the published number corresponds
    to), ``measure``, ``published``, ``reproduced``, ``untrained`` (mean, sd, n), ``paired``
    (reproduced minus untrained), and ``agrees`` (None where the published spread is unknown).
    """
    rows = []
    for combination in table.combinations:
        found = [p for p in recipe.published if _matches(p["at"], combination, table)]
        for condition in dict.fromkeys([*(p["condition"] for p in found), "trained"]):
            one = next((p for p in found if p["condition"] == condition), {})
            for measure in recipe.measures:
                rows.append(_row(table, combination, condition, measure, one))
    return {
        "name": recipe.name,
        "title": recipe.title,
        "source": recipe.source,
        "scale": scale,
        "seeds": sorted({row["seed"] for row in table.rows}),
        "training_trials": table.rows[0]["n_training_trials"],
        "parameter": recipe.parameter,
        "rows": rows,
        "remarks": list(recipe.remarks),
        "verdict": _verdict(rows),
    }


def _matches(at: dict[str, Any], combination: dict[str, Any], table: Table) -> bool:
    """Whether a published row is about a combination: what it does not name is at its default."""
    for name, value in combination.items():
        if name in at:
            if value != at[name]:
                return False
        elif value != _USUAL.get(name, value):  # variants of the stimulus change one thing
            return False
    return True


_USUAL = {"test.sphere_radius_cm": 0.5, "test.speed_cm_s": 5.0, "direction": 1.0}


def _row(
    table: Table, combination: dict[str, Any], condition: str, measure: str, one: dict[str, Any]
) -> dict[str, Any]:
    ours = heard(table, measure, condition, combination)
    control = heard(table, measure, CONTROL, combination)
    reproduced, untrained = mean_of(list(ours.values())), mean_of(list(control.values()))
    published = None
    if measure in one:
        sd = one.get("sd") if measure == _SIGMA else None
        published = {"mean": one[measure], "sd": sd, "n": one.get("n"), "read": one.get("read", "")}
    known = measure_of(measure)
    pairs = paired_by_seed(ours, control, low_is_good=known.low_is_good, bounds=known.bounds)
    return {
        "parameters": combination,
        "condition": condition,
        "measure": measure,
        "published": published,
        "reproduced": _plain(reproduced),
        "untrained": _plain(untrained),
        "paired": {
            "mean": pairs.difference.mean,
            "half_width": pairs.difference.half_width,
            "n_lower": pairs.n_lower,
            "n_better": pairs.n_better,
            "n": pairs.n,
            "words": pairs.words,
        },
        "values": {str(seed): value for seed, value in ours.items()},
        "agrees": _agrees(published, reproduced),
    }


def _plain(mean: Mean) -> dict[str, Any]:
    return {"mean": mean.mean, "sd": mean.sd, "n": mean.n}


def _agrees(published: dict[str, Any] | None, ours: Mean) -> bool | None:
    """Whether the means differ by less than two standard errors of their difference."""
    if not published or not published["sd"] or not published["n"] or ours.n < 2:
        return None
    error = math.hypot(published["sd"] / math.sqrt(published["n"]), ours.sd / math.sqrt(ours.n))
    return bool(abs(published["mean"] - ours.mean) <= 2 * error)


def _verdict(rows: Sequence[dict[str, Any]]) -> list[str]:
    """Return what the comparison says, in sentences."""
    sigma = [row for row in rows if row["measure"] == _SIGMA]
    judged = [row for row in sigma if row["agrees"] is not None]
    sentences = []
    perfect_rad = PERFECT_SIGMA_THETA_RAD
    if judged:
        agree = sum(row["agrees"] for row in judged)
        sentences.append(
            f"{agree} of {len(judged)} published means of sigma_theta with a known spread are "
            "within two standard errors of the reproduced ones."
        )
    floored = [
        r for r in sigma if r["published"] and r["published"]["mean"] <= PERFECT_SIGMA_THETA_RAD
    ]
    if floored:
        sentences.append(
            f"{len(floored)} published values of sigma_theta are at or below {perfect_rad}, the "
            "score of a perfect map: they cannot rank maps; read the RMS error instead."
        )
    errors = [
        row for row in rows if row["measure"] == "rms_error_cm" and row["condition"] == "trained"
    ]
    known = [row for row in errors if math.isfinite(row["paired"]["mean"])]
    if known:
        better = sum(row["paired"]["mean"] < 0 for row in known)
        sentences.append(
            f"The trained map has a smaller RMS error than the untrained one of the same wiring in "
            f"{better} of {len(known)} conditions (means over seeds)."
        )
    return sentences


def report_rows(report: dict[str, Any]) -> list[list[str]]:
    """Return the table of a report, its head first."""
    names = list(dict.fromkeys(name for row in report["rows"] for name in row["parameters"]))
    table = [[*names, "condition", "measure", "published", "reproduced", "untrained",
              "minus untrained", "agrees"]]  # fmt: skip
    for row in report["rows"]:
        pairs = row["paired"]
        change = "-"
        if pairs["mean"] is not None and math.isfinite(pairs["mean"]):
            change = f"{pairs['mean']:+.3f} ({pairs['words']})"
        table.append(
            [
                *(_short(row["parameters"].get(name)) for name in names),
                row["condition"], row["measure"], _cell(row["published"]),
                _cell(row["reproduced"]), _cell(row["untrained"]), change,
                {True: "yes", False: "no", None: ""}[row["agrees"]],
            ]
        )  # fmt: skip
    return table


def report_text(report: dict[str, Any]) -> str:
    """Return the report as text for a terminal."""
    seeds = ", ".join(map(str, report["seeds"]))
    head = (
        f"{report['title']} ({report['source']}), scale {report['scale']}: "
        f"{report['training_trials']} training trials, seeds {seeds}; mean ± SD (seeds)"
    )
    parts = [head, "", aligned(report_rows(report)), "", *report["verdict"], ""]
    parts += [f"* {remark}" for remark in report["remarks"]]
    return "\n".join(parts)


def _short(value: Any) -> str:
    return f"{value:g}" if isinstance(value, (int, float)) else str(value)


def _cell(value: dict[str, Any] | None) -> str:
    if value is None or value["mean"] is None or not math.isfinite(value["mean"]):
        return "-"
    sd = value.get("sd")
    spread = f" ± {sd:.3f}" if sd is not None and math.isfinite(sd) else ""
    return f"{value['mean']:.3f}{spread} ({value['n']})"
