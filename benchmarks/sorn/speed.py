"""Speed in one run: long runs, one step a call, batches, memory and fixed costs.

The published packages (PyPI ``sorn==0.6.2`` and ``sorn==0.7.4``, which need ``matplotlib<3.10`` and
``tqdm``) live in environments of their own; give their interpreters. Measurements alternate: in
every round each way is measured once. The tables give medians over the rounds, in wall and in
processor time; the second is the fairer one on a machine that does other work too, and the only
one that is compared where all ways use one thread.

Usage::

    OPENBLAS_NUM_THREADS=1 python benchmarks/sorn/speed.py --documented VENV062/bin/python
        --newer VENV074/bin/python [--rounds 5] [--parts PART ...] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial

import numpy as np
from floor import floor_seconds
from report import write_report

from sorn import Network, Simulator, Trainer

Times = tuple[float, float]
PUBLISHED = """
import contextlib, io, json, logging, os, sys, tempfile, time
os.chdir(tempfile.mkdtemp())  # importing the package writes a log file
import numpy as np
import sorn
assert "site-packages" in sorn.__file__, sorn.__file__
from sorn import Simulator, Trainer
logging.disable(logging.CRITICAL)
kind, ne, steps = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
np.random.seed(1)
with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
    if kind == "long":
        inputs = np.random.rand(10, max(3, steps))
        state, _ = Simulator.run(inputs=inputs, timesteps=3, ne=ne, nu=10)
        wall, processor = time.perf_counter(), time.process_time()
        Simulator.run(inputs=inputs, state=state, timesteps=steps, ne=ne, nu=10)
    else:
        u = np.random.rand(4, 1)
        options = dict(inputs=u, time_steps=1, noise=False, ne=ne, nu=4)
        state = Simulator.simulate_sorn(phase="plasticity", **options)[0]
        call = Simulator.simulate_sorn if kind == "plasticity" else Trainer.train_sorn
        state = call(phase=kind, matrices=state, **options)[0]
        wall, processor = time.perf_counter(), time.process_time()
        for _ in range(steps):
            state = call(phase=kind, matrices=state, **options)[0]
    times = (time.perf_counter() - wall) / steps, (time.process_time() - processor) / steps
