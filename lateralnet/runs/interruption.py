"""What is said when a run is interrupted: what its folder holds, and how it goes on."""

from __future__ import annotations

from collections.abc import Sequence

from lateralnet.errors import Interrupted, LateralnetError
from lateralnet.parameters.params import NetworkParams
from lateralnet.records.folders import RunFolder
from lateralnet.records.storage import read_npz


def interrupted(
    folder: RunFolder, seeds: Sequence[NetworkParams], reason: KeyboardInterrupt
) -> Interrupted:
    """Return the exception that names the folder and the trial from which each seed goes on."""
    done = [_trials_done(folder, params.seed) for params in seeds]
    how = str(reason) or "interrupted"
    signal = getattr(reason, "signal", 2)
    if not any(done):
        return Interrupted(f"{how}; nothing was trained in {folder.path} yet.", signal)
    held = ", ".join(
        f"seed {params.seed} trial {trials} of {params.n_training_trials}"
        for params, trials in zip(seeds, done, strict=True)
    )
    return Interrupted(
        f"{how}; stored: {held}. lateralnet run --resume-from {folder.path} goes on from there.",
        signal,
    )


def _trials_done(folder: RunFolder, seed: int) -> int:
    path = folder.existing_checkpoint(seed)
    if path is None:
        return 0
    try:
        return int(read_npz(path)["trial_idx"]) + 1
    except (LateralnetError, KeyError):
        return 0
