"""What a resumed run does with each of its seeds: kept, continued, or started.

Everything is checked here, before anything is written: a resume that is refused changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lateralnet.errors import InputError
from lateralnet.learning.checkpoint import seed_in, trials_in
from lateralnet.parameters.params import NetworkParams
from lateralnet.records.folders import RunFolder, safe_name
from lateralnet.records.results import is_result_of, stored_params
from lateralnet.records.storage import read_json
from lateralnet.runs.preparation.options import RunOptions


@dataclass(frozen=True)
class Start:
    """Where a seed starts.

    Attributes
    ----------
    checkpoint : Path or None
        Training goes on from here; None: it starts.
    trials_done : int
        Trials in the checkpoint.
    kept : bool
        Whether its results are there and stay.
    """

    checkpoint: Path | None = None
    trials_done: int = 0
    kept: bool = False


FROM_THE_BEGINNING = Start()


def starts_of(
    options: RunOptions, seeds: Sequence[NetworkParams], precision: str
) -> dict[int, Start]:
    """Return where each seed of a run starts.

    Seeds that are finished in the folder that is written to are kept, if they have all conditions.

    Raises
    ------
    InputError
        When the run to go on from belongs to another network, has gone further, has nothing to go
        on from, or would lose seeds.
    StorageError
        When a file is damaged.
    """
    source, target = options.resume_from, options.resume_from
    if source is None:
        return {params.seed: FROM_THE_BEGINNING for params in seeds}
    if options.run_name is not None:
        target = options.runs_dir / safe_name(options.run_name, "--run-name")
    place = RunFolder(source)
    if not source.is_dir():
        raise InputError(f"--resume-from {source}: there is no such folder.")
    stored = read_json(place.params) if place.params.is_file() else {}
    in_place = target is not None and target.resolve() == source.resolve()
    starts = {
        params.seed: _start(
            place, params, seeds, precision, options.conditions, stored, in_place=in_place
        )
        for params in seeds
    }
    if any(start.kept or start.checkpoint for start in starts.values()):
        _refuse_other_learning(place, stored, options.plastic)
    if in_place:
        _refuse_fewer_seeds(place, stored, starts)
    return starts


def _start(
    place: RunFolder,
    params: NetworkParams,
    seeds: Sequence[NetworkParams],
    precision: str,
    controls: Sequence[str],
    stored: Mapping[str, Any],
    *,
    in_place: bool,
) -> Start:
    if in_place and is_result_of(place, params, precision, controls):
        return Start(kept=True)
    path = _checkpoint(place, params.seed, seeds)
    if path is not None:
        done = trials_in(path, params, precision)
        if done > params.n_training_trials:
            raise InputError(
                f"{path} already has {done} training trials; give --n-training-trials of at least "
                f"{done} to go on from it."
            )
        return Start(path, done)
    # A run that was stopped before its first checkpoint starts; what is trained is not lost.
    if not stored or place.results(params.seed).exists():
        raise InputError(
            f"--resume-from {place.path}: no checkpoint of seed {params.seed} in "
            f"{place.artifacts} (mid_checkpoint.npz); start a new run without --resume-from."
        )
    return FROM_THE_BEGINNING


def _checkpoint(place: RunFolder, seed: int, seeds: Sequence[NetworkParams]) -> Path | None:
    """Return the checkpoint that a run left for a seed, if it left one."""
    named = place.checkpoint(seed, alone=False)
    if named.is_file():
        return named
    unnamed = place.checkpoint(seed, alone=True)  # that of a run of one seed
    if not unnamed.is_file():
        return None
    if len(seeds) == 1:
        return unnamed
    owner = seed_in(unnamed)
    return unnamed if seed == (seeds[0].seed if owner is None else owner) else None


def _refuse_other_learning(place: RunFolder, stored: Mapping[str, Any], plastic: bool) -> None:
    was_plastic = not stored.get("disable_all_stdp", not plastic)
    if was_plastic != plastic:
        was, now = ("with", "without") if was_plastic else ("without", "with")
        raise InputError(
            f"{place.path} was run {was} learning and would go on {now}; "
            f"{'leave out' if was_plastic else 'give'} --disable-all-stdp."
        )


def _refuse_fewer_seeds(
    place: RunFolder, stored: Mapping[str, Any], starts: Mapping[int, Start]
) -> None:
    first, n = int(stored.get("seed_start", 0)), int(stored.get("multi_seed", 0))
    hidden = [str(seed) for seed in range(first, first + n) if seed not in starts]
    if hidden:
        raise InputError(
            f"{place.path} has seed {', '.join(hidden)} too, which this run would hide; give its "
            f"--multi-seed {n} and --seed-start {first}, or another --run-name."
        )


def resumed_params(folder: Path, **overrides: Any) -> tuple[NetworkParams, dict[str, Any]]:
    """Return the parameters of the run in `folder`, with some replaced, and its ``params.json``."""
    path = folder / "params.json"
    if not path.is_file():
        raise InputError(f"--resume-from {folder}: there is no params.json; is it a run folder?")
    params, stored = stored_params(path)
    return replace(params, **overrides), stored
