"""The flags table of the README, made from the table of parameters.

``python -m lateralnet.parameters.flags README.md`` puts it between its two marks; a test compares.
"""

from __future__ import annotations

import sys
from pathlib import Path

from lateralnet.parameters.params import parameter_names, spec_of
from lateralnet.parameters.presets import PRESETS, preset
from lateralnet.parameters.table import GROUPS

BEGIN, END = "<!-- flags: begin -->", "<!-- flags: end -->"


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


def with_table(text: str) -> str:
    """Return a document with the table between its marks renewed."""
    before, rest = text.split(BEGIN)
    return f"{before}{BEGIN}\n{flags_table()}\n{END}{rest.split(END)[1]}"


def _shown(value: object) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"{value:g}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    document = Path(sys.argv[1])
    document.write_text(with_table(document.read_text()))
