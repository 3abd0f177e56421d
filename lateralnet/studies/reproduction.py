"""A published study run again: published, reproduced and untrained side by side."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from lateralnet.measures.statistics.samples import Mean, mean_of, paired_by_seed
from lateralnet.measures.table import PERFECT_SIGMA_THETA_RAD, measure_of
from lateralnet.simulation.session import DeviceOptions
from lateralnet.studies.design import Design
from lateralnet.studies.execution.workplaces import LocalWorkplace
from lateralnet.studies.recipes import Recipe, checked_scale
from lateralnet.studies.results.summarise import CONTROL, heard
from lateralnet.studies.results.table import Table, number, read_table
from lateralnet.studies.sweeps import Plan, SweepOutcome, plan, sweep_design

_SIGMA = "sigma_theta_rad"
_RATIOS = ("sharpening", "trial_variability")


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
        As in `lateralnet.studies.sweeps.sweep_design`.

    Returns
    -------
    table : Table
        All results.
    report : dict
        Plain values, see `comparison`.
    """
    outcomes: list[SweepOutcome] = []
    for design in designs_of(recipe, scale, seeds):
        outcomes.append(
            sweep_design(
                design, folder, device, workplace=make_workplace(), on_note=on_note,
                on_progress=on_progress, retry_failed=retry_failed,
            )
        )  # fmt: skip
    table = with_ratios(read_table(folder))
    report = comparison(recipe, scale, table)
    report["failed"] = {key: error for one in outcomes for key, error in one.failed.items()}
    return table, report


def plans(
    recipe: Recipe,
    scale: str,
    folder: Path,
    device: DeviceOptions,
    *,
    seeds: Sequence[int] | None = None,
    retry_failed: bool = False,
) -> list[Plan]:
    """Return what `reproduce` would do, a plan for each part of the recipe; nothing is written."""
    return [
        plan(design, folder, device, retry_failed=retry_failed)
        for design in designs_of(recipe, scale, seeds)
    ]


def with_ratios(table: Table) -> Table:
    """Return the table with the published ratios of TS and LL as measures of their own.

    ``sharpening`` is sigma_theta of LL over that of TS, ``trial_variability`` delta_trial of TS
    over that of LL; both have no value for a silent layer.
    """
    rows = []
    for row in table.rows:
        ratios = {
            name: number(row.get(over)) / under if (under := number(row.get(below))) else math.nan
            for name, over, below in (
                ("sharpening", "sigma_theta_ll_rad", "sigma_theta_rad"),
                ("trial_variability", "delta_trial_rad", "delta_trial_ll_rad"),
            )
        }
        silent = row.get("ts_spikes_during_test_window") == 0
        rows.append(row | dict.fromkeys(ratios, math.nan) if silent else row | ratios)
    return replace(table, rows=tuple(rows), measures=(*table.measures, *_RATIOS))


def designs_of(recipe: Recipe, scale: str, seeds: Sequence[int] | None) -> tuple[Design, ...]:
    """Return the designs of a scale, with other seeds where some are given."""
    designs = recipe.designs[checked_scale(scale)]
    if seeds is None:
        return designs
    return tuple(replace(design, seeds=tuple(seeds)) for design in designs)


def comparison(recipe: Recipe, scale: str, table: Table) -> dict[str, Any]:
    """Return the rows of the report and its sentences as plain values.

    Each row has ``parameters``, ``condition`` (of ours that the published number corresponds
    to), ``measure``, ``published``, ``reproduced``, ``untrained`` (mean, sd, n), ``paired``
    (reproduced minus untrained), and ``agrees`` (None where the published spread is unknown).
    """
    rows = []
    conditions = dict.fromkeys([*(p["condition"] for p in recipe.published), "trained"])
    for combination in table.combinations:
        found = [p for p in recipe.published if _matches(p["at"], combination, table)]
        for condition in conditions:
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
