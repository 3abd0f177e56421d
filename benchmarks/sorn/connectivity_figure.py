"""Figure of a run of connectivity.py: connections over time, weights, avalanches."""

from __future__ import annotations

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

from sorn.measures.avalanches import find_avalanches
from sorn.plots.support import BLUE, GREY, VERMILLION, lognormal_density

WEIGHT_TICKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
THRESHOLD = 10
"""Neurons: half the mean activity, as in Del Papa 2017."""


def draw(run: dict, path: str, block_steps: int) -> None:
    """Three panels with units; written to `path`."""
    figure, (left, middle, right) = plt.subplots(1, 3, figsize=(14, 4.2), layout="constrained")
    steps = np.arange(1, len(run["fractions"]) + 1) * block_steps
    left.plot(steps / 1e6, 100 * run["fractions"], color=BLUE)
    left.set(xlabel="Time (million steps)", ylabel="Existing E-E connections (%)")
    left.set_ylim(bottom=0)
    weights = run["weights"][max(run["weights"])]
    weights = weights[weights >= 0.01]
    edges = np.geomspace(weights.min(), weights.max(), 40)
    middle.hist(weights, bins=edges, density=True, color=GREY, alpha=0.5, label="Weights >= 0.01")
    points = np.geomspace(weights.min(), weights.max(), 200)
    logs = np.log(weights)
    middle.plot(
        points, lognormal_density(points, logs.mean(), logs.std()), color=BLUE, label="Lognormal"
    )
    middle.set(xscale="log", xlabel="Weight", ylabel="Density (1 / weight)")
    middle.set_xticks([], minor=True)
    middle.set_xticks(WEIGHT_TICKS, labels=[f"{tick:g}" for tick in WEIGHT_TICKS])
    middle.set_xlim(edges[0], edges[-1])
    middle.legend()
    sizes, durations = find_avalanches(run["activity"], THRESHOLD)
    for values, colour, name in (
        (sizes, BLUE, "Size (spikes)"),
        (durations, VERMILLION, "Duration (steps)"),
    ):
        bins = np.unique(np.geomspace(1, values.max() + 1, 30).astype(int))
        density, _ = np.histogram(values, bins=bins, density=True)
        centre = np.sqrt(bins[:-1] * bins[1:])
        right.plot(centre[density > 0], density[density > 0], "o-", color=colour, label=name)
    right.set(
        xscale="log",
        yscale="log",
        xlabel="Avalanche size or duration",
        ylabel="Density (1 / spike, 1 / step)",
    )
    right.legend()
    figure.savefig(path, dpi=130)
    plt.close(figure)
