"""The published program and this package in turn: CPU time per trial of the whole commands.

    python benchmarks/published_program.py FOLDER --rounds 5

FOLDER holds the published program, LateralLine (J. Goulet, 2026), which is no part of this package.

Both run ``--mode ll_thesis`` with two numbers of trials, figures included; the slope between them
is the time per trial, without what every run costs once. One round runs all four, so that all
see the same state of the machine. CPU time is that of all processes of a command, user and
system mode.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from measuring import command_times, write_result

THEIRS, OURS = (2, 6), (50, 450)


def their_cpu_s(program: Path, trials: int) -> float:
    """Run the published program; CPU seconds."""
    with tempfile.TemporaryDirectory(prefix="published-") as folder:
        child = subprocess.Popen(
            [
                sys.executable, str(program / "ll_stdp_brian2.py"), "--mode", "ll_thesis",
                "--n-training-trials", str(trials), "--save-tag", "b", "--save-weights-dir", "w",
            ],
            cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={**os.environ, "MPLBACKEND": "Agg", "PYTHONPATH": str(program)},
        )  # fmt: skip
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"the published program ended with {child.returncode}")
    return used.ru_utime + used.ru_stime


def our_cpu_s(trials: int) -> float:
    """Run our command; CPU seconds."""
    with tempfile.TemporaryDirectory(prefix="ours-") as folder:
        command = f"run --mode ll_thesis --n-training-trials {trials} --device cpp --quiet"
        return float(command_times(command.split(), Path(folder))["cpu_s"])


def main() -> None:
    """Run the rounds, print the slopes and write them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", type=Path, help="folder of the published program")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    our_cpu_s(5)  # built
    slopes: dict[str, list[float]] = {"published": [], "ours": []}
    for _ in range(options.rounds):
        few, many = (their_cpu_s(options.program, trials) for trials in THEIRS)
        slopes["published"].append((many - few) / (THEIRS[1] - THEIRS[0]) * 1e3)
        few, many = (our_cpu_s(trials) for trials in OURS)
        slopes["ours"].append((many - few) / (OURS[1] - OURS[0]) * 1e3)
        print({name: round(values[-1], 2) for name, values in slopes.items()}, flush=True)
    ratios = np.array(slopes["published"]) / np.array(slopes["ours"])
    print(f"median ratio {np.median(ratios):.1f}")
    write_result(
        "published",
        {
            "trials": {"published": THEIRS, "ours": OURS},
            "cpu_ms_per_trial": slopes,
            "ratios": ratios.tolist(),
            "median_ratio": float(np.median(ratios)),
        },
    )


if __name__ == "__main__":
    main()
