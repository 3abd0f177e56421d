"""The contract between the simulation and a device: values in, values out.

A backend module offers one object with the attributes and methods of `Backend`, in that order.
Third parties register theirs under the entry-point group ``lateralnet.backends``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np

Arrays = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class ProgramSpec:
    """What to build, independent of the device.

    Attributes
    ----------
    builder : str
        ``"module:function"`` that makes the Brian2 objects in the child process.
    definition : dict
        Plain values handed to the builder; sizes, counts and constants that are compiled in.
    inputs : dict
        Name -> (dtype, size) of every array that the program reads when it starts.
    state : tuple of str
        Inputs that the program also returns, as they stand after the segment.
    spikes : tuple of str
        Populations whose spikes are recorded.
    dt_s : float
        Time step.
    row_lengths : dict
        Projection -> bounds of the number of synapses of a source and of a target, for devices
        that store a fixed number per cell (`Capabilities.fixed_row_lengths`); else empty.
    sources : tuple of str
        Modules whose text, with that of the builder, decides what is generated.
    """

    builder: str
    definition: dict[str, Any]
    inputs: dict[str, tuple[str, int]]
    state: tuple[str, ...]
    spikes: tuple[str, ...]
    dt_s: float
    row_lengths: dict[str, tuple[int, int]] = field(default_factory=dict)
    sources: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Spikes:
    """Spikes of one population, sorted by (step, index).

    Attributes
    ----------
    step : ndarray of int64, shape (n_spikes,)
        Time step within the segment.
    index : ndarray of int32, shape (n_spikes,)
        Cell that spiked.
    bounds : ndarray of int64, shape (n_networks + 1,), or None
        Where the spikes of each network begin, of a device that returns them network by network:
        each network's sorted by (step, index), its cells counted from 0.
    counts : ndarray of int64, shape (n_networks, n_edges - 1), or None
        Spikes between consecutive edges of the `Watch`, those that were not asked for included;
        None of a device that returns all spikes.
    """

    step: np.ndarray
    index: np.ndarray
    bounds: np.ndarray | None = None
    counts: np.ndarray | None = None


@dataclass(frozen=True)
class Watch:
    """Which spikes are asked for; others are only counted.

    Attributes
    ----------
    from_step : int
        From this step of the segment on, all.
    from_cell : dict
        Population -> before that step, those of the cells of each network from this one on; those
        of a population that is not named, none.
    edges : tuple of int
        Steps of the segment between which all spikes are counted: from 0 to its length, rising.
    """

    from_step: int = 0
    from_cell: Mapping[str, int] = field(default_factory=dict)
    edges: tuple[int, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What a segment returns: the state after it and the spikes in it."""

    state: dict[str, np.ndarray]
    spikes: dict[str, Spikes]


@dataclass(frozen=True)
class Capabilities:
    """What a device can do, as data; `lateralnet devices` prints it.

    Attributes
    ----------
    compiles : bool
        Whether building a program runs a compiler.
    gpu : bool
        Whether the program runs on a GPU.
    precisions : tuple of str
        Floating-point types it supports.
    brian2_versions : str
        Versions of Brian2 that it works with.
    resets_before_synapses : bool
        Whether a spiking cell is reset before its spike reaches the synapses.
    fixed_row_lengths : bool
        Whether the largest number of synapses of a cell is compiled in.
    """

    compiles: bool
    gpu: bool
    precisions: tuple[str, ...] = ("float32", "float64")
    brian2_versions: str = ">=2.5.4"
    resets_before_synapses: bool = False
    fixed_row_lengths: bool = False


@dataclass(frozen=True)
class Report:
    """Result of looking for a device: never raises, never compiles."""

    device: str
    status: str  # "ready", "missing" or "broken"
    reason: str
    version: str = ""
    hardware: str = ""
    fix: str = ""
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def usable(self) -> bool:
        """Whether a program can be run."""
        return self.status == "ready"


@dataclass(frozen=True)
class BuildOptions:
    """How to build, where it is not a property of the model.

    Attributes
    ----------
    python : str
        Interpreter that has Brian2 and the device's extension.
    compiler_jobs : int
        Number of compilers at once.
    cache_dir : Path
        Where built programs are kept.
    cuda_arch : str
        Compute capability to compile for, ``""`` for that of the GPU found.
    gpu : int, optional
        Number of the GPU to run on, as nvidia-smi counts; any free one by default.
    genn_backend : str
        ``"cuda"`` or ``"cpu"``, which is the default.
    """

    python: str
    compiler_jobs: int
    cache_dir: Path
    cuda_arch: str = ""
    gpu: int | None = None
    genn_backend: str = ""


class Program(Protocol):
    """A built program. It may be run any number of times; it keeps nothing between runs."""

    info: dict[str, Any]

    def run(self, inputs: Arrays, n_steps: int) -> Outcome:
        """Run one segment of `n_steps` time steps.

        `inputs` are treated as immutable: an array object seen before is not written again.
        """

    def close(self) -> None:
        """Remove temporary files."""


@runtime_checkable
class ResidentProgram(Program, Protocol):
    """A program that stays between segments, and keeps the state of the last one."""

    def advance(self, inputs: Arrays, n_steps: int, watch: Watch) -> dict[str, Spikes]:
        """Run one segment of `n_steps` time steps.

        Arrays of the state that are not among `inputs` go on from where they are; tables
        (``*.values``) may hold their first rows only.
        """

    def read(self, names: Sequence[str]) -> dict[str, np.ndarray]:
        """Return arrays of the state as they are now."""


class Backend(Protocol):
    """One device."""

    name: str
    capabilities: Capabilities

    def probe(self, options: BuildOptions) -> Report:
        """Say whether the device can run here; never raises, never compiles."""

    def build(self, spec: ProgramSpec, options: BuildOptions) -> Program:
        """Return the program of `spec`, from the cache where it is there."""
