"""Every call of the file system fails once: ``python -m tests.faults.loop [OPERATION...]``.

For each operation the calls of open, write, fsync, rename and mkdir on its files are counted; then
each is made to fail (no space, error of the disk, no permission), to write half, or to kill the
process there. Afterwards all files are read, and the command that the user would give goes on
without faults; what comes out must be the same, bit for bit, as if nothing had been.

Outcomes: *clean* (the fault changed nothing), *one sentence*, *killed* (as ordered), *traceback*,
*corrupt* (a file that cannot be read), *lost* (what was there before is gone, or there is no way
on), *unequal* (it went on to another result).
"""

from __future__ import annotations

import argparse
import contextlib
import faulthandler
import hashlib
import json
import os
import random
import shutil
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.faults.shim import KINDS, MODES, Fault, arm, counts, library, run_preloaded

GOOD = ("clean", "one sentence", "killed")
BAD = ("traceback", "corrupt", "lost", "unequal")
_PATIENCE_S = 300


class Loop:
    """An operation that is repeated from the same start under one fault after the other."""

    def __init__(self, name: str, place: Path) -> None:
        from tests.faults.operations import OPERATIONS

        self.name, self.operation, self._place = name, OPERATIONS[name], place
        self._loaded = library()
        self._start, self._work = place / f"{name}-start", place / f"{name}-work"
        self._start.mkdir()
        for command in self.operation.before:
            code, words = self._execute(command, self._start, None)
            assert code == 0, words
        self._reference: Any = None

    def calls(self) -> dict[str, int]:
        """Run once without faults: what comes out, and how many calls there are of each kind."""
        self._reset()
        report = self._place / f"{self.name}-counts"
        code, words = self._execute(self.operation.command, self._work, None, report)
        assert code == 0, words
        self._reference = self.operation.outcome(self._work)
        return dict(json.loads(report.read_text()))

    def judge(self, fault: Fault) -> tuple[str, str]:
        """Return what became of a fault, and the words that tell why it is bad."""
        self._reset()
        before = self._kept()
        code, words = self._execute(self.operation.command, self._work, fault)
        if code is None:
            first = "killed"
        elif code == 0:
            first = "clean"
        else:
            first = "one sentence"
        if "Traceback" in words or "Exception ignored" in words:
            return "traceback", words
        broken = list(self._broken())
        if broken:
            return "corrupt", "; ".join(broken)
        if self._kept() != before:
            return "lost", "files that were there have changed"
        if first != "clean":
            tried = [self._execute(c, self._work, None) for c in self._ways_on()]
            if any("Traceback" in told for _, told in tried):
                return "traceback", tried[-1][1]
            if not tried or tried[-1][0] != 0:
                return "lost", words + " | ".join(told for _, told in tried)
        return self._compare(first)

    def _ways_on(self) -> Iterator[list[str]]:
        """Commands to try until one works."""
        for command in self.operation.go_on(self._work):
            yield command
            if self._done():
                return

    def _done(self) -> bool:
        with contextlib.suppress(Exception):
            self.operation.outcome(self._work)
            return True
        return False

    def _compare(self, first: str) -> tuple[str, str]:
        from tests.faults.operations import same

        try:
            found = self.operation.outcome(self._work)
        except Exception as error:
            return ("corrupt" if first == "clean" else "lost"), f"{type(error).__name__}: {error}"
        return (first, "") if same(found, self._reference) else ("unequal", "another result")

    def _reset(self) -> None:
        shutil.rmtree(self._work, ignore_errors=True)
        shutil.copytree(self._start, self._work, symlinks=True)

    def _kept(self) -> dict[str, str]:
        if not self.operation.kept:
            return {}
        return {
            str(path): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in self._work.glob(self.operation.kept)
            if path.is_file() and path.name != ".lock"
        }

    def _broken(self) -> Iterator[str]:
        """Files under their final names that cannot be read."""
        from lateralnet.errors import LateralnetError
        from lateralnet.records.storage import read_json, read_npz

        for path in sorted(self._work.rglob("*")):
            hidden = any(part.startswith(".") for part in path.relative_to(self._work).parts)
            if hidden or not path.is_file() or path.relative_to(self._work).parts[0] == "scratch":
                continue
            read = {".json": read_json, ".npz": read_npz}.get(path.suffix)
            if read is None or "cache" in path.relative_to(self._work).parts[0]:
                continue
            try:
                read(path)
            except LateralnetError as error:
                yield str(error)

    def _execute(
        self, command: list[str], where: Path, fault: Fault | None, report: Path | None = None
    ) -> tuple[int | None, str]:
        """Run a command in a forked process; its exit code (None when killed), and its words."""
        output = self._place / f"{self.name}-words"
        pid = os.fork()
        if pid == 0:
            self._in_child(command, where, fault, report, output)
        _, status = os.waitpid(pid, 0)
        words = output.read_text(errors="replace") if output.exists() else ""
        if os.WIFSIGNALED(status):
            return None, words
        return os.WEXITSTATUS(status), words

    def _in_child(
        self, command: list[str], where: Path, fault: Fault | None, report: Path | None, words: Path
    ) -> None:
        code = 1
        try:
            faulthandler.dump_traceback_later(_PATIENCE_S, exit=True, file=sys.__stderr__)
            descriptor = os.open(words, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.dup2(descriptor, 1)
            os.dup2(descriptor, 2)
            os.chdir(where)
            (where / "scratch").mkdir(exist_ok=True)
            os.environ["LATERALNET_SCRATCH"] = str(where / "scratch")
            arm(self._loaded, where, fault)
            code = _call(command, where)
        except BaseException:
            traceback.print_exc()
        finally:
            total = counts(self._loaded)
            arm(self._loaded, Path("/nowhere"), None)
            if report is not None:
                report.write_text(json.dumps(total))
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)


