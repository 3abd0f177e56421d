"""The scores of a benchmark as a table of at most 80 columns."""

from __future__ import annotations

import math

from lateralnet.decoders.benchmark import GOOD_CM, Benchmark
from lateralnet.text_table import aligned


def benchmark_table(benchmark: Benchmark) -> str:
    """Return one row a score: error along the body, its median, area, and error of the distance."""
    near = [d for d in benchmark.distances_cm if d in (0.8, 1.2)] or [benchmark.distances_cm[0]]
    rows = [
        ["direction", "T", "layer", "decoder", "RMS", "median",
         *(f"{d:g} cm" for d in near), f"< {GOOD_CM:g} cm", "RMS D"],
        ["", "ms", "", "", "cm", "cm", *["cm"] * len(near), "of plane", "cm"],
    ]  # fmt: skip
    for s in benchmark.scores:
        at = [s.rms_at_cm(benchmark.distances_cm.index(d)) for d in near]
        rows.append(
            [
                s.direction, f"{s.window_ms:g}", s.layer.upper(), s.decoder, _number(s.rms_cm),
                _number(s.median_cm), *map(_number, at), _number(s.area, 2),
                _number(s.distance_rms_cm),
            ]
        )  # fmt: skip
    return aligned(rows, heads=2, words=(0, 2, 3), width=80)


def _number(value: float, digits: int = 3) -> str:
    return f"{value:.{digits}f}" if math.isfinite(value) else "-"
