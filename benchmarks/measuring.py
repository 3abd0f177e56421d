"""What the benchmark scripts share: commands with their memory, program time, machine, results."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lateralnet.devices.benchmarking import machine
from lateralnet.learning.training import train
from lateralnet.network.wiring import make_replica
from lateralnet.parameters.params import NetworkParams
from lateralnet.runs.job import with_seed
from lateralnet.simulation.session import DeviceOptions, Session

ROOT = Path(__file__).parent.parent
RESULTS = Path(__file__).parent / "results"
_SAMPLE_S = 0.05


def program_times(
    params: NetworkParams, precision: str = "float64", replicas: int = 1
) -> dict[str, float]:
    """Train once on device cpp; CPU time of the program alone, of Python, and wall time.

    The program is built before; its start counts.
    """
    options = DeviceOptions(device="cpp", precision=precision)
    networks = [make_replica(with_seed(params, params.seed + k)) for k in range(replicas)]
    with Session(networks, options) as session:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        began, own_before = time.perf_counter(), time.process_time()
        trained = train(session.simulation, networks)
        wall_s, own_s = time.perf_counter() - began, time.process_time() - own_before
    after = resource.getrusage(resource.RUSAGE_CHILDREN)  # the program has ended now
    trials = params.n_training_trials
    return {
        "user_ms_per_trial": (after.ru_utime - before.ru_utime) / trials * 1e3,
        "system_ms_per_trial": (after.ru_stime - before.ru_stime) / trials * 1e3,
        "python_ms_per_trial": own_s / trials * 1e3,
        "wall_ms_per_trial": wall_s / trials * 1e3,
        "w_mean": float(trained[0].state["mon_ts.w"].mean()),
    }


def command_times(
    arguments: Sequence[str], folder: Path, cores: set[int] | None = None
) -> dict[str, Any]:
    """Run ``lateralnet`` with these arguments in `folder`; time, CPU, and memory of its processes.

    ``peak_mb`` is the largest sum of the resident memory of all its processes at once (sampled;
    pages that they share count once),
    ``summary`` the content of ``run_summary.json``.
    """
    began = time.perf_counter()
    child = subprocess.Popen(
        [sys.executable, "-m", "lateralnet", *arguments],
        cwd=folder,
        env=_environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        preexec_fn=None if cores is None else lambda: os.sched_setaffinity(0, cores),
    )
    samples: list[float] = [0.0]
    stop = threading.Event()

    def watch() -> None:
        while not stop.wait(_SAMPLE_S):
            samples.append(tree_memory_mb(child.pid))

    watcher = threading.Thread(target=watch)
    watcher.start()
    assert child.stderr is not None
    messages = child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    wall_s = time.perf_counter() - began
    stop.set()
    watcher.join()
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"lateralnet {' '.join(arguments)}: {messages.decode()[-2000:]}")
    summaries = sorted(
        folder.glob("Runs/*/run_summary.json"), key=lambda path: path.stat().st_mtime
    )
    return {
        "wall_s": wall_s,
        "cpu_s": usage.ru_utime + usage.ru_stime,
        "peak_mb": max(samples),
        "summary": json.loads(summaries[-1].read_text()) if summaries else {},
    }


def _environment() -> dict[str, str]:
    """That of an installation: modules are compiled once, not in every process."""
    kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    byte_code = Path(tempfile.gettempdir()) / "lateralnet-benchmarks-byte-code"
    return {"PYTHONPYCACHEPREFIX": str(byte_code), **kept, "PYTHONPATH": str(ROOT)}


def tree_memory_mb(pid: int) -> float:
    """Resident memory of a process and all below it; what they share counts once."""
    total_kb, waiting = 0, [pid]
    while waiting:
        process = Path("/proc") / str(waiting.pop())
        try:
            waiting += [
                int(child)
                for task in (process / "task").iterdir()
                for child in (task / "children").read_text().split()
            ]
            lines = (process / "smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total_kb += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total_kb / 1024


def write_result(name: str, content: dict[str, Any]) -> None:
    """Write a result with the machine it comes from."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    whole = {"machine": machine(sys.executable), "load": os.getloadavg(), **content}
    path.write_text(json.dumps(whole, indent=1) + "\n")
    print(f"written: {path}")
