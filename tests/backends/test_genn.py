"""Device genn: what it generates, the same spikes as cpp, and what it says where it cannot run."""

from __future__ import annotations

import dataclasses
import json
import sys
from typing import ClassVar

import numpy as np
import pytest

from backends.cpp.device import CppBackend
from backends.errors import ProgramRunError
from backends.genn.device import GennBackend, GennProgram
from backends.genn.toolkit import find_genn
from backends.host.children import run_function
from backends.host.toolchain import device_python, package_versions
from lateralnet.devices.cases import (
    EVERY_RULE,
    Case,
    CaseResult,
    deterministic_case,
    largest_difference,
    noisy_case,
    run_case,
    unequal_spikes,
)
from lateralnet.network.batch import Batch, Phase
from lateralnet.simulation.segment import Simulation
from lateralnet.simulation.session import DeviceOptions, Session, definition_of, program_spec

CPP, GENN = DeviceOptions(device="cpp"), DeviceOptions(device="genn")
PYTHON = device_python("genn", sys.executable)
REPORT = GennBackend().probe(GENN.build_options())
needs_extension = pytest.mark.skipif(
    "brian2genn" not in package_versions(PYTHON), reason=f"device genn: {REPORT.reason}"
)
needs_genn = pytest.mark.skipif(not REPORT.usable, reason=f"device genn: {REPORT.reason}")
needs_both = pytest.mark.skipif(
    not (REPORT.usable and CppBackend().probe(CPP.build_options()).usable),
    reason=f"devices genn and cpp are needed; genn: {REPORT.reason}",
)
CASES = {
    "deterministic": deterministic_case(),
    "noisy": noisy_case(),
    "deterministic, every rule": deterministic_case(**EVERY_RULE),
    "noisy, every rule": noisy_case(**EVERY_RULE),
}


def _spec_and_batch(case: Case):
    definition = definition_of([case.replica], "genn", "float64")
    batch = Batch([case.replica], definition)
    spec = program_spec(definition)
    return dataclasses.replace(spec, row_lengths=batch.row_lengths()), batch


@needs_extension
@pytest.mark.parametrize("name", ["noisy", "noisy, every rule"])
def test_the_definition_is_accepted_up_to_the_call_of_the_generator(name, tmp_path):
    spec, batch = _spec_and_batch(CASES[name])
    request = {
        "module": "backends.genn.generate", "spec": spec.as_dict(), "folder": str(tmp_path)
    }  # fmt: skip
    run_function("backends.worker:build", request, python=PYTHON, cwd=tmp_path, what="generation")
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert set(manifest["input_files"]) == set(spec.inputs)
    assert set(manifest["state_files"]) == set(spec.state)
    model = (tmp_path / "magicnetwork_model.cpp").read_text()
    for projection, bounds in batch.row_lengths().items():
        assert f"maxRow{projection}=" in model
        for end, bound in zip("ij", bounds, strict=True):
            file = tmp_path / "static_arrays" / manifest["input_files"][f"{projection}.{end}"]
            longest = np.bincount(np.fromfile(file, np.int32)).max()
            assert longest == min(bound, spec.inputs[f"{projection}.i"][1])


@needs_both
@pytest.mark.parametrize("name", CASES)
def test_equals_cpp(name):
    case = CASES[name]
    on_cpp, on_genn = run_case(case, CPP), run_case(case, GENN)
    assert np.abs(on_cpp.state["mon_ts.w"] - case.replica.mon_ts.w).max() > 1e-3
    assert unequal_spikes(on_cpp, on_genn) == []
    assert largest_difference(on_cpp, on_genn) < 1e-12


@needs_genn
def test_cuts_change_nothing_so_no_last_step_is_lost():
    case = CASES["noisy, every rule"]
    whole = run_case(case, GENN)
    cut = run_case(case, GENN, cuts=(1, 133, 134, 300))
    assert unequal_spikes(whole, cut) == []
    assert largest_difference(whole, cut) == 0.0


@needs_both
def test_frozen_weights_stay_and_the_spikes_equal_cpp():
    case = CASES["noisy, every rule"]
    on_cpp, on_genn = (run_case(case, options, plastic=False) for options in (CPP, GENN))
    assert np.array_equal(on_genn.state["mon_ts.w"], case.replica.mon_ts.w)
    assert np.array_equal(on_genn.state["ll_mon.w"], case.replica.ll_mon.w * 1e-3)
    assert unequal_spikes(on_cpp, on_genn) == []


@needs_both
def test_duplicate_synapses_each_count():
    replica = CASES["deterministic"].replica
    doubled = replica.mon_ts.j.copy()
    doubled[1::2] = doubled[::2]  # two synapses in a row lead from one cell to the same other
    wiring = dataclasses.replace(replica.mon_ts, j=doubled)
    case = dataclasses.replace(
        CASES["deterministic"], replica=dataclasses.replace(replica, mon_ts=wiring)
    )
    on_cpp, on_genn = run_case(case, CPP), run_case(case, GENN)
    assert unequal_spikes(on_cpp, on_genn) == []
    assert largest_difference(on_cpp, on_genn) < 1e-12


