"""Test spikes of a run for the tools of the field: NWB, Neo and SONATA (extra ``neuro``).

The data are marked as simulated.
"""

from __future__ import annotations

import importlib
import uuid
from pathlib import Path

from lateralnet.errors import InputError, StorageError
from lateralnet.runs.outcome.neo import write_neo
from lateralnet.runs.outcome.nwb import write_nwb
from lateralnet.runs.outcome.recording import recording_of
from lateralnet.runs.outcome.sonata import write_sonata

FORMATS = ("nwb", "neo", "sonata")


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
        {"nwb": write_nwb, "neo": write_neo, "sonata": write_sonata}[kind](recording, temporary)
        temporary.replace(output)
    except OSError as error:
        raise StorageError(f"cannot write {output}: {error.strerror or error}.") from None
    finally:
        temporary.unlink(missing_ok=True)


def _require(package: str) -> None:
    """Refuse at once, before spikes are read, what a missing library would end."""
    try:
        importlib.import_module(package)
    except ImportError:
        raise InputError(f"this export needs {package}: pip install 'lateralnet[neuro]'.") from None
