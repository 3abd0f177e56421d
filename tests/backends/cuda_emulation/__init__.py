from __future__ import annotations

from pathlib import Path


def stand_in_source() -> Path:
    """What takes the place of the CUDA runtime for GeNN's generator."""
    return Path(__file__).with_name("stand_in.cpp")