def _call(command: list[str], where: Path) -> int:
    from backends.errors import BackendError
    from lateralnet.cli.program import main
    from lateralnet.errors import LateralnetError
    from tests.faults import operations

    if command[0] in operations.FUNCTIONS:
        try:
            operations.FUNCTIONS[command[0]](where)
        except (BackendError, LateralnetError) as error:
            print(error)
            return 1
        return 0
    sys.argv = ["lateralnet", *command]
    try:
        main()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1
    return 0


def seeds_and_tasks_here() -> None:
    """Let seeds and tasks of a sweep run in this process, where their calls can be counted."""
    from lateralnet.runs import jobs
    from lateralnet.runs.job import run_job
    from lateralnet.studies.execution import executor, process

    class Link:
        def __init__(self, heard: list[dict[str, Any]]) -> None:
            self.say = lambda **message: heard.append(message)

    class Child:
        """A process that takes one task; it is carried out at once, here."""

        def __init__(self, function: str, task: Any, **options: Any) -> None:
            heard: list[dict[str, Any]] = []
            process.carry_out(task, Link(heard))
            self._heard = iter(heard)

        def answer(self) -> dict[str, Any]:
            return next(self._heard)

        def lives(self) -> bool:
            return False

        def end(self) -> None:
            pass

    jobs.run_in_process = lambda job, progress, holds: run_job(job, progress)
    process.Child = Child
    assert executor.run_task is process.run_task


def faults(calls: dict[str, int], every: int) -> Iterator[Fault]:
    """Yield every fault, or one in `every`."""
    number = 0
    for kind in KINDS:
        for k in range(1, calls[kind] + 1):
            for mode in MODES:
                if mode == "half" and kind != "write":
                    continue
                number += 1
                if number % every == 0:
                    yield Fault(kind, k, mode)


def run_loop(name: str, every: int, place: Path) -> Iterator[dict[str, Any]]:
    """Yield, after every fault, the outcomes of an operation and each bad one with its words.

    The order is random, so that a loop that is stopped early has tried a sample of all.
    """
    loop = Loop(name, place)
    calls = loop.calls()
    outcomes: Counter[str] = Counter()
    bad: list[dict[str, Any]] = []
    chosen = list(faults(calls, every))
    random.Random(1).shuffle(chosen)
    for fault in chosen:
        outcome, words = loop.judge(fault)
        outcomes[outcome] += 1
        if outcome in BAD:
            what = [fault.kind, fault.k, fault.mode]
            bad.append({"fault": what, "outcome": outcome, "words": words[-1500:]})
            print(name, fault, outcome, words[-1500:].strip(), sep="\n  ", flush=True)
        yield {"operation": name, "calls": calls, "outcomes": dict(outcomes), "bad": bad}


def table(results: list[dict[str, Any]]) -> str:
    """Return the outcomes as a table."""
    head = ("operation", "calls", "faults", *GOOD, *BAD)
    rows = [head]
    for result in results:
        found = result["outcomes"]
        numbers = (sum(result["calls"].values()), sum(found.values()))
        rows.append(
            (result["operation"], *map(str, numbers), *(str(found.get(n, 0)) for n in GOOD + BAD))
        )
    if len(results) > 1:
        sums = [sum(int(row[k]) for row in rows[1:]) for k in range(1, len(head))]
        rows.append(("all", *map(str, sums)))
    return "\n".join(
        "| " + " | ".join(row) + " |" for row in [rows[0], ("---",) * len(head), *rows[1:]]
    )


def main() -> int:
    """Run the loop; return 1 when an outcome was bad."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("operations", nargs="*")
    parser.add_argument("--every", type=int, default=1, help="one fault in so many")
    parser.add_argument("--output", type=Path, help="write the results to this JSON file")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lateralnet-faults-") as name:
        run_preloaded(
            Path(tempfile.mkdtemp(prefix="lateralnet-shim-")), __spec__.name, sys.argv[1:]
        )
        os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
        from backends.host.toolchain import compiler_version, package_versions, processor
        from tests.faults.operations import OPERATIONS

        seeds_and_tasks_here()
        # Asked once here, so that no command has to start other programs to ask again.
        package_versions(sys.executable), compiler_version(), processor()
        results: dict[str, dict[str, Any]] = {}
        for operation in options.operations or OPERATIONS:
            for result in run_loop(operation, options.every, Path(name)):
                results[operation] = result
                if options.output:
                    options.output.write_text(json.dumps([*results.values()], indent=1))
    print(table([*results.values()]))
    return int(any(result["bad"] for result in results.values()))


if __name__ == "__main__":
    sys.exit(main())
