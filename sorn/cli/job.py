"""A run from the command line: it can be stopped, checkpointed and resumed exactly."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sorn.arrays import NumpyArray
from sorn.network import Network
from sorn.records.recorder import Recording
from sorn.runs.progress import progress_meter
from sorn.streams import RandomStreams

INTERRUPTED_FILE = Path("sorn-interrupted.npz")
"""Where Control-C leaves the network if no ``--output`` was given."""


@dataclass
class Job:
    """What to run, how long, and where results go.

    Attributes
    ----------
    network : Network
    source : str
        'none', 'uniform', 'normal', or a file of inputs.
    inputs : ndarray, shape (nu, steps), or None
    column : int
        Column of the file at which the run starts.
    steps : int
    output, recordings, figures : Path, optional
    record : tuple of str
    every, checkpoint : int
        Steps between entries of a recording, and between two writings of the output.
    shows_progress : bool
    """

    network: Network
    source: str
    inputs: NumpyArray | None
    column: int
    steps: int
    output: Path | None
    recordings: Path | None
    figures: Path | None
    record: tuple[str, ...]
    every: int
    checkpoint: int
    shows_progress: bool
    stopped: bool = False
    _drawn_from: dict[str, Any] = field(default_factory=dict)

    def run(self) -> tuple[Recording, float]:
        """Run to the end or to a Control-C; returns the recording and the seconds it took."""
        meter = progress_meter() if self.shows_progress else None
        last_checkpoint = 0

        def after_stretch(done: int, total: int) -> bool:
            nonlocal last_checkpoint
            if meter is not None:
                meter(done, total)
            if self.checkpoint and done - last_checkpoint >= self.checkpoint and done < total:
                self.save(done)
                last_checkpoint = done
            return self.stopped

        record = ["excitatory", "ee_connections"] if self.figures else list(self.record)
        started = time.perf_counter()
        usual = signal.signal(signal.SIGINT, self._stop)
        try:
            recording = self.network.run(
                self.inputs, self.steps, record=record, every=self.every, to=self.recordings,
                progress=after_stretch,
            )  # fmt: skip
        finally:
            signal.signal(signal.SIGINT, usual)
        if self.stopped and meter is not None:
            sys.stderr.write("\n")  # the line of progress ends where it stopped
        return recording, time.perf_counter() - started

    def save(self, done: int) -> Path:
        """Write the network so that a resumed run takes the next column of the inputs."""
        if self._drawn_from:  # generated inputs were drawn ahead
            stream = self.network.streams[0]
            assert isinstance(stream, RandomStreams)
            stream.restore(self._drawn_from)
            stream.inputs(self.source, (self.network.parameters.nu, done))
        self.network.note = {"inputs": self.source, "column": self.column + done}
        return self.network.save(self.output or INTERRUPTED_FILE)

    def draw(self) -> None:
        """Generate the inputs from the seed's own stream."""
        stream = self.network.streams[0]
        assert isinstance(stream, RandomStreams)
        self._drawn_from = {"inputs": stream.snapshot()["inputs"]}
        self.inputs = stream.inputs(self.source, (self.network.parameters.nu, self.steps))

    def _stop(self, *_: Any) -> None:
        self.stopped = True


def write_figures(folder: Path, network: Network, recording: Recording) -> list[str]:
    import matplotlib

    matplotlib.use("Agg")
    from sorn.plots.plotter import Plotter

    weights = network.read("Wee")
    draw: dict[str, Callable[[Path], Any]] = {
        "spikes": lambda path: Plotter.scatter_plot(recording["excitatory"], savefig=path),
        "connections": lambda path: Plotter.network_connection_dynamics(
            recording["ee_connections"], savefig=path
        ),
        "in_degree": lambda path: Plotter.hist_incoming_conn(weights, savefig=path),
        "weights": lambda path: Plotter.weight_distribution(weights, bin_size=30, savefig=path),
    }
    for name, function in draw.items():
        function(folder / f"{name}.png")
    return [str(folder / f"{name}.png") for name in draw]
