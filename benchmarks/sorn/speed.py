"""Speed beside the published package: ms per step, all rules, noise on, ten input rows.

The published package (PyPI ``sorn==0.7.4``, which needs ``matplotlib<3.10`` and ``tqdm``) lives in
an environment of its own; give its interpreter with ``--published``. Measurements alternate:
one of the published package, then one of each way to run this one, and again. The table reports
the median of each and the ratio of the medians, in wall time and in processor time; the second is
the fairer one on a machine that does other work too, as both packages use one thread.

Usage::

    python benchmarks/sorn/speed.py --published VENV/bin/python --json FILE
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time

from report import write_report

PUBLISHED_SCRIPT = """
import json, os, sys, tempfile, time
os.chdir(tempfile.mkdtemp())  # importing the package writes a log file
import numpy as np
from importlib.metadata import version
import sorn
assert version("sorn") == "0.7.4" and "site-packages" in sorn.__file__, sorn.__file__
from sorn import Simulator
import logging; logging.disable(logging.CRITICAL)
ne, warm, steps = map(int, sys.argv[1:])
np.random.seed(1)
inputs = np.random.rand(10, max(warm, steps))
state, _ = Simulator.run(inputs=inputs, timesteps=warm, ne=ne)
wall, processor = time.perf_counter(), time.process_time()
Simulator.run(inputs=inputs, state=state, timesteps=steps, ne=ne)
print(json.dumps([(time.perf_counter() - wall) / steps * 1e3,
                  (time.process_time() - processor) / steps * 1e3]))
"""
WAYS = {
    "numpy": {},
    "numpy, seed": {"seed": 1},
    "numba": {"backend": "numba"},
    "numba, seed": {"backend": "numba", "seed": 1},
}
PUBLISHED_STEPS = {50: 400, 100: 200, 200: 60, 400: 15, 800: 6}
OWN_STEPS = {50: 8000, 100: 8000, 200: 5000, 400: 3000, 800: 1500}
WARM_STEPS = 3
"""Both sides measure a fresh network: its tables are fullest, so this is the slow end."""


def measure_published(interpreter: str, ne: int) -> tuple[float, float]:
    """Wall and processor ms per step of the published package, in a process of its own."""
    # -I keeps PYTHONPATH and the working directory out: they could hold this package.
    command = [interpreter, "-I", "-c", PUBLISHED_SCRIPT, str(ne), str(WARM_STEPS)]
    output = subprocess.run(
        [*command, str(PUBLISHED_STEPS[ne])],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
    ).stdout
    wall, processor = json.loads(output.splitlines()[-1])
    return wall, processor


def measure(ne: int, options: dict) -> tuple[float, float]:
    """Wall and processor ms per step of this package."""
    import numpy as np

    from sorn import Simulator

    inputs = np.random.default_rng(1).random((10, OWN_STEPS[ne]))
    common = {"ne": ne, "mu_ip": 0.1} | options
    state, _ = Simulator.run(inputs=inputs, timesteps=WARM_STEPS, **common)
    wall, processor = time.perf_counter(), time.process_time()
    Simulator.run(inputs=inputs, state=state, **common)
    per_step = 1e3 / OWN_STEPS[ne]
    return (time.perf_counter() - wall) * per_step, (time.process_time() - processor) * per_step


def summarise(times: dict[str, list[tuple[float, float]]]) -> dict:
    """Medians and how many times faster than the published package each way is."""
    summary: dict[str, dict] = {name: {} for name in times}
    for column, kind in enumerate(("wall", "processor")):
        medians = {name: statistics.median(t[column] for t in ts) for name, ts in times.items()}
        for name, values in times.items():
            summary[name][kind] = {
                "ms_per_step": [round(value[column], 4) for value in values],
                "median_ms_per_step": round(medians[name], 4),
                "times_faster": round(medians["published"] / medians[name], 1),
            }
    return summary


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--published", required=True, help="interpreter with sorn==0.7.4")
    parser.add_argument("--sizes", type=int, nargs="+", default=sorted(PUBLISHED_STEPS))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", help="write the result here")
    arguments = parser.parse_args()
    result = {}
    for ne in arguments.sizes:
        times: dict[str, list[tuple[float, float]]] = {name: [] for name in ("published", *WAYS)}
        measure(ne, {"backend": "numba"})  # compile first
        for _ in range(arguments.rounds):
            times["published"].append(measure_published(arguments.published, ne))
            for name, options in WAYS.items():
                times[name].append(measure(ne, options))
        result[f"ne={ne}"] = summary = summarise(times)
        ratios = ", ".join(f"{n} {s['processor']['times_faster']}" for n, s in summary.items())
        sys.stderr.write(f"ne={ne}, times faster in processor time: {ratios}\n")
    arguments.published = "sorn==0.7.4 from PyPI"
    write_report(
        {"arguments": vars(arguments), "load_average": os.getloadavg(), "result": result},
        arguments.json,
    )


if __name__ == "__main__":
    main()
