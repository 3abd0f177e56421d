"""CPU time of a point of a sweep of `ll_fast`, with and without a training of its own.

    python benchmarks/sweep_points.py [--rounds 3] [--jobs 1]

The slope between a sweep of 4 and one of 16 points, each a whole command with all of its
processes: what starts once is not part of it. A round takes 20 s on a quiet machine. Two jobs on
two hardware threads of one core slow each other, which counts as CPU time of both.
`results/sweep_points.json`.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
from measuring import command_times, write_result

N_POINTS = (4, 16)


def _command(name: str, jobs: int, varied: str) -> list[str]:
    return f"sweep --mode ll_fast --device cpp --quiet --jobs {jobs} --name {name} {varied}".split()


def slope_s(folder: Path, kind: str, jobs: int) -> float:
    """Return CPU seconds per point."""
    cpu_s = []
    for n in N_POINTS:
        distances = ",".join(f"{0.5 + 0.02 * k:.2f}" for k in range(n))
        varied = {
            "trained": f"--seeds 100:{100 + n}",
            "test only": f"--seeds 100:101 --vary distance-cm={distances}",
        }[kind]
        name = f"{kind.replace(' ', '-')}-{n}"
        cpu_s.append(command_times(_command(name, jobs, varied), folder)["cpu_s"])
    return (cpu_s[1] - cpu_s[0]) / (N_POINTS[1] - N_POINTS[0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=1, help="processes that work at once")
    options = parser.parse_args()
    found: dict[str, list[float]] = {"trained": [], "test only": []}
    with tempfile.TemporaryDirectory(prefix="lateralnet-points-") as name:
        command_times(_command("warm", 1, ""), Path(name))
    for _ in range(options.rounds):
        with tempfile.TemporaryDirectory(prefix="lateralnet-points-") as name:
            for kind, values in found.items():
                values.append(slope_s(Path(name), kind, options.jobs))
                print(f"{kind}: {values[-1]:.3f} s CPU a point", flush=True)
        # Written after every round, come what may.
        write_result("sweep_points", {"jobs": options.jobs, "cpu_s_per_point": found})
    for kind, values in found.items():
        print(f"{kind}: median {np.median(values):.3f} s CPU a point")


if __name__ == "__main__":
    main()
