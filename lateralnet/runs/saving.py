"""When a training is written down: often enough to lose little, seldom enough to cost little.

A checkpoint is two megabytes, and a segment may take thirty milliseconds. So at most one a second
is written, and the last: a kill loses at most one second of work or the current segment.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from lateralnet.learning.checkpoint import Checkpoint, save_checkpoint
from lateralnet.parameters.params import NetworkParams
from lateralnet.records.folders import RunFolder

PERIOD_S = 1.0


class CheckpointWriter:
    """Writes the checkpoints of seeds that train side by side.

    Parameters
    ----------
    folder : RunFolder
        Where they go.
    params : sequence of NetworkParams
        One for each seed.
    precision : str
        Of the simulation.
    alone : bool
        Whether the run has one seed only (names of files).
    """

    def __init__(
        self, folder: RunFolder, params: Sequence[NetworkParams], precision: str, *, alone: bool
    ) -> None:
        self._paths = [folder.checkpoint(p.seed, alone=alone) for p in params]
        self._params, self._precision = params, precision
        self._written_at_s = float("-inf")
        self._flushed_trials = 0

    def offer(self, trials_done: int, checkpoints: Callable[[], Sequence[Checkpoint]]) -> None:
        """Write the checkpoints if a second has passed since the last, or training ends."""
        p = self._params[0]
        ends = trials_done == p.n_training_trials
        if not ends and time.monotonic() - self._written_at_s < PERIOD_S:
            return
        # Flushed to the disk, against a power cut, only every so many checkpoints.
        period = p.checkpoint_trials * p.checkpoint_save_every_n_checkpoints
        durable = ends or trials_done // period > self._flushed_trials // period
        for path, params, checkpoint in zip(self._paths, self._params, checkpoints(), strict=True):
            save_checkpoint(path, checkpoint, params, self._precision, durable=durable)
        self._written_at_s = time.monotonic()
        if durable:
            self._flushed_trials = trials_done
