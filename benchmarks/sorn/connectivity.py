"""Zheng 2013: phases of connectivity and the long tail of weights, and Del Papa 2017: avalanches.

One run without input: intrinsic, structural and inhibitory plasticity, STDP and scaling of the
excitatory weights, noise of variance 0.05, inhibitory synapses held at 0.001 or more, free
thresholds. The connection fraction is written down on the way; the last steps give the activity
for the avalanches.

Usage: python benchmarks/sorn/connectivity.py [--steps 4000000] [--json FILE] [--figure FILE]
"""

from __future__ import annotations

import argparse

import numpy as np
from report import write_report

from sorn import RandomStreams, Simulator
from sorn.measures.avalanches import find_avalanches, fit_power_law, lognormal_summary

ZHENG_2013 = {
    "ne": 200,
    "lambda_ee": 20,
    "te_max": 0.5,
    "h_ip": 0.1,
    "mu_ip": 0.1,
    "noise_std": 0.05**0.5,
    "istdp_floor": 0.001,
    "normalise": ("ee",),
    "clip_te": False,
}
BLOCK_STEPS = 10_000
WEIGHT_MARK = 1_000_000
SMALLEST_WEIGHT = 0.01
FRACTION_SITES = 200 * 199
SIZE_RANGES = ((10, 1500), (50, 1500))
DURATION_RANGES = ((6, 60), (10, 200))


def grow(steps: int, activity_steps: int, seed: int, backend: str = "numba") -> dict:
    """Run in blocks; returns the connection fractions, final weights and activity."""
    streams, state = RandomStreams(seed), None
    fractions, activity, weights = [], [], {}
    for first in range(0, steps, BLOCK_STEPS):
        records = first + BLOCK_STEPS > steps - activity_steps
        state, history = Simulator.run(
            state=state,
            timesteps=BLOCK_STEPS,
            rng=streams,
            backend=backend,
            callbacks=["ExcitatoryActivation"] if records else None,
            **ZHENG_2013,
        )
        if records:
            activity.append(np.sum(history["ExcitatoryActivation"], axis=1))
        fractions.append(np.count_nonzero(state["Wee"]) / FRACTION_SITES)
        if first + BLOCK_STEPS in (WEIGHT_MARK, steps):
            weights[first + BLOCK_STEPS] = state["Wee"][state["Wee"] > 0]
    return {
        "fractions": np.array(fractions),
        "weights": weights,
        "activity": np.concatenate(activity),
        "rates": float(np.concatenate(activity).mean() / ZHENG_2013["ne"]),
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
    threshold = float(np.floor(0.5 * run["activity"].mean()))
    sizes, durations = find_avalanches(run["activity"], threshold)
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
        "avalanches": {
            "threshold": threshold,
            "count": len(sizes),
            "size": {
                f"{low}..{high}": vars(fit_power_law(sizes, low, high)) for low, high in SIZE_RANGES
            },
            "duration": {
                f"{low}..{high}": vars(fit_power_law(durations, low, high))
                for low, high in DURATION_RANGES
            },
        },
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=4_000_000)
    parser.add_argument("--activity-steps", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", help="write the result here")
    parser.add_argument("--figure", help="write a figure here")
    arguments = parser.parse_args()
    run = grow(arguments.steps, arguments.activity_steps, arguments.seed)
    if arguments.figure:
        from connectivity_figure import draw

        draw(run, arguments.figure, BLOCK_STEPS)
    write_report({"arguments": vars(arguments), "result": summarise(run)}, arguments.json)


if __name__ == "__main__":
    main()
