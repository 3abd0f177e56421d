"""A whole run: parameters in, folder and `RunResult` out. The command line only translates."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from lateralnet.errors import SimulationError
from lateralnet.network.own_model import OwnModel
from lateralnet.parameters.keywords import checked_keywords
from lateralnet.parameters.params import NetworkParams
from lateralnet.records.folders import RUNS, RunFolder
from lateralnet.records.results import RunResult, read_seed
from lateralnet.records.storage import (
    check_free_space,
    make_folder,
    write_json,
)
from lateralnet.runs.interruption import interrupted
from lateralnet.runs.job import Progress, with_seed
from lateralnet.runs.jobs import carry_out, jobs_of
from lateralnet.runs.outcome.remarks import rate_remarks
from lateralnet.runs.outcome.result import Run, as_run
from lateralnet.runs.outcome.summary import run_summary
from lateralnet.runs.own.reading import OwnGiven, own_of
from lateralnet.runs.preparation.claim import claim_for
from lateralnet.runs.preparation.cost import cost_of, refuse_what_cannot_fit
from lateralnet.runs.preparation.description import write_description
from lateralnet.runs.preparation.extending import (
    own_parts,
    refuse_other_parts,
    remembered_of,
    with_parts_of,
)
from lateralnet.runs.preparation.options import RunOptions
from lateralnet.runs.preparation.provenance import call_text
from lateralnet.runs.preparation.resuming import Start, starts_of
from lateralnet.simulation.session import DeviceOptions, resolve_device
from lateralnet.stimulus.own import Stimulus

_NEEDED_MB_PER_SEED = 30


@checked_keywords
def run(
    params: NetworkParams,
    device: str | DeviceOptions = "auto",
    *,
    run_name: str | None = None,
    save_tag: str | None = None,
    n_seeds: int = 1,
    jobs: int = 1,
    replicas: int = 1,
    plastic: bool = True,
    controls: tuple[str, ...] | None = None,
    overwrite: bool = False,
    resume_from: str | Path | None = None,
    save_weights_dir: str | Path | None = None,
    runs_dir: str | Path = RUNS,
    stimulus: Stimulus | None = None,
    model: OwnModel | None = None,
    own: OwnGiven = None,
    command: str = "",
    on_progress: Progress = lambda what, fraction: None,
    on_note: Callable[[str], None] = lambda note: None,
) -> Run:
    """Simulate training and test of one or several seeds and write all files of the run.

    Parameters
    ----------
    params : NetworkParams
        Parameters; ``params.seed`` is the first seed, ``params.preset`` is stored with the run.
    device : str or DeviceOptions
        Where to simulate.
    run_name : str, optional
        Folder under `runs_dir`; the time of day by default.
    save_tag : str, optional
        Base name of the weight files; ``latest``, or that of the run to go on from.
    n_seeds : int
        Consecutive seeds, from ``params.seed``.
    jobs : int
        Processes that work on seeds at once.
    replicas : int
        Seeds that share one program, side by side.
    plastic : bool
        False: no weight changes, the control of ``--disable-all-stdp``.
    controls : tuple of str, optional
        Further conditions to test, see `lateralnet.learning.controls`; by default those of the
        preset (none without learning).
    overwrite : bool
        Whether an existing run is replaced, when the new one is finished.
    resume_from : str or Path, optional
        Run folder to go on from; its finished seeds are kept.
    save_weights_dir : str or Path, optional
        Where the learned weights are copied as well.
    runs_dir : str or Path
        Where run folders are made.
    stimulus : lateralnet.stimulus.Stimulus, optional
        What the network feels in place of the sphere.
    model : lateralnet.network.OwnModel, optional
        Cells and synapses of one's own.
    own : path, or iterable of measures, controls and figures, optional
        Of `lateralnet.runs.own`: a file that defines them, or themselves; those that the run to
        go on from had by default.
    command : str
        What is stored as the origin of the run; this call by default.
    on_progress : callable
        Called with what is being done and the finished fraction.
    on_note : callable
        Called with sentences that the user should see (which device, what was left out).

    Returns
    -------
    Run
        With `failed` saying why of the seeds that did not finish; their checkpoints stay.

    Raises
    ------
    InputError
        Before anything is built, for values, names and folders that cannot be.
    DeviceError, BuildError
        When the device cannot run here.
    LateralnetError
        When every seed failed.

    Examples
    --------
    >>> import lateralnet
    >>> params = lateralnet.preset("ll_fast", n_training_trials=2)
    >>> result = lateralnet.run(params, run_name="first")  # doctest: +SKIP
    """
    parts = own_of(own)
    if own is None and resume_from is not None:
        parts = remembered_of(Path(resume_from))
    stimulus, model = with_parts_of(parts, stimulus, model)
    chosen = RunOptions(
        mode=params.preset,
        run_name=run_name,
        save_tag=save_tag,
        n_seeds=n_seeds,
        jobs=jobs,
        replicas=replicas,
        plastic=plastic,
        controls=controls,
        overwrite=overwrite,
        resume_from=None if resume_from is None else Path(resume_from),
        save_weights_dir=None if save_weights_dir is None else Path(save_weights_dir),
        runs_dir=Path(runs_dir),
        stimulus=stimulus,
        model=model,
        own=parts,
    )
    described = own_parts(stimulus, model, params, in_children=n_seeds > 1, own=parts)
    refuse_other_parts(described, chosen.resume_from)
    command = command or call_text(params, device, chosen.given)
    wanted = device if isinstance(device, DeviceOptions) else DeviceOptions(device=device)
    cost = cost_of(
        params, wanted.device,
        n_seeds=n_seeds, jobs=jobs, replicas=replicas, controls=chosen.conditions,
    )  # fmt: skip
    refuse_what_cannot_fit(cost)
    seeds = [with_seed(params, params.seed + k) for k in range(chosen.n_seeds)]
    definite, reason = resolve_device(wanted, params, chosen.replicas, chosen.jobs)
    starts = starts_of(chosen, seeds, definite.precision)
    needed_mb = max(cost.disk_mb, _NEEDED_MB_PER_SEED * n_seeds)
    check_free_space(chosen.resume_from or chosen.runs_dir, int(1e6 * needed_mb))
    if chosen.save_weights_dir is not None:
        make_folder(chosen.save_weights_dir)  # that it cannot be is not told at the end
    with claim_for(chosen) as claim:
        starts = starts_of(chosen, seeds, definite.precision)  # as it is now that it is ours
        on_note(reason)
        if definite.cuda_arch and definite.device != "cuda":
            on_note(f"--cuda-arch has no effect on device {definite.device}.")
        _say_what_goes_on(starts, on_note)
        write_description(claim, chosen, params, definite, reason, command, described)
        began = time.perf_counter()
        todo = jobs_of(claim.folder, chosen, definite, seeds, starts)
        try:
            finished, failed = carry_out(todo, chosen.jobs, on_progress, claim.descriptors)
        except KeyboardInterrupt as stopped:
            raise interrupted(claim.folder, seeds, stopped) from None
        kept = [read_seed(claim.folder, p) for p in seeds if starts[p.seed].kept]
        if not finished and not kept:
            raise SimulationError(next(iter(failed.values())))
        results = sorted([*kept, *finished], key=lambda result: result.seed)
        result = RunResult(
            claim.folder.path, chosen.mode, params, tuple(results), failed,
            own=described.get("own", {}),
        )  # fmt: skip
        summary = run_summary(result, device_reason=reason, wall_s=time.perf_counter() - began)
        write_json(claim.folder.summary, summary)
        for remark in rate_remarks(results):
            on_note(remark)
        if failed and claim.folder.path.name != claim.name:
            on_note(
                f"the old run stays, because seeds failed; go on with --resume-from {result.folder}"
            )
        else:
            result = _moved(result, claim.publish())
        if chosen.save_weights_dir is not None:
            _copy_weights(claim.folder, chosen.save_weights_dir, [r.seed for r in results])
    return as_run(result)


def _say_what_goes_on(starts: dict[int, Start], on_note: Callable[[str], None]) -> None:
    kept = sum(start.kept for start in starts.values())
    going_on = sum(start.checkpoint is not None for start in starts.values())
    if kept or (going_on and len(starts) > 1):
        on_note(
            f"of {len(starts)} seeds, {kept} are finished and kept, {going_on} go on from a "
            f"checkpoint, {len(starts) - kept - going_on} start."
        )


def _moved(result: RunResult, folder: RunFolder) -> RunResult:
    """Return a result whose files lie in another folder now."""
    seeds = tuple(replace(s, record_path=folder.record(s.seed)) for s in result.seeds)
    return replace(result, folder=folder.path, seeds=seeds)


def _copy_weights(folder: RunFolder, target: Path, seeds: Sequence[int]) -> None:
    for seed in seeds:
        for path in (folder.weights(seed), folder.weights_params(seed)):
            shutil.copy2(path, target / path.name)
