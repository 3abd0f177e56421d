"""Whether device cuda can compile and run here, and if not, why and what to do."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from backends.base import BuildOptions, Report
from backends.cache import kept_programs
from backends.cuda.layout import shared_bytes
from backends.errors import DeviceUnavailableError
from backends.host.toolchain import compiler, compiler_version, package_versions
from backends.nvidia.gpus import wrong_number
from backends.nvidia.toolkit import (
    Driver,
    Gpu,
    Toolkit,
    capability_for,
    find_curand,
    find_driver,
    find_toolkit,
    newest_host_compiler,
    places,
    usable_gpus,
    version_of,
)

EXTENSION = "1.0b1"
BRIAN2 = "2.10.1"
PYTHON = (3, 12)
CUDA = (12,)  # oldest with the C++17 that Thrust wants and the architectures of today
INSTALL = f"pip install brian2cuda=={EXTENSION} brian2=={BRIAN2}"


class _Problem(Exception):
    """Why the device cannot be used."""

    def __init__(self, status: str, reason: str, fix: str) -> None:
        super().__init__(reason)
        self.status, self.reason, self.fix = status, reason, fix


@dataclass
class _Findings:
    version: str = ""
    hardware: str = ""
    details: dict[str, Any] = field(default_factory=dict)


def probe(device: str, options: BuildOptions, *, needs_gpu: bool = True) -> Report:
    """Look for all that compiling needs, and with `needs_gpu` for what running needs."""
    found = _Findings()
    try:
        found.details["compiles"] = False
        _check_extension(options, found)
        if needs_gpu and find_toolkit() is None and _compiled_before(options):
            gpus = named(_check_gpu(options, found).gpus, options.gpu)
            if any(gpu.capability for gpu in gpus):
                return Report(
                    device, "ready",
                    "runs the programs that the cache holds; nvcc, to compile others, is not here",
                    found.version, found.hardware, details=found.details,
                )  # fmt: skip
        toolkit = _check_toolkit(found)
        _check_curand(toolkit, options, found)
        _check_host_tools(toolkit)
        _check_capability(options.cuda_arch, toolkit)
        found.details["compiles"] = True
        if not needs_gpu:
            return Report(
                device, "ready", "compiles for a GPU; none is needed for that",
                found.version, found.hardware, details=found.details,
            )  # fmt: skip
        driver = _check_gpu(options, found)
        _check_driver(driver, toolkit)
        _check_usable(driver, toolkit, options, found)
    except _Problem as problem:
        return Report(
            device, problem.status, problem.reason,
            found.version, found.hardware, problem.fix, found.details,
        )  # fmt: skip
    return Report(
        device, "ready",
        "everything found (its developers had no GPU: compiled, and executed on a CPU; "
        "not run on a GPU)",
        found.version, found.hardware, details=found.details,
    )  # fmt: skip


def named(gpus: Sequence[Gpu], number: int | None) -> Sequence[Gpu]:
    """Return all GPUs, or the one of a number."""
    return gpus if number is None else gpus[number : number + 1]


def loading(capability: str, gpus: Sequence[Gpu]) -> tuple[Gpu, ...]:
    """Return the GPUs that load a program for `capability` and have its shared memory."""
    need = shared_bytes(capability)
    return tuple(
        gpu for gpu in usable_gpus(gpus, capability)
        if shared_bytes(gpu.capability, unknown=need) >= need
    )  # fmt: skip


def _compiled_before(options: BuildOptions) -> bool:
    return any(kept_programs(options.cache_dir, "cuda", lambda facts: "generated" in facts))


def _check_extension(options: BuildOptions, found: _Findings) -> None:
    try:
        versions = package_versions(options.python)
    except DeviceUnavailableError as error:
        raise _Problem("broken", str(error).rstrip("."), "correct --python") from None
    found.details["python"] = versions["python"]
    have_python = version_of(versions["python"])
    if "brian2cuda" not in versions:
        if have_python < PYTHON:
            raise _Problem(
                "missing",
                f"no brian2cuda in {options.python}, whose Python {versions['python']} is too old "
                f"for it (3.{PYTHON[1]} or newer)",
                f"make an environment of Python 3.{PYTHON[1]}, {INSTALL} there, "
                "and name its interpreter with --python",
            )
        raise _Problem("missing", f"no brian2cuda in {options.python}", INSTALL)
    found.version = f"brian2cuda {versions['brian2cuda']}, brian2 {versions.get('brian2', '-')}"
    found.details |= {name: versions.get(name) for name in ("brian2cuda", "brian2")}
    if versions["brian2cuda"] != EXTENSION:
        raise _Problem(
            "broken",
            f"brian2cuda {versions['brian2cuda']} is not the version that this program knows "
            f"({EXTENSION})",
            INSTALL,
        )
    if versions.get("brian2") != BRIAN2:
        raise _Problem(
            "broken",
            f"brian2cuda {EXTENSION} works with brian2 {BRIAN2} alone, "
            f"found {versions.get('brian2', 'none')}",
            INSTALL,
        )


def _check_toolkit(found: _Findings) -> Toolkit:
    toolkit = find_toolkit()
    if toolkit is None:
        looked = ", ".join(dict.fromkeys(["$CUDA_PATH", "$CUDA_HOME", "PATH"]))
        standard = ", ".join(place for place, name in places() if place == name)
        raise _Problem(
            "missing",
            f"nvcc not found (looked at {looked}, {standard})",
            "install the CUDA toolkit 12 or 13, or set CUDA_PATH to its folder",
        )
    found.version += f", CUDA {toolkit.version or '?'}"
    found.details |= {
        "cuda_path": toolkit.root,
        "cuda_path_from": toolkit.found_in,
        "nvcc": toolkit.nvcc,
        "nvcc_version": toolkit.version,
        "nvcc_architectures": list(toolkit.architectures),
        "c++17": version_of(toolkit.version) >= (11,),
    }
    if not toolkit.version:
        raise _Problem(
            "broken", f"{toolkit.nvcc} does not tell its version", "install the CUDA toolkit again"
        )
    if version_of(toolkit.version) < CUDA:
        raise _Problem(
            "broken",
            f"CUDA {toolkit.version} in {toolkit.root} is too old",
            "install CUDA 12 or 13 and let CUDA_PATH point to it",
        )
    return toolkit


def _check_curand(toolkit: Toolkit, options: BuildOptions, found: _Findings) -> None:
    curand = find_curand(toolkit, options.python)
    found.details["curand_include"] = curand.include if curand else None
    found.details["curand_library"] = curand.library if curand else None
    if curand is None:
        wheel = "nvidia-curand" if version_of(toolkit.version) >= (13,) else "nvidia-curand-cu12"
        raise _Problem(
            "missing",
            f"nvcc without cuRAND (no curand_kernel.h with libcurand.so in {toolkit.root}, "
            f"nor in the packages of {options.python})",
            f"{options.python} -m pip install {wheel}, or install the toolkit's libcurand-dev",
        )


def _check_host_tools(toolkit: Toolkit) -> None:
    if compiler() is None or shutil.which("make") is None:
        raise _Problem(
            "missing",
            "nvcc needs a C++ compiler ($CXX, g++) and make",
            "install g++ and make (Debian: apt install g++ make)",
        )
    newest, shown = newest_host_compiler(toolkit), compiler_version()
    have = re.findall(r"(\d+)\.\d+\.\d+", shown)
    if newest is not None and "clang" not in shown and have and int(have[-1]) > newest:
        raise _Problem(
            "broken",
            f"{shown} is newer than CUDA {toolkit.version} accepts (up to {newest})",
            f"install g++-{newest} and let CXX name it, or install a newer CUDA toolkit",
        )


def _check_capability(capability: str, toolkit: Toolkit, what: str = "--cuda-arch") -> None:
    """Whether nvcc can compile for a compute capability; ``""`` asks for none."""
    known = [version_of(name) for name in toolkit.architectures]
    if not capability or not known:
        return
    wanted = version_of(capability)
    if len(wanted) != 2:
        raise _Problem(
            "broken", f"{what} {capability!r} is no compute capability", "write it as 9.0"
        )
    if wanted < known[0]:
        raise _Problem(
            "broken",
            f"{what} has compute capability {capability}, older than the oldest that CUDA "
            f"{toolkit.version} compiles for ({toolkit.architectures[0]})",
            "install an older CUDA toolkit (12 goes back to 5.0) or use --device cpp",
        )
    if wanted not in known:
        raise _Problem(
            "broken",
            f"{what} has compute capability {capability}, which CUDA {toolkit.version} does not "
            f"compile for (it knows {', '.join(toolkit.architectures)})",
            "install a newer CUDA toolkit, or name another architecture",
        )


def _check_usable(
    driver: Driver, toolkit: Toolkit, options: BuildOptions, found: _Findings
) -> None:
    """Whether a GPU can run what nvcc compiles; others beside it may be too old."""
    gpus = named(driver.gpus, options.gpu)
    usable = usable_gpus(gpus, toolkit.oldest)
    wanted = options.cuda_arch or capability_for(gpus, toolkit)
    found.details["compile_for"] = wanted
    found.details["too_old"] = [gpu.name for gpu in driver.gpus if gpu not in usable]
    if usable:
        if not loading(wanted, usable):
            shown = ", ".join(f"{gpu.name} ({gpu.capability})" for gpu in usable)
            raise _Problem(
                "broken",
                f"a program for --cuda-arch {wanted} does not load on {shown}",
                f"leave out --cuda-arch, which then is {capability_for(gpus, toolkit)}",
            )
        return
    for gpu in gpus:
        if not gpu.capability:
            raise _Problem(
                "broken",
                f"the driver {driver.version} does not tell the compute capability of {gpu.name}",
                "update the driver",
            )
        _check_capability(gpu.capability, toolkit, f"GPU {gpu.name}")


def _check_gpu(options: BuildOptions, found: _Findings) -> Driver:
    driver = find_driver()
    found.details["driver"] = driver.version if driver else None
    found.details["driver_cuda"] = driver.cuda if driver else None
    gpus = driver.gpus if driver else ()
    found.details["gpus"] = [f"{gpu.name} ({gpu.capability}, {gpu.memory})" for gpu in gpus]
    found.hardware = ", ".join(gpu.name for gpu in gpus)
    if driver is None or not gpus:
        why = "nvidia-smi finds no driver" if driver is None else "CUDA_VISIBLE_DEVICES hides all"
        raise _Problem(
            "missing",
            f"compiles here, but no NVIDIA GPU to run on ({why})",
            "use --device cpp here, or lateralnet build --device cuda --cuda-arch 9.0 "
            "to compile for another machine",
        )
    problem = "" if options.gpu is None else wrong_number(gpus, options.gpu)
    if problem:
        raise _Problem("broken", problem, "name one of them, such as --device cuda:0")
    return driver


def _check_driver(driver: Driver, toolkit: Toolkit) -> None:
    have, need = version_of(driver.cuda), version_of(toolkit.version)
    if have and have[0] < need[0]:
        raise _Problem(
            "broken",
            f"driver {driver.version} is older than the toolkit: it runs CUDA up to "
            f"{driver.cuda}, nvcc is CUDA {toolkit.version}",
            f"update the driver, or install the CUDA toolkit {have[0]}",
        )
