"""What is done on a GPU, in one go: see day.sh.

Every piece of work is a child process with a time limit, so that one that fails or hangs costs
no other; ``day.json`` and ``day.txt`` are written after each. What the children do is in `work`.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from day_table import table

HERE = Path(__file__).resolve().parent
REPLICAS = (1, 4, 16, 64, 132, 264)
FORMS = ("one block", "many blocks")
PRECISIONS = ("float64", "float32")
# What stops with an error there ends with 9 here, so that its step is not "ok".
SANITIZE = "compute-sanitizer --error-exitcode 9 --print-limit 20 --tool"
TOOLS = ("memcheck", "racecheck", "initcheck", "synccheck")
PROFILE = "ncu --launch-count 1 --section SpeedOfLight --section Occupancy --kernel-name"
_WORTH_STARTING_S = 5.0


@dataclass(frozen=True)
class Step:
    """A piece of work: its command, its limit, and what its environment has beside ours."""

    name: str
    command: list[str]
    most_s: float
    environment: dict[str, str] = field(default_factory=dict)
    needs: str = ""  # a step that must have succeeded, or this one is left out


class Day:
    """The results so far, and the time that is left."""

    def __init__(self, folder: Path, minutes: float, emulated: bool) -> None:
        self.folder = folder
        self._began = time.monotonic()
        self._end = self._began + 60 * minutes
        self.found: dict[str, Any] = {"emulated": emulated, "started": time.ctime(), "steps": {}}
        self._lock = threading.Lock()
        folder.mkdir(parents=True, exist_ok=True)

    def do(self, step: Step) -> None:
        """Run a child, keep what it printed as JSON or text, and say how long it took."""
        began = time.monotonic()
        entry: dict[str, Any] = {"command": step.command, "environment": step.environment}
        needed = self.found["steps"].get(step.needs, {"status": "ok"})
        limit_s = min(step.most_s, self._end - began)
        if needed["status"] != "ok":
            entry["status"] = f"left out: {step.needs}"
        elif limit_s < _WORTH_STARTING_S:
            entry["status"] = "no time left"
        else:
            entry.update(run(step, limit_s))
        entry["wall_s"] = round(time.monotonic() - began, 1)
        with self._lock:
            self.found["steps"][step.name] = entry
            self.found["minutes"] = round((time.monotonic() - self._began) / 60, 2)
            (self.folder / "day.json").write_text(json.dumps(self.found, indent=1) + "\n")
            (self.folder / "day.txt").write_text(table(self.found) + "\n")
        print(f"{step.name}: {entry['status']}, {entry['wall_s']} s", file=sys.stderr, flush=True)

    def do_all(self, steps: Sequence[Step], at_once: int = 1) -> None:
        """Do steps in order, some at once where they only compile."""
        with ThreadPoolExecutor(at_once) as pool:
            list(pool.map(self.do, steps))


def run(step: Step, limit_s: float) -> dict[str, Any]:
    """Run the child of a step; at the limit, it and all that it had started are ended."""
    environment = {**os.environ, **step.environment}
    try:
        child = subprocess.Popen(
            step.command, env=environment, start_new_session=True, text=True, errors="replace",
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except OSError as error:
        return {"status": str(error)}
    try:
        printed, told = child.communicate(timeout=limit_s)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.communicate()
        return {"status": f"stopped after {limit_s:.0f} s"}
    found = {"status": "ok", "result": _parsed(printed)}
    if child.returncode:
        found |= {"status": f"exit code {child.returncode}", "stderr": told[-3000:]}
    return found


def _parsed(text: str) -> Any:
    """The last line as JSON, else the end of the text."""
    try:
        return json.loads(text.strip().splitlines()[-1])
    except (ValueError, IndexError):
        return text[-6000:]


class Plan:
    """The steps of the day, in the order of what is worth most."""

    def __init__(self, folder: Path, replicas: Sequence[int], emulated: bool) -> None:
        self.folder, self.replicas, self.emulated = folder, replicas, emulated
        # What is emulated runs on this CPU: longer, and less of it.
        self._slower = 6 if emulated else 1
        self._precisions = PRECISIONS[:1] if emulated else PRECISIONS

    def _work(
        self, name: str, most_s: float, form: str = "", under: Sequence[str] = (),
        needs: str = "", **job: Any,
    ) -> Step:  # fmt: skip
        job["emulated"] = self.emulated
        environment = {"LATERALNET_CUDA_FORM": form.replace(" ", "-")} if form else {}
        if under:
            environment["LATERALNET_RUN_UNDER"] = json.dumps(list(under))
        command = [sys.executable, str(HERE / "day_work.py"), json.dumps(job)]
        return Step(name, command, most_s * self._slower, environment, needs)

    def examine(self) -> list[Step]:
        doctor = [sys.executable, "-m", "lateralnet", "doctor", "--device", "cuda", "--json"]
        steps = [Step("nvidia-smi", ["nvidia-smi"], 20)] if shutil.which("nvidia-smi") else []
        return steps if self.emulated else [*steps, Step("doctor", doctor, 90)]

    def compile_and_compare(self) -> list[Step]:
        """Comparing compiles small networks of its own, so it stands among the builds."""
        pairs = [(precision, form) for form in FORMS for precision in self._precisions]
        return [
            self._work(f"compare {precision} {form}", 200, form, do="compare",
                       precision=precision, short=self.emulated)
            for precision, form in pairs
        ] + [
            self._work(f"build R={r} {precision} {form}", 300, form, do="build",
                       precision=precision, replicas=r)
            for r in self.replicas for precision, form in pairs
        ]  # fmt: skip

    def time(self, form: str) -> list[Step]:
        return [
            self._work(f"time R={r} {precision} {form}", 60, form, do="time",
                       precision=precision, replicas=r, needs=f"build R={r} {precision} {form}")
            for precision in self._precisions for r in self.replicas
        ]  # fmt: skip

    def beside(self) -> list[Step]:
        """Device cpp on one core, and on all."""
        return [
            self._work(f"cpp {cores} cores", 60, do="cpp", cores=cores)
            for cores in sorted({1, os.cpu_count() or 1})
        ]  # fmt: skip

    def check(self) -> list[Step]:
        """Sanitizers and profiler, as far as they are installed."""
        steps = []
        for tool in TOOLS if shutil.which("compute-sanitizer") else ():
            for form in FORMS:
                log = self.folder / f"{tool}-{form.replace(' ', '-')}.txt"
                under = [*SANITIZE.split(), tool, "--log-file", str(log)]
                steps.append(self._work(f"{tool} {form}", 60, form, under, do="sanitize"))
        if shutil.which("ncu"):
            r = self.replicas[-1]
            under = [*PROFILE.split(), "run_networks", "--log-file", str(self.folder / "ncu.txt")]
            steps.append(
                self._work("ncu", 90, FORMS[0], under, needs=f"build R={r} float64 one block",
                           do="profile", replicas=r, precision="float64")
            )  # fmt: skip
        return steps

    def others(self) -> list[Step]:
        """GeNN on the GPU where GeNN is, and the recurrent network of `sorn`."""
        script = HERE.parent / "sorn" / "gpu.py"
        command = [sys.executable, str(script), "--json", str(self.folder / "sorn.json")]
        if self.emulated:
            command += ["--device", "cpu", "--batches", "1", "4", "--steps", "50"]
        steps = [Step("sorn", command, 90)]
        if "GENN_PATH" in os.environ and "LATERALNET_GENN_PYTHON" in os.environ:
            step = self._work("genn on CUDA", 150, do="genn")
            step.environment["LATERALNET_GENN_PYTHON"] = str(self._genn_python())
            steps.append(step)
        return steps

    def _genn_python(self) -> Path:
        """The interpreter that has GeNN, kept from our packages: it needs another Brian2."""
        kept = self.folder / "genn-python"
        real, root = os.environ["LATERALNET_GENN_PYTHON"], HERE.parents[1]
        kept.write_text(f'#!/bin/sh\nPYTHONPATH="{root}" exec "{real}" "$@"\n')
        kept.chmod(0o755)
        return kept


def main(tell: Callable[[str], Any] = print) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=HERE / "day")
    parser.add_argument("--minutes", type=float, default=9.0)
    parser.add_argument("--emulated", action="store_true")
    parser.add_argument("--replicas", type=int, nargs="+")
    asked = parser.parse_args()
    replicas = asked.replicas or ((1, 2) if asked.emulated else REPLICAS)
    # A little is kept for the end of the last child.
    day = Day(asked.output.resolve(), asked.minutes - 0.1, asked.emulated)
    plan = Plan(day.folder, replicas, asked.emulated)
    day.do_all(plan.examine())
    day.do_all(plan.compile_and_compare(), at_once=max(1, (os.cpu_count() or 2) - 1))
    day.do_all([*plan.time(FORMS[0]), *plan.beside(), *plan.check(), *plan.others()])
    day.do_all(plan.time(FORMS[1]))
    tell(table(day.found))


if __name__ == "__main__":
    main()
