"""What a reader should know of a result before believing it."""

from __future__ import annotations

from collections.abc import Sequence

from lateralnet.records.results import SeedResult

# Mean rates over a layer and a whole test; single cells reach more for moments.
_HIGHEST_RATE_HZ = {"ll": 400.0, "mon": 200.0, "ts": 200.0}


def rate_remarks(seeds: Sequence[SeedResult]) -> list[str]:
    """Return a sentence for each trained layer that fires as no cells do."""
    remarks = []
    for seed in seeds:
        for layer, highest_hz in _HIGHEST_RATE_HZ.items():
            rate_hz = seed.measures["trained"].get(f"{layer}_rate_hz")
            if rate_hz is not None and rate_hz > highest_hz:
                remarks.append(
                    f"seed {seed.seed}: {layer.upper()} cells fire at {rate_hz:.0f} Hz on average, "
                    f"far outside the range of cells (below about {highest_hz:.0f} Hz)."
                )
    return remarks
