"""Test spikes as a SONATA file (Dai et al. 2020, PLoS Comput Biol 16:e1007696), with h5py alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from lateralnet.errors import InputError
from lateralnet.runs.outcome.recording import Recording

_MAGIC, _VERSION = 0x0A7A, (0, 1)
_SORTING = {"none": 0, "by_id": 1, "by_time": 2}
_MS_PER_S = 1e3


def write_sonata(recording: Recording, path: Path) -> None:
    """Write the spikes of a recording: a population for each layer, sorted by time.

    The sweeps stand one after the other, as in the other formats; ``/lateralnet/trials`` says
    where each begins and ends.

    Raises
    ------
    InputError
        Without h5py.
    """
    try:
        import h5py
    except ImportError:
        raise InputError("this export needs h5py: pip install 'lateralnet[neuro]'.") from None
    with h5py.File(path, "w") as file:
        file.attrs["magic"] = np.uint32(_MAGIC)
        file.attrs["version"] = np.array(_VERSION, dtype=np.uint32)
        for layer in dict.fromkeys(name for name, _, _ in recording.cells):
            cells = [(index, times) for name, index, times in recording.cells if name == layer]
            times_s = np.concatenate([times for _, times in cells])
            ids = np.repeat(
                np.array([index for index, _ in cells], dtype=np.uint64),
                [times.size for _, times in cells],
            )
            order = np.lexsort((ids, times_s))
            group = file.create_group(f"spikes/{layer}")
            kind = h5py.enum_dtype(_SORTING, basetype="u1")
            group.attrs.create("sorting", _SORTING["by_time"], dtype=kind)
            stamps = group.create_dataset("timestamps", data=_MS_PER_S * times_s[order])
            stamps.attrs["units"] = "milliseconds"
            group.create_dataset("node_ids", data=ids[order])
        trials = file.create_group("lateralnet/trials")
        trials["condition"] = [trial.condition for trial in recording.trials]
        trials["sweep"] = [trial.sweep for trial in recording.trials]
        for name in ("start_s", "stop_s"):
            trials[name] = [getattr(trial, name) for trial in recording.trials]
