"""Memory of a whole run against its number of trials: it must not grow.

    python benchmarks/memory.py 200 2000 10000

Each run is the command ``lateralnet run --mode ll_thesis`` with figures; the number is the
largest sum of the resident memory of all its processes.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from measuring import command_times, write_result

LIMIT_MB = 400.0


def main() -> None:
    """Run, print one line for each, and fail where the limit is passed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("trials", type=int, nargs="*", default=[200, 2000])
    options = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory(prefix="lateralnet-memory-") as name:
        for trials in options.trials:
            command = (
                f"run --mode ll_thesis --device cpp --n-training-trials {trials} "
                f"--run-name m{trials} --quiet"
            )
            found = command_times(command.split(), Path(name))
            facts = found["summary"]["facts"]
            rows.append(
                {
                    "trials": trials,
                    "peak_mb": found["peak_mb"],
                    "largest_process_mb": facts["peak_memory_mb"],
                    "wall_s": found["wall_s"],
                    "cpu_s": found["cpu_s"],
                    "simulation_cpu_ms_per_trial": facts["simulation_cpu_s_per_trial"] * 1e3,
                }
            )
            print("  ".join(f"{key} {value:.4g}" for key, value in rows[-1].items()), flush=True)
    write_result("memory", {"limit_mb": LIMIT_MB, "rows": rows})
    if any(row["peak_mb"] > LIMIT_MB for row in rows):
        raise SystemExit(f"more than {LIMIT_MB:.0f} MB")


if __name__ == "__main__":
    main()
