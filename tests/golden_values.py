"""Numbers that a change must not move unseen: kept as JSON in tests/golden, compared to rounding.

A change that is meant writes them anew: ``UPDATE_GOLDEN=1 python -m pytest TEST``, and shows in
the difference of the file which numbers moved.
"""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

FOLDER = Path(__file__).parent / "golden"


def summed(array: Any) -> list[float]:
    """Return size, sum and a sum that knows the order of an array: what tells it from others."""
    flat = np.asarray(array, dtype=float).ravel()
    finite = np.where(np.isfinite(flat), flat, -1.0)
    return [flat.size, float(finite.sum()), float(finite @ np.cos(np.arange(flat.size)))]


def assert_golden(name: str, found: dict[str, Any], *, rel: float = 1e-9) -> None:
    """Compare with ``tests/golden/NAME.json``; what is new since is let through."""
    path = FOLDER / f"{name}.json"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(json.dumps(found, indent=1) + "\n")
    stored = json.loads(path.read_text())
    assert stored, f"{path} holds nothing"
    for key, value in stored.items():
        _same(key, value, found[key], rel)


def _has_words(value: Any) -> bool:
    return isinstance(value, list) and any(isinstance(one, str) for one in value)


def _same(where: str, stored: Any, found: Any, rel: float) -> None:
    if isinstance(stored, dict):
        for key, value in stored.items():
            _same(f"{where}/{key}", value, found[key], rel)
    elif isinstance(stored, (str, bool)) or stored is None or _has_words(stored):
        assert found == stored, where
    else:
        assert found == pytest.approx(stored, rel=rel, abs=1e-12, nan_ok=True), where
