"""How long each phase takes on each device: generate, compile, start, simulate, collect.

Repeats go in turn over the devices, so that all of them see the same state of the machine; the
result keeps every number, and the load that was found.
"""

from __future__ import annotations

import platform
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from backends.host.portable import load_average
from backends.host.server import children_usage
from backends.host.toolchain import available_cores, compiler_version, package_versions, processor
from backends.registry import Work, probe, remember_speed
from lateralnet.errors import LateralnetError
from lateralnet.learning.training import train
from lateralnet.network.batch import Phase
from lateralnet.network.wiring import Replica, make_replica
from lateralnet.parameters.presets import preset
from lateralnet.simulation.segment import Drive, Simulation
from lateralnet.simulation.session import DeviceOptions, Session, translated_errors
from lateralnet.text_table import aligned

COLD = ("generate_s", "compile_s", "build_cpu_s")
WARM = ("start_s", "simulate_s", "collect_s", "cpu_ms_per_trial", "wall_ms_per_trial")


def benchmark(
    devices: Sequence[str],
    *,
    mode: str = "ll_thesis",
    trials: int = 50,
    repeats: int = 5,
    cold_repeats: int = 1,
    precisions: Sequence[str] = ("float64",),
    replicas: Sequence[int] = (1,),
    python: str | None = None,
    on_progress: Callable[[str, float], None] = lambda what, fraction: None,
    **overrides: Any,
) -> dict[str, Any]:
    """Time training on several devices.

    Parameters
    ----------
    devices : sequence of str
        Names; one that cannot run gets a row with the reason.
    mode : str
        Preset.
    trials : int
        Training trials per repeat.
    repeats, cold_repeats : int
        Runs with the program in the cache, and builds with an empty cache.
    precisions : sequence of str
        Each gets a row of its own.
    replicas : sequence of int
        Networks side by side in one program; each number gets a row of its own. The trial of one
        network is remembered for ``--device auto``.
    python : str, optional
        Interpreter that has Brian2 and the extensions.
    on_progress : callable
        Told what is being timed, and the share of it that is done.
    **overrides
        Fields of `NetworkParams`.

    Returns
    -------
    dict
        ``machine``, ``mode``, ``trials`` and ``rows``: of each device and precision the lists
        ``cold`` and ``warm`` of single times, and their medians. Times are wall seconds but
        where the name says otherwise; ``simulate_s`` is the time spent waiting for the program,
        ``collect_s`` everything else of training, ``start_s`` opening a built program and one
        time step, and ``cpu_ms_per_trial`` counts the processes of the program only.
    """
    networks = [
        make_replica(preset(mode, n_training_trials=trials, **{**overrides, "seed": 123 + k}))
        for k in range(max(replicas))
    ]
    rows = [
        _row(device, precision, n, python)
        for device in devices
        for precision in precisions
        for n in replicas
    ]
    load_before = load_average()
    total, timed = (max(cold_repeats, 1) + repeats) * max(1, len(list(_ready(rows)))), 0

    def tell(row: dict[str, Any], what: str) -> None:
        nonlocal timed
        on_progress(f"{_name(row)}, {what}", timed / total)
        timed += 1

    with tempfile.TemporaryDirectory(prefix="lateralnet-benchmark-") as folder:
        for number in range(max(cold_repeats, 1)):
            for row in _ready(rows):
                tell(row, f"cold build {number + 1}")
                with _reported(row):
                    row["cold"].append(_build_cold(row, networks, Path(folder) / str(number)))
        for number in range(repeats):
            for row in _ready(rows):
                tell(row, f"run {number + 1} of {repeats}")
                with _reported(row):
                    row["warm"].append(_run_warm(row, networks, Path(folder) / "0"))
    for row in rows:
        row["median"] = {
            **_medians(row["cold"], COLD),
            **_medians(row["warm"], WARM),
        }
        options = row.pop("options")
        if row["warm"] and row["precision"] == "float64":
            p = networks[0].params
            work = Work(p.n_mon + p.n_ts, row["replicas"])
            ms = row["median"]["wall_ms_per_trial"]
            remember_speed(row["device"], work, ms, options.build_options())
    return {
        "machine": machine(python or sys.executable),
        "load_before": load_before,
        "load_after": load_average(),
        "mode": mode,
        "trials": trials,
        "overrides": overrides,
        "rows": rows,
    }


def machine(python: str) -> dict[str, Any]:
    """Return what timings depend on."""
    return {
        "processor": processor().split(";")[0],
        "cores": available_cores(),
        "system": platform.platform(),
        "compiler": compiler_version(),
        "versions": _versions(python),
        "time": time.strftime("%Y-%m-%d %H:%M:%S"),
    }