print(json.dumps(times))
"""
LONG_STEPS = {50: (200, 4000), 200: (40, 2000), 800: (3, 500), 3000: (0, 100)}
"""Per size, steps of the published package and of this one; the largest is left out there."""
LOOP_STEPS = {"plasticity": (40, 300), "training": (1500, 3000)}
BATCH = 16
DENSE = {"lambda_ee": 600}


def published(interpreter: str, kind: str, ne: int, steps: int) -> Times:
    """Seconds per step of a published package, in a process of its own."""
    # -I keeps PYTHONPATH and the working directory out: they could hold this package.
    command = [interpreter, "-I", "-c", PUBLISHED, kind, str(ne), str(steps)]
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1"}
    output = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    wall, processor = json.loads(output.stdout.splitlines()[-1])
    return wall, processor


def timed(work: Callable[[], object], steps: int) -> Times:
    """Wall and processor seconds per step."""
    wall, processor = time.perf_counter(), time.process_time()
    work()
    return (time.perf_counter() - wall) / steps, (time.process_time() - processor) / steps


def long_run(ne: int, steps: int, backend: str, **options) -> Times:
    """A run of many steps, all rules, noise, ten inputs; the network is built before."""
    network = Network("published", ne=ne, nu=10, seed=1, backend=backend, **options)
    inputs = np.random.default_rng(1).random((10, steps))
    network.run(inputs[:, :3], record=())
    networks = network.batch or 1
    return timed(lambda: network.run(inputs, record=("excitatory",)), steps * networks)


def least_work(ne: int, steps: int, **options) -> Times:
    """The floor of floor.py, wall and processor."""
    return tuple(
        floor_seconds(ne, steps, clock, **options)
        for clock in (time.perf_counter, time.process_time)
    )


def object_loop(phase: str, ne: int, steps: int, backend: str) -> Times:
    """One step a call with the network object."""
    network = Network(
        "published", ne=ne, nu=4, seed=1, phase=phase, noise=False, clip_te=False, backend=backend
    )
    u = np.random.default_rng(1).random(4)
    network.step(u)

    def work() -> None:
        for _ in range(steps):
            network.step(u)

    return timed(work, steps)


def function_loop(phase: str, ne: int, steps: int) -> Times:
    """One step a call with the documented functions."""
    u = np.random.default_rng(1).random((4, 1))
    options = {"time_steps": 1, "noise": False, "ne": ne, "nu": 4, "mu_ip": 0.1}
    start, _ = Simulator.run(inputs=u, ne=ne, nu=4, seed=1, mu_ip=0.1)
    call = Simulator.simulate_sorn if phase == "plasticity" else Trainer.train_sorn
    state = call(inputs=u, phase=phase, matrices=start, **options)[0]

    def work() -> None:
        nonlocal state
        for _ in range(steps):
            state = call(inputs=u, phase=phase, matrices=state, **options)[0]

    return timed(work, steps)


def interleaved(ways: dict[str, Callable[[], Times]], rounds: int) -> dict:
    """Medians in microseconds, and all measurements, of ways that take turns."""
    times: dict[str, list[Times]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            times[name].append(way())
    return {
        name: {
            kind: {
                "median_us": round(1e6 * statistics.median(t[column] for t in measured), 2),
                "us": [round(1e6 * t[column], 2) for t in measured],
            }
            for column, kind in enumerate(("wall", "processor"))
        }
        for name, measured in times.items()
    }


# Not ru_maxrss: a process inherits that of the one that started it.
PEAK = """int(open("/proc/self/status").read().split("VmHWM:")[1].split()[0]) / 1024"""
OURS = f"""
import tempfile
from sorn import Network
network = Network("published", ne=200, seed=1, backend="numba")
network.run(steps=2000, to=tempfile.mkdtemp())
before = {PEAK}
network.run(steps=STEPS, to=tempfile.mkdtemp())
print({PEAK}, {PEAK} - before)
"""
THEIRS = f"""
import contextlib, io, logging, os, tempfile
os.chdir(tempfile.mkdtemp())
import numpy as np
from sorn import Simulator
logging.disable(logging.CRITICAL)
inputs = np.random.rand(10, STEPS)
before = {PEAK}
with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
    Simulator.run(inputs=inputs, timesteps=STEPS, ne=200, nu=10)
