"""Devices by name, ours and those that other packages register, and the choice among them."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib import metadata

from backends.base import Backend, BuildOptions, Report
from backends.errors import BackendError, DeviceUnavailableError, UnknownDeviceError
from backends.host.toolchain import device_python

_OURS = {
    "cpp": "backends.cpp.device:CppBackend",
    "genn": "backends.genn.device:GennBackend",
    "cuda": "backends.cuda.device:CudaBackend",
    "runtime": "backends.runtime.device:RuntimeBackend",
}
_ENTRY_POINTS = "lateralnet.backends"
AUTO = "auto"

# A trial is predicted, not measured, to take 0.06 to 0.1 s on a GPU, whatever the size up to
# dozens of networks, against the 0.0065 s measured for one thesis network (3500 cells) on one
# core with cpp. So a GPU should pay from about twelve such networks for each core.
GPU_PAYS_FROM_CELLS_PER_CORE = 45_000
_CPU_ORDER = ("cpp", "genn", "runtime")  # fastest first, as measured with the thesis network
_GPU_ORDER = ("cuda",)


@dataclass(frozen=True)
class Work:
    """Size of a job.

    Attributes
    ----------
    cells : int
        Neurons of one network.
    replicas : int
        Networks that run side by side in one program.
    trials : int
        Trials of each.
    """

    cells: int
    replicas: int = 1
    trials: int = 1


@dataclass(frozen=True)
class Choice:
    """The device of a job, and one line that says why."""

    device: str
    reason: str


def device_names() -> tuple[str, ...]:
    """Names of all devices, ours first."""
    theirs = [entry.name for entry in metadata.entry_points(group=_ENTRY_POINTS)]
    return (*_OURS, *sorted(set(theirs) - set(_OURS)))


def get_backend(name: str) -> Backend:
    """Return the backend of a device.

    Raises
    ------
    UnknownDeviceError
        Naming the known devices.
    BackendError
        When another package registered the device and its code cannot be loaded.
    """
    if name in _OURS:
        module, attribute = _OURS[name].split(":")
        backend: Backend = getattr(importlib.import_module(module), attribute)()
        return backend
    for entry in metadata.entry_points(group=_ENTRY_POINTS):
        if entry.name == name:
            try:
                return entry.load()()
            except Exception as error:
                raise BackendError(
                    f"device {name!r} is registered as {entry.value!r}, which cannot be loaded "
                    f"({type(error).__name__}: {error}). Repair or uninstall that package."
                ) from error
    raise UnknownDeviceError(
        f"unknown device {name!r}; known devices: {', '.join(device_names())}, {AUTO}."
    )


def options_for(name: str, options: BuildOptions) -> BuildOptions:
    """Return the options with the interpreter of a device; see `toolchain.device_python`."""
    return replace(options, python=device_python(name, options.python))


def probe(name: str, options: BuildOptions) -> Report:
    """Return the report of a device; a backend that fails to report is a broken device."""
    try:
        return get_backend(name).probe(options_for(name, options))
    except UnknownDeviceError:
        raise
    except Exception as error:
        return Report(name, "broken", f"{type(error).__name__}: {error}")


def choose_device(
    requested: str, work: Work, options: BuildOptions, *, fallback: bool = False, cores: int = 1
) -> Choice:
    """Return the device that a job runs on.

    Parameters
    ----------
    requested : str
        A device, or ``"auto"`` for the fastest usable one for the size of the job.
    work : Work
        Size of the job.
    options : BuildOptions
        Interpreter and cache; the devices are looked for with them.
    fallback : bool
        Whether cpp replaces a named device that cannot run.
    cores : int
        Cores that a CPU device would share the networks among.

    Raises
    ------
    UnknownDeviceError
        For a name that no device has.
    DeviceUnavailableError
        When the device cannot run here: what was looked for, and what to do.
    """
    if requested == AUTO:
        return _fastest(work, lambda name: probe(name, options), cores)
    report = probe(requested, options)
    if report.usable:
        return Choice(requested, f"device {requested}: asked for")
    refusal = refusal_of(report)
    if not fallback:
        raise DeviceUnavailableError(refusal)
    instead = probe("cpp", options)
    if requested == "cpp" or not instead.usable:
        raise DeviceUnavailableError(f"{refusal} Fallback: {refusal_of(instead)}")
    return Choice("cpp", f"device cpp by --fallback, instead of {requested}: {report.reason}")


def refusal_of(report: Report) -> str:
    """Say what was looked for and what to do."""
    fix = f" To do: {report.fix}." if report.fix else ""
    return (
        f"device {report.device!r}: {report.reason}.{fix} "
        f"More: lateralnet doctor --device {report.device}."
    )


def _fastest(work: Work, look: Callable[[str], Report], cores: int) -> Choice:
    """Return the fastest usable device, with why those before it were passed over."""
    cells = work.cells * work.replicas
    large = cells >= GPU_PAYS_FROM_CELLS_PER_CORE * cores
    gpu_order = [name for name in _GPU_ORDER if name in _OURS] if large else []
    passed_over: list[str] = []
    for name in (*gpu_order, *_CPU_ORDER):
        report = look(name)
        if report.usable:
            size = f"{work.replicas} network(s) of {work.cells} cells"
            but = f" ({'; '.join(passed_over)})" if passed_over else ""
            return Choice(name, f"device {name}: fastest usable for {size}{but}")
        passed_over.append(f"no {name}: {report.reason}")
    raise DeviceUnavailableError(
        f"no device can run here: {'; '.join(passed_over)}. More: lateralnet doctor."
    )
