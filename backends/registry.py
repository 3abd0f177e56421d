"""Devices by name, ours and those that other packages register, and the choice among them."""

from __future__ import annotations

import importlib
import json
import platform
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
_MEASURED = "measured.json"  # in the cache: what `lateralnet benchmark` found on this machine

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


def remember_speed(
    device: str, work: Work, ms_per_network_trial: float, options: BuildOptions
) -> None:
    """Keep how long a trial of one network took here, for `choose_device`."""
    path, known = options.cache_dir / _MEASURED, _measured(options)
    of_device = known.setdefault(_key(probe(device, options)), {})
    of_device[f"{work.cells} {work.replicas}"] = round(ms_per_network_trial, 5)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(known, indent=1) + "\n")


def measured_speed(report: Report, work: Work, options: BuildOptions) -> float | None:
    """Return the milliseconds of a trial of one network that were measured here, or None.

    Of the runs with networks of about this size, the one with the most networks side by side
    that are not more than the job has.
    """
    found = {}
    for name, ms in _measured(options).get(_key(report), {}).items():
        cells, replicas = (int(word) for word in name.split())
        if replicas <= work.replicas and abs(cells - work.cells) <= 0.2 * work.cells:
            found[replicas] = float(ms)
    return found[max(found)] if found else None


def _key(report: Report) -> str:
    return f"{platform.node()}: {report.device}, {report.version}, {report.hardware}"


def _measured(options: BuildOptions) -> dict[str, dict[str, float]]:
    try:
        known: dict[str, dict[str, float]] = json.loads((options.cache_dir / _MEASURED).read_text())
    except (OSError, ValueError):
        return {}
    return known


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
                registered: Backend = entry.load()()
                return registered
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
        kind = "" if isinstance(error, BackendError) else f"{type(error).__name__}: "
        return Report(name, "broken", f"{kind}{error}")


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
        Whether cpp, or runtime where there is no compiler, replaces a named device that cannot run.
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
        return _fastest(work, options, cores)
    report = probe(requested, options)
    if report.usable:
        return Choice(requested, f"device {requested}: asked for")
    refusal = refusal_of(report)
    if not fallback:
        raise DeviceUnavailableError(refusal)
    for name in ("cpp", "runtime"):
        if name != requested and probe(name, options).usable:
            return Choice(
                name, f"device {name} by --fallback, instead of {requested}: {report.reason}"
            )
    raise DeviceUnavailableError(f"{refusal} Fallback: neither cpp nor runtime can run here.")


def refusal_of(report: Report) -> str:
    """Say what was looked for and what to do."""
    fix = f" To do: {report.fix}." if report.fix else ""
    return (
        f"device {report.device!r}: {report.reason}.{fix} "
        f"More: lateralnet doctor --device {report.device}."
    )


def _fastest(work: Work, options: BuildOptions, cores: int) -> Choice:
    """Return the fastest usable device of the CPU, or a GPU that was measured to be faster."""
    passed_over: list[str] = []
    for name in _CPU_ORDER:
        report = probe(name, options)
        if report.usable:
            break
        passed_over.append(f"no {name}: {report.reason}")
    else:
        raise DeviceUnavailableError(
            f"no device can run here: {'; '.join(passed_over)}. More: lateralnet doctor."
        )
    size = f"{work.replicas} network(s) of {work.cells} cells"
    but = f" ({'; '.join(passed_over)})" if passed_over else ""
    for gpu_name in (name for name in _GPU_ORDER if name in _OURS):
        gpu = probe(gpu_name, options)
        if not gpu.usable:
            continue
        gpu_ms = measured_speed(gpu, work, options)
        core_ms = measured_speed(report, replace(work, replicas=1), options)
        if gpu_ms is None or core_ms is None:
            but += (
                f"; whether {gpu_name} is faster nobody measured here: "
                f"lateralnet benchmark --devices {name},{gpu_name} --replicas 1,{work.replicas}"
            )
            continue
        cpu_ms = core_ms / max(1, min(cores, work.replicas))
        told = (
            f"{gpu_ms:.3g} ms per trial and network against {cpu_ms:.3g} of {name}, measured here"
        )
        if gpu_ms < cpu_ms:
            return Choice(gpu_name, f"device {gpu_name}: {told}")
        but += f"; {gpu_name} takes {told}"
    return Choice(name, f"device {name}: fastest usable for {size}{but}")
