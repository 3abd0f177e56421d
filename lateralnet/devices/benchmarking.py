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

from backends.cuda.device import CompileOnlyBackend, compile_only
from backends.host.portable import load_average
from backends.host.server import children_usage
from backends.host.toolchain import available_cores, compiler_version, package_versions, processor
from backends.registry import Work, probe, remember_speed
from lateralnet.errors import LateralnetError
from lateralnet.learning.training import Trained, train
from lateralnet.network.batch import Phase
from lateralnet.network.wiring import Replica, make_replica
from lateralnet.parameters.params import NetworkParams
from lateralnet.parameters.presets import preset
from lateralnet.simulation.segment import Drive, Simulation
from lateralnet.simulation.session import (
    DeviceOptions,
    Session,
    definition_of,
    program_spec,
    translated_errors,
)

COLD = ("generate_s", "compile_s", "library_s", "build_cpu_s")
WARM = (
    "start_s", "simulate_s", "collect_s", "cpu_ms_per_trial", "wall_ms_per_trial",
    "events_per_trial",
)  # fmt: skip
COMPILED = "compiled only"


def benchmark(
    devices: Sequence[str],
    *,
    mode: str = "ll_thesis",
    trials: int = 50,
    repeats: int = 5,
    cold_repeats: int = 1,
    precisions: Sequence[str] = ("float64",),
    replicas: Sequence[int] = (1,),
    n_mon: Sequence[int] = (),
    python: str | None = None,
    cuda_arch: str = "",
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
    n_mon : sequence of int
        Sizes of the MON layer, by default that of the preset; each gets a row of its own. The gain
        of MON->TS is scaled so that a TS cell gets the same input.
    python : str, optional
        Interpreter that has Brian2 and the extensions.
    cuda_arch : str
        Compute capability for which device cuda is generated and compiled where it cannot run.
    on_progress : callable
        Called with what is being timed and the finished fraction.
    **overrides
        Fields of `NetworkParams`.

    Returns
    -------
    dict
        ``machine``, ``mode``, ``trials`` and ``rows``: of each device and precision the lists
        ``cold`` and ``warm`` of single times, and their medians. Times are wall seconds but
        where the name says otherwise; ``simulate_s`` is the time spent waiting for the program,
        ``collect_s`` everything else of training, ``start_s`` opening a built program and one
        time step, ``library_s`` what a device compiles once for all programs, and
        ``cpu_ms_per_trial`` counts the processes of the program only. ``events_per_trial`` are
        spikes times synapses of their cells, of LL->MON, MON->TS and within TS, in one network.
    """
    base = preset(mode, **{**overrides, "n_training_trials": trials, "seed": 123})
    sizes = {size: _networks(base, size, max(replicas)) for size in n_mon or (base.n_mon,)}
    rows = [
        _row(device, precision, size, n, python, cuda_arch)
        for device in devices
        for precision in precisions
        for size in sizes
        for n in replicas
    ]
    steps = [(number, True) for number in range(max(cold_repeats, 1))]
    steps += [(number, False) for number in range(repeats)]
    load_before = load_average()
    with tempfile.TemporaryDirectory(prefix="lateralnet-benchmark-") as folder:
        for k, (number, is_cold) in enumerate(steps):
            for m, row in enumerate(rows):
                what = "building" if is_cold else f"round {number + 1} of {repeats}"
                on_progress(f"{what}, {_name(row)}", (k + m / len(rows)) / len(steps))
                networks = sizes[row["n_mon"]][: row["replicas"]]
                with _reported(row):
                    if is_cold and row["status"] in ("ready", COMPILED):
                        row["cold"].append(_build_cold(row, networks, Path(folder) / str(number)))
                    elif row["status"] == "ready":
                        row["warm"].append(_run_warm(row, networks, Path(folder) / "0"))
    for row in rows:
        row["median"] = {
            **_medians(row["cold"], COLD),
            **_medians(row["warm"], WARM),
        }
        options = row.pop("options")
        if row["warm"] and row["precision"] == "float64":
            work = Work(row["n_mon"] + base.n_ts, row["replicas"])
            ms = row["median"]["wall_ms_per_trial"]
            remember_speed(row["device"], work, ms, options.build_options())
    return {
        "machine": machine(python or sys.executable),
        "load_before": load_before,
        "load_after": load_average(),
        "mode": mode,
        "trials": trials,
        "trial_s": base.trial_duration_s,
        "dt_ms": 1e3 * base.dt_s,
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


def _networks(base: NetworkParams, n_mon: int, n: int) -> list[Replica]:
    """Return networks of a size, one seed after the other."""
    params = replace(base, n_mon=n_mon, mon_ts_gain_mV=base.mon_ts_gain_mV * base.n_mon / n_mon)
    return [make_replica(replace(params, seed=base.seed + k)) for k in range(n)]


def _versions(python: str) -> dict[str, str]:
    with translated_errors():
        return package_versions(python)


def _row(
    device: str, precision: str, n_mon: int, replicas: int, python: str | None, cuda_arch: str
) -> dict[str, Any]:
    options = DeviceOptions(device=device, precision=precision)
    if python is not None:
        options = replace(options, python=python)
    for_arch = replace(options, cuda_arch=cuda_arch)
    report = probe(device, options.build_options())
    status = report.status
    if device == "cuda" and not report.usable and cuda_arch:
        options = for_arch
        if CompileOnlyBackend().probe(options.build_options()).usable:
            status = COMPILED
    return {
        "device": device,
        "precision": precision,
        "n_mon": n_mon,
        "replicas": replicas,
        "status": status,
        "reason": report.reason,
        "version": report.version,
        "cold": [],
        "warm": [],
        "options": options,
    }


def _name(row: dict[str, Any]) -> str:
    return f"{row['device']} {row['precision']}, {row['replicas']} of {row['n_mon']} MON cells"


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
    if row["status"] == COMPILED:
        with translated_errors():
            definition = definition_of(networks, row["device"], row["precision"])
            info = compile_only(program_spec(definition), options.build_options())
    else:
        with Session(networks, options) as session:
            info = session.info
    total_s = time.perf_counter() - began
    generate_s, library_s = info.get("generate_wall_s", 0.0), info.get("library_wall_s", 0.0)
    return {
        "generate_s": generate_s,
        "compile_s": info.get("build_wall_s", generate_s) - generate_s - library_s,
        "library_s": library_s,
        "build_cpu_s": info.get("build_cpu_s", 0.0),
        "total_s": total_s,
    }


def _run_warm(
    row: dict[str, Any], networks: Sequence[Replica], cache_dir: Path
) -> dict[str, float]:
    options = replace(row["options"], cache_dir=cache_dir)
    cpu_before_s = children_usage()[0]
    began = time.perf_counter()
    with Session(networks, options) as session:
        _one_step(session.simulation, networks)
        start_s = time.perf_counter() - began
        child_before_s = session.child_wall_s
        began = time.perf_counter()
        trained = train(session.simulation, networks)
        train_s = time.perf_counter() - began
        child_s = session.child_wall_s
        simulate_s = train_s
        if child_s is not None and child_before_s is not None:
            simulate_s = child_s - child_before_s
    cpu_s = children_usage()[0] - cpu_before_s
    trials = networks[0].params.n_training_trials * len(networks)
    return {
        "start_s": start_s,
        "simulate_s": simulate_s,
        "collect_s": train_s - simulate_s,
        "cpu_ms_per_trial": cpu_s / trials * 1e3,
        "wall_ms_per_trial": train_s / trials * 1e3,
        "events_per_trial": _events_per_trial(networks[0], trained[0]),
    }


def _events_per_trial(network: Replica, trained: Trained) -> float:
    """Spikes times synapses with a weight, of all three layers, in a trial of one network."""
    p = network.params
    rates_hz = np.mean(trained.curves["trial_rate_hz_series"], axis=0)
    synapses = (
        network.ll_mon.w.size,
        network.mon_ts.w.size,
        np.count_nonzero(network.ts_inhibition.w) + np.count_nonzero(network.ts_excitation.w),
    )
    return float(np.dot(rates_hz, synapses) * p.trial_duration_s)


def _one_step(simulation: Simulation, networks: Sequence[Replica]) -> None:
    """Advance by one time step, which starts the program."""
    drive = Drive(np.zeros((1, networks[0].params.n_ll)), np.zeros(1, dtype=np.int64))
    phase = Phase("benchmark", mon_ts_learns=False, ll_mon_learns=False)
    simulation.advance([n.initial_state() for n in networks], [drive] * len(networks), phase, 0)


def _medians(samples: list[dict[str, float]], names: Sequence[str]) -> dict[str, float]:
    return {
        name: float(np.median([sample[name] for sample in samples])) for name in names if samples
    }
