"""Measure sweeps around the simulation, with the stand-in: faults, throughput, large sweeps.

Usage: ``python benchmarks/studies/measure.py faults|throughput|large [--output FILE]``. Needs
the extra ``cluster``. All processes listen on loopback and end with the script.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

from lateralnet.simulation.session import DeviceOptions
from lateralnet.studies.design import Axis, Design
from lateralnet.studies.execution.dask_cluster import DaskWorkplace
from lateralnet.studies.execution.executor import run_tasks
from lateralnet.studies.execution.workplaces import GivenWorkplace, LocalWorkplace
from lateralnet.studies.results.store import SweepStore
from lateralnet.studies.results.table import read_table, write_csv
from lateralnet.studies.sweeps import plan, sweep_design
from lateralnet.studies.tasks import points_of, task_as_dict, tasks_of
from tests.studies.fake_work import WORK, computed

DEVICE = "cpp"


class Cluster:
    """A scheduler and workers as processes."""

    def __init__(self, **environment: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.address = f"tcp://127.0.0.1:{self.port}"
        path = os.pathsep.join(p for p in sys.path if p)
        self.environment = {**os.environ, "PYTHONPATH": path, **environment}
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self, what: str, *arguments: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-m", f"distributed.cli.{what}", *arguments, "--host", "127.0.0.1",
             "--no-dashboard"],
            env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self.processes.append(process)
        return process

    def scheduler(self) -> subprocess.Popen[bytes]:
        return self.start("dask_scheduler", "--port", str(self.port))

    def worker(self) -> subprocess.Popen[bytes]:
        return self.start("dask_worker", self.address, "--nthreads", "1", "--no-nanny")

    def stop(self) -> None:
        for process in self.processes:
            process.kill()
            process.wait()


def design(n: int) -> Design:
    return Design(mode="ll_fast", axes=(Axis("distance_cm", (0.8,)),), seeds=tuple(range(n)))


def faults(folder: Path) -> dict[str, Any]:
    """200 points, 4 workers: one killed, one point that fails, scheduler killed and restarted."""
    n, failing = 200, 77
    cluster = Cluster(LATERALNET_STAND_IN_FAILS=str(failing), LATERALNET_STAND_IN_S="0.05")
    scheduler = cluster.scheduler()
    workers = [cluster.worker() for _ in range(4)]
    store, events = SweepStore(folder), []

    def until(points: int) -> None:
        while len(store.result_ids()) < points:
            time.sleep(0.05)

    def trouble() -> None:
        until(60)
        workers[0].send_signal(signal.SIGKILL)
        events.append(f"worker killed with {len(store.result_ids())} points stored")
        until(120)
        for process in (scheduler, *workers):
            process.send_signal(signal.SIGKILL)
        events.append(f"scheduler killed with {len(store.result_ids())} points stored")
        cluster.scheduler()
        for _ in range(3):
            cluster.worker()

    threading.Thread(target=trouble, daemon=True).start()
    began = time.perf_counter()
    notes: list[str] = []
    outcome = sweep_design(
        design(n), folder, DEVICE, workplace=DaskWorkplace(cluster.address, patience_s=120),
        work=WORK, on_note=notes.append,
    )  # fmt: skip
    wall_s = time.perf_counter() - began
    cluster.stop()
    times = Counter(computed(folder))
    return {
        "points": n,
        "computed": outcome.computed,
        "failed": list(outcome.failed.values()),
        "whole_results": sum(store.read_result(p) is not None for p in store.result_ids()),
        "lost": n - 1 - outcome.computed,
        "computed_twice": sum(count > 1 for count in times.values()),
        "events": events,
        "notes": notes,
        "wall_s": round(wall_s, 1),
    }


def throughput(folder: Path) -> dict[str, Any]:
    """Points per second against workers, for points that wait 0.5 s and need no CPU."""
    wait_s, n, rows = 0.5, 32, []
    os.environ["LATERALNET_STAND_IN_S"] = str(wait_s)
    for jobs in (1, 2, 4):
        began = time.perf_counter()
        sweep_design(
            design(n), folder / f"local{jobs}", DEVICE, workplace=LocalWorkplace(jobs), work=WORK
        )
        rows.append(_row("this machine", jobs, n, time.perf_counter() - began, wait_s))
    for workers in (1, 2, 4, 8):
        cluster = Cluster()
        cluster.scheduler()
        for _ in range(workers):
            cluster.worker()
        place = DaskWorkplace(cluster.address, patience_s=60)
        executor = place.connect()
        while len(place._client.nthreads()) < workers:
            time.sleep(0.1)
        executor.shutdown()
        began = time.perf_counter()
        sweep_design(design(n), folder / f"dask{workers}", DEVICE, workplace=place, work=WORK)
        rows.append(_row("Dask", workers, n, time.perf_counter() - began, wait_s))
        cluster.stop()
    return {"points": n, "wait_s": wait_s, "rows": rows}


def _row(where: str, workers: int, n: int, wall_s: float, wait_s: float) -> dict[str, Any]:
    return {
        "where": where,
        "workers": workers,
        "wall_s": round(wall_s, 2),
        "points_per_s": round(n / wall_s, 2),
        "overhead_s_per_point": round(wall_s * workers / n - wait_s, 3),
    }


class Instant(Executor):
    """Takes tasks and gives them back as done: what remains is our own work."""

    def submit(self, function: Any, /, *arguments: Any, **rest: Any) -> Future[Any]:
        (task,) = arguments
        json.dumps(task)  # as any real executor would
        done = {one["id"]: "0" * 64 for one in task["points"]}
        future: Future[Any] = Future()
        future.set_result({"done": done, "failed": {}, "killed": {}, "stop": "", "host": ""})
        return future


class Trusting:
    def accept(self, point_id: str, checksum: str) -> bool:
        return True

    def refuse(self, point_id: str, error: str, host: str) -> None:
        raise AssertionError(error)


def large(folder: Path) -> dict[str, Any]:
    """What a sweep of 100,000 points asks of coordinator, scheduler and disk."""
    n = 100_000
    wide = Design(
        mode="ll_fast",
        axes=(
            Axis("mon_to_ts_topography_strength", tuple(round(0.05 * k, 2) for k in range(1, 21))),
            Axis("distance_cm", tuple(round(0.2 * k, 2) for k in range(2, 12))),
        ),
        seeds=tuple(range(500)),
    )
    assert wide.n_points == n
    before_mb = _memory_mb()
    began = time.perf_counter()
    planned = plan(wide, folder / "none", DeviceOptions(device=DEVICE))
    planning_s, planning_mb = time.perf_counter() - began, _memory_mb() - before_mb
    began = time.perf_counter()
    run_tasks(
        planned.tasks, GivenWorkplace(Instant, 64), lambda t: task_as_dict(t, "f", {}, {}),
        Trusting(),
    )  # fmt: skip
    loop_s = time.perf_counter() - began
    task_bytes = len(json.dumps(task_as_dict(planned.tasks[0], "f", {}, {})))
    files = _files(folder / "files")
    scheduler = _scheduler()
    return {
        "points": n,
        "trainings": len(planned.tasks),
        "planning_s": round(planning_s, 1),
        "planning_memory_mb": round(planning_mb),
        "coordinator_ms_per_task": round(1e3 * loop_s / len(planned.tasks), 3),
        "task_bytes": task_bytes,
        **files,
        **scheduler,
    }


def _files(folder: Path) -> dict[str, Any]:
    """Write, verify and read results of the size of real ones."""
    n = 5000
    store = SweepStore(folder)
    what = design(n)
    facts = {"sweep_version": 1}
    store.prepare(what, facts, {})
    measures = {f"measure_{k}": 0.123456789012345 + k for k in range(50)}
    result = {
        "params": {f"parameter_{k}": 0.5 for k in range(40)},
        "measures": {"untrained": measures, "trained": measures},
        "facts": {"versions": {}, **{f"fact_{k}": "text of a fact" for k in range(10)}},
    }
    points = list(points_of(what, facts))
    began = time.perf_counter()
    sums = {p.id: store.write_result(p.id, {"id": p.id, **result}) for p in points}
    write_s = time.perf_counter() - began
    began = time.perf_counter()
    assert all(store.verify(point_id, checksum) for point_id, checksum in sums.items())
    verify_s = time.perf_counter() - began
    began = time.perf_counter()
    table = read_table(folder)
    write_csv(table, folder / "table.csv")
    table_s = time.perf_counter() - began
    sizes = [path.stat() for path in folder.glob("points/*/*.json")]
    return {
        "result_bytes": round(sum(s.st_size for s in sizes) / n),
        "result_bytes_on_disk": round(sum(s.st_blocks * 512 for s in sizes) / n),
        "write_ms_per_point": round(1e3 * write_s / n, 3),
        "verify_ms_per_point": round(1e3 * verify_s / n, 3),
        "table_ms_per_point": round(1e3 * table_s / n, 3),
    }


def _scheduler() -> dict[str, Any]:
    """Send empty tasks of the usual size through a real scheduler, in our window."""
    n = 3000
    cluster = Cluster()
    process = cluster.scheduler()
    for _ in range(2):
        cluster.worker()
    place = DaskWorkplace(cluster.address, patience_s=60)
    executor = place.connect()
    tasks = tasks_of(points_of(design(n), {}))
    payloads = [task_as_dict(task, "folder", {}, {}) for task in tasks]
    executor.submit(len, payloads[0]).result()
    cpu_before, began = _cpu_s(process.pid), time.perf_counter()
    running: list[Any] = []
    for payload in payloads:
        running.append(executor.submit(len, payload))
        if len(running) >= 64:
            running.pop(0).result()
    for future in running:
        future.result()
    wall_s, cpu_s = time.perf_counter() - began, _cpu_s(process.pid) - cpu_before
    place.close()
    cluster.stop()
    return {
        "scheduler_tasks_per_s": round(n / wall_s),
        "scheduler_cpu_ms_per_task": round(1e3 * cpu_s / n, 3),
    }


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _memory_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("faults", "throughput", "large"))
    parser.add_argument("--output", type=Path)
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="lateralnet-studies-"))
    try:
        found = {"faults": faults, "throughput": throughput, "large": large}[given.what](
            folder / "sweep"
        )
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    found["machine"] = f"{os.cpu_count()} cores, {platform.machine()}, Python {sys.version[:6]}"
    found["load_1min"] = os.getloadavg()[0]
    text = json.dumps(found, indent=1)
    print(text)
    if given.output:
        given.output.write_text(text + "\n")


if __name__ == "__main__":
    main()
