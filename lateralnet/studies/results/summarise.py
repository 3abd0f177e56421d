"""What a sweep found, in words and numbers: means per condition, paired with the control."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from lateralnet.errors import InputError, nearest_names
from lateralnet.measures.statistics.samples import Mean, Paired, mean_of, paired_by_seed
from lateralnet.measures.table import OF_SWEEPS, measure_of
from lateralnet.studies.results.table import Table
from lateralnet.text_table import grouped, wrapped

CONTROL = "untrained"
_VERDICT = "rms_error_cm"
# A silent TS scores pi or 0 in these by definition, which no mean should hold.
_PUBLISHED = ("sigma_theta_rad", "delta_trial_rad")


def summary_of(table: Table, measures: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Return one entry per combination, measure and condition.

    Parameters
    ----------
    table : Table
        Results.
    measures : sequence of str
        Columns; the four main ones by default.

    Raises
    ------
    InputError
        For a measure that the table has not.
    """
    for name in measures:
        if name not in table.measures:
            raise InputError(
                f"the sweep has no measure {name!r}.{nearest_names(name, table.measures)}"
            )
    chosen = measures or [name for name in OF_SWEEPS if name in table.measures]
    entries = []
    for combination in table.combinations:
        for measure in chosen:
            known = measure_of(measure)
            control = heard(table, measure, CONTROL, combination)
            for condition in table.conditions:
                values = heard(table, measure, condition, combination)
                all_seeds = table.values(measure, condition, combination)
                compared = None
                if condition != CONTROL:
                    compared = paired_by_seed(
                        values, control, low_is_good=known.low_is_good, bounds=known.bounds
                    )
                entries.append(
                    {
                        "parameters": combination,
                        "measure": measure,
                        "condition": condition,
                        "mean": mean_of(list(values.values()), known.bounds),
                        "without_map": len(all_seeds) - len(values),
                        "against_untrained": compared,
                    }
                )
    return entries


def heard(
    table: Table, measure: str, condition: str, combination: dict[str, Any]
) -> dict[int, float]:
    """Return seed -> value, without the seeds whose TS was silent or that have no value."""
    values = table.values(measure, condition, combination)
    if measure in _PUBLISHED:
        spikes = table.values("ts_spikes_during_test_window", condition, combination)
        values = {seed: v for seed, v in values.items() if spikes.get(seed, 1.0) != 0}
    return {seed: value for seed, value in values.items() if math.isfinite(value)}


def summary_rows(table: Table, measures: Sequence[str] = ()) -> list[list[str]]:
    """Return the summary as rows of text, its head first."""
    rows = [[*table.varied, "measure", "condition", "mean", "95 % interval", "seeds",
             "difference from untrained", "in how many seeds"]]  # fmt: skip
    for entry in summary_of(table, measures):
        mean: Mean = entry["mean"]
        silent = f" (+{entry['without_map']} no map)" if entry["without_map"] else ""
        rows.append(
            [
                *(_plain(entry["parameters"][name]) for name in table.varied),
                measure_of(entry["measure"]).axis,
                entry["condition"],
                _three(mean.mean),
                f"{_three(mean.low)} to {_three(mean.high)}" if mean.n > 1 else "-",
                f"{mean.n}{silent}",
                *_paired_cells(entry["against_untrained"]),
            ]
        )
    return rows


def best_in_words(table: Table) -> str:
    """Return which combination has the lowest error when trained; ``""`` where none has a map.

    It is the best of several on the seeds that chose it, and says so.
    """
    trained = [
        entry
        for entry in summary_of(table, [_VERDICT] if _VERDICT in table.measures else [])
        if entry["condition"] == "trained" and entry["measure"] == _VERDICT and entry["mean"].n
    ]
    if not trained:
        return ""
    best = min(trained, key=lambda entry: entry["mean"].mean)
    mean: Mean = best["mean"]
    varied = ", ".join(f"{name} {_plain(value)}" for name, value in best["parameters"].items())
    known = measure_of(_VERDICT)
    text = f"Lowest {known.title}, trained: {known.show(mean.mean)} {known.unit}"
    if mean.n > 1:
        text += (
            f" (95 % interval {known.show(mean.low)} to {known.show(mean.high)}, {mean.n} seeds)"
        )
    text += f", at {varied}" if varied else ""
    change, better = _paired_cells(best["against_untrained"])
    text += f"; minus untrained {change}, {better}." if change else "."
    if len(trained) > 1:
        text += (
            f" It is the best of {len(trained)} combinations on the seeds that chose it: "
            "other seeds have to confirm it."
        )
    return text


