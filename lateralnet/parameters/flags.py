"""The flags table of the documentation, made from the table of parameters."""

from __future__ import annotations

from lateralnet.parameters.params import parameter_names, spec_of
from lateralnet.parameters.preset_table import PRESETS
from lateralnet.parameters.presets import preset
from lateralnet.parameters.table import GROUPS


def flags_table() -> str:
    """Return the table as Markdown, one section per topic."""
    modes = list(PRESETS)
    lines = []
    for group in GROUPS:
        lines += [f"**{group}**", "", f"| flag | meaning | allowed | {' | '.join(modes)} |"]
        lines.append("|" + "---|" * (3 + len(modes)))
        for name in parameter_names():
            spec = spec_of(name)
            if spec.group == group:
                values = [_shown(getattr(preset(mode), name)) for mode in modes]
                cells = [f"`{spec.flag}`", spec.text, spec.range_text, *values]
                lines.append(f"| {' | '.join(cells)} |")
        lines.append("")
    return "\n".join(lines)


def _shown(value: object) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"{value:g}" if isinstance(value, float) else str(value)
