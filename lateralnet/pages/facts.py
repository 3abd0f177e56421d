"""Tables that runs and sweeps share: parameters, versions and device."""

from __future__ import annotations

import html
from collections.abc import Collection, Sequence
from typing import Any

from lateralnet.pages.html_parts import details, table
from lateralnet.parameters.params import NetworkParams, spec_of
from lateralnet.parameters.preset_table import PRESETS
from lateralnet.parameters.presets import preset
from lateralnet.version import __version__


def parameters(params: NetworkParams, mode: str, varied: Collection[str] = ()) -> str:
    """Return all parameters; those that differ from the preset stand first and open.

    Those that a sweep `varied` have no one value.
    """
    usual = (preset(mode) if mode in PRESETS else NetworkParams()).as_dict()
    head = ["parameter", "value", "unit", "preset", "meaning"]
    rows, changed = [], []
    for name, value in params.as_dict().items():
        spec = spec_of(name)
        shown = "varied" if name in varied else value
        row = [name, shown, spec.unit, usual[name], spec.text]
        rows.append(row)
        if shown != usual[name] and name != "seed":
            changed.append(row)
    few = (
        table([head, *changed], f"What differs from preset {mode}")
        if changed
        else f"<p>All as in preset {html.escape(mode)}.</p>"
    )
    marked = [number for number, row in enumerate(rows) if row in changed]
    every = table([head, *rows], f"Preset {mode}; shaded rows differ from it", marked)
    return f"<h2>Parameters</h2>\n{few}\n{details(f'All {len(rows)} parameters', every)}"


def made_by(steps: Sequence[dict[str, Any]]) -> str:
    """Return what made a run, a row for each time that it went on, and what made this page."""
    rows: list[list[Any]] = [["started", "lateralnet", "command", "source", "host"]]
    for step in steps:
        source = step.get("source", {})
        changed = "+" if source.get("changed") else ""
        commit = str(source.get("commit", "package"))[:10] + changed
        about = [step.get(key, "") for key in ("started", "lateralnet", "command")]
        rows.append([*about, commit, step.get("host", "")])
    rows.append(["this page", __version__, "", "", ""])
    what = "What made the run; repeat it with lateralnet run --params params.json"
    return f"<h2>What made it</h2>\n{table(rows, what)}"


def versions(facts: dict[str, Any]) -> str:
    """Return device, versions and times."""
    rows: list[list[Any]] = [["what", "value"]]
    for name, value in facts.items():
        if isinstance(value, dict):
            rows += [[f"{name}: {key}", str(item)] for key, item in value.items()]
        elif name != "processor":
            rows.append([name, value])
        else:
            rows.append([name, str(value).split(";")[0]])
    shown = table(rows, "Where and with what it was computed")
    return f"<h2>Versions and device</h2>\n{details('Device, versions, times', shown)}"
