"""``run_summary.json`` and the table that a terminal shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lateralnet.records.results import RunResult, SeedResult

# (key, heading, unit, digits): what the terminal shows of each condition
COLUMNS = (
    ("ts_rate_hz", "TS", "Hz", 1),
    ("valid_fraction", "valid", "", 3),
    ("sigma_theta_rad", "sigma", "rad", 3),
    ("delta_trial_rad", "delta", "rad", 3),
    ("rms_error_cm", "RMS", "cm", 3),
    ("rms_error_cm_chance", "chance", "cm", 3),
    ("bias_cm", "bias", "cm", 3),
    ("spearman", "order", "rho", 3),
    ("cells_near_diagonal", "near", "diag.", 3),
    ("bayes_rms_error_cm", "Bayes", "cm", 3),
)
_STATISTICS = ("sigma_theta_rad", "delta_trial_rad", "valid_fraction", "rms_error_cm", "spearman")


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
        "verdict": trained["verdict"],
        "maps": seed.measures,
        "facts": seed.facts,
    }


def _statistics(seeds: tuple[SeedResult, ...]) -> dict[str, Any]:
    """Mean and SD over seeds, by condition; silent maps are left out and counted."""
    found: dict[str, Any] = {}
    for condition in seeds[0].measures:
        found[condition] = {}
        for name in _STATISTICS:
            values = np.array([seed.measures[condition][name] for seed in seeds], dtype=float)
            silent = np.array(
                [seed.measures[condition]["ts_spikes_during_test_window"] == 0 for seed in seeds]
            )
            used = values[np.isfinite(values) & ~silent]
            found[condition][name] = {
                "mean": float(used.mean()) if used.size else None,
                "sd": float(used.std(ddof=1)) if used.size > 1 else None,
                "n": int(used.size),
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
    words = [f"seed {seed.seed}: {seed.measures['trained']['verdict']}" for seed in result.seeds]
    remarks = [_rate_matched_remark(seed) for seed in result.seeds]
    return "\n".join([measures_table(rows), *words, *filter(None, remarks)])


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


def measures_table(rows: Sequence[tuple[int, str, dict[str, Any]]]) -> str:
    """Return an aligned table of ``(seed, condition, measures)``, units below the headings."""
    cells = [
        ["seed", "condition", *(heading for _, heading, _, _ in COLUMNS)],
        ["", "", *(unit for _, _, unit, _ in COLUMNS)],
    ]
    for seed, condition, measures in rows:
        numbers = [_number(measures.get(key), digits) for key, _, _, digits in COLUMNS]
        cells.append([str(seed), condition, *numbers])
    widths = [max(len(row[k]) for row in cells) for k in range(len(cells[0]))]
    lines = []
    for row in cells:
        padded = [
            cell.ljust(width) if k == 1 else cell.rjust(width)
            for k, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(padded).rstrip())
    rule = "-" * max(map(len, lines))
    return "\n".join([*lines[:2], rule, *lines[2:]])


def _number(value: float | None, digits: int) -> str:
    if value is None or not np.isfinite(value):
        return "-"
    return f"{value:.{digits}f}"
