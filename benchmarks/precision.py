"""float32 against float64 in every figure of a trained network, seed by seed.

python benchmarks/precision.py --seeds 24 --trials 20     # results/precision.json
"""

from __future__ import annotations

import argparse

import numpy as np
from measuring import write_result

from lateralnet import preset
from lateralnet.learning.training import train
from lateralnet.network.wiring import make_replica
from lateralnet.simulation.session import DeviceOptions, Session

FIGURES = ("LL Hz", "MON Hz", "TS Hz", "mean w", "SD w", "share at w_max", "share at 0")


def figures_of(seed: int, trials: int, precision: str) -> list[float]:
    """Train one network on device cpp and return its figures."""
    p = preset("ll_thesis", n_training_trials=trials, seed=seed)
    networks = [make_replica(p)]
    with Session(networks, DeviceOptions(device="cpp", precision=precision)) as session:
        (trained,) = train(session.simulation, networks)
    w = np.asarray(trained.state["mon_ts.w"], dtype=float)
    rates = trained.curves["trial_rate_hz_series"].mean(axis=0)
    at_max, at_zero = np.mean(w > p.mon_ts_wmax - 1e-6), np.mean(w < 1e-6)
    return [*map(float, rates), float(w.mean()), float(w.std()), float(at_max), float(at_zero)]


def main() -> None:
    """Train all seeds in both, print the table and write the numbers."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=24, help="number of seeds, from 123 on")
    parser.add_argument("--trials", type=int, default=20)
    options = parser.parse_args()
    found = {
        precision: [
            figures_of(seed, options.trials, precision) for seed in range(123, 123 + options.seeds)
        ]
        for precision in ("float64", "float32")
    }
    double, single = (np.array(found[name]) for name in ("float64", "float32"))
    n = options.seeds
    for k, name in enumerate(FIGURES):
        a, b = double[:, k], single[:, k]
        welch = (b.mean() - a.mean()) / np.sqrt((a.var(ddof=1) + b.var(ddof=1)) / n)
        spread = (b - a).std(ddof=1)
        paired = (b - a).mean() / (spread / np.sqrt(n)) if spread else 0.0
        cells = [f"{x.mean():.5f} ± {x.std(ddof=1):.5f}" for x in (a, b)]
        print(f"| {name} | {cells[0]} | {cells[1]} | {welch:+.2f} | {paired:+.2f} |")
    write_result("precision", {"trials": options.trials, "figures": FIGURES, **found})


if __name__ == "__main__":
    main()
