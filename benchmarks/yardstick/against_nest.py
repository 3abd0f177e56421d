"""Device cpp beside NEST: user CPU of the same network on one core, in turn.

    python benchmarks/yardstick/against_nest.py PYTHON_WITH_NEST [--rounds 5] [--trials 10]

Writes ``benchmarks/results/nest.json``.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from measuring import program_times, write_result

from lateralnet import preset

NEST = Path(__file__).with_name("nest_network.py")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("python")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--trials", type=int, default=10)
    asked = parser.parse_args()
    ours, theirs = [], []
    for number in range(asked.rounds + 1):
        with tempfile.NamedTemporaryFile(suffix=".json") as file:
            command = [asked.python, str(NEST), "--trials", str(asked.trials), "--json", file.name]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            (nest,) = json.loads(Path(file.name).read_text())
        cpp = program_times(preset("ll_thesis", n_training_trials=10 * asked.trials))
        if number:  # the first round builds and warms up
            theirs.append(nest)
            ours.append(cpp)
    ratios = [
        nest["cpu_ms_per_trial"] / cpp["user_ms_per_trial"]
        for nest, cpp in zip(theirs, ours, strict=True)
    ]
    write_result("nest", {"nest": theirs, "cpp": ours, "ratios": ratios})
    print(f"NEST takes {median(ratios):.1f} times the CPU of device cpp")
    for nest in theirs:
        print(f"{nest['cpu_ms_per_trial']:.0f} ms, {nest['events_per_s'] / 1e6:.1f} M events/s")


if __name__ == "__main__":
    main()
