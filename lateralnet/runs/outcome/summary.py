"""``run_summary.json`` and the table that a terminal shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lateralnet.measures.statistics.samples import mean_of
from lateralnet.measures.table import (
    OVER_SEEDS,
    TERMINAL,
    Measure,
    measure_of,
    own_rows,
    shown_value,
)
from lateralnet.records.results import RunResult, SeedResult
from lateralnet.runs.outcome.verdict import verdict_of
from lateralnet.text_table import WIDTH, aligned, wrapped


def run_summary(result: RunResult, *, device_reason: str, wall_s: float) -> dict[str, Any]:
    """Return the content of ``run_summary.json``."""
    p = result.params
    summary: dict[str, Any] = {
        "ll_mon_topo": p.ll_to_mon_topography_strength,
        "mon_ts_topo": p.mon_to_ts_topography_strength,
        "mon_ts_sigma": p.mon_to_ts_sigma,
        "mon_ts_gain_mV": p.mon_ts_gain_mV,
        "mode": result.mode,
        "n_training_trials": p.n_training_trials,
        "device_reason": device_reason,
        "wall_s": round(wall_s, 2),
    }
    entries = [_seed_entry(seed) for seed in result.seeds]
    if len(entries) == 1 and not result.failed:
        return {**summary, **entries[0]}
    return {
        **summary,
        "runs": entries,
        "failed": {str(seed): message for seed, message in result.failed.items()},
        "statistics": _statistics(result.seeds),
    }


def _seed_entry(seed: SeedResult) -> dict[str, Any]:
    trained = seed.measures["trained"]
    return {
        "seed": seed.seed,
        "ts_spikes_during_test_window": trained["ts_spikes_during_test_window"],
        "pv_map_quality": {
            name: trained[name] for name in ("sigma_theta_rad", "delta_trial_rad", "valid_fraction")
        },
        "verdict": verdict_of(seed.measures),
        "maps": seed.measures,
        "facts": seed.facts,
    }


def _statistics(seeds: tuple[SeedResult, ...]) -> dict[str, Any]:
    """Mean and SD over seeds, by condition; silent maps are left out and counted."""
    found: dict[str, Any] = {}
    for condition in seeds[0].measures:
        found[condition] = {}
        for name in OVER_SEEDS:
            values = np.array([seed.measures[condition][name] for seed in seeds], dtype=float)
            silent = np.array(
                [seed.measures[condition]["ts_spikes_during_test_window"] == 0 for seed in seeds]
            )
            used = mean_of(values[~silent])
            found[condition][name] = {
                "mean": used.mean,
                "sd": used.sd,
                "n": used.n,
                "n_silent": int(silent.sum()),
            }
    return found


def summary_table(result: RunResult) -> str:
    """Return a table with one row per seed and condition, and what it means in words."""
    rows = [
        (seed.seed, condition, measures)
        for seed in result.seeds
        for condition, measures in seed.measures.items()
    ]
    words = [f"seed {seed.seed}: {verdict_of(seed.measures)}" for seed in result.seeds]
    words += filter(None, (_rate_matched_remark(seed) for seed in result.seeds))
    words += [f"seed {seed}: FAILED: {message}" for seed, message in result.failed.items()]
    words += [result.completeness] if result.completeness else []
    return "\n".join([measures_table(rows, own_rows(result.own)), *map(wrapped, words)])


def _rate_matched_remark(seed: SeedResult) -> str:
    """Say so where the control could not be brought to the trained rate."""
    control = seed.measures.get("rate-matched")
    if control is None or control["rate_reached"]:
        return ""
    return (
        f"seed {seed.seed}: rate-matched control: no factor on the untrained weights gives the "
        f"trained {control['target_ts_rate_hz']:.1f} Hz; nearest: {control['ts_rate_hz']:.1f} Hz, "
        f"weights times {control['weight_scale']:.3g}"
    )


def measures_table(
    rows: Sequence[tuple[int, str, dict[str, Any]]], own: Sequence[Measure] = ()
) -> str:
    """Return an aligned table of ``(seed, condition, measures)``, units below the headings.

    Measures of one's own stand in a table of their own below.

    With several seeds of a condition, their mean ± SD (n - 1) stands below, over the seeds that
    have a value. The table fits a terminal of 80 columns.
    """
    tables = [_table(rows, [measure_of(key) for key in TERMINAL])]
    return "\n".join([*tables, _table(rows, own)] if own else tables)


def _table(rows: Sequence[tuple[int, str, dict[str, Any]]], known: Sequence[Measure]) -> str:
    cells = [["seed", "condition", *(measure.heading for measure in known)]]
    if any(measure.unit for measure in known):
        cells.append(["", "", *(measure.unit for measure in known)])
    heads = len(cells)
    for seed, condition, measures in rows:
        numbers = [measure.show(shown_value(measure.key, measures)) for measure in known]
        cells.append([str(seed), condition, *numbers])
    seeds_of: dict[str, list[dict[str, Any]]] = {}
    for _, condition, measures in rows:
        seeds_of.setdefault(condition, []).append(measures)
    for condition, seeds in seeds_of.items():
        if len(seeds) > 1:
            over = [
                (m, mean_of([shown_value(m.key, measures) for measures in seeds], m.bounds))
                for m in known
            ]
            cells.append(["mean", condition, *(m.show(found.mean) for m, found in over)])
            cells.append(["± SD", "", *(m.show(found.sd) for m, found in over)])
    return aligned(cells, heads=heads, words=(1,), width=WIDTH)
