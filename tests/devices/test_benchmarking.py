"""Timings of devices: every phase is there, and a device that cannot run keeps its row."""

from __future__ import annotations

import numpy as np
import pytest

from backends.cpp.device import CppBackend
from lateralnet.devices.benchmarking import COLD, WARM, benchmark, render_benchmark
from lateralnet.simulation.session import DeviceOptions
from tests.tiny import TINY

SIZES = {name: value for name, value in TINY.items() if name != "n_training_trials"}


@pytest.mark.skipif(
    not CppBackend().probe(DeviceOptions(device="cpp").build_options()).usable,
    reason="device cpp cannot run here: no compiler",
)
def test_phases_of_two_devices_and_a_missing_one():
    told = []
    found = benchmark(
        ["cpp", "genn", "runtime"], trials=2, repeats=2,
        on_progress=lambda what, fraction: told.append(fraction), **SIZES,
    )  # fmt: skip
    assert told == [k / len(told) for k in range(len(told))]
    rows = {row["device"]: row for row in found["rows"]}
    for name in ("cpp", "runtime"):
        assert rows[name]["status"] == "ready"
        assert len(rows[name]["warm"]) == 2
        assert all(np.isfinite(rows[name]["median"][phase]) for phase in (*COLD, *WARM))
    assert rows["cpp"]["median"]["compile_s"] > rows["cpp"]["median"]["start_s"]
    assert rows["runtime"]["median"]["simulate_s"] > rows["cpp"]["median"]["simulate_s"]
    text = render_benchmark(found)
    assert all(name in text for name in rows)
    if rows["genn"]["status"] != "ready":
        assert rows["genn"]["reason"] in text
    assert found["machine"]["versions"]["brian2"]
