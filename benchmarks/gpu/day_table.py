"""The results of a day with a GPU as text, at most 80 columns wide."""

from __future__ import annotations

import re
from typing import Any

_COLUMNS = [
    (precision, form)
    for form in ("one block", "many blocks")
    for precision in ("float64", "float32")
]


def table(found: dict[str, Any]) -> str:
    """Milliseconds per network-trial, then every step with what it showed."""
    steps = found["steps"]
    lines = (
        ["EMULATED, small networks: a rehearsal, no times of a GPU"] if found["emulated"] else []
    )
    lines += [
        "ms per network-trial, wall (of that waiting for the device)",
        f"{'networks':>9}" + "".join(f"{f'{p} {f[:4]}':>17}" for p, f in _COLUMNS),
    ]
    for r in sorted(
        {int(number) for name in steps for number in re.findall(r"^time R=(\d+)", name)}
    ):
        cells = [_time(steps.get(f"time R={r} {p} {f}", {})) for p, f in _COLUMNS]
        lines.append(f"{r:9}" + "".join(f"{cell:>17}" for cell in cells))
    for name in (name for name in steps if name.startswith("cpp ")):
        lines.append(f"device {name}, a network each: {_time(steps[name])}")
    lines.append("")
    for name, entry in steps.items():
        line = f"{name:34}{entry['wall_s']:7.1f} s  {entry['status']}"
        lines.append(f"{line}{_shown(name, entry.get('result'))}"[:80])
    return "\n".join(lines)


def _time(entry: dict[str, Any]) -> str:
    result = entry.get("result")
    if not isinstance(result, dict) or "ms_per_network_trial" not in result:
        return "-"
    ms = result["ms_per_network_trial"]
    return f"{ms['wall']:.3g}" + (f" ({ms['device']:.3g})" if "device" in ms else "")


def _shown(name: str, result: Any) -> str:
    if not name.startswith("compare") or not isinstance(result, list):
        return ""
    unequal = [row["case"] for row in result if row["unequal_spikes"] or row["cut_unequal"]]
    worst = max(row["largest_difference"] for row in result)
    return f", spikes {'DIFFER' if unequal else 'equal'}, {worst:.0e}"
