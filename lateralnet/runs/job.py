"""One or more seeds from wiring to files: what a run does for each of its programs."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from backends.host.portable import peak_memory_mb
from backends.host.server import children_usage
from lateralnet.learning.checkpoint import Checkpoint, load_checkpoint
from lateralnet.learning.controls import run_controls
from lateralnet.learning.test_sweeps import run_test
from lateralnet.learning.training import Trained, train
from lateralnet.network.own_model import OwnModel
from lateralnet.network.wiring import Replica, make_replica
from lateralnet.parameters.params import NetworkParams
from lateralnet.records.folders import RunFolder
from lateralnet.records.record import TestRecord
from lateralnet.records.results import SeedResult
from lateralnet.runs.outcome.result import measured
from lateralnet.runs.own import Own
from lateralnet.runs.preparation.extending import NOTHING
from lateralnet.runs.saving import CheckpointWriter
from lateralnet.runs.seed_files import write_seed
from lateralnet.runs.shares import Shares
from lateralnet.simulation.session import DeviceOptions, Session
from lateralnet.stimulus.own import Stimulus

Progress = Callable[[str, float], None]  # (what is being done, fraction of this job)


@dataclass(frozen=True)
class Job:
    """Seeds that run side by side in one program.

    Attributes
    ----------
    params : tuple of NetworkParams
        One for each seed.
    mode : str
        Preset they started from.
    folder : RunFolder
        Where their files go.
    options : DeviceOptions
        With a definite device.
    plastic : bool
        False for the control without learning.
    alone : bool
        Whether the run has this seed only (names of files).
    resume_from : tuple of Path, optional
        Checkpoints to go on from.
    controls : tuple of str
        Conditions to test beside untrained and trained.
    stimulus, model
        A stimulus and a model of one's own, if there are.
    own : Own
        Measures, controls and figures of one's own.
    """

    params: tuple[NetworkParams, ...]
    mode: str
    folder: RunFolder
    options: DeviceOptions
    plastic: bool = True
    alone: bool = True
    resume_from: tuple[Path, ...] | None = None
    controls: tuple[str, ...] = ()
    stimulus: Stimulus | None = None
    model: OwnModel | None = None
    own: Own = NOTHING


def run_job(job: Job, progress: Progress = lambda what, fraction: None) -> list[SeedResult]:
    """Train, test, measure and write all files of some seeds.

    Raises
    ------
    LateralnetError
        What went wrong, in words; files written before stay whole.
    """
    started = time.perf_counter()
    progress("wiring", 0.0)
    replicas = [
        replace(make_replica(params), stimulus=job.stimulus, model=job.model)
        for params in job.params
    ]
    resume = None
    if job.resume_from is not None:
        resume = [
            load_checkpoint(path, replica, job.options.precision)
            for path, replica in zip(job.resume_from, replicas, strict=True)
        ]
    p = job.params[0]
    shares = Shares(p, resume[0].trials_done if resume else 0, job.controls)
    progress("building the program", 0.0)
    with Session(replicas, job.options) as session:
        progress("testing the untrained network", 0.0)
        tests = [{"untrained": test} for test in run_test(session.simulation, replicas)]
        _try_own(job.own, replicas, tests)
        trained, train_facts = _train(job, session, replicas, resume, shares, progress)
        progress("testing", shares.at(tests=1, trials=p.n_training_trials))
        learned = [r.with_weights_of(t.state) for r, t in zip(replicas, trained, strict=True)]
        for found, test in zip(tests, run_test(session.simulation, learned), strict=True):
            found["trained"] = test
        if job.controls:
            progress("testing controls", shares.at(tests=2, trials=p.n_training_trials))
        for found, extra in zip(
            tests, run_controls(job.controls, session, replicas, learned, tests), strict=True
        ):
            found |= extra
        for found, extra in zip(
            tests, job.own.test_controls(session, replicas, learned), strict=True
        ):
            found |= extra
        facts = {**session.info, **train_facts}
    facts["wall_s"] = round(time.perf_counter() - started, 3)
    progress("measuring", shares.at(tests=2 + len(job.controls), trials=p.n_training_trials))
    return [
        write_seed(
            job.folder,
            replica,
            result,
            conditions,
            {
                name: measured(name, test, replica.params, job.own)
                for name, test in conditions.items()
            },
            facts,
            mode=job.mode,
            precision=job.options.precision,
        )
        for replica, result, conditions in zip(replicas, trained, tests, strict=True)
    ]


def _try_own(own: Own, replicas: Sequence[Replica], tests: list[dict[str, TestRecord]]) -> None:
    """Let functions of the user fail before the training, not after it."""
    for control in own.controls:
        own.network(control, replicas[0], replicas[0])
    if own.measures:
        measured("untrained", tests[0]["untrained"], replicas[0].params, own)


def _train(
    job: Job,
    session: Session,
    replicas: Sequence[Replica],
    resume: Sequence[Checkpoint] | None,
    shares: Shares,
    progress: Progress,
) -> tuple[list[Trained], dict[str, Any]]:
    p = replicas[0].params
    start = shares.first_trial
    who = "" if job.alone else f"seed {p.seed}, "
    began, cpu_before = time.perf_counter(), children_usage()[0]

    def tell(trial: int) -> None:
        what = f"training, {who}trial {trial} of {p.n_training_trials}"
        progress(what, shares.at(tests=1, trials=trial))

    writer = CheckpointWriter(job.folder, job.params, job.options.precision, alone=job.alone)

    def keep(trials_done: int, checkpoints: Callable[[], Sequence[Checkpoint]]) -> None:
        tell(trials_done)
        writer.offer(trials_done, checkpoints)

    tell(start)
    trained = train(
        session.simulation, replicas, plastic=job.plastic, resume=resume, on_segment=keep
    )
    trials = max(1, (p.n_training_trials - start) * len(replicas))
    wall_s, cpu_s = time.perf_counter() - began, children_usage()[0] - cpu_before
    return trained, {
        "trials_run": p.n_training_trials - start,
        "training_wall_s": round(wall_s, 3),
        "training_wall_s_per_trial": round(wall_s / trials, 5),
        "simulation_cpu_s_per_trial": round(cpu_s / trials, 5),
        "peak_memory_mb": round(_peak_memory_mb(), 1),
        "process_id": os.getpid(),
    }


def _peak_memory_mb() -> float:
    """Largest resident memory of this process and of its largest child."""
    own_mb = peak_memory_mb(children=False)
    return max(own_mb, children_usage()[1])


def with_seed(params: NetworkParams, seed: int) -> NetworkParams:
    """Return the parameters of another seed."""
    return replace(params, seed=seed)
