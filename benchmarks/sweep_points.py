"""CPU time of a point of a sweep of `ll_fast`, with and without a training of its own.

    python benchmarks/sweep_points.py [--rounds 3]

The slope between a sweep of 4 and one of 16 points, each a whole command with all of its
processes: what starts once is not part of it. A round takes 20 s on a quiet machine.
`results/sweep_points.json`.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
from measuring import command_times, write_result

N_POINTS = (4, 16)


def slope_s(folder: Path, kind: str) -> float:
    """Return CPU seconds per point."""
    cpu_s = []
    for n in N_POINTS:
        distances = ",".join(f"{0.5 + 0.02 * k:.2f}" for k in range(n))
        varied = {
            "trained": f"--seeds 100:{100 + n}",
            "test only": f"--seeds 100:101 --vary distance-cm={distances}",
        }[kind]
        name = f"{kind.replace(' ', '-')}-{n}"
        command = f"sweep --mode ll_fast --device cpp --quiet --name {name} {varied}"
        cpu_s.append(command_times(command.split(), folder)["cpu_s"])
    return (cpu_s[1] - cpu_s[0]) / (N_POINTS[1] - N_POINTS[0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    found: dict[str, list[float]] = {"trained": [], "test only": []}
    with tempfile.TemporaryDirectory(prefix="lateralnet-points-") as name:
        command_times("sweep --mode ll_fast --device cpp --quiet --name warm".split(), Path(name))
    for _ in range(rounds):
        with tempfile.TemporaryDirectory(prefix="lateralnet-points-") as name:
            for kind, values in found.items():
                values.append(slope_s(Path(name), kind))
                print(f"{kind}: {values[-1]:.3f} s CPU a point", flush=True)
        write_result("sweep_points", {"cpu_s_per_point": found})  # a round is kept, come what may
    for kind, values in found.items():
        print(f"{kind}: median {np.median(values):.3f} s CPU a point")


if __name__ == "__main__":
    main()
