"""Turn CUDA source into C++ in which every kernel launch is a call of the emulation."""

from __future__ import annotations

import re

_LAUNCH = re.compile(r"\b([A-Za-z_]\w*)\s*<<<(.*?)>>>\s*\(", re.DOTALL)


def launches_as_calls(source: str) -> tuple[str, int]:
    """Return the rewritten source and how many launches it has."""
    rewritten, n_launches = _LAUNCH.subn(r'emulation::on("\1", emulation::Shape(\2), \1)(', source)
    return '#include "emulation.h"\n' + rewritten, n_launches