@needs_genn
def test_any_order_of_the_synapses_gives_the_same_result():
    case = CASES["noisy"]
    spec, batch = _spec_and_batch(case)
    program = GennBackend().build(spec, GENN.build_options())
    phase = Phase("training", True, False)

    class Shuffled:
        """The program, with its synapses MON->TS in another order."""

        def run(self, inputs, n_steps):
            order = np.random.default_rng(1).permutation(inputs["mon_ts.i"].size)
            mixed = {k: a[order] if k in names else a for k, a in inputs.items()}
            outcome = program.run(mixed, n_steps)
            back = np.argsort(order)
            outcome.state["mon_ts.w"] = outcome.state["mon_ts.w"][back]
            return outcome

    names = ("mon_ts.i", "mon_ts.j", "mon_ts.w")
    results = [
        Simulation(runner, batch).advance([case.replica.initial_state()], [case.drive], phase, 0)
        for runner in (program, Shuffled())
    ]
    program.close()
    (plain,), (shuffled,) = results[0][0], results[1][0]
    assert all(np.allclose(plain[name], shuffled[name], rtol=0, atol=1e-15) for name in plain)


@needs_both
def test_replicas_side_by_side_equal_single_networks_on_cpp():
    cases = [noisy_case(seed=seed) for seed in (123, 124)]
    replicas = [case.replica for case in cases]
    phase = Phase("training", True, False)
    with Session(replicas, GENN) as session:
        advanced = session.simulation.advance(
            [replica.initial_state() for replica in replicas],
            [case.drive for case in cases], phase, 0,
        )  # fmt: skip
    for case, (state, seen) in zip(cases, advanced, strict=True):
        alone = run_case(case, CPP)
        assert unequal_spikes(alone, CaseResult(state, seen, {})) == []
        assert np.abs(alone.state["mon_ts.w"] - state["mon_ts.w"]).max() < 1e-12


def test_a_wiring_with_too_long_rows_is_refused():
    spec, batch = _spec_and_batch(CASES["noisy"])
    program = GennProgram(_MustNotRun(), spec)
    inputs = batch.pack([CASES["noisy"].replica.initial_state()], Phase("t", True, False), 0)
    with pytest.raises(ProgramRunError, match=r"synapses in mon_ts, but .* at most"):
        program.run({**inputs, "mon_ts.i": np.zeros_like(inputs["mon_ts.i"])}, 10)


class _MustNotRun:
    info: ClassVar[dict] = {}

    def run(self, inputs, n_steps):
        raise AssertionError("the wiring was not refused")


@needs_both
def test_float32_follows_float64():
    options = [dataclasses.replace(GENN, precision=p) for p in ("float64", "float32")]
    exact, single = (run_case(CASES["deterministic"], o) for o in options)
    assert largest_difference(exact, single) < 1e-3
    assert single.state["mon_ts.w"].max() <= np.float32(CASES["noisy"].replica.params.mon_ts_wmax)


@pytest.mark.parametrize(
    ("version", "words"),
    [
        (None, "no version.txt"),
        ("5.1.0", "GeNN 5 has another API"),
        ("4.1.0", "4.2.1 or later"),
        ("4.9.0", "unpack the whole release"),
    ],
)
def test_a_wrong_genn_is_explained(version, words, tmp_path, monkeypatch):
    monkeypatch.setenv("GENN_PATH", str(tmp_path))
    if version:
        (tmp_path / "version.txt").write_text(version + "\n")
    assert words in find_genn().problem


def test_a_missing_genn_is_explained(tmp_path, monkeypatch):
    monkeypatch.delenv("GENN_PATH", raising=False)
    assert "is not set (the package genn on PyPI is another project)" in find_genn().problem
    monkeypatch.setenv("GENN_PATH", str(tmp_path / "nowhere"))
    assert "is not a folder" in find_genn().problem


@pytest.mark.parametrize(
    ("package", "version", "words"),
    [
        ("brian2genn", None, "no brian2genn"),
        ("brian2", "2.9.0", "brian2 2.9.0, but brian2genn 1.7.0 needs 2.5.4"),
        ("numpy", "2.2.6", "numpy 2.2.6"),
        ("setuptools", None, "no setuptools below 81"),
        ("setuptools", "82.0.0", "no setuptools below 81"),
    ],
)
def test_a_wrong_environment_is_explained(package, version, words, monkeypatch):
    versions = {
        "python": "3.11.7", "brian2": "2.5.4", "numpy": "1.26.4", "brian2genn": "1.7.0",
        "setuptools": "65.5.0", package: version,
    }  # fmt: skip
    found = {name: text for name, text in versions.items() if text}
    monkeypatch.setattr("backends.genn.device.package_versions", lambda python: found)
    report = GennBackend().probe(GENN.build_options())
    assert words in report.reason and "Python 3.10 or 3.11" in report.fix
