"""Timings of devices: every phase is there, and a device that cannot run keeps its row."""

from __future__ import annotations

import time
from types import SimpleNamespace

import numpy as np
import pytest
from click.testing import CliRunner

from backends.base import Report
from backends.cpp.device import CppBackend
from lateralnet.cli.devices import benchmark as benchmark_command
from lateralnet.devices import benchmarking
from lateralnet.devices.benchmark_table import render_benchmark, speed_of
from lateralnet.devices.benchmarking import COLD, COMPILED, WARM, benchmark
from lateralnet.figures.benchmark import draw_benchmark
from lateralnet.network.wiring import make_replica
from lateralnet.parameters.presets import preset
from lateralnet.simulation.session import DeviceOptions
from tests.tiny import TINY, tiny

SIZES = {name: value for name, value in TINY.items() if name != "n_training_trials"}
SIZES["n_mon"] = (TINY["n_mon"],)


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
    assert told == sorted(told) and 0.0 <= told[0] < told[-1] < 1.0
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
            self.info = {
                "generate_wall_s": 0.5,
                "build_wall_s": 2.0,
                "build_cpu_s": 1.25,
                "library_wall_s": 0.25,
            }
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
        rates_hz = np.tile([50.0, 20.0, 1.0], (5, 1))
        return [SimpleNamespace(curves={"trial_rate_hz_series": rates_hz}) for _ in networks]

    clock = SimpleNamespace(perf_counter=lambda: now_s[0], strftime=time.strftime)
    monkeypatch.setattr(benchmarking, "time", clock)
    monkeypatch.setattr(benchmarking, "children_usage", lambda: (cpu_s[0], 0.0))
    for name, stand_in in (("Session", Session), ("_one_step", one_step), ("train", train)):
        monkeypatch.setattr(benchmarking, name, stand_in)
    row = {"options": DeviceOptions(device="cpp"), "replicas": 2, "status": "ready"}
    networks = [make_replica(tiny(seed=seed, n_training_trials=5)) for seed in (1, 2)]
    network = networks[0]
    ts = np.count_nonzero(network.ts_inhibition.w) + np.count_nonzero(network.ts_excitation.w)
    events = network.params.trial_duration_s * (
        50.0 * network.ll_mon.w.size + 20.0 * network.mon_ts.w.size + 1.0 * ts
    )
    timed = benchmarking._run_warm(row, networks, tmp_path)
    assert timed.pop("events_per_trial") == pytest.approx(events)
    assert timed == {
        "start_s": 3.0, "simulate_s": 6.0, "collect_s": 2.0, "cpu_ms_per_trial": 400.0,
        "wall_ms_per_trial": 800.0,
    }  # fmt: skip
    assert benchmarking._build_cold(row, networks, tmp_path) == {
        "generate_s": 0.5, "compile_s": 1.25, "library_s": 0.25, "build_cpu_s": 1.25,
        "total_s": 42.5,
    }  # fmt: skip


def _found(**row):
    median = {
        "generate_s": 1.0, "compile_s": 2.0, "library_s": 60.0, "build_cpu_s": 4.0,
        "start_s": 0.1, "simulate_s": 0.5, "collect_s": 0.1, "cpu_ms_per_trial": 6.0,
        "wall_ms_per_trial": 6.0, "events_per_trial": 3e6,
    }  # fmt: skip
    base = {
        "device": "cpp", "precision": "float64", "n_mon": 3200, "replicas": 16, "status": "ready",
        "reason": "", "median": median, "warm": [median],
    }  # fmt: skip
    machine = {"processor": "A processor of many words, made up", "cores": 2, "compiler": "g++ 12",
               "time": "2026-11-25 00:00:00"}  # fmt: skip
    return {
        "machine": machine, "load_before": (), "load_after": (1.0,), "mode": "ll_thesis",
        "trials": 50, "trial_s": 1.2, "dt_ms": 1.0, "rows": [{**base, **row}],
    }  # fmt: skip