_HEAD = ["", "mean", "95 % interval", "seeds", "minus untrained", "better in"]


def _terminal_rows(entries: Sequence[dict[str, Any]]) -> list[tuple[str, list[str]]]:
    rows = []
    for entry in entries:
        mean: Mean = entry["mean"]
        compared: Paired | None = entry["against_untrained"]
        change, better = _paired_cells(compared)
        if better.startswith("lower in"):  # neither way is better
            better = f"{better.removeprefix('lower in ')} low"
        better = better.removeprefix("better in ")
        interval = f"{_three(mean.low)} to {_three(mean.high)}" if mean.n > 1 else "-"
        silent = f" (+{entry['without_map']})" if entry["without_map"] else ""
        values = (f"{name} {_plain(value)}" for name, value in entry["parameters"].items())
        known = measure_of(entry["measure"])
        way = f" ({known.direction})" if known.direction else ""
        cells = [entry["condition"], _three(mean.mean), interval, f"{mean.n}{silent}", change]
        rows.append((", ".join([*values, f"{entry['measure']}{way}"]), [*cells, better]))
    return rows


def summary_text(table: Table, measures: Sequence[str] = ()) -> str:
    """Return the table that a terminal of 80 columns shows, and what is missing."""
    entries = summary_of(table, measures)
    lines = [grouped([_HEAD], _terminal_rows(entries))]
    seeds = len({row["seed"] for row in table.rows})
    points = len({row["point"] for row in table.rows})
    lines.append(
        f"{points} points with {seeds} seeds; intervals by Student's t over seeds,\n"
        "cut at the bounds of a measure."
    )
    if any(entry["without_map"] for entry in entries):
        lines.append("(+n): further seeds without a map, left out.")
    if table.missing:
        lines.append(f"{table.missing} points have no result, {len(table.failed)} of them failed:")
        errors: dict[str, int] = {}
        for failure in table.failed.values():
            first_line = str(failure.get("error", "")).splitlines()[0]
            errors[first_line] = errors.get(first_line, 0) + 1
        lines += [wrapped(f"  {n} x {error}") for error, n in list(errors.items())[:5]]
        if not errors:
            lines[-1] = f"{table.missing} points have no result yet; run the sweep again."
    return "\n".join(lines)


def summary_json(table: Table, measures: Sequence[str] = ()) -> dict[str, Any]:
    """Return the summary as plain values."""
    entries = []
    for entry in summary_of(table, measures):
        mean: Mean = entry["mean"]
        compared: Paired | None = entry["against_untrained"]
        entries.append(
            {
                **{key: entry[key] for key in ("parameters", "measure", "condition")},
                "mean": mean.mean, "sd": mean.sd, "ci95": [mean.low, mean.high], "n": mean.n,
                "without_map": entry["without_map"],
                "against_untrained": None if compared is None else {
                    "mean": compared.difference.mean,
                    "ci95": [compared.difference.low, compared.difference.high],
                    "n": compared.difference.n,
                    "n_lower": compared.n_lower,
                    "n_better": compared.n_better,
                },
            }
        )  # fmt: skip
    return {
        "summary": entries,
        "missing": table.missing,
        "failed": {key: value.get("error") for key, value in table.failed.items()},
    }


def _paired_cells(compared: Paired | None) -> list[str]:
    if compared is None or compared.difference.n == 0:
        return ["", ""]
    d = compared.difference
    interval = f" ({d.low:+.3f} to {d.high:+.3f})" if d.n > 1 else ""
    return [f"{d.mean:+.3f}{interval}", compared.words]


def _plain(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _three(value: float) -> str:
    return f"{value:.3f}" if math.isfinite(value) else "-"
