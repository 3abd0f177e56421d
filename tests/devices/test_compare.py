"""Comparing devices: cpp with runtime, and what is said of devices that differ or fail."""

from __future__ import annotations

import dataclasses
import json

import pytest

from backends.base import Report
from backends.cpp.device import CppBackend
from backends.errors import ProgramRunError
from lateralnet.devices import comparison as comparing
from lateralnet.devices.benchmarking import benchmark
from lateralnet.devices.comparison import agrees, compare, render_comparison
from lateralnet.errors import InputError, SimulationError
from lateralnet.simulation.session import DeviceOptions

SMALL = {"n_mon": 200, "n_ts": 40, "n_ll": 40, "trial_duration_s": 0.4, "test_sweeps": 1}
needs_compiler = pytest.mark.skipif(
    not CppBackend().probe(DeviceOptions().build_options()).usable,
    reason="device cpp cannot run here: no compiler",
)


@needs_compiler
def test_cpp_and_runtime_agree():
    told = []
    found = compare(["cpp", "runtime"], seeds=2, mode="ll_map", trials=2,
                    on_progress=lambda what, fraction: told.append(fraction), **SMALL)  # fmt: skip
    assert told == [k / len(told) for k in range(len(told))]
    assert found["reference"] == "cpp"
    assert json.loads(json.dumps(found))["exact"] == found["exact"]
    assert len(found["exact"]) == 2 * len(comparing.exact_cases())
    assert all(row["alike"] and not row["unequal_spikes"] for row in found["exact"])
    assert agrees(found)
    rows = {(row["measure"], row["device"]): row for row in found["statistics"]}
    assert set(rows) == {(m, d) for m in comparing.MEASURES for d in ("cpp", "runtime")}
    rates = rows["mon_rate_hz", "runtime"]
    assert rates["n_equal"] == 2 and rates["mean"] > 1.0 and rates["sd"] > 0.0
    text = render_comparison(found)
    assert "TS rate in training (Hz)" in text and "NOT ALIKE" not in text
    assert max(map(len, text.splitlines())) <= 80


def test_a_device_that_differs_is_told(monkeypatch):
    plain = comparing.run_case(comparing.noisy_case(n_steps=50), DeviceOptions(device="runtime"))
    w = plain.state["mon_ts.w"].copy()
    w[0] += 1e-9
    moved = dataclasses.replace(plain, state={**plain.state, "mon_ts.w": w})
    results = {"runtime": plain, "cpp": moved}
    monkeypatch.setattr(comparing, "run_case", lambda case, options: results[options.device])
    monkeypatch.setattr(comparing, "probe", lambda name, options: Report(name, "ready", "works"))
    found = compare(["runtime", "cpp"], seeds=0)
    assert [row["alike"] for row in found["exact"]][:2] == [True, False]
    assert not agrees(found) and "NOT ALIKE" in render_comparison(found)
    ll = plain.spikes["ll"]
    late = dataclasses.replace(ll, step=ll.step + 1)
    results["cpp"] = dataclasses.replace(plain, spikes={**plain.spikes, "ll": late})
    found = compare(["runtime", "cpp"], seeds=0)
    assert found["exact"][1]["unequal_spikes"] == ["ll"] and not agrees(found)


def _dies(program, inputs, n_steps):
    raise ProgramRunError("the simulation was killed with SIGKILL.")


def test_a_program_that_dies_keeps_its_row(monkeypatch):
    """Errors of `backends` are translated by the session, whoever has opened it."""
    monkeypatch.setattr("backends.runtime.device.RuntimeProgram.run", _dies)
    found = compare(["runtime"], seeds=0)
    assert "SIGKILL" in str(found["errors"])
    timed = benchmark(["runtime"], trials=1, repeats=1)
    assert [row["status"] for row in timed["rows"]] == ["failed"]
    assert "SIGKILL" in timed["rows"][0]["reason"]


def test_unusable_devices_get_a_row_with_the_reason(monkeypatch):
    def missing(name, options):
        return Report(name, "missing", f"no {name} in this house")

    monkeypatch.setattr(comparing, "probe", missing)
    found = compare(["cuda", "genn"])
    assert found["reference"] is None and found["exact"] == []
    text = render_comparison(found)
    assert "no cuda in this house" in text and "No device of these can run here" in text


def test_a_device_that_fails_is_named_and_the_others_go_on(monkeypatch):
    def fails(case, options):
        if options.precision == "float32":
            raise SimulationError("the simulation was killed")
        return run_case(case, options)

    run_case = comparing.run_case
    monkeypatch.setattr(comparing, "run_case", fails)
    cases = {"noisy": comparing.noisy_case(n_steps=50)}
    monkeypatch.setattr(comparing, "exact_cases", lambda: cases)
    found = compare(["runtime", "runtime:float32"], seeds=0)
    assert found["errors"] == {"runtime:float32": "the simulation was killed"}
    assert [row["device"] for row in found["exact"]] == ["runtime"]
    assert not agrees(found)
    assert "runtime:float32: FAILED: the simulation was killed" in render_comparison(found)


def test_unknown_names_are_refused():
    with pytest.raises(InputError, match=r"unknown device 'gen'.*Did you mean genn"):
        compare(["cpp", "gen"])
    with pytest.raises(InputError, match="unknown precision 'float16'"):
        compare(["cpp:float16"])