def test_speed_in_the_terms_of_the_field():
    (row,) = _found()["rows"]
    speed = speed_of(row, 1.2)
    # 16 networks take 6 ms each for 1.2 s; one has 3e6 events in its 6 ms.
    assert speed["real_time_factor"] == pytest.approx(0.08)
    assert speed["events_per_s"] == pytest.approx(5e8)


def test_the_tables_fit_a_terminal_and_say_what_the_numbers_compare_with():
    text = render_benchmark(_found())
    assert max(map(len, text.splitlines())) <= 80
    for words in (
        "cpp f64 3200 16",
        "500",
        "0.08",
        "60",
        "NEST 11 M",
        "steps of 0.1 ms",
        "a step is 1 ms",
    ):
        assert words in " ".join(text.split()) or words in text
    compiled = render_benchmark(_found(device="cuda", status=COMPILED, reason="no GPU", warm=[]))
    assert "cuda only compiled: no GPU" in compiled and "Training" not in compiled


def test_devices_that_cannot_run_are_built_where_they_can_be_compiled(monkeypatch):
    monkeypatch.setattr(benchmarking, "probe", lambda *_: Report("cuda", "missing", "no GPU"))
    monkeypatch.setattr(
        benchmarking.CompileOnlyBackend, "probe", lambda *_: Report("cuda", "ready", "compiles")
    )
    facts = {"generate_wall_s": 1.0, "build_wall_s": 4.0, "build_cpu_s": 5.0}
    monkeypatch.setattr(benchmarking, "compile_only", lambda spec, options: facts)
    (row,) = benchmark(["cuda"], trials=1, repeats=1, cuda_arch="9.0", **SIZES)["rows"]
    assert (row["status"], row["reason"], row["warm"]) == (COMPILED, "no GPU", [])
    assert (row["median"]["generate_s"], row["median"]["compile_s"]) == (1.0, 3.0)
    (row,) = benchmark(["cuda"], trials=1, repeats=1, **SIZES)["rows"]
    assert (row["status"], row["cold"]) == ("missing", [])


def test_the_input_of_a_ts_cell_does_not_grow_with_the_mon_layer():
    small, large = (
        benchmarking._networks(preset("ll_thesis"), n_mon, 1)[0].params for n_mon in (800, 6400)
    )
    assert small.n_mon * small.mon_ts_gain_mV == pytest.approx(large.n_mon * large.mon_ts_gain_mV)


def test_the_picture_has_a_line_for_each_device_and_a_panel_for_what_varied():
    first, second = (_found(replicas=n)["rows"][0] for n in (1, 16))
    rows = [first, second, {**first, "device": "cuda"}, {**first, "n_mon": 800}]
    figure = draw_benchmark({**_found(), "rows": rows})
    labels = [axes.get_xlabel() for axes in figure.axes]
    assert labels == ["networks side by side", "MON cells"]
    shown = {text.get_text() for text in figure.axes[0].get_legend().get_texts()}
    assert shown == {"cpp", "cuda", "float64", "800 MON", "3,200 MON"}


def test_the_command_writes_picture_table_and_numbers(monkeypatch, tmp_path):
    asked = {}

    def timed(devices, **options):
        asked.update(options, devices=devices)
        return _found()

    monkeypatch.setattr(benchmarking, "benchmark", timed)
    monkeypatch.chdir(tmp_path)
    flags = (
        "--devices cpp --replicas 1,16 --n-mon 800,3200 --precision float64,float32 --output out"
    )
    done = CliRunner().invoke(benchmark_command, flags.split())
    assert done.exit_code == 0, done.output
    assert (asked["replicas"], asked["n_mon"]) == ([1, 16], [800, 3200])
    assert asked["precisions"] == ["float64", "float32"]
    found = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert found == ["benchmark.json", "benchmark.png", "benchmark.txt"]
    assert (tmp_path / "out" / "benchmark.txt").read_text() == render_benchmark(_found()) + "\n"
    (tmp_path / "file").touch()
    refused = CliRunner().invoke(benchmark_command, ["--output", "file"])
    assert refused.exit_code == 2 and "is a file" in refused.output
