"""Timings of devices: every phase is there, and a device that cannot run keeps its row."""

from __future__ import annotations

import time
from types import SimpleNamespace

import numpy as np
import pytest

from backends.cpp.device import CppBackend
from lateralnet.devices import benchmarking
from lateralnet.devices.benchmarking import COLD, WARM, benchmark, render_benchmark
from lateralnet.network.wiring import make_replica
from lateralnet.simulation.session import DeviceOptions
from tests.tiny import TINY, tiny

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
        assert min(rows[name]["median"].values()) >= 0.0
    assert rows["cpp"]["median"]["compile_s"] > 0.0
    assert rows["runtime"]["median"]["compile_s"] == 0.0  # it has no compiler
    text = render_benchmark(found)
    assert all(name in text for name in rows)
    if rows["genn"]["status"] != "ready":
        assert rows["genn"]["reason"] in text
    assert found["machine"]["versions"]["brian2"]


def test_each_second_is_counted_to_its_phase(monkeypatch, tmp_path):
    now_s, cpu_s = [100.0], [7.0]

    class Session:
        """A session whose phases take a known time on a clock of its own."""

        simulation = None
        child_wall_s = 1.0

        def __init__(self, networks, options):
            self.info = {"generate_wall_s": 0.5, "build_wall_s": 2.0, "build_cpu_s": 1.25}
            now_s[0] += 2.5

        def __enter__(self):
            return self

        def __exit__(self, *error):
            now_s[0] += 40.0

    def one_step(simulation, networks):
        now_s[0] += 0.5

    def train(simulation, networks):
        now_s[0] += 8.0
        cpu_s[0] += 4.0
        Session.child_wall_s += 6.0

    clock = SimpleNamespace(perf_counter=lambda: now_s[0], strftime=time.strftime)
    monkeypatch.setattr(benchmarking, "time", clock)
    monkeypatch.setattr(benchmarking, "children_usage", lambda: (cpu_s[0], 0.0))
    for name, stand_in in (("Session", Session), ("_one_step", one_step), ("train", train)):
        monkeypatch.setattr(benchmarking, name, stand_in)
    row = {"options": DeviceOptions(device="cpp"), "replicas": 2}
    networks = [make_replica(tiny(seed=seed, n_training_trials=5)) for seed in (1, 2)]
    assert benchmarking._run_warm(row, networks, tmp_path) == {
        "start_s": 3.0, "simulate_s": 6.0, "collect_s": 2.0, "cpu_ms_per_trial": 400.0,
        "wall_ms_per_trial": 800.0,
    }  # fmt: skip
    assert benchmarking._build_cold(row, networks, tmp_path) == {
        "generate_s": 0.5, "compile_s": 1.5, "build_cpu_s": 1.25, "total_s": 42.5,
    }  # fmt: skip
