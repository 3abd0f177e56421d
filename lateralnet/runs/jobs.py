"""What is left to do of a run, shared out over programs and over processes."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from backends.host.children import end_children
from lateralnet.errors import LateralnetError
from lateralnet.parameters.params import NetworkParams
from lateralnet.records.folders import RunFolder
from lateralnet.records.results import SeedResult, read_seed
from lateralnet.runs.job import Job, Progress, run_job
from lateralnet.runs.preparation.options import RunOptions
from lateralnet.runs.preparation.resuming import Start
from lateralnet.runs.seed_process import run_in_process
from lateralnet.simulation.session import DeviceOptions


def jobs_of(
    folder: RunFolder,
    options: RunOptions,
    device: DeviceOptions,
    seeds: Sequence[NetworkParams],
    starts: Mapping[int, Start],
) -> list[Job]:
    """Return what is left to do; seeds share a program only where they stand at the same trial."""
    jobs = []
    for k in range(0, len(seeds), options.replicas):
        groups: dict[int, list[NetworkParams]] = {}
        for params in seeds[k : k + options.replicas]:
            if not starts[params.seed].kept:
                groups.setdefault(starts[params.seed].trials_done, []).append(params)
        for group in groups.values():
            checkpoints = tuple(
                path for p in group if (path := starts[p.seed].checkpoint) is not None
            )
            jobs.append(
                Job(
                    params=tuple(group),
                    mode=options.mode,
                    folder=folder,
                    options=device,
                    plastic=options.plastic,
                    alone=options.n_seeds == 1,
                    resume_from=checkpoints or None,
                    controls=options.chosen_controls,
                    stimulus=options.stimulus,
                    model=options.model,
                    own=options.own,
                )
            )
    return jobs


def carry_out(
    jobs: Sequence[Job], n_processes: int, on_progress: Progress, holds: Sequence[int] = ()
) -> tuple[list[SeedResult], dict[int, str]]:
    """Run all jobs; a failed one does not stop the others.

    Processes of their own keep `holds` open: the lock of the folder in which they write.
    """
    if not jobs:
        return [], {}
    if len(jobs) == 1:
        return run_job(jobs[0], on_progress), {}
    fractions = [0.0] * len(jobs)

    def follow(number: int, what: str, fraction: float) -> None:
        fractions[number] = fraction
        on_progress(what, sum(fractions) / len(fractions))

    failed: dict[int, str] = {}
    with ThreadPoolExecutor(n_processes) as pool:
        futures = [
            pool.submit(run_in_process, job, functools.partial(follow, number), holds)
            for number, job in enumerate(jobs)
        ]
        for job, future in zip(jobs, futures, strict=True):
            try:
                future.result()
            except LateralnetError as error:
                failed.update({params.seed: str(error) for params in job.params})
            except BaseException:
                for waiting in futures:
                    waiting.cancel()
                end_children()
                raise
    finished = [
        read_seed(job.folder, params)
        for job in jobs
        for params in job.params
        if params.seed not in failed
    ]
    return finished, failed
