"""A whole run: parameters in, folder and `RunResult` out. The command line only translates."""

from __future__ import annotations

import functools
import itertools
import shutil
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lateralnet.errors import InputError, LateralnetError, SimulationError
from lateralnet.learning.controls import checked_controls
from lateralnet.parameters.params import NetworkParams, params_from_dict
from lateralnet.parameters.presets import DEFAULT_CONTROLS
from lateralnet.records.folders import RUNS, RunFolder, safe_name, timestamp
from lateralnet.records.results import RunResult, SeedResult, load, read_seed
from lateralnet.records.storage import (
    SCHEMA_VERSION,
    check_free_space,
    make_folder,
    read_json,
    read_npz,
    write_json,
)
from lateralnet.runs.job import Job, run_job, with_seed
from lateralnet.runs.seed_process import run_in_process
from lateralnet.runs.summary import run_summary
from lateralnet.simulation.session import DeviceOptions, resolve_device

OnProgress = Callable[[str, float], None]  # (what is being done, fraction of the run)
_NEEDED_BYTES_PER_SEED = 30_000_000


@dataclass(frozen=True)
class RunOptions:
    """How a run is carried out, beside its parameters.

    Attributes
    ----------
    mode : str
        Preset that the parameters started from; stored with the results.
    run_name : str or None
        Folder under `runs_dir`; the time of day when None.
    save_tag : str
        Base name of the weight files.
    n_seeds : int
        Consecutive seeds, from ``params.seed``.
    jobs : int
        Processes that work on seeds at once.
    replicas : int
        Seeds that share one program, side by side.
    plastic : bool
        False: no weight changes, the control of ``--disable-all-stdp``.
    controls : tuple of str, optional
        Further conditions to test, see `lateralnet.learning.controls`; by default those of
        the preset (none without learning).
    overwrite : bool
        Whether an existing run folder is replaced.
    resume_from : Path or None
        Run folder to go on from.
    save_weights_dir : Path or None
        Where the learned weights are copied as well.
    runs_dir : Path
        Where run folders are made.
    """

    mode: str = "ll_thesis"
    run_name: str | None = None
    save_tag: str = "latest"
    n_seeds: int = 1
    jobs: int = 1
    replicas: int = 1
    plastic: bool = True
    controls: tuple[str, ...] | None = None
    overwrite: bool = False
    resume_from: Path | None = None
    save_weights_dir: Path | None = None
    runs_dir: Path = RUNS

    def __post_init__(self) -> None:
        for flag, value in (
            ("--multi-seed", self.n_seeds),
            ("--jobs", self.jobs),
            ("--replicas", self.replicas),
        ):
            if value < 1:
                raise InputError(f"{flag} = {value} is not allowed: it must be at least 1.")
        if self.controls is not None:
            checked_controls(self.controls)

    @property
    def chosen_controls(self) -> tuple[str, ...]:
        """The controls to test, by default those of the preset."""
        if self.controls is not None:
            return checked_controls(self.controls)
        return DEFAULT_CONTROLS.get(self.mode, ()) if self.plastic else ()


def run(
    params: NetworkParams,
    device: str | DeviceOptions = "auto",
    *,
    on_progress: OnProgress = lambda what, fraction: None,
    on_note: Callable[[str], None] = lambda note: None,
    **options: Any,
) -> RunResult:
    """Simulate training and test of one or several seeds and write all files of the run.

    Parameters
    ----------
    params : NetworkParams
        Parameters; ``params.seed`` is the first seed.
    device : str or DeviceOptions
        Where to simulate.
    on_progress : callable
        Called with what is being done and the finished fraction.
    on_note : callable
        Called with sentences that the user should see (which device, what was left out).
    **options
        Fields of `RunOptions`.

    Returns
    -------
    RunResult
        With `failed` saying why of the seeds that did not finish; their checkpoints stay.

    Raises
    ------
    InputError
        Before anything is built, for values, names and folders that cannot be.
    DeviceError, BuildError
        When the device cannot run here.
    LateralnetError
        When every seed failed.
    """
    chosen = RunOptions(**options)
    wanted = device if isinstance(device, DeviceOptions) else DeviceOptions(device=device)
    folder = _folder_of(chosen)
    seeds = [with_seed(params, params.seed + k) for k in range(chosen.n_seeds)]
    checkpoints = _checkpoints(chosen, seeds)
    definite, reason = resolve_device(wanted, params, chosen.replicas, chosen.jobs)
    on_note(reason)
    if definite.cuda_arch and definite.device != "cuda":
        on_note(f"--cuda-arch has no effect on device {definite.device}.")
    _prepare(folder, chosen, params, definite, reason)
    jobs = [
        Job(
            params=tuple(group),
            mode=chosen.mode,
            folder=folder,
            options=definite,
            plastic=chosen.plastic,
            alone=chosen.n_seeds == 1,
            resume_from=None if checkpoints is None else tuple(checkpoints[p.seed] for p in group),
            controls=chosen.chosen_controls,
        )
        for group in _grouped(seeds, chosen.replicas)
    ]
    began = time.perf_counter()
    finished, failed = _carry_out(jobs, chosen.jobs, on_progress)
    if not finished:
        raise SimulationError(next(iter(failed.values())))
    result = RunResult(folder.path, chosen.mode, params, tuple(finished), failed)
    summary = run_summary(result, device_reason=reason, wall_s=time.perf_counter() - began)
    write_json(folder.summary, summary)
    if chosen.save_weights_dir is not None:
        _copy_weights(folder, chosen.save_weights_dir, [r.seed for r in finished])
    return result


