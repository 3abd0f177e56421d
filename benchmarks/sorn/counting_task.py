"""Counting task of Lazar 2009: does plasticity beat the static reservoir?

A SORN (STDP, intrinsic plasticity and scaling of excitatory weights; no noise, no structural or
inhibitory plasticity) learns for 50 000 steps, then a linear readout is trained and tested on
10 000 frozen steps. The static reservoir is the same initial network without learning.

Usage: python benchmarks/sorn/counting_task.py [--seeds 10] [--repeats 2 4 6 8] [--json FILE]
"""

from __future__ import annotations

import argparse

import numpy as np
from report import write_report

from sorn import Initializer, RandomStreams, Simulator
from sorn.tasks.counting import SYMBOLS, counting_sequence, end_of_word_accuracy, one_hot

NE, POOL_SIZE = 200, 10
PLASTIC_STEPS, FROZEN_STEPS = 50_000, 10_000


def accuracies(repeats: int, seed: int, plastic_steps: int = PLASTIC_STEPS) -> tuple[float, float]:
    """End-of-word accuracy of the SORN and of the static reservoir, one seed."""
    generator = np.random.default_rng([seed, repeats])
    options = {
        "ne": NE,
        "nu": SYMBOLS,
        "lambda_ee": 10,
        "te_max": 0.5,
        "eta_stdp": 0.001,
        "eta_ip": 0.001,
        "h_ip": 0.1,
        "normalise": ("ee",),
        "clip_te": False,
        "input_pools": Initializer.input_pools(NE, SYMBOLS, POOL_SIZE, rng=generator),
        "noise": False,
        "freeze": ["sp", "istdp"],
        "backend": "numba",
        "rng": RandomStreams([seed, repeats]),
    }
    # One silent step builds the network that both conditions start from.
    start, _ = Simulator.run(np.zeros((SYMBOLS, 1)), timesteps=1, **options)
    letters, _ = counting_sequence(plastic_steps, repeats, generator)
    learned, _ = Simulator.run(one_hot(letters), state=start, **options)
    letters, is_last = counting_sequence(FROZEN_STEPS, repeats, generator)
    scores = []
    for state in (learned, start):
        _, history = Simulator.run(
            one_hot(letters),
            phase="training",
            state=state,
            callbacks=["ExcitatoryActivation"],
            **options,
        )
        activity = np.asarray(history["ExcitatoryActivation"])
        scores.append(end_of_word_accuracy(activity, letters, is_last))
    return scores[0], scores[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--repeats", type=int, nargs="+", default=[2, 4, 6, 8])
    parser.add_argument("--json", help="write the result here")
    arguments = parser.parse_args()
    result = {}
    for repeats in arguments.repeats:
        pairs = np.array([accuracies(repeats, seed) for seed in range(arguments.seeds)])
        difference = pairs[:, 0] - pairs[:, 1]
        result[f"L={repeats}"] = {
            "sorn": pairs[:, 0].round(3).tolist(),
            "static": pairs[:, 1].round(3).tolist(),
            "mean_sorn": float(pairs[:, 0].mean()),
            "mean_static": float(pairs[:, 1].mean()),
            "mean_difference": float(difference.mean()),
            "standard_error": float(difference.std(ddof=1) / np.sqrt(len(difference))),
        }
    write_report({"arguments": vars(arguments), "result": result}, arguments.json)


if __name__ == "__main__":
    main()
