"""The tests of a run on one time axis, as the formats of the field want them.

Each condition and test sweep follows the one before, with a pause between, so that a file holds
everything that a run tested. Units are cells; the position of the sphere goes along.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

import numpy as np

from lateralnet.parameters.params import NetworkParams
from lateralnet.records.record import TestRecord
from lateralnet.records.results import load

_PAUSE_S = 1.0
_SIZES = {"ll": "n_ll", "mon": "n_mon", "ts": "n_ts"}


@dataclass(frozen=True)
class Trial:
    """One test sweep on the time axis of the file."""

    condition: str
    sweep: int
    start_s: float
    stop_s: float


@dataclass(frozen=True)
class Recording:
    """What a file holds.

    Attributes
    ----------
    run : str
        Name of the run.
    params : NetworkParams
        Its parameters.
    started : datetime
        When its record was written.
    trials : tuple of Trial
        All sweeps.
    cells : tuple of (str, int, ndarray)
        Layer, index and spike times in s, for every cell.
    t_s, x_cm : ndarray
        Position of the sphere along the body.
    """

    run: str
    params: NetworkParams
    started: datetime
    trials: tuple[Trial, ...]
    cells: tuple[tuple[str, int, np.ndarray], ...]
    t_s: np.ndarray
    x_cm: np.ndarray


def recording_of(folder: Path, seed: int | None = None) -> Recording:
    """Return the tests of one seed on one time axis."""
    chosen = load(folder).of_seed(seed)
    tests = chosen.record.tests
    trials, t_s, x_cm = _time_axis(tests)
    written = datetime.fromtimestamp(chosen.record_path.stat().st_mtime, tz=timezone.utc)
    return Recording(
        run=folder.resolve().name,
        params=chosen.params,
        started=written,
        trials=tuple(trials),
        cells=tuple(_cells(tests, trials, chosen.params)),
        t_s=t_s,
        x_cm=x_cm,
    )


def _time_axis(tests: dict[str, TestRecord]) -> tuple[list[Trial], np.ndarray, np.ndarray]:
    trials: list[Trial] = []
    t_s: list[np.ndarray] = []
    x_cm: list[np.ndarray] = []
    start_s = 0.0
    for condition, test in tests.items():
        for sweep in range(len(test.spikes)):
            stop_s = start_s + test.duration_s
            trials.append(Trial(condition, sweep, start_s, stop_s))
            t_s.append(start_s + test.t_s)
            x_cm.append(test.x_cm[sweep])
            start_s = stop_s + _PAUSE_S
    return trials, np.concatenate(t_s), np.concatenate(x_cm)


def _cells(
    tests: dict[str, TestRecord], trials: Sequence[Trial], params: NetworkParams
) -> list[tuple[str, int, np.ndarray]]:
    """Return the sorted spike times of every cell; silent cells have none."""
    cells = []
    for layer, size in _SIZES.items():
        times, indices = [], []
        for trial in trials:
            test = tests[trial.condition]
            spikes = test.spikes[trial.sweep][layer]
            times.append(trial.start_s + spikes.times_s)
            indices.append(spikes.cell)
        time, index = np.concatenate(times), np.concatenate(indices)
        order = np.lexsort((time, index))
        time, index = time[order], index[order]  # once: every cell is a view of these
        n = getattr(params, size)
        borders = np.searchsorted(index, np.arange(n + 1))
        for cell in range(n):
            cells.append((layer, cell, time[borders[cell] : borders[cell + 1]]))
    return cells
