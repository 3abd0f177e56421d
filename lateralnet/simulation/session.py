"""From networks to a running program: choose the device, build, and put the two together."""

from __future__ import annotations

import contextlib
import re
import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import numpy as np

from backends.base import (
    Arrays,
    BuildOptions,
    Outcome,
    Program,
    ProgramSpec,
    ResidentProgram,
    Spikes,
    Watch,
)
from backends.cache import default_cache_dir
from backends.errors import (
    BackendError,
    DeviceUnavailableError,
    ProgramBuildError,
    UnknownDeviceError,
)
from backends.host.portable import host_name
from backends.host.toolchain import available_cores
from backends.registry import Work, choose_device, get_backend, options_for
from lateralnet.errors import BuildError, DeviceError, InputError, SimulationError
from lateralnet.network.batch import Batch
from lateralnet.network.definition import SPIKES, Definition, input_layout, state_names
from lateralnet.network.wiring import Replica
from lateralnet.parameters.params import NetworkParams
from lateralnet.simulation.segment import Simulation

PRECISIONS = ("float64", "float32")
GENN_BACKENDS = ("cpu", "cuda")
_WITH_GPU = ("cuda", "genn")


@dataclass(frozen=True)
class DeviceOptions:
    """Where and how to simulate.

    Attributes
    ----------
    device : str
        ``"cpp"``, ``"cuda"``, ``"genn"``, ``"runtime"``, or ``"auto"``; ``"cuda:1"`` names a GPU,
        whose number then is in `gpu`.
    precision : str
        ``"float64"`` or ``"float32"``.
    python : str
        Interpreter that has Brian2 and the device's extension.
    fallback : bool
        Whether to switch to cpp, loudly, when the device cannot run.
    compiler_jobs : int
        Compilers at once.
    cuda_arch : str
        Compute capability to compile for.
    cache_dir : Path
        Where built programs are kept.
    gpu : int, optional
        Number of the GPU, as nvidia-smi counts; any free one by default.
    genn_backend : str
        ``"cuda"`` or ``"cpu"``, which is the default.
    """

    device: str = "auto"
    precision: str = "float64"
    python: str = sys.executable
    fallback: bool = False
    compiler_jobs: int = field(default_factory=available_cores)
    cuda_arch: str = ""
    cache_dir: Path = field(default_factory=default_cache_dir)
    gpu: int | None = None
    genn_backend: str = ""

    def __post_init__(self) -> None:
        device, colon, number = self.device.partition(":")
        if colon:
            if not number.isdigit() or device not in _WITH_GPU:
                raise InputError(
                    f"--device {self.device!r} names no GPU; write the number of the GPU, as "
                    f"nvidia-smi counts, behind {' or '.join(_WITH_GPU)}: cuda:0, cuda:1."
                )
            object.__setattr__(self, "device", device)
            object.__setattr__(self, "gpu", int(number))
        if self.genn_backend not in ("", *GENN_BACKENDS):
            raise InputError(
                f"--genn-backend = {self.genn_backend!r} is not allowed: it must be "
                f"{' or '.join(GENN_BACKENDS)}."
            )
        if self.precision not in PRECISIONS:
            raise InputError(
                f"--precision = {self.precision!r} is not allowed: it must be "
                f"{' or '.join(PRECISIONS)}."
            )
        if shutil.which(self.python) is None:
            raise InputError(
                f"--python = {self.python!r} is not an interpreter that can be run; give the path "
                "of one that has Brian2."
            )
        object.__setattr__(self, "cuda_arch", _compute_capability(self.cuda_arch))

    def build_options(self) -> BuildOptions:
        """The part that backends know."""
        options = BuildOptions(
            python=self.python,
            compiler_jobs=self.compiler_jobs,
            cache_dir=self.cache_dir,
            cuda_arch=self.cuda_arch,
            gpu=self.gpu,
            genn_backend=self.genn_backend,
        )
        return options_for(self.device, options)


def _compute_capability(text: str) -> str:
    """Return ``"9.0"`` for that, ``"90"``, ``"sm_90"`` and ``"compute_90"``."""
    if not text:
        return ""
    found = re.fullmatch(r"(?:sm_|compute_)?(\d{1,2})\.?(\d)", text)
    if found is None:
        raise InputError(
            f"--cuda-arch = {text!r} is not a compute capability; write it as 9.0, 90 or sm_90."
        )
    return f"{found[1]}.{found[2]}"


