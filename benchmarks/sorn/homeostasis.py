"""Homeostasis: after a long run, every neuron fires at the target rate.

Usage: python benchmarks/sorn/homeostasis.py [--steps 100000] [--json FILE]
"""

from __future__ import annotations

import argparse

import numpy as np
from report import write_report

from sorn import RandomStreams, Simulator

TARGET = 0.1
MEASURED_STEPS = 20_000

VARIANTS = {
    "published rules": {},
    "Zheng 2013": {"istdp_floor": 0.001, "normalise": ("ee",), "noise_std": 0.05**0.5},
    "drawn targets": {"h_ip": "normal", "sigma_ip": 0.02, "clip_te": False},
}


def measure(options: dict, steps: int, seed: int) -> dict:
    """Rates of all neurons over the last steps of a run."""
    options = {"h_ip": TARGET, "mu_ip": TARGET} | options
    streams = RandomStreams(seed)
    state, _ = Simulator.run(timesteps=steps, rng=streams, backend="numba", **options)
    state, history = Simulator.run(
        timesteps=MEASURED_STEPS,
        state=state,
        rng=streams,
        backend="numba",
        callbacks=["ExcitatoryActivation"],
        **options,
    )
    rates = np.mean(history["ExcitatoryActivation"], axis=0)
    target = TARGET
    if options["h_ip"] == "normal":
        target = streams.fresh("target_rate").normal(options["mu_ip"], options["sigma_ip"], 200)
    return {
        "mean_rate": float(rates.mean()),
        "smallest_rate": float(rates.min()),
        "largest_rate": float(rates.max()),
        "largest_distance_from_target": float(np.abs(rates - target).max()),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", help="write the result here")
    arguments = parser.parse_args()
    result = {
        name: measure(options, arguments.steps, arguments.seed)
        for name, options in VARIANTS.items()
    }
    write_report({"arguments": vars(arguments), "result": result}, arguments.json)


if __name__ == "__main__":
    main()
