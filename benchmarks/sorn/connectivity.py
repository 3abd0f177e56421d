"""Zheng 2013: phases of connectivity and the long tail of weights, and Del Papa 2017: avalanches.

Runs without input of the presets of the two papers, several seeds each, and of a variant that
scales W_EI too, as the authors' code for Zheng 2013 does. The connection fraction is written down
on the way; the last steps give the activity for the avalanches, of each seed and of all together
(Del Papa 2017 pools 50 networks).

Usage: python benchmarks/sorn/connectivity.py [--seeds 5] [--steps 4000000] [--json FILE]
       [--figure FILE] [--variants NAME ...]
"""

from __future__ import annotations

import argparse
import sys

import numpy as np
from report import write_report

from sorn import Network
from sorn.measures.avalanches import find_avalanches, fit_power_law, lognormal_summary

VARIANTS = {
    "zheng2013": ("zheng2013", {}),
    "zheng2013, W_EI scaled": ("zheng2013", {"normalise": ("ee", "ei")}),
    "delpapa2017": ("delpapa2017", {}),
}
BLOCK_STEPS = 10_000
WEIGHT_MARK = 1_000_000
SMALLEST_WEIGHT = 0.01
SIZE_RANGES = ((10, 1500), (50, 1500))
DURATION_RANGES = ((6, 60), (10, 200))
THRESHOLDS = (9, 10)
"""Neurons: half the mean activity of 20, which rounded down is 9 or 10 by a hair's breadth."""


def grow(
    steps: int, activity_steps: int, seed: int, variant: str = "zheng2013", backend: str = "numba"
) -> dict:
    """Run in blocks; returns the connection fractions, final weights and activity."""
    preset, changes = VARIANTS[variant]
    network = Network(preset, seed=seed, backend=backend, **changes)
    ne = network.parameters.ne
    fractions, activity, weights = [], [], {}
    for first in range(0, steps, BLOCK_STEPS):
        records = first + BLOCK_STEPS > steps - activity_steps
        recording = network.run(steps=BLOCK_STEPS, record=["excitatory"] if records else [])
        if records:
            counts = np.count_nonzero(recording["excitatory"], axis=1)
            activity.append(counts.astype(np.int16))
        wee = network.read("Wee")
        fractions.append(np.count_nonzero(wee) / (ne * (ne - 1)))
        if first + BLOCK_STEPS in (WEIGHT_MARK, steps):
            weights[first + BLOCK_STEPS] = wee[wee > 0]
    return {
        "fractions": np.array(fractions),
        "weights": weights,
        "activity": np.concatenate(activity),
        "rates": float(np.concatenate(activity).mean() / ne),
    }


def weight_tail(weights: np.ndarray) -> dict:
    """Shape of a weight distribution: a lognormal has skewness and distance 0."""
    visible = weights[weights >= SMALLEST_WEIGHT]
    return {
        "largest": float(weights.max()),
        "median": float(np.median(visible)),
        "mean": float(visible.mean()),
        "share_below_0.01": float(np.mean(weights < SMALLEST_WEIGHT)),
        "lognormal": lognormal_summary(visible),
    }


def summarise(run: dict) -> dict:
    """Numbers to report of one run."""
    fractions = run["fractions"]
    lowest = int(np.argmin(fractions))
    marks = [10**5, 10**6, 2 * 10**6, 3 * 10**6, 4 * 10**6]
    return {
        "fraction_lowest": float(fractions[lowest]),
        "fraction_lowest_at_step": (lowest + 1) * BLOCK_STEPS,
        "fraction_at_step": {
            str(mark): float(fractions[mark // BLOCK_STEPS - 1])
            for mark in marks
            if mark <= len(fractions) * BLOCK_STEPS
        },
        "mean_rate": run["rates"],
        "weights_at_step": {str(step): weight_tail(w) for step, w in run["weights"].items()},
        "avalanches": avalanche_fits([run["activity"]]),
    }


def avalanche_fits(activities: list[np.ndarray]) -> dict:
    """Power laws fitted to the avalanches of some runs together, at each threshold."""
    fits = {}
    for threshold in THRESHOLDS:
        pairs = [find_avalanches(activity, threshold) for activity in activities]
        sizes, durations = (np.concatenate(values) for values in zip(*pairs, strict=True))
        fits[f"threshold {threshold}"] = {
            "count": len(sizes),
            "size": _fits(sizes, SIZE_RANGES),
            "duration": _fits(durations, DURATION_RANGES),
        }
    return fits


def _fits(values: np.ndarray, ranges: tuple[tuple[int, int], ...]) -> dict:
    return {f"{low}..{high}": vars(fit_power_law(values, low, high)) for low, high in ranges}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=4_000_000)
    parser.add_argument("--activity-steps", type=int, default=1_000_000)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3, 4, 5])
    parser.add_argument("--variants", nargs="+", default=list(VARIANTS), choices=list(VARIANTS))
    parser.add_argument("--json", help="write the result here, after every run")
    parser.add_argument("--figure", help="write a figure of the first run here")
    arguments = parser.parse_args()
    result: dict[str, dict] = {variant: {} for variant in arguments.variants}
    activities: dict[str, list[np.ndarray]] = {variant: [] for variant in arguments.variants}
    for seed in arguments.seeds:
        for variant in arguments.variants:
            run = grow(arguments.steps, arguments.activity_steps, seed, variant)
            if arguments.figure and seed == arguments.seeds[0] and variant == arguments.variants[0]:
                from connectivity_figure import draw

                draw(run, arguments.figure, BLOCK_STEPS)
            result[variant][f"seed {seed}"] = summarise(run)
            activities[variant].append(run["activity"])
            result[variant]["all seeds"] = avalanche_fits(activities[variant])
            sys.stderr.write(f"{variant}, seed {seed}: done\n")
            if arguments.json:
                write_report(
                    {"arguments": vars(arguments), "result": result}, arguments.json, False
                )
    write_report({"arguments": vars(arguments), "result": result}, arguments.json)


if __name__ == "__main__":
    main()
