"""Time stock Brian2 (the yardstick) and the floor program in turn, and print their ratio.

    python benchmarks/floor/against_stock.py --trials 50 --pairs 7

One pair = one run of each, so that both see the same state of the machine. Times are user CPU
of the whole process. Give it an otherwise idle machine; it prints the load it found.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "yardstick")]

import floor  # noqa: E402  (scripts, not a package)
import stock_network  # noqa: E402

from lateralnet import preset  # noqa: E402


def main() -> None:
    """Build both, run the pairs, print every time and the median ratio as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=50)
    parser.add_argument("--pairs", type=int, default=7)
    parser.add_argument("--make-jobs", type=int, default=2)
    options = parser.parse_args()
    p = preset("ll_thesis", n_training_trials=options.trials)
    with tempfile.TemporaryDirectory(prefix="against_stock_") as name:
        stock_folder, floor_folder = Path(name, "stock"), Path(name, "floor")
        floor_folder.mkdir()
        program = floor.build(floor_folder)
        floor.write_input(floor_folder, floor.parameters(p), floor.draw_network(p))
        stock_network.build(stock_folder, options.trials, p.seed, options.make_jobs)
        load = os.getloadavg()[0]
        pairs = []
        for _ in range(options.pairs):
            stock_s = stock_network.run(stock_folder, options.trials)["user_cpu_s"]
            floor_s = floor.run(program, floor_folder)["user_cpu_s"]
            pairs.append((stock_s * 1e3 / options.trials, floor_s * 1e3 / options.trials))
    stock_ms, floor_ms = np.array(pairs).T
    print(
        json.dumps(
            {
                "trials": options.trials,
                "load_at_start": load,
                "stock_ms_per_trial": stock_ms.round(3).tolist(),
                "floor_ms_per_trial": floor_ms.round(3).tolist(),
                "median_stock_ms": round(float(np.median(stock_ms)), 3),
                "median_floor_ms": round(float(np.median(floor_ms)), 3),
                "median_ratio": round(float(np.median(stock_ms / floor_ms)), 2),
            },
            indent=1,
        )
    )


if __name__ == "__main__":
    main()