def _versions(python: str) -> dict[str, str]:
    with translated_errors():
        return package_versions(python)


def render_benchmark(found: dict[str, Any]) -> str:
    """Return the medians as a table, and below it where they come from."""
    heading = ["device", "precision", "nets", *(name.removesuffix("_s") for name in (*COLD, *WARM))]
    ready, refused = [heading], []
    for row in found["rows"]:
        name = [row["device"], row["precision"], str(row["replicas"])]
        if row["status"] != "ready":
            refused.append(f"{'  '.join(name)}  {row['status']}: {row['reason']}")
            continue
        numbers = [row["median"].get(phase) for phase in (*COLD, *WARM)]
        ready.append([*name, *("-" if x is None else f"{x:.3g}" for x in numbers)])
    about = found["machine"]
    return "\n".join(
        [
            aligned(ready, heads=0),
            *refused,
            f"{found['mode']}, {found['trials']} trials; seconds of wall time, medians of "
            f"{max((len(row['warm']) for row in found['rows']), default=0)} runs in turn; "
            "cpu: of the program, whole run",
            f"{about['processor']}, {about['cores']} cores, {about['compiler']}; load "
            f"{found['load_before'][0]:.1f} before, {found['load_after'][0]:.1f} after",
        ]
    )


def _row(device: str, precision: str, replicas: int, python: str | None) -> dict[str, Any]:
    options = DeviceOptions(device=device, precision=precision)
    if python is not None:
        options = replace(options, python=python)
    report = probe(device, options.build_options())
    return {
        "device": device,
        "precision": precision,
        "replicas": replicas,
        "status": report.status,
        "reason": report.reason,
        "version": report.version,
        "cold": [],
        "warm": [],
        "options": options,
    }


def _name(row: dict[str, Any]) -> str:
    return f"{row['device']} {row['precision']} {row['replicas']} network(s)"


def _ready(rows: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    return (row for row in rows if row["status"] == "ready")


@contextmanager
def _reported(row: dict[str, Any]) -> Iterator[None]:
    """A device that fails keeps its row, with the reason; the others go on."""
    try:
        yield
    except LateralnetError as error:
        row["status"], row["reason"] = "failed", str(error).splitlines()[0]


def _build_cold(
    row: dict[str, Any], networks: Sequence[Replica], cache_dir: Path
) -> dict[str, float]:
    options = replace(row["options"], cache_dir=cache_dir)
    began = time.perf_counter()
    with Session(networks[: row["replicas"]], options) as session:
        info = session.info
    total_s = time.perf_counter() - began
    generate_s = info.get("generate_wall_s", 0.0)
    return {
        "generate_s": generate_s,
        "compile_s": info.get("build_wall_s", generate_s) - generate_s,
        "build_cpu_s": info.get("build_cpu_s", 0.0),
        "total_s": total_s,
    }


def _run_warm(
    row: dict[str, Any], networks: Sequence[Replica], cache_dir: Path
) -> dict[str, float]:
    options = replace(row["options"], cache_dir=cache_dir)
    cpu_before_s = children_usage()[0]
    began = time.perf_counter()
    chosen = networks[: row["replicas"]]
    with Session(chosen, options) as session:
        _one_step(session.simulation, chosen)
        start_s = time.perf_counter() - began
        child_before_s = session.child_wall_s
        began = time.perf_counter()
        train(session.simulation, chosen)
        train_s = time.perf_counter() - began
        child_s = session.child_wall_s
        simulate_s = train_s
        if child_s is not None and child_before_s is not None:
            simulate_s = child_s - child_before_s
    cpu_s = children_usage()[0] - cpu_before_s
    trials = chosen[0].params.n_training_trials * len(chosen)
    return {
        "start_s": start_s,
        "simulate_s": simulate_s,
        "collect_s": train_s - simulate_s,
        "cpu_ms_per_trial": cpu_s / trials * 1e3,
        "wall_ms_per_trial": train_s / trials * 1e3,
    }


def _one_step(simulation: Simulation, networks: Sequence[Replica]) -> None:
    """Advance by one time step, which starts the program."""
    drive = Drive(np.zeros((1, networks[0].params.n_ll)), np.zeros(1, dtype=np.int64))
    phase = Phase("benchmark", mon_ts_learns=False, ll_mon_learns=False)
    simulation.advance([n.initial_state() for n in networks], [drive] * len(networks), phase, 0)


def _medians(samples: list[dict[str, float]], names: Sequence[str]) -> dict[str, float]:
    return {
        name: float(np.median([sample[name] for sample in samples])) for name in names if samples
    }
