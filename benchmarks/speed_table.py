"""The speed table: this package, stock Brian2 and the hand-written floor, in turn.

    python benchmarks/speed_table.py --trials 50 --rounds 7

One round runs each of them once, on one core, so that all see the same state of the machine.
Times are CPU seconds of user mode, of the whole process of each program. Give it an otherwise
idle machine; the load that it found is stored with the numbers.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from measuring import command_times, program_times, write_result

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE / "floor"), str(HERE / "yardstick")]

import floor  # noqa: E402  (scripts, not a package)
import stock_network  # noqa: E402

from backends.host import toolchain  # noqa: E402
from lateralnet import preset  # noqa: E402
from lateralnet.devices.benchmarking import benchmark  # noqa: E402

# Published program against stock on one machine, both quiet: 1430 ms a trial as shipped (NumPy
# target), 830 with its Cython target, 65 for stock.
PUBLISHED_MS = {"numpy, as shipped": 1430.0, "cython": 830.0}
PUBLISHED_STOCK_MS = 65.0
NAMES = ("stock", "float64", "float32", "floor")
PROGRAMS = ("float64", "float32", "float64 clang++", "float32 clang++", "floor")


def main() -> None:
    """Build everything, run the rounds and the commands, print and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--command-trials", type=int, default=1000)
    parser.add_argument("--command-rounds", type=int, default=5)
    parser.add_argument("--core", type=int, default=0, help="on which the one-core parts run")
    parser.add_argument(
        "--programs-only", action="store_true",
        help="float64, float32, both compiled by clang, and the floor; results/programs.json",
    )  # fmt: skip
    parser.add_argument(
        "--commands-only", action="store_true",
        help="ll_thesis and ll_learn with and without figures, one core; results/commands.json",
    )  # fmt: skip
    options = parser.parse_args()
    cores = os.sched_getaffinity(0)
    if options.commands_only:
        with tempfile.TemporaryDirectory(prefix="lateralnet-speed-") as name:
            commands = whole_commands(
                Path(name),
                {
                    f"{mode}{shown}": (f"run --mode {mode}{shown}", {options.core})
                    for mode in ("ll_thesis", "ll_learn")
                    for shown in (" --no-figures", "")
                },
                options.command_rounds,
            )
        for line in commands_table(commands):
            print(line)
        write_result("commands", {"commands": commands})
        return
    if options.programs_only:
        os.sched_setaffinity(0, {options.core})
        with tempfile.TemporaryDirectory(prefix="lateralnet-speed-") as name:
            samples = rounds(Path(name), options.trials, options.rounds, PROGRAMS)
        use_compiler("")
        for line in samples_table(options.trials, samples):
            print(line)
        write_result("programs", {"trials": options.trials, "user_ms_per_trial": samples})
        return
    with tempfile.TemporaryDirectory(prefix="lateralnet-speed-") as name:
        folder = Path(name)
        cold = benchmark(["cpp"], trials=5, repeats=1, cold_repeats=3)["rows"][0]["cold"]
        os.sched_setaffinity(0, {options.core})
        samples = rounds(folder, options.trials, options.rounds, NAMES)
        os.sched_setaffinity(0, cores)
        trials, one_core = options.command_trials, {options.core}
        thesis = f"run --mode ll_thesis --n-training-trials {trials}"
        wanted: dict[str, tuple[str, set[int] | None]] = {
            f"ll_thesis, {trials} trials, one core": (thesis, one_core),
            f"ll_thesis, {trials} trials, one core, float32": (
                f"{thesis} --precision float32",
                one_core,
            ),
            "ll_fast": ("run --mode ll_fast", None),
            "ll_learn": ("run --mode ll_learn", None),
        }
        commands = whole_commands(folder, wanted, options.command_rounds)
    found = {
        "trials": options.trials,
        "user_ms_per_trial": samples,
        "cold_build": cold,
        "commands": commands,
    }
    found["goals"] = goals(found)
    for line in table(found):
        print(line)
    write_result("speed", found)


def rounds(
    folder: Path, trials: int, n_rounds: int, names: Sequence[str]
) -> dict[str, list[float]]:
    """Return user milliseconds per trial of each program, one number for each round."""
    params = preset("ll_thesis", n_training_trials=trials)
    (folder / "floor").mkdir()
    program = floor.build(folder / "floor")
    floor.write_input(folder / "floor", floor.parameters(params), floor.draw_network(params))
    if "stock" in names:
        stock_network.build(folder / "stock", trials, params.seed, 2)

    def one(name: str) -> float:
        if name == "stock":
            return stock_network.run(folder / "stock", trials)["user_cpu_s"] * 1e3 / trials
        if name == "floor":
            return floor.run(program, folder / "floor")["user_cpu_s"] * 1e3 / trials
        precision, _, compiler = name.partition(" ")
        use_compiler(compiler)
        return program_times(params, precision)["user_ms_per_trial"]

    for name in names:
        one(name)  # built and warm
    samples: dict[str, list[float]] = {name: [] for name in names}
    for _ in range(n_rounds):
        for name in names:
            samples[name].append(one(name))
    return samples