def resolve_device(
    options: DeviceOptions, params: NetworkParams, replicas: int, jobs: int
) -> tuple[DeviceOptions, str]:
    """Return the options with a definite device, and one line that says why it was chosen.

    Raises
    ------
    InputError
        For an unknown device.
    DeviceError
        When the device asked for cannot run here and no fallback was allowed.
    """
    work = Work(params.n_mon + params.n_ts, replicas, params.n_training_trials)
    with translated_errors():
        choice = choose_device(
            options.device, work, options.build_options(), fallback=options.fallback, cores=jobs
        )
        remark = getattr(get_backend(choice.device), "remark", None)
    reason = choice.reason if remark is None else f"{choice.reason}; {remark(work.cells)}"
    return replace(options, device=choice.device), reason


def program_spec(definition: Definition) -> ProgramSpec:
    """Return what a backend has to build for a definition."""
    return ProgramSpec(
        builder="lateralnet.network.brian2_model:build",
        definition=definition.as_dict(),
        inputs=input_layout(definition),
        state=state_names(definition),
        spikes=SPIKES,
        dt_s=definition.dt_s,
        sources=(
            "lateralnet.network.definition",
            "lateralnet.network.own_model",
            "lateralnet.network.counter_noise",
        ),
    )


def definition_of(replicas: Sequence[Replica], device: str, precision: str) -> Definition:
    """Return the definition of networks side by side on a device."""
    return replace(
        replicas[0].definition(precision),
        replicas=len(replicas),
        resets_before_synapses=get_backend(device).capabilities.resets_before_synapses,
    )


class Session:
    """An open program with the networks that run in it; a context manager.

    Parameters
    ----------
    replicas : sequence of Replica
        Networks to run side by side.
    options : DeviceOptions
        With a definite device (see `resolve_device`).

    Raises
    ------
    DeviceError, BuildError
        When the device cannot run here, or its program does not compile.
    """

    def __init__(self, replicas: Sequence[Replica], options: DeviceOptions) -> None:
        with translated_errors():
            definition = definition_of(replicas, options.device, options.precision)
            backend, batch = get_backend(options.device), Batch(replicas, definition)
            spec = program_spec(definition)
            if backend.capabilities.fixed_row_lengths:
                spec = replace(spec, row_lengths=batch.row_lengths())
            self._program: Program = backend.build(spec, options.build_options())
        self.options = options
        stays = isinstance(self._program, ResidentProgram)
        translated = (_TranslatedResident if stays else _Translated)(self._program)
        self.simulation = Simulation(translated, batch)

    @property
    def info(self) -> dict[str, Any]:
        """Device, versions and build times of the program."""
        return {**self._program.info, "host": host_name()}

    @property
    def child_wall_s(self) -> float | None:
        """Time spent waiting for the program so far; None where it is not measured."""
        return getattr(self._program, "child_wall_s", None)

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *exception: object) -> None:
        self._program.close()


class _Translated:
    """A program whose errors are ours; see `backends.base.Program`."""

    def __init__(self, program: Any) -> None:
        self._program = program
        self.info: dict[str, Any] = program.info

    def run(self, inputs: Arrays, n_steps: int) -> Outcome:
        """Run one segment."""
        with translated_errors():
            return cast(Outcome, self._program.run(inputs, n_steps))

    def close(self) -> None:
        """Remove temporary files."""
        self._program.close()


class _TranslatedResident(_Translated):
    """The same of a program that stays; see `backends.base.ResidentProgram`."""

    def advance(self, inputs: Arrays, n_steps: int, watch: Watch) -> dict[str, Spikes]:
        """Run one segment from where the last one ended."""
        with translated_errors():
            return cast(dict[str, Spikes], self._program.advance(inputs, n_steps, watch))

    def read(self, names: Sequence[str]) -> dict[str, np.ndarray]:
        """Return arrays of the state."""
        with translated_errors():
            return cast(dict[str, np.ndarray], self._program.read(names))


@contextlib.contextmanager
def translated_errors() -> Iterator[None]:
    """Turn errors of `backends` into ours, which carry an exit code.

    What a `Session` does is translated already.
    """
    try:
        yield
    except UnknownDeviceError as error:
        raise InputError(str(error)) from None
    except DeviceUnavailableError as error:
        raise DeviceError(str(error)) from None
    except ProgramBuildError as error:
        raise BuildError(str(error)) from None
    except BackendError as error:
        raise SimulationError(str(error)) from None
