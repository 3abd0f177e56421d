"""Test spikes of a run as NWB, marked as simulated."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import numpy as np

from lateralnet.runs.outcome.recording import Recording
from lateralnet.version import __version__


def write_nwb(recording: Recording, path: Path) -> None:
    """Write a recording as an NWB file."""
    from pynwb import NWBHDF5IO, NWBFile, TimeSeries
    from pynwb.file import Subject

    p = recording.params
    text = (
        f"Simulated spikes of the LL->MON->TS network of lateralnet {__version__}, run "
        f"{recording.run}, seed {p.seed}; no animal was recorded."
    )
    file = NWBFile(
        session_description=text,
        identifier=str(uuid.uuid4()),
        session_start_time=recording.started,
        session_id=f"{recording.run}-seed-{p.seed}",
        experimenter=["Simulation, Lateralnet"],
        institution="none (simulated data)",
        lab="none (simulated data)",
        experiment_description="Test sweeps of a moving sphere past the lateral line.",
        keywords=["simulation", "lateral line", "spiking neural network", "STDP"],
        source_script=f"lateralnet {__version__}",
        source_script_file_name="lateralnet export",
        subject=Subject(  # the validator demands one; every field that can says what it is
            subject_id=f"simulated-network-{p.seed}",
            description="Simulated network, no animal; the species is that of the modelled map.",
            species="Carassius auratus",
            sex="U",
            age="P0D",
        ),
    )
    file.add_trial_column("condition", "Weights under test: untrained, trained, or a control.")
    file.add_trial_column("sweep", "Which of several sweeps with fresh noise.")
    for trial in recording.trials:
        file.add_trial(
            start_time=trial.start_s, stop_time=trial.stop_s, condition=trial.condition,
            sweep=f"sweep {trial.sweep}",
        )  # fmt: skip
    file.units = _units(recording)
    file.add_stimulus(
        TimeSeries(
            name="sphere_position", data=recording.x_cm / 100.0, unit="m",
            timestamps=recording.t_s, comments="Simulated stimulus.",
            description="Centre of the sphere along the body axis; 0 is the head.",
        )
    )  # fmt: skip
    with NWBHDF5IO(path, "w") as writer:
        writer.write(file)


def _units(recording: Recording) -> Any:
    """Return the table of cells in whole columns: one unit at a time takes twice the memory."""
    from hdmf.common import VectorData, VectorIndex
    from pynwb.misc import Units

    layers, cells, times = zip(*recording.cells, strict=True)
    windows = np.array([[trial.start_s, trial.stop_s] for trial in recording.trials])
    n = len(cells)

    def ragged(name: str, text: str, data: np.ndarray, ends: np.ndarray) -> tuple[Any, Any]:
        values = VectorData(name=name, description=text, data=data)
        return values, VectorIndex(name=f"{name}_index", data=ends, target=values)

    return Units(
        name="units",
        description="Simulated cells.",
        resolution=recording.params.dt_s,  # a spike is known to the time step
        columns=[
            *ragged("spike_times", "Spike times of each cell, in s.", np.concatenate(times),
                    np.cumsum([len(one) for one in times])),
            *ragged("obs_intervals", "The test sweeps, in s.", np.tile(windows, (n, 1)),
                    len(windows) * np.arange(1, n + 1)),
            VectorData(name="layer", description="Population of the simulated cell.",
                       data=list(layers)),
            VectorData(name="cell", description="Index of the cell within its layer, head to tail.",
                       data=np.array(cells)),
        ],
    )  # fmt: skip