def _grouped(seeds: Sequence[NetworkParams], size: int) -> list[list[NetworkParams]]:
    iterator = iter(seeds)
    return [*iter(lambda: list(itertools.islice(iterator, size)), [])]


def _folder_of(options: RunOptions) -> RunFolder:
    """Return the folder of the run; refuse one that exists, unless it is resumed or replaced."""
    tag = safe_name(options.save_tag, "--save-tag")
    if options.run_name is None and options.resume_from is not None:
        return RunFolder(options.resume_from, tag)
    name = safe_name(options.run_name, "--run-name") if options.run_name else timestamp()
    folder = RunFolder(options.runs_dir / name, tag)
    same = (
        options.resume_from is not None
        and folder.path.resolve() == Path(options.resume_from).resolve()
    )
    occupied = folder.path.exists() and (not folder.path.is_dir() or any(folder.path.iterdir()))
    if occupied and not (same or options.overwrite):
        raise InputError(
            f"the run folder {folder.path} exists already; choose another --run-name, go on with "
            f"--resume-from {folder.path}, or replace it with --overwrite."
        )
    return folder


def _checkpoints(options: RunOptions, seeds: Sequence[NetworkParams]) -> dict[int, Path] | None:
    """Return the checkpoint of each seed to resume, or None for a new run."""
    if options.resume_from is None:
        return None
    place = RunFolder(Path(options.resume_from))
    if not place.path.is_dir():
        raise InputError(f"--resume-from {place.path}: there is no such folder.")
    found = {}
    for params in seeds:
        path = place.existing_checkpoint(params.seed)
        if path is None:
            raise InputError(
                f"--resume-from {place.path}: no checkpoint of seed {params.seed} in "
                f"{place.artifacts} (mid_checkpoint.npz); start a new run without --resume-from."
            )
        found[params.seed] = path
    _refuse_shorter(found, seeds)
    return found


def _refuse_shorter(found: dict[int, Path], seeds: Sequence[NetworkParams]) -> None:
    for params in seeds:
        stored = read_npz(found[params.seed])
        if "trial_idx" not in stored:
            raise InputError(f"{found[params.seed]} is not a training checkpoint (no trial_idx).")
        done = int(stored["trial_idx"]) + 1
        if done > params.n_training_trials:
            raise InputError(
                f"{found[params.seed]} already has {done} training trials; give "
                f"--n-training-trials of at least {done} to go on from it."
            )


def _prepare(
    folder: RunFolder,
    options: RunOptions,
    params: NetworkParams,
    device: DeviceOptions,
    reason: str,
) -> None:
    """Make the folder and write ``params.json``."""
    if options.overwrite and options.resume_from is None and folder.path.exists():
        shutil.rmtree(folder.path)
    for path in (folder.path, folder.artifacts, folder.figures):
        make_folder(path)
    check_free_space(folder.path, _NEEDED_BYTES_PER_SEED * options.n_seeds)
    write_json(
        folder.params,
        {
            "schema_version": SCHEMA_VERSION,
            "mode": options.mode,
            "seed_start": params.seed,
            "multi_seed": options.n_seeds,
            "run_folder": folder.path.name,
            "save_tag": folder.save_tag,
            "device": device.device,
            "device_reason": reason,
            "precision": device.precision,
            "replicas": options.replicas,
            "disable_all_stdp": not options.plastic,
            "controls": list(options.chosen_controls),
            "network_params": params.as_dict(),
        },
    )


def _carry_out(
    jobs: Sequence[Job], n_processes: int, on_progress: OnProgress
) -> tuple[list[SeedResult], dict[int, str]]:
    """Run all jobs; a failed one does not stop the others."""
    if len(jobs) == 1:
        return run_job(jobs[0], on_progress), {}
    fractions = [0.0] * len(jobs)

    def follow(number: int, what: str, fraction: float) -> None:
        fractions[number] = fraction
        on_progress(what, sum(fractions) / len(fractions))

    failed: dict[int, str] = {}
    with ThreadPoolExecutor(n_processes) as pool:
        futures = [
            pool.submit(run_in_process, job, functools.partial(follow, number))
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
                raise
    finished = [
        read_seed(job.folder, params)
        for job in jobs
        for params in job.params
        if params.seed not in failed
    ]
    return finished, failed


def _copy_weights(folder: RunFolder, target: Path, seeds: Sequence[int]) -> None:
    make_folder(target)
    for seed in seeds:
        for path in (folder.weights(seed), folder.weights_params(seed)):
            shutil.copy2(path, target / path.name)


def resumed_params(folder: Path, **overrides: Any) -> tuple[NetworkParams, dict[str, Any]]:
    """Return the parameters of the run in `folder`, with some replaced, and its ``params.json``."""
    path = folder / "params.json"
    if not path.is_file():
        raise InputError(f"--resume-from {folder}: there is no params.json; is it a run folder?")
    stored = read_json(path)
    params = params_from_dict(stored["network_params"], source=str(path))
    return replace(params, **overrides), stored


__all__ = ["RunOptions", "RunResult", "load", "resumed_params", "run"]
