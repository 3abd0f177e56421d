"""What a cell costs in a large network: 51,200 MON cells against 3,200, in both precisions.

    python benchmarks/large.py

User CPU of the program per trial of `ll_thesis`, from the difference between 1 and some trials,
so that reading the network counts no more than once; in turn, on one core. `results/large.json`.
"""

from __future__ import annotations

import os

import numpy as np
from measuring import program_times, write_result

from lateralnet import NetworkParams, preset

TRIALS = {3_200: 20, 51_200: 3}  # MON cells -> trials
PRECISIONS = ("float64", "float32")
ROUNDS = 3


def _network(n_mon: int, trials: int) -> NetworkParams:
    thesis = preset("ll_thesis")
    gain_mV = thesis.mon_ts_gain_mV * thesis.n_mon / n_mon  # the same input to a TS cell
    return preset("ll_thesis", n_mon=n_mon, mon_ts_gain_mV=gain_mV, n_training_trials=trials)


def slope_ms(n_mon: int, precision: str) -> float:
    """Return user milliseconds per trial."""
    last = TRIALS[n_mon]
    one, all_ = (
        n * program_times(_network(n_mon, n), precision)["user_ms_per_trial"] for n in (1, last)
    )
    return (all_ - one) / (last - 1)


def main() -> None:
    """Measure in turn, print the ratios per cell and write every number."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    found: dict[str, list[float]] = {}
    for number in range(-1, ROUNDS):  # the first builds
        for n_mon in TRIALS:
            for precision in PRECISIONS:
                value = slope_ms(n_mon, precision)
                if number >= 0:
                    found.setdefault(f"{n_mon} {precision}", []).append(value)
    for precision in PRECISIONS:
        small, large = (np.array(found[f"{n} {precision}"]) / n for n in TRIALS)
        print(f"{precision}: {np.median(large / small):.2f} times as much for a cell and trial")
    write_result("large", {"user_ms_per_trial": found})


if __name__ == "__main__":
    main()
