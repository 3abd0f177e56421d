"""What is done on a GPU, in one go: see day.sh.

Every piece of work is a child process with a time limit, so that one that fails or hangs costs
no other; the JSON file is written after each.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
REPLICAS = (1, 4, 16, 64, 132, 264)
FORMS = ("one block", "many blocks")
TOOLS = ("memcheck", "racecheck", "initcheck", "synccheck")
TRIALS = 10


class Day:
    """The results so far, and the time that is left."""

    def __init__(self, folder: Path, minutes: float, emulated: bool) -> None:
        self.folder, self.emulated = folder, emulated
        self.end = time.monotonic() + 60 * minutes
        self.found: dict[str, Any] = {"emulated": emulated, "started": time.ctime(), "steps": {}}
        self.lock = threading.Lock()
        folder.mkdir(parents=True, exist_ok=True)

    def left_s(self) -> float:
        return self.end - time.monotonic()

    def step(self, name: str, command: list[str], most_s: float, **environment: str) -> Any:
        """Run a child, keep what it printed as JSON or text, and say how long it took."""
        # Emulated, the kernels run on the CPU.
        limit_s = min(most_s * (6 if self.emulated else 1), self.left_s())
        began = time.monotonic()
        entry: dict[str, Any] = {"command": " ".join(command), **environment}
        if limit_s < 5:
            entry["status"] = "no time left"
        else:
            try:
                done = subprocess.run(
                    command, env={**os.environ, **environment}, timeout=limit_s, check=False,
                    capture_output=True, text=True, errors="replace",
                )  # fmt: skip
                entry["status"] = "ok" if done.returncode == 0 else f"exit code {done.returncode}"
                entry["result"] = _parsed(done.stdout)
                if done.returncode:
                    entry["stderr"] = done.stderr[-3000:]
            except subprocess.TimeoutExpired:
                entry["status"] = f"stopped after {limit_s:.0f} s"
            except OSError as error:
                entry["status"] = str(error)
        entry["wall_s"] = round(time.monotonic() - began, 1)
        with self.lock:
            self.found["steps"][name] = entry
            self.write()
        print(f"{name}: {entry['status']}, {entry['wall_s']} s", file=sys.stderr, flush=True)
        return entry

    def write(self) -> None:
        (self.folder / "day.json").write_text(json.dumps(self.found, indent=1) + "\n")
        (self.folder / "day.txt").write_text(table(self.found) + "\n")


def _parsed(text: str) -> Any:
    """The last line as JSON, else the end of the text."""
    try:
        return json.loads(text.strip().splitlines()[-1])
    except (ValueError, IndexError):
        return text[-6000:]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=HERE / "day")
    parser.add_argument("--minutes", type=float, default=9.0)
    parser.add_argument("--emulated", action="store_true")
    parser.add_argument("--replicas", type=int, nargs="+")
    parser.add_argument("--work", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.work:
        work(json.loads(asked.work))
        return
    day = Day(asked.output, asked.minutes, asked.emulated)
    replicas = asked.replicas or ((1, 2) if asked.emulated else REPLICAS)
    precisions = ("float64", "float32")
    me = [sys.executable, str(Path(__file__).resolve()), "--work"]
    base = {"emulated": asked.emulated}
    if shutil.which("nvidia-smi"):
        day.step("nvidia-smi", ["nvidia-smi"], 20)
    cli = [sys.executable, "-m", "lateralnet"]
    day.step("doctor", [*cli, "doctor", "--device", "cuda", "--json"], 90)
    builds = [
        {**base, "do": "build", "replicas": r, "precision": p, "form": f}
        for r in replicas for p in precisions for f in FORMS
    ]  # fmt: skip
    # What nvcc compiles for minutes goes side by side; comparing compiles networks of its own.
    with ThreadPoolExecutor(max(1, (os.cpu_count() or 2) - 1)) as pool:
        for form in FORMS:
            for precision in precisions:
                job = {**base, "do": "compare", "precision": precision}
                name = f"compare {precision} {form}"
                pool.submit(day.step, name, [*me, json.dumps(job)], 240, **_form(form))
        for job in builds:
            name = f"build R={job['replicas']} {job['precision']} {job['form']}"
            pool.submit(day.step, name, [*me, json.dumps(job)], 400, **_form(job["form"]))
    for r in replicas:
        for precision in precisions:
            for form in FORMS:
                job = {**base, "do": "time", "replicas": r, "precision": precision}
                name = f"time R={r} {precision} {form}"
                day.step(name, [*me, json.dumps(job)], 90, **_form(form))
    for cores in sorted({1, os.cpu_count() or 1}):
        job = {**base, "do": "cpp", "cores": cores}
        day.step(f"cpp {cores} cores", [*me, json.dumps(job)], 60)
    for tool in TOOLS if shutil.which("compute-sanitizer") else ():
        for form in FORMS:
            log = day.folder / f"{tool} {form}.txt"
            under = f"compute-sanitizer --tool {tool} --log-file"
            job = {**base, "do": "sanitize"}
            entry = day.step(
                f"{tool} {form}", [*me, json.dumps(job)], 60,
                LATERALNET_RUN_UNDER=json.dumps([*under.split(), str(log)]), **_form(form),
            )  # fmt: skip
            entry["summary"] = log.read_text()[-400:] if log.exists() else "no log"
    if shutil.which("ncu"):
        log = day.folder / "ncu.txt"
        under = [
            "ncu",
            "--kernel-name",
            "run_networks",
            "--launch-count",
            "1",
            "--log-file",
            str(log),
        ]
        job = {**base, "do": "time", "replicas": replicas[-1], "precision": "float64", "trials": 1}
        day.step("ncu", [*me, json.dumps(job)], 90, LATERALNET_RUN_UNDER=json.dumps(under))
    day.write()
    print(table(day.found))


def _form(form: str) -> dict[str, str]:
    return {"LATERALNET_CUDA_FORM": form.replace(" ", "-")}


# ---- in the children
def work(job: dict[str, Any]) -> None:
    """One piece of work; prints its result as one line of JSON."""
    from lateralnet.simulation.session import DeviceOptions

    name = "cuda"
    if job["emulated"]:
        from backends import registry
        from tests.backends.cuda_emulation.driver import EmulatedCudaBackend as Emulated

        name = Emulated.name
        registry._OURS[name] = f"{Emulated.__module__}:{Emulated.__name__}"
    options = DeviceOptions(
        device=name, precision=job.get("precision", "float64"),
        python=os.environ["LATERALNET_CUDA_PYTHON"],
    )  # fmt: skip
    print(json.dumps({"build": _build, "compare": _compare, "time": _time, "sanitize": _sanitize,
                      "cpp": _cpp}[job["do"]](job, options)))  # fmt: skip


def _replicas(job: dict[str, Any], trials: int) -> list[Any]:
    from lateralnet.network.wiring import make_replica
    from lateralnet.parameters.presets import preset

    small = {"n_mon": 200, "n_ts": 40, "n_ll": 40} if job["emulated"] else {}
    return [
        make_replica(preset("ll_thesis", seed=123 + k, n_training_trials=trials, **small))
        for k in range(job.get("replicas", 1))
    ]


def _build(job: dict[str, Any], options: Any) -> dict[str, Any]:
    from lateralnet.simulation.session import Session

    with Session(_replicas(job, 1), options) as session:
        info = session.info
    return {name: info.get(name) for name in ("generate_wall_s", "build_wall_s", "built")}


def _compare(job: dict[str, Any], options: Any) -> list[dict[str, Any]]:
    from dataclasses import replace

    from lateralnet.devices.cases import largest_difference, run_case, unequal_spikes
    from lateralnet.devices.comparison import exact_cases

    rows = []
    for name, case in exact_cases().items():
        first = run_case(case, replace(options, device="cpp"))
        second, again = (run_case(case, options, cuts=cuts) for cuts in ((), (1, 133)))
        rows.append({
            "case": name, "unequal_spikes": unequal_spikes(first, second),
            "largest_difference": largest_difference(first, second),
            "cut_unequal": unequal_spikes(second, again),
            "cut_difference": largest_difference(second, again),
        })  # fmt: skip
    return rows


def _time(job: dict[str, Any], options: Any) -> dict[str, Any]:
    from lateralnet.learning.training import train
    from lateralnet.simulation.session import Session

    trials = job.get("trials", TRIALS)
    replicas = _replicas(job, trials)
    with Session(replicas, options) as session:
        train(session.simulation, replicas)  # the first run starts the program
        rows = []
        for _ in range(1 if job["emulated"] or "trials" in job else 3):
            before_s, began = session.child_wall_s, time.perf_counter()
            cpu = time.process_time()
            train(session.simulation, replicas)
            rows.append({
                "wall_s": time.perf_counter() - began, "device_s": session.child_wall_s - before_s,
                "host_cpu_s": time.process_time() - cpu,
            })  # fmt: skip
    n = trials * len(replicas)
    middle = sorted(rows, key=lambda row: row["wall_s"])[len(rows) // 2]
    per_trial = {name.removesuffix("_s"): 1e3 * s / n for name, s in middle.items()}
    return {"trials": trials, "rows": rows, "ms_per_network_trial": per_trial}


def _sanitize(job: dict[str, Any], options: Any) -> dict[str, Any]:
    from lateralnet.devices.cases import EVERY_RULE, noisy_case, run_case

    result = run_case(noisy_case(n_steps=20, **EVERY_RULE), options)
    return {layer: len(spikes) for layer, spikes in result.spikes.items()}


def _cpp(job: dict[str, Any], options: Any) -> dict[str, Any]:
    """Device cpp on some cores at once, each with its own network."""
    from dataclasses import replace

    from lateralnet.learning.training import train
    from lateralnet.simulation.session import Session

    options, trials = replace(options, device="cpp"), 3 * TRIALS
    replicas = _replicas(job, trials)
    with Session(replicas, options):
        pass  # built
    if job["cores"] > 1:
        one = json.dumps({**job, "cores": 1})
        began = time.perf_counter()
        children = [
            subprocess.Popen([sys.executable, __file__, "--work", one], stdout=subprocess.DEVNULL)
            for _ in range(job["cores"])
        ]
        for child in children:
            child.wait()
        wall_s, n = time.perf_counter() - began, trials * job["cores"]
    else:
        with Session(replicas, options) as session:
            began = time.perf_counter()
            train(session.simulation, replicas)
            wall_s, n = time.perf_counter() - began, trials
    return {
        "cores": job["cores"],
        "trials": trials,
        "ms_per_network_trial": {"wall": 1e3 * wall_s / n},
    }


def table(found: dict[str, Any]) -> str:
    """Milliseconds per network-trial, and what else was found, as text."""
    what = "EMULATED, small networks: a rehearsal, no times of a GPU" if found["emulated"] else ""
    lines = [what, f"{'':34}{'status':22}{'ms per network-trial (wall, device, host cpu)'}"]
    for name, entry in found["steps"].items():
        result = entry.get("result")
        shown = ""
        if isinstance(result, dict) and "ms_per_network_trial" in result:
            shown = "  ".join(f"{ms:9.4f}" for ms in result["ms_per_network_trial"].values())
        elif name.startswith("compare") and isinstance(result, list):
            unequal = [row["case"] for row in result if row["unequal_spikes"] or row["cut_unequal"]]
            worst = max(row["largest_difference"] for row in result)
            shown = f"spikes {'DIFFER: ' + ', '.join(unequal) if unequal else 'equal'}, {worst:.1e}"
        lines.append(f"{name:34}{entry['status'][:20]:22}{shown}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
