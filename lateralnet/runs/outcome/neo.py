"""Test spikes of a run for Neo (Garcia et al. 2014, Front Neuroinform 8:10)."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from lateralnet.errors import InputError
from lateralnet.runs.outcome.recording import Recording
from lateralnet.version import __version__


def write_neo(recording: Recording, path: Path) -> None:
    """Write a recording in the format of Neo that the ending of `path` names.

    Raises
    ------
    InputError
        For an ending that is none of them, or without the library that it needs.
    """
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
