"""Time and memory against trials, size, jobs and replicas, with a plot.

    python benchmarks/scaling.py
    python benchmarks/scaling.py --only jobs     # one part anew; the others keep their numbers

Whole commands with a warm cache for trials and jobs, the program alone for sizes and replicas.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from measuring import RESULTS, command_times, program_times, write_result

from lateralnet import preset

Rows = list[dict[str, Any]]
TRIALS = (10, 30, 100, 300, 1000, 3000, 10000)
SIZES = (800, 3200, 12800, 51200)
JOBS = ((1, 1), (2, 1), (2, 2), (4, 2))  # (seeds, jobs)
REPLICAS = (1, 4, 16)


def main() -> None:
    """Measure the parts asked for, keep the others, write numbers and plot."""
    parts: dict[str, Callable[[], Rows]] = {
        "trials": by_trials,
        "size": by_size,
        "jobs": by_jobs,
        "replicas": by_replicas,
    }
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=list(parts), action="append")
    parser.add_argument("--plot-only", action="store_true")
    options = parser.parse_args()
    path = RESULTS / "scaling.json"
    found = json.loads(path.read_text())["parts"] if path.is_file() else {}
    if not options.plot_only:
        for name in options.only or parts:
            found[name] = parts[name]()
            for row in found[name]:
                print(name, "  ".join(f"{key} {value:.4g}" for key, value in row.items()))
        write_result("scaling", {"parts": found})
    plot(found, RESULTS / "scaling.png")


def _command(folder: Path, flags: str) -> dict[str, Any]:
    base = "run --mode ll_thesis --device cpp --no-figures --quiet --run-name s --overwrite"
    return command_times(f"{base} {flags}".split(), folder)


def by_trials() -> Rows:
    """Return rows for one seed: cost per trial and memory must not grow."""
    rows = []
    with tempfile.TemporaryDirectory(prefix="lateralnet-scaling-") as name:
        _command(Path(name), "--n-training-trials 1")
        for trials in TRIALS:
            found = _command(Path(name), f"--n-training-trials {trials}")
            facts = found["summary"]["facts"]
            rows.append(
                {
                    "trials": trials,
                    "training_wall_ms_per_trial": facts["training_wall_s_per_trial"] * 1e3,
                    "program_cpu_ms_per_trial": facts["simulation_cpu_s_per_trial"] * 1e3,
                    "command_cpu_s": found["cpu_s"],
                    "command_wall_s": found["wall_s"],
                    "peak_mb": found["peak_mb"],
                }
            )
    return rows


def by_size() -> Rows:
    """Return rows for MON layers of several sizes; the gain keeps the input of a TS cell equal."""
    rows = []
    thesis = preset("ll_thesis")
    for n_mon in SIZES:
        gain_mV = thesis.mon_ts_gain_mV * thesis.n_mon / n_mon
        params = replace(thesis, n_mon=n_mon, mon_ts_gain_mV=gain_mV, n_training_trials=10)
        program_times(params)  # built, and its files in memory
        rows.append({"n_mon": n_mon, **_median([program_times(params) for _ in range(3)])})
    return rows


def by_jobs(rounds: int = 5) -> Rows:
    """Return rows for several seeds in one and two processes, measured in turn.

    The shortest time counts: two processes suffer twice from anything else on the machine.
    """
    walls: dict[tuple[int, int], list[float]] = {pair: [] for pair in JOBS}
    peaks_mb = dict.fromkeys(JOBS, 0.0)
    with tempfile.TemporaryDirectory(prefix="lateralnet-scaling-") as name:
        _command(Path(name), "--n-training-trials 1")
        for _ in range(rounds):
            for seeds, jobs in JOBS:
                found = _command(
                    Path(name), f"--n-training-trials 300 --multi-seed {seeds} --jobs {jobs}"
                )
                walls[seeds, jobs].append(found["wall_s"])
                peaks_mb[seeds, jobs] = max(peaks_mb[seeds, jobs], found["peak_mb"])
    return [
        {
            "seeds": seeds,
            "jobs": jobs,
            "wall_s": min(times),
            "median_wall_s": float(np.median(times)),
            "seeds_per_minute": 60 * seeds / min(times),
            "peak_mb": peaks_mb[seeds, jobs],
        }
        for (seeds, jobs), times in walls.items()
    ]


def by_replicas() -> Rows:
    """Return rows for networks side by side in one program; times are per replica too."""
    rows = []
    for replicas in REPLICAS:
        params = preset("ll_thesis", n_training_trials=10)
        program_times(params, replicas=replicas)
        row = _median([program_times(params, replicas=replicas) for _ in range(3)])
        per_replica = {
            f"{name}_and_replica": value / replicas
            for name, value in row.items()
            if name.endswith("_per_trial")
        }
        rows.append({"replicas": replicas, **row, **per_replica})
    return rows


def _median(samples: list[dict[str, float]]) -> dict[str, float]:
    return {key: float(np.median([sample[key] for sample in samples])) for key in samples[0]}


def plot(found: dict[str, Rows], path: Path) -> None:
    """Draw four panels."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(2, 2, figsize=(9, 7), layout="constrained")
    panels = axes.ravel()

    def column(part: str, key: str) -> np.ndarray:
        return np.array([row[key] for row in found[part]])

    if "trials" in found:
        axis, trials = panels[0], column("trials", "trials")
        axis.plot(trials, column("trials", "training_wall_ms_per_trial"), "o-", label="wall")
        axis.plot(
            trials, column("trials", "program_cpu_ms_per_trial"), "s--", label="CPU of the program"
        )
        axis.set(xscale="log", ylim=(0, None), xlabel="training trials", ylabel="ms per trial")
        axis.legend(loc="center", bbox_to_anchor=(0.6, 0.32))
        memory = axis.twinx()
        memory.plot(trials, column("trials", "peak_mb"), "^:", color="0.4")
        memory.set(ylim=(0, 400), ylabel="peak memory of all processes, MB (dotted)")
        axis.set_title("a  one seed of ll_thesis, without figures", loc="left", fontsize=10)
    if "size" in found:
        axis, n_mon = panels[1], column("size", "n_mon")
        cpu = column("size", "user_ms_per_trial")
        axis.plot(n_mon, cpu, "o-", label="program")
        axis.plot(n_mon, column("size", "python_ms_per_trial"), "s--", label="Python")
        axis.plot(n_mon, cpu[0] * n_mon / n_mon[0], ":", color="0.6", label="proportional")
        axis.set(xscale="log", yscale="log", xlabel="MON cells", ylabel="CPU ms per trial")
        axis.set_xticks(n_mon, [f"{n:,}" for n in n_mon])
        axis.minorticks_off()
        axis.legend()
        axis.set_title("b  size of the MON layer", loc="left", fontsize=10)
    if "jobs" in found:
        axis = panels[2]
        names = [
            f"{row['seeds']} seed{'s' * (row['seeds'] > 1)}\n"
            f"{row['jobs']} job{'s' * (row['jobs'] > 1)}"
            for row in found["jobs"]
        ]
        bars = axis.bar(names, column("jobs", "seeds_per_minute"), color="C0")
        axis.bar_label(bars, fmt="%.1f")
        axis.set(ylabel="seeds of 300 trials per minute")
        axis.set_title("c  processes, on two cores", loc="left", fontsize=10)
    if "replicas" in found:
        axis, replicas = panels[3], column("replicas", "replicas")
        axis.plot(replicas, column("replicas", "user_ms_per_trial_and_replica"), "o-")
        axis.set(
            xscale="log", ylim=(0, None), xlabel="replicas in one program",
            ylabel="CPU ms per trial and replica",
        )  # fmt: skip
        axis.set_xticks(replicas, [str(n) for n in replicas])
        axis.minorticks_off()
        axis.set_title("d  networks side by side", loc="left", fontsize=10)
    for axis in panels:
        axis.spines[["top"]].set_visible(False)
        axis.grid(alpha=0.25)
    figure.savefig(path, dpi=110)
    print(f"drawn: {path}")


if __name__ == "__main__":
    main()
