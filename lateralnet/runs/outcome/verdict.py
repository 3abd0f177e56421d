"""The verdict on a seed in words: is there a map, and is it better than before learning?"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

_ALIKE = 0.05  # relative difference of two errors that no one test can tell apart
_NO_MAP = "no map"


def verdict_of(conditions: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the verdict on the trained map, beside the untrained one of the same wiring.

    Parameters
    ----------
    conditions : mapping of str to mapping
        Measures of each condition of a seed.

    Examples
    --------
    >>> verdict_of({
    ...     "untrained": {"verdict": "map: RMS error 0.22 cm", "rms_error_cm": 0.22},
    ...     "trained": {"verdict": "map: RMS error 0.50 cm", "rms_error_cm": 0.50},
    ... })
    'map, but WORSE than untrained (0.50 vs 0.22 cm): RMS error 0.50 cm'
    """
    trained, untrained = conditions["trained"], conditions.get("untrained")
    text = str(trained.get("verdict", ""))
    if untrained is None or not text:
        return text
    kind, _, rest = text.partition(": ")
    before = str(untrained.get("verdict", "")).partition(": ")[0]
    error_cm, before_cm = _error_cm(trained), _error_cm(untrained)
    if kind == _NO_MAP:
        had = before not in ("", _NO_MAP)
        return f"{kind}, but untrained has a {before} ({before_cm:.2f} cm): {rest}" if had else text
    if math.isnan(before_cm):
        return f"{kind}, where untrained is silent: {rest}"
    both = f"({error_cm:.2f} vs {before_cm:.2f} cm)"
    if error_cm > before_cm * (1.0 + _ALIKE):
        return f"{kind}, but WORSE than untrained {both}: {rest}"
    if error_cm < before_cm * (1.0 - _ALIKE):
        return f"{kind}, better than untrained {both}: {rest}"
    return f"{kind}, no better than untrained {both}: {rest}"


def _error_cm(measures: Mapping[str, Any]) -> float:
    value = measures.get("rms_error_cm")
    return math.nan if value is None else float(value)
