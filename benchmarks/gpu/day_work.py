"""The pieces of work of day.py, each in a process of its own: ``day_work.py JOB``.

The result is the last line of standard output, as JSON.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from typing import Any

from lateralnet.devices.cases import (
    EVERY_RULE,
    largest_difference,
    noisy_case,
    run_case,
    unequal_spikes,
)
from lateralnet.devices.comparison import compare as compare_devices
from lateralnet.devices.comparison import exact_cases
from lateralnet.learning.training import train
from lateralnet.network.wiring import Replica, make_replica
from lateralnet.parameters.presets import preset
from lateralnet.simulation.session import DeviceOptions, Session

TRIALS = 10
REPEATS = 3
_SMALL = {"n_mon": 200, "n_ts": 40, "n_ll": 40}  # what is emulated
Job = dict[str, Any]


def options_of(job: Job) -> DeviceOptions:
    """Device cuda, or what emulates it."""
    name = "cuda"
    if job["emulated"]:
        from backends import registry
        from tests.backends.cuda_emulation.driver import EmulatedCudaBackend as Emulated

        name = Emulated.name
        registry._OURS[name] = f"{Emulated.__module__}:{Emulated.__name__}"
    return DeviceOptions(
        device=name, precision=job.get("precision", "float64"),
        python=os.environ["LATERALNET_CUDA_PYTHON"],
    )  # fmt: skip


def replicas_of(job: Job, trials: int) -> list[Replica]:
    """Networks of the thesis, one seed after the other."""
    small = _SMALL if job["emulated"] else {}
    return [
        make_replica(preset("ll_thesis", seed=123 + k, n_training_trials=trials, **small))
        for k in range(job.get("replicas", 1))
    ]


def build(job: Job) -> Job:
    """Generate and compile."""
    with Session(replicas_of(job, 1), options_of(job)) as session:
        info = session.info
    return {name: info.get(name) for name in ("generate_wall_s", "build_wall_s", "built", "gpu")}


def compare(job: Job) -> list[Job]:
    """Every small case against device cpp, whole and cut."""
    options, rows = options_of(job), []
    cases = {"noisy": noisy_case(n_steps=40, **EVERY_RULE)} if job["short"] else exact_cases()
    for name, case in cases.items():
        first = run_case(case, replace(options, device="cpp"))
        second, again = (run_case(case, options, cuts=cuts) for cuts in ((), (1, 33)))
        rows.append({
            "case": name, "unequal_spikes": unequal_spikes(first, second),
            "largest_difference": largest_difference(first, second),
            "cut_unequal": unequal_spikes(second, again),
            "cut_difference": largest_difference(second, again),
        })  # fmt: skip
    return rows


def time_training(job: Job) -> Job:
    """Train again and again in one session; the first time starts the program."""
    trials = 2 if job["emulated"] else TRIALS
    replicas = replicas_of(job, trials)
    n, rows = trials * len(replicas), []
    with Session(replicas, options_of(job)) as session:
        for _ in range(1 + (1 if job["emulated"] else REPEATS)):
            device_s, cpu_s = session.child_wall_s or 0.0, time.process_time()
            began = time.perf_counter()
            train(session.simulation, replicas)
            rows.append({
                "wall": 1e3 / n * (time.perf_counter() - began),
                "device": 1e3 / n * ((session.child_wall_s or 0.0) - device_s),
                "host_cpu": 1e3 / n * (time.process_time() - cpu_s),
            })  # fmt: skip
    middle = sorted(rows[1:], key=lambda row: row["wall"])[(len(rows) - 1) // 2]
    return {"trials": trials, "first": rows[0], "all": rows[1:], "ms_per_network_trial": middle}


def cpp(job: Job) -> Job:
    """Device cpp on some cores at once, each with its own network."""
    trials = 3 * TRIALS
    replicas = replicas_of(job, trials)
    with Session(replicas, replace(options_of(job), device="cpp")) as session:
        began = time.perf_counter()
        if job["cores"] == 1:
            train(session.simulation, replicas)
        else:  # built by now
            command = [sys.executable, __file__, json.dumps({**job, "cores": 1})]
            children = [
                subprocess.Popen(command, stdout=subprocess.DEVNULL) for _ in range(job["cores"])
            ]
            codes = [child.wait() for child in children]
            if any(codes):
                raise SystemExit("a process of device cpp failed")
        wall_s = time.perf_counter() - began
    return {
        "trials": trials,
        "ms_per_network_trial": {"wall": 1e3 * wall_s / trials / job["cores"]},
    }


def sanitize(job: Job) -> Job:
    """Two small networks with every rule, under what $LATERALNET_RUN_UNDER names."""
    result = run_case(noisy_case(n_steps=20, **EVERY_RULE), options_of(job))
    return {layer: len(spikes) for layer, spikes in result.spikes.items()}


def profile(job: Job) -> Job:
    """One trial of the thesis network, under what $LATERALNET_RUN_UNDER names."""
    replicas = replicas_of(job, 1)
    with Session(replicas, options_of(job)) as session:
        train(session.simulation, replicas)
    return {"networks": len(replicas)}


def genn(job: Job) -> Job:
    """GeNN's CUDA backend against device cpp."""
    device = DeviceOptions(genn_backend="cpu" if job["emulated"] else "cuda")
    found = compare_devices(["cpp", "genn"], seeds=0, options=device)
    if found["devices"]["genn"]["status"] != "ready":
        raise SystemExit(found["devices"]["genn"]["reason"])
    return {name: found[name] for name in ("devices", "exact", "errors")}


WORK = {
    "build": build, "compare": compare, "time": time_training, "cpp": cpp, "sanitize": sanitize,
    "profile": profile, "genn": genn,
}  # fmt: skip


if __name__ == "__main__":
    asked = json.loads(sys.argv[1])
    print(json.dumps(WORK[asked["do"]](asked)))
