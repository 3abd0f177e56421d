"""Device runtime against device cpp: spike by spike, and to 1e-12 in every state variable."""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
import pytest

from backends.base import ProgramSpec
from backends.cpp.device import CppBackend
from backends.errors import DeviceUnavailableError, ProgramRunError
from backends.runtime.device import RuntimeBackend
from lateralnet.devices.cases import (
    EVERY_RULE,
    deterministic_case,
    largest_difference,
    noisy_case,
    run_case,
    unequal_spikes,
)
from lateralnet.network.batch import Batch, Phase
from lateralnet.simulation.segment import Simulation
from lateralnet.simulation.session import DeviceOptions, definition_of, program_spec

CPP, RUNTIME = DeviceOptions(device="cpp"), DeviceOptions(device="runtime")
CASES = {
    "deterministic": deterministic_case(),
    "noisy": noisy_case(),
    "deterministic, every rule": deterministic_case(**EVERY_RULE),
    "noisy, every rule": noisy_case(**EVERY_RULE),
}
needs_compiler = pytest.mark.skipif(
    not CppBackend().probe(CPP.build_options()).usable,
    reason="device cpp cannot run here: no compiler",
)


def _small_spec() -> ProgramSpec:
    return program_spec(definition_of([CASES["noisy"].replica], "runtime", "float64"))


@needs_compiler
@pytest.mark.parametrize("name", CASES)
def test_equals_cpp(name):
    case = CASES[name]
    on_cpp, on_runtime = run_case(case, CPP), run_case(case, RUNTIME)
    assert min(on_cpp.spikes[layer].step.size for layer in ("ll", "mon", "ts")) > 100
    assert np.abs(on_cpp.state["mon_ts.w"] - case.replica.mon_ts.w).max() > 1e-3
    assert unequal_spikes(on_cpp, on_runtime) == []
    assert largest_difference(on_cpp, on_runtime) < 1e-12


def test_cuts_change_nothing():
    case = CASES["noisy, every rule"]
    whole = run_case(case, RUNTIME)
    cut = run_case(case, RUNTIME, cuts=(1, 133, 134, 300))
    assert unequal_spikes(whole, cut) == []
    assert largest_difference(whole, cut) == 0.0


@needs_compiler
def test_frozen_weights_stay_and_the_spikes_equal_cpp():
    case = CASES["noisy, every rule"]
    on_cpp, on_runtime = (run_case(case, options, plastic=False) for options in (CPP, RUNTIME))
    assert np.array_equal(on_runtime.state["mon_ts.w"], case.replica.mon_ts.w)
    assert np.array_equal(on_runtime.state["ll_mon.w"], case.replica.ll_mon.w * 1e-3)
    assert unequal_spikes(on_cpp, on_runtime) == []


def test_a_program_follows_a_new_wiring():
    program = RuntimeBackend().build(_small_spec(), RUNTIME.build_options())
    results = []
    for seed in (123, 124, 123):
        case = noisy_case(n_steps=60, seed=seed)
        batch = Batch([case.replica], case.replica.definition("float64"))
        ((state, _),) = Simulation(program, batch).advance(
            [case.replica.initial_state()], [case.drive], Phase("training", True, False), 0
        )
        results.append(state["mon_ts.w"])
    program.close()
    assert np.array_equal(results[0], results[2])
    assert not np.array_equal(results[0], results[1])


def test_a_wrong_size_or_name_is_refused():
    spec = _small_spec()
    program = RuntimeBackend().build(spec, RUNTIME.build_options())
    inputs = {name: np.zeros(size, dtype=dtype) for name, (dtype, size) in spec.inputs.items()}
    with pytest.raises(ProgramRunError, match=r"cells\.v has 3 values, expected 240"):
        program.run({**inputs, "cells.v": np.zeros(3)}, 10)
    with pytest.raises(ProgramRunError, match=r"lacks: cells\.height"):
        program.run({**inputs, "cells.height": np.zeros(3)}, 10)
    program.close()


def test_an_error_in_the_child_is_told():
    spec = replace(_small_spec(), builder="lateralnet.network.brian2_model:no_such_function")
    program = RuntimeBackend().build(spec, RUNTIME.build_options())
    inputs = {name: np.zeros(size, dtype=dtype) for name, (dtype, size) in spec.inputs.items()}
    with pytest.raises(ProgramRunError, match=r"has no attribute .no_such_function"):
        program.run(inputs, 10)
    program.close()


def test_an_interpreter_without_brian2_is_not_usable(tmp_path):
    options = replace(RUNTIME.build_options(), python=str(tmp_path / "python"))
    report = RuntimeBackend().probe(options)
    assert report.status == "missing" and str(tmp_path) in report.reason
    with pytest.raises(DeviceUnavailableError):
        RuntimeBackend().build(_small_spec(), options)
    assert RuntimeBackend().probe(RUNTIME.build_options()).usable, sys.executable