def use_compiler(name: str) -> None:
    """Let device cpp compile with this; ``""`` stands for its default."""
    os.environ.pop("CXX", None)
    if name:
        os.environ["CXX"] = name
    toolchain.compiler.cache_clear()
    toolchain.compiler_version.cache_clear()


def whole_commands(
    folder: Path, wanted: Mapping[str, tuple[str, set[int] | None]], n_rounds: int
) -> dict[str, list[dict[str, float]]]:
    """Time whole commands, on some cores, with a warm cache; `n_rounds` in turn.

    ``ratio`` is the CPU time of all processes of the command over that of the program in
    training.
    """
    found: dict[str, list[dict[str, float]]] = {name: [] for name in wanted}
    for number in range(-1, n_rounds):  # the first fills the cache
        for name, (command, cores) in wanted.items():
            ending = "--device cpp --run-name b --overwrite --quiet"
            if number < 0:
                ending += " --n-training-trials 10"
            outcome = command_times(f"{command} {ending}".split(), folder, cores)
            if number < 0:
                continue
            facts = outcome["summary"]["facts"]
            simulation_s = facts["simulation_cpu_s_per_trial"] * facts["trials_run"]
            found[name].append(
                {
                    "wall_s": outcome["wall_s"],
                    "cpu_s": outcome["cpu_s"],
                    "simulation_cpu_s": simulation_s,
                    "ratio": outcome["cpu_s"] / simulation_s,
                    "peak_mb": outcome["peak_mb"],
                }
            )
    return found


def goals(found: dict[str, Any]) -> list[tuple[str, float, str]]:
    """Return what was aimed at: (what, measured, goal)."""
    samples = {name: np.array(values) for name, values in found["user_ms_per_trial"].items()}

    def ratio(slow: str, fast: str) -> float:
        return float(np.median(samples[slow] / samples[fast]))

    published = {
        name: ms / PUBLISHED_STOCK_MS * ratio("stock", "float64")
        for name, ms in PUBLISHED_MS.items()
    }
    commands = {
        name: {key: float(np.median([run[key] for run in runs])) for key in runs[0]}
        for name, runs in found["commands"].items()
    }
    thesis, thesis_32, fast, learn = commands.values()
    cpu_s = float(np.median([build["build_cpu_s"] for build in found["cold_build"]]))
    return [
        ("float32, times faster than stock", ratio("stock", "float32"), ">= 3.7"),
        ("float64, times faster than stock", ratio("stock", "float64"), ">= 2.8"),
        ("float64, times the floor", ratio("float64", "floor"), "<= 2.2"),
        ("float32, times the floor", ratio("float32", "floor"), "<= 2.2"),
        (
            "float64, times faster than the published program (derived)",
            published["numpy, as shipped"],
            ">= 75",
        ),
        ("the same against its Cython target (derived)", published["cython"], ""),
        ("cold build, s CPU", cpu_s, "<= 15"),
        ("ll_thesis command, times its simulation (CPU)", thesis["ratio"], "<= 1.3"),
        ("the same in float32", thesis_32["ratio"], "<= 1.3"),
        ("ll_fast, s wall", fast["wall_s"], "<= 3"),
        ("ll_learn, s wall", learn["wall_s"], "about 8"),
    ]


def samples_table(trials: int, samples: dict[str, list[float]]) -> list[str]:
    """Return Markdown: every number, medians, and medians of the ratios to the floor."""
    lines = [f"| {trials} trials | user ms per trial, each run | median | to floor |"]
    lines.append("|---|---|---|---|")
    for name, values in samples.items():
        shown = " ".join(f"{value:.2f}" for value in values)
        ratio = np.median(np.array(values) / np.array(samples["floor"]))
        lines.append(f"| {name} | {shown} | {np.median(values):.2f} | {ratio:.2f} |")
    return lines


def table(found: dict[str, Any]) -> list[str]:
    """Return Markdown: what was aimed at, then every number."""
    lines = ["| | measured | goal |", "|---|---|---|"]
    lines += [f"| {what} | {value:.2f} | {goal} |" for what, value, goal in found["goals"]]
    lines += ["", *samples_table(found["trials"], found["user_ms_per_trial"])]
    return [*lines, "", *commands_table(found["commands"])]


def commands_table(commands: dict[str, list[dict[str, float]]]) -> list[str]:
    """Return Markdown: wall time of every run, and medians."""
    lines = ["| command | wall s, each run | CPU s | program CPU s | ratio | peak MB |"]
    lines.append("|---|---|---|---|---|---|")
    for name, runs in commands.items():
        cells = [" ".join(f"{run['wall_s']:.2f}" for run in runs)]
        for key in ("cpu_s", "simulation_cpu_s", "ratio", "peak_mb"):
            cells.append(f"{np.median([run[key] for run in runs]):.2f}")
        lines.append("| " + " | ".join([name, *cells]) + " |")
    return lines


if __name__ == "__main__":
    main()
