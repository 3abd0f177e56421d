"""Turn CUDA source into C++ in which every kernel launch is a call of the emulation."""

from __future__ import annotations

import re

_SHARED = re.compile(r"extern __shared__ (?:__align__\(\d+\) )?(\w+) (\w+)\[\];")
_LAUNCH = re.compile(r"\b([A-Za-z_]\w*)\s*<<<(.*?)>>>\s*\(", re.DOTALL)


def launches_as_calls(source: str) -> tuple[str, int]:
    """Return the rewritten source and how many launches it has."""
    rewritten, n_launches = _LAUNCH.subn(r'emulation::on("\1", emulation::Shape(\2), \1)(', source)
    rewritten = _SHARED.sub(
        r"\1* \2 = reinterpret_cast<\1*>(emulation::shared_memory());", rewritten
    )
    return '#include "emulation.h"\n' + rewritten, n_launches


def replace_occurrence(text: str, old: str, new: str, number: int) -> str:
    """Replace the occurrence of that number, counted from 0, of `old` by `new`."""
    pieces = text.split(old)
    if len(pieces) < number + 2:
        raise RuntimeError(f"a mutant finds {old!r} {len(pieces) - 1} times only")
    return old.join(pieces[: number + 1]) + new + old.join(pieces[number + 1 :])