print({PEAK}, {PEAK} - before)
"""


def peak_memory_mb(interpreter: str, code: str, steps: int) -> dict[str, float]:
    """Peak memory of a run at ne = 200, all of the process and what the run added."""
    with tempfile.TemporaryDirectory() as folder:
        command = [interpreter, "-I", "-c", code.replace("STEPS", str(steps))]
        environment = os.environ | {"TMPDIR": folder}
        output = subprocess.run(
            command, capture_output=True, text=True, check=True, env=environment
        ).stdout
    whole, added = output.split()[-2:]
    return {"process": round(float(whole), 1), "run": round(float(added), 1)}


def fixed_costs(_: argparse.Namespace) -> dict:
    """Processor ms that do not depend on the number of steps, each in a fresh process."""
    codes = {
        "import": "import sorn",
        "new network, ne 200": "import sorn; T(); sorn.Network(ne=200, seed=1)",
        "new network, ne 3000": "import sorn; T(); sorn.Network(ne=3000, seed=1)",
        "first compiled step, loops cached": "import sorn; "
        "n = sorn.Network(ne=200, seed=1, backend='numba'); T(); n.step()",
    }
    costs = {}
    for name, code in codes.items():
        script = (
            "import time\nt = [time.process_time()]\ndef T(): t[0] = time.process_time()\n"
            f"{code}\nprint((time.process_time() - t[0]) * 1e3)"
        )
        command = [sys.executable, "-c", script]
        outputs = [
            subprocess.run(command, capture_output=True, text=True, check=True) for _ in "123"
        ]
        costs[name] = round(statistics.median(float(o.stdout) for o in outputs), 1)
    return costs


def one_step(arguments: argparse.Namespace) -> dict:
    """The documented CartPole loop."""
    results = {}
    for phase, (theirs, ours) in LOOP_STEPS.items():
        for ne in (50, 200):
            ways: dict[str, Callable[[], Times]] = {
                "sorn 0.6.2": partial(published, arguments.documented, phase, ne, theirs),
                "net.step, numpy": partial(object_loop, phase, ne, ours, "numpy"),
                "net.step, numba": partial(object_loop, phase, ne, ours, "numba"),
                "documented function": partial(function_loop, phase, ne, ours),
            }
            results[f"{phase}, ne {ne}"] = interleaved(ways, arguments.rounds)
    return results


def long_runs(arguments: argparse.Namespace) -> dict:
    """All sizes, and dense wiring."""
    results = {}
    for ne, (theirs, ours) in LONG_STEPS.items():
        ways = {
            "numpy": partial(long_run, ne, max(ours // 4, 20), "numpy"),
            "numba": partial(long_run, ne, ours, "numba"),
            "floor": partial(least_work, ne, ours),
        }
        if theirs:
            ways["sorn 0.7.4"] = partial(published, arguments.newer, "long", ne, theirs)
        results[f"ne {ne}"] = interleaved(ways, arguments.rounds)
    ways = {
        "numpy": partial(long_run, 3000, 20, "numpy", **DENSE),
        "numba": partial(long_run, 3000, 20, "numba", **DENSE),
        "floor": partial(least_work, 3000, 20, **DENSE),
    }
    return results | {"ne 3000, lambda_ee 600": interleaved(ways, arguments.rounds)}


def batches(arguments: argparse.Namespace) -> dict:
    """One network and many, per network."""
    ways = {
        f"{backend}, {batch or 1} network(s)": partial(long_run, 200, steps, backend, batch=batch)
        for backend, steps in (("numba", 1000), ("numpy", 100))
        for batch in (None, BATCH)
    }
    return interleaved(ways, arguments.rounds)


def memory(arguments: argparse.Namespace) -> dict:
    """Peak memory, MB."""
    steps = arguments.memory_steps
    return {
        f"{steps} steps, spikes on disk": peak_memory_mb(sys.executable, OURS, steps),
        "sorn 0.7.4, 100 steps": peak_memory_mb(arguments.newer, THEIRS, 100),
    }


PARTS = {
    "one step a call": one_step,
    "long run": long_runs,
    "batch": batches,
    "fixed cost, processor ms": fixed_costs,
    "peak memory, MB": memory,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documented", required=True, help="interpreter with sorn==0.6.2")
    parser.add_argument("--newer", required=True, help="interpreter with sorn==0.7.4")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--memory-steps", type=int, default=1_000_000)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--json", help="write the result here; parts that it holds already stay")
    arguments = parser.parse_args()
    result: dict[str, dict] = {}
    if arguments.json and os.path.exists(arguments.json):
        with open(arguments.json) as file:
            result = json.load(file)["result"]
    long_run(200, 10, "numba")  # compile first
    packages = {"documented": "sorn==0.6.2 from PyPI", "newer": "sorn==0.7.4 from PyPI"}
    for part in arguments.parts:
        result[part] = {"load_average": os.getloadavg()} | PARTS[part](arguments)
        sys.stderr.write(f"{part}: done\n")
        data = {"arguments": packages | {"rounds": arguments.rounds}, "result": result}
        write_report(data, arguments.json, shows=part == arguments.parts[-1])


if __name__ == "__main__":
    main()
