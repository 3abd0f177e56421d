"""What this machine compiles with: compiler, processor, cores, interpreter, package versions."""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from backends.errors import DeviceUnavailableError

_PACKAGES = ("brian2", "numpy", "brian2cuda", "brian2genn", "Cython", "setuptools")


def available_cores() -> int:
    """Number of processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@functools.cache
def compiler() -> str | None:
    """Path of the C++ compiler (``$CXX``, else g++), or None."""
    return shutil.which(os.environ.get("CXX", "g++"))


@functools.cache
def compiler_version() -> str:
    """First line of ``g++ --version``, or ``""``."""
    path = compiler()
    if path is None:
        return ""
    try:
        shown = subprocess.run([path, "--version"], capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return (shown.stdout.splitlines() or [""])[0]


@functools.cache
def processor() -> str:
    """Model and instruction sets of the processor, which ``-march=native`` binaries depend on."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        import platform

        return platform.processor() or platform.machine()
    wanted = ("model name", "flags", "Features", "CPU implementer")
    found = {
        line.split(":")[0].strip(): line.split(":")[1].strip() for line in lines if ":" in line
    }
    return "; ".join(found[name] for name in wanted if name in found)


def device_python(device: str, python: str) -> str:
    """Return the interpreter of a device.

    ``$LATERALNET_<DEVICE>_PYTHON`` names it where no other than the running one was asked for,
    so that one command can use devices that need different versions of Brian2.
    """
    named = os.environ.get(f"LATERALNET_{device.upper()}_PYTHON")
    return named if named and python == sys.executable else python


@functools.cache
def package_versions(python: str) -> dict[str, str]:
    """Versions of Brian2 and its extensions in an interpreter; missing ones are left out.

    Raises
    ------
    DeviceUnavailableError
        When the interpreter cannot be run.
    """
    script = (
        "import sys;sys.path[:]=[p for p in sys.path if p]\n"  # not the working directory
        "import json;from importlib import metadata as m\n"
        "found={'python':'.'.join(map(str,sys.version_info[:3]))}\n"
        f"for name in {_PACKAGES!r}:\n"
        "    try: found[name]=m.version(name)\n"
        "    except m.PackageNotFoundError: pass\n"
        "print(json.dumps(found))"
    )
    try:
        shown = subprocess.run([python, "-c", script], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise DeviceUnavailableError(
            f"the interpreter {python!r} cannot be run ({error}); give --python the path of one "
            "that has Brian2."
        ) from None
    try:
        versions: dict[str, str] = json.loads(shown.stdout)
    except ValueError:
        raise DeviceUnavailableError(
            f"{python!r} is not a Python interpreter; give --python the path of one that has "
            "Brian2."
        ) from None
    return versions
