"""What is done under faults: commands on a tiny network, how each goes on, what must come out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from backends.cache import cached
from lateralnet.errors import SimulationError
from lateralnet.records.storage import read_json, read_npz
from lateralnet.studies.design import Axis, Design
from lateralnet.studies.execution.workplaces import LocalWorkplace
from lateralnet.studies.sweeps import sweep_design
from tests.tiny import TINY, tiny_flags

TRIALS = 4
# Not commands, but functions here: building takes too long, and drawing tables is another matter.
BUILD, SWEEP = "build a program", "compute a sweep"
_FILES = {"main": bytes(5000), "manifest.json": b"{}", "static": b"abc"}
FLAGS = ["--device", "cpp", "--quiet"]
RUN = ["run", *FLAGS, "--no-figures", "--run-name", "x"]
_TINY = tiny_flags(n_training_trials=TRIALS)
_SHORT = tiny_flags(n_training_trials=2)


@dataclass(frozen=True)
class Operation:
    """A command under faults.

    Attributes
    ----------
    command : list of str
        Arguments of lateralnet, run in a folder of its own.
    before : list of list of str
        Commands that make what is there before; their files must survive (`kept`).
    go_on : callable
        Folder -> the commands that a user would try after it failed, one after the other.
    outcome : callable
        Folder -> what must be the same as without a fault.
    kept : str
        Pattern of files of `before` that the command must leave as they are.
    """

    command: list[str]
    outcome: Callable[[Path], Any]
    go_on: Callable[[Path], list[list[str]]]
    before: tuple[list[str], ...] = ()
    kept: str = ""


def _run_outcome(folder: Path) -> dict[str, Any]:
    """Weights, spikes and measures of all seeds, and the verdict of the run."""
    artifacts = folder / "Runs/x/artifacts"
    found: dict[str, Any] = {}
    for path in sorted(artifacts.glob("*.npz")):
        if not path.name.startswith("mid_checkpoint"):
            found |= {f"{path.name}/{name}": array for name, array in read_npz(path).items()}
    for path in sorted(artifacts.glob("seed_*_results.json")):
        found[path.name] = {k: v for k, v in read_json(path).items() if k != "facts"}
    read_json(folder / "Runs/x/run_summary.json")
    return found


def _again(command: list[str]) -> Callable[[Path], list[list[str]]]:
    return lambda folder: [command]


def _run_goes_on(command: list[str]) -> Callable[[Path], list[list[str]]]:
    """As the messages say: --resume-from where the folder is a run, else the same again."""

    def commands(folder: Path) -> list[list[str]]:
        resume = ["run", *FLAGS, "--no-figures", "--resume-from", "Runs/x", *_flags_of(command)]
        started = any((folder / "Runs/x/artifacts").glob("*"))
        return [resume, command] if started else [command, resume]

    return commands


def _flags_of(command: list[str]) -> list[str]:
    return ["--n-training-trials", str(TRIALS)] if "--resume-from" in command else []


def _sweep_outcome(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for path in sorted((folder / "Sweeps/s/points").glob("*/*.json")):
        content = read_json(path)["result"]
        found[path.name] = {name: content[name] for name in ("measures", "params", "varied")}
    for path in sorted((folder / "Sweeps/s/trained").glob("*/*.npz")):
        arrays = read_npz(path)
        found |= {f"{path.name}/{n}": a for n, a in arrays.items() if n.startswith("state/")}
    return found


def _evaluate_outcome(folder: Path) -> Any:
    return read_json(folder / "out.json")["evaluations"]


def _export_outcome(folder: Path) -> int:
    return (folder / "exported.pkl").stat().st_size


def _export_goes_on(folder: Path) -> list[list[str]]:
    return [_EXPORT, [*_EXPORT, "--overwrite"]]


def compute_sweep(folder: Path) -> None:
    """Compute what is missing of a sweep of one training and two tests."""
    axes = (Axis("test.speed_cm_s", (5.0, 10.0)),)
    sizes = {**TINY, "n_training_trials": TRIALS}
    design = Design(mode="ll_thesis", fixed=sizes, axes=axes, seeds=(3,))
    outcome = sweep_design(
        design, folder / "Sweeps/s", "cpp", workplace=LocalWorkplace(1), retry_failed=True
    )
    if outcome.failed:
        raise SimulationError("; ".join(outcome.failed.values()))


def build(folder: Path) -> None:
    """Build a program into the cache, by a compiler of three files."""
    cached(folder / "cache", "cpp-0123", _compile)


def _compile(folder: Path) -> dict[str, Any]:
    for name, content in _FILES.items():
        (folder / name).write_bytes(content)
    return {"device": "cpp"}


def _build_outcome(folder: Path) -> dict[str, bytes]:
    """What another process would find and run."""
    kept = cached(folder / "cache", "cpp-0123", _compile)
    return {name: (kept.folder / name).read_bytes() for name in _FILES}


_EXPORT = ["export", "Runs/x", "--format", "neo", "--output", "exported.pkl"]
_EVALUATE = ["evaluate", "Runs/x", *FLAGS, "--output", "out.json"]
_RESUME = [
    "run", *FLAGS, "--no-figures", "--resume-from", "Runs/x", "--n-training-trials", str(TRIALS)
]  # fmt: skip
_MULTI = [*RUN, "--multi-seed", "2", *_TINY]

FUNCTIONS = {BUILD: build, SWEEP: compute_sweep}
OPERATIONS: dict[str, Operation] = {
    "run": Operation([*RUN, *_TINY], _run_outcome, _run_goes_on([*RUN, *_TINY])),
    "resume": Operation(
        _RESUME, _run_outcome, _again(_RESUME), before=([*RUN, *_SHORT],),
    ),
    "multi-seed": Operation(_MULTI, _run_outcome, _run_goes_on(_MULTI)),
    "sweep": Operation([SWEEP], _sweep_outcome, _again([SWEEP])),
    "evaluate": Operation(
        _EVALUATE, _evaluate_outcome, _again(_EVALUATE), before=([*RUN, *_TINY],), kept="Runs/**/*"
    ),
    "export": Operation(
        _EXPORT, _export_outcome, _export_goes_on, before=([*RUN, *_TINY],), kept="Runs/**/*"
    ),
    "build": Operation([BUILD], _build_outcome, _again([BUILD])),
}  # fmt: skip


def same(first: Any, second: Any) -> bool:
    """Whether two outcomes are equal bit for bit; NaN equals NaN."""
    if isinstance(first, dict) and isinstance(second, dict):
        return first.keys() == second.keys() and all(same(first[k], second[k]) for k in first)
    if isinstance(first, (list, tuple)) and isinstance(second, (list, tuple)):
        return len(first) == len(second) and all(map(same, first, second))
    if isinstance(first, np.ndarray) and isinstance(second, np.ndarray):
        return first.dtype == second.dtype and first.tobytes() == second.tobytes()
    return bool(first == second or (first != first and second != second))
