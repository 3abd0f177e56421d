"""The tasks of the literature: does plasticity beat the static reservoir?

Usage: python benchmarks/sorn/tasks.py [--seeds 10] [--plastic-steps 50000] [--json FILE]
       [--figures FOLDER]
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from report import write_report

from sorn.tasks import TASKS, run_task


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--plastic-steps", type=int, default=50_000)
    parser.add_argument("--tasks", nargs="+", default=list(TASKS), choices=list(TASKS))
    parser.add_argument("--json", help="write the result here, after every task")
    parser.add_argument("--figures", help="write a figure of each task to this folder")
    arguments = parser.parse_args()
    folder, arguments.figures = arguments.figures, None
    result = {}
    for name in arguments.tasks:
        outcome = run_task(
            name, seeds=arguments.seeds, plastic_steps=arguments.plastic_steps, backend="numba"
        )
        result[name] = {
            "summary": outcome.rows(),
            "sorn": outcome.sorn.tolist(),
            "static": outcome.static.tolist(),
        }
        if folder:
            import matplotlib

            matplotlib.use("Agg")
            from sorn.plots.tasks import task_accuracy

            task_accuracy(outcome, savefig=Path(folder) / f"{name}.png")
        if arguments.json:
            write_report({"arguments": vars(arguments), "result": result}, arguments.json, False)
        sys.stderr.write(f"{name}: done\n")
    write_report({"arguments": vars(arguments), "result": result}, arguments.json)


if __name__ == "__main__":
    main()
