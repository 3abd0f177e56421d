"""The device of a sweep as plain values: each worker adds its own interpreter and cache."""

from __future__ import annotations

import sys
from typing import Any

from backends.host.toolchain import available_cores
from lateralnet.simulation.session import DeviceOptions


def device_as_dict(options: DeviceOptions) -> dict[str, Any]:
    """Return what has to travel; an interpreter only where another one was asked for."""
    return {
        "device": options.device,
        "precision": options.precision,
        "python": None if options.python == sys.executable else options.python,
        "cuda_arch": options.cuda_arch,
        "gpu": options.gpu,
        "genn_backend": options.genn_backend,
    }


def options_of(stored: dict[str, Any]) -> DeviceOptions:
    """Return the options on this machine."""
    return DeviceOptions(
        device=stored["device"],
        precision=stored["precision"],
        python=stored["python"] or sys.executable,
        cuda_arch=stored["cuda_arch"],
        gpu=stored.get("gpu"),
        genn_backend=stored.get("genn_backend", ""),
        compiler_jobs=available_cores(),
    )
