"""Test spikes of a run for the tools of the field: NWB and Neo (extra ``neuro``).

Each condition and test sweep follows the one before on one time axis, with a pause between, so
that a file holds everything that a run tested. Units are cells; the position of the sphere goes
along. The data are marked as simulated.
"""

from __future__ import annotations

import importlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

import numpy as np

from lateralnet.errors import InputError, StorageError
from lateralnet.parameters.params import NetworkParams
from lateralnet.records.record import TestRecord
from lateralnet.records.results import load
from lateralnet.runs.outcome.nwb import write_nwb
from lateralnet.runs.outcome.sonata import write_sonata
from lateralnet.version import __version__

FORMATS = ("nwb", "neo", "sonata")
PAUSE_S = 1.0
_LAYERS = (
    ("ll", "n_ll", "lateral-line afferent"),
    ("mon", "n_mon", "medial octavolateral nucleus"),
    ("ts", "n_ts", "torus semicircularis"),
)


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


def export_run(
    folder: Path, kind: str, output: Path, *, seed: int | None = None, overwrite: bool = False
) -> None:
    """Write the test spikes of one seed of a run.

    Parameters
    ----------
    folder : Path
        The run.
    kind : str
        ``"nwb"``, ``"neo"`` or ``"sonata"``.
    output : Path
        File to write; for Neo its ending chooses the format (.pkl, .mat, .nix). A .pkl file is a
        pickle, which runs code when it is opened: open none that somebody else sent.
    seed : int, optional
        Which seed; the first by default.
    overwrite : bool
        Whether an existing file is replaced.

    Raises
    ------
    InputError
        For an unknown format or seed, an existing file, or without the libraries.
    StorageError
        When the file cannot be written.
    """
    if kind not in FORMATS:
        raise InputError(f"--format {kind!r} is unknown; known: {', '.join(FORMATS)}.")
    if output.exists() and not overwrite:
        raise InputError(f"{output} exists already; choose another --output or --overwrite.")
    if not output.parent.is_dir():
        raise InputError(f"--output {output}: the folder {output.parent} does not exist.")
    _require("pynwb" if kind == "nwb" else "neo")
    recording = recording_of(folder, seed)
    # Written beside its place first; the ending stays, because Neo goes by it.
    temporary = output.with_name(f".{uuid.uuid4().hex[:8]}.{output.name}")
    try:
        {"nwb": write_nwb, "neo": _write_neo, "sonata": write_sonata}[kind](recording, temporary)
        temporary.replace(output)
    except OSError as error:
        raise StorageError(f"cannot write {output}: {error.strerror or error}.") from None
    finally:
        temporary.unlink(missing_ok=True)


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
            start_s = stop_s + PAUSE_S
    return trials, np.concatenate(t_s), np.concatenate(x_cm)


def _cells(
    tests: dict[str, TestRecord], trials: Sequence[Trial], params: NetworkParams
) -> list[tuple[str, int, np.ndarray]]:
    """Return the sorted spike times of every cell; silent cells have none."""
    cells = []
    for layer, size, _ in _LAYERS:
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


def _write_neo(recording: Recording, path: Path) -> None:
    import neo
    import quantities

    block = neo.Block(
        name=recording.run,
        description=f"Simulated spikes of lateralnet {__version__}; no animal was recorded.",
        simulated=True,
        seed=recording.params.seed,
    )
    for number, trial in enumerate(recording.trials):
        start, stop = trial.start_s, trial.stop_s
        segment = neo.Segment(
            name=f"{trial.condition}, sweep {trial.sweep}", index=number,
            condition=trial.condition, sweep=trial.sweep,
        )  # fmt: skip
        for layer, cell, times in recording.cells:
            first, end = np.searchsorted(times, start), np.searchsorted(times, stop, "right")
            inside = times[first:end] - start
            segment.spiketrains.append(
                neo.SpikeTrain(
                    inside * quantities.s, t_start=0.0 * quantities.s,
                    t_stop=(stop - start) * quantities.s, name=f"{layer} {cell}",
                    layer=layer, cell=cell,
                )
            )  # fmt: skip
        shown = (recording.t_s >= start) & (recording.t_s < stop)
        segment.analogsignals.append(
            neo.AnalogSignal(
                recording.x_cm[shown][:, None], units="cm",
                sampling_period=recording.params.dt_s * quantities.s, name="sphere position",
            )
        )  # fmt: skip
        block.segments.append(segment)
    block.check_relationships()
    kinds = {".pkl": "PickleIO", ".mat": "NeoMatlabIO", ".nix": "NixIO"}
    if path.suffix not in kinds:
        raise InputError(
            f"--output {path.suffix or 'without ending'}: Neo writes {', '.join(kinds)} here."
        )
    try:
        writer = getattr(neo.io, kinds[path.suffix])(str(path))
    except (ImportError, AttributeError, AssertionError) as error:
        raise InputError(
            f"Neo cannot write {path.suffix} here ({error}): .mat needs scipy, .nix nixio; .pkl "
            "needs nothing more."
        ) from None
    writer.write_block(block)
    if hasattr(writer, "close"):
        writer.close()


def _require(package: str) -> None:
    """Refuse at once, before spikes are read, what a missing library would end."""
    try:
        importlib.import_module(package)
    except ImportError:
        raise InputError(f"this export needs {package}: pip install 'lateralnet[neuro]'.") from None
