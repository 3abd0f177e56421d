"""Ten neurons, to see whether a device really runs: the smoke test of `lateralnet doctor`."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from backends.base import BuildOptions, ProgramSpec
from backends.errors import BackendError
from backends.registry import get_backend, options_for

N_NEURONS, N_STEPS, DT_S = 10, 100, 1e-3
_LEAK = 0.0625  # per step; a power of two, so that every device computes the same numbers
_DRIVE = np.linspace(0.5, 2.5, N_NEURONS)


@dataclass(frozen=True)
class SmokeModel:
    """Brian2 objects of the ten neurons; the fields of every model that a builder returns."""

    network: Any
    owners: dict[str, Any]
    outputs: dict[str, tuple[Any, str]]
    spike_monitors: dict[str, Any]
    timed_arrays: dict[str, Any]


def smoke_spec() -> ProgramSpec:
    """Return what to build."""
    inputs = dict.fromkeys(("cells.drive", "cells.v"), ("float64", N_NEURONS))
    return ProgramSpec(
        builder="backends.smoke:build",
        definition={"precision": "float64"},
        inputs=inputs,
        state=("cells.v",),
        spikes=("cells",),
        dt_s=DT_S,
    )


def build(
    assign: Callable[[str, Callable[[np.ndarray], None]], None], definition: Mapping[str, Any]
) -> SmokeModel:
    """Make ten leaky integrate-and-fire neurons with constant input."""
    import brian2 as b2

    b2.defaultclock.dt = DT_S * b2.second
    cells = b2.NeuronGroup(
        N_NEURONS,
        "dv/dt = leak*(drive - v)/dt : 1\ndrive : 1",
        threshold="v > 1",
        reset="v = 0",
        method="euler",
        namespace={"leak": _LEAK},
        name="cells",
    )
    for name in ("drive", "v"):
        assign(f"cells.{name}", partial(setattr, cells, f"{name}_"))
    monitor = b2.SpikeMonitor(cells, name="spikes_cells")
    network = b2.Network(cells, monitor, name="smoke")
    return SmokeModel(network, {"cells": cells}, {"cells.v": (cells, "v")}, {"cells": monitor}, {})


def expected_spikes() -> tuple[np.ndarray, np.ndarray]:
    """Return (step, index) of the spikes, computed here."""
    v, spikes = np.zeros(N_NEURONS), []
    for step in range(N_STEPS):
        v += _LEAK * (_DRIVE - v)
        spikes += [(step, index) for index in np.flatnonzero(v > 1)]
        v[v > 1] = 0
    step, index = np.array(spikes).T
    return step, index


def smoke_test(device: str, options: BuildOptions) -> dict[str, Any]:
    """Build and run the ten neurons on a device.

    Returns
    -------
    dict
        ``passed``, ``message``, and the seconds that building and running took.
    """
    started = time.perf_counter()
    try:
        program = get_backend(device).build(smoke_spec(), options_for(device, options))
        built = time.perf_counter()
        try:
            outcome = program.run({"cells.drive": _DRIVE, "cells.v": np.zeros(N_NEURONS)}, N_STEPS)
        finally:
            program.close()
    except BackendError as error:
        return {"passed": False, "message": str(error)}
    step, index = expected_spikes()
    found = outcome.spikes["cells"]
    right = np.array_equal(found.step, step) and np.array_equal(found.index, index)
    return {
        "passed": right,
        "message": f"{found.step.size} spikes, {'as' if right else 'not as'} computed by hand",
        "build_s": round(built - started, 2),
        "run_s": round(time.perf_counter() - built, 3),
        "built": _origin(device, program.info.get("built", True)),
    }


def _origin(device: str, built: bool) -> str:
    if not get_backend(device).capabilities.compiles:
        return ""
    return "built" if built else "found in the cache"
