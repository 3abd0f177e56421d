"""The flags table of the documentation, made from the table of parameters."""

from __future__ import annotations

from lateralnet.parameters.params import parameter_names, spec_of
from lateralnet.parameters.preset_table import PRESETS
from lateralnet.parameters.presets import preset
from lateralnet.parameters.table import GROUPS


def flags_table() -> str:
    """Return the table as Markdown, one section per topic."""
    first, *others = PRESETS
    lines = []
    for group in GROUPS:
        lines += [f"## {group}", "", f"| flag | meaning | allowed | {first} | other presets |"]
        lines.append("|---|---|---|---|---|")
        for name in parameter_names():
            spec = spec_of(name)
            if spec.group == group:
                default = _shown(getattr(preset(first), name))
                differ = _different(name, default, others)
                cells = [f"`{spec.flag}`", spec.text, spec.range_text, default, differ]
                lines.append(f"| {' | '.join(cells)} |")
        lines.append("")
    return "\n".join(lines)


def _different(name: str, default: str, modes: list[str]) -> str:
    """Return the values that differ from the default, each with the presets that have it."""
    presets_of: dict[str, list[str]] = {}
    for mode in modes:
        presets_of.setdefault(_shown(getattr(preset(mode), name)), []).append(mode)
    presets_of.pop(default, None)
    return "; ".join(f"{value} ({', '.join(those)})" for value, those in presets_of.items())


def _shown(value: object) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"{value:g}" if isinstance(value, float) else str(value)
