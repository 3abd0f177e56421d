"""Device cuda without a GPU: compiled, and executed on a CPU; not run on a GPU.

The project that Brian2CUDA generates for our definition runs through `cuda_emulation` and must
do what device cpp does: the noise is a function of seed and step, so spikes must be identical
and all else equal to 1e-12.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from backends import registry
from lateralnet.devices.cases import (
    EVERY_RULE,
    deterministic_case,
    largest_difference,
    noisy_case,
    run_case,
    unequal_spikes,
)
from lateralnet.errors import SimulationError
from lateralnet.learning.training import train
from lateralnet.network.wiring import make_replica
from lateralnet.simulation.session import DeviceOptions, Session
from tests.backends.cuda_emulation.driver import FORM, EmulatedCudaBackend
from tests.backends.cuda_emulation.interpreter import cuda_python

PYTHON, REASON = cuda_python()
pytestmark = pytest.mark.skipif(not PYTHON, reason=REASON or "-")

CPP = DeviceOptions(device="cpp")
# Without such an interpreter every test here is skipped, and the options are never used.
EMULATED = DeviceOptions(device=EmulatedCudaBackend.name, python=PYTHON or sys.executable)
CASES = {
    "deterministic": deterministic_case(),
    "noisy": noisy_case(),
    "deterministic, every rule": deterministic_case(**EVERY_RULE),
    "noisy, every rule": noisy_case(**EVERY_RULE),
}


@pytest.fixture(autouse=True)
def _emulated_device(monkeypatch):
    place = f"{EmulatedCudaBackend.__module__}:{EmulatedCudaBackend.__name__}"
    monkeypatch.setitem(registry._OURS, EmulatedCudaBackend.name, place)


FORMS = {
    "one block": None,
    "one block, little shared memory": {"many_blocks": False, "limit_bytes": 9000},
    "one block, no shared memory": {"many_blocks": False, "limit_bytes": 48},
    "many blocks": {"many_blocks": True, "limit_bytes": 0},
}


def _use(monkeypatch, form):
    if FORMS[form]:
        monkeypatch.setenv(FORM, json.dumps(FORMS[form]))


@pytest.mark.parametrize("name", CASES)
def test_equals_cpp(name):
    case = CASES[name]
    on_cpp, emulated = run_case(case, CPP), run_case(case, EMULATED)
    assert min(on_cpp.spikes[layer].step.size for layer in ("ll", "mon", "ts")) > 10
    assert np.abs(on_cpp.state["mon_ts.w"] - case.replica.mon_ts.w).max() > 1e-3
    assert unequal_spikes(on_cpp, emulated) == []
    assert largest_difference(on_cpp, emulated) < 1e-12


@pytest.mark.parametrize("form", [form for form in FORMS if FORMS[form]])
def test_every_form_gives_the_same_bits(monkeypatch, form):
    """Where arrays lie, and how many threads share the work, changes nothing at all."""
    case = noisy_case(n_steps=150, **EVERY_RULE)
    one_block = run_case(case, EMULATED)
    _use(monkeypatch, form)
    for threads in ("8", "2"):
        monkeypatch.setenv("LATERALNET_EMULATION_BLOCK", threads)
        other = run_case(case, EMULATED)
        assert one_block.spikes["mon"].step.size > 500
        assert unequal_spikes(one_block, other) == []
        assert largest_difference(one_block, other) == 0.0


def test_single_precision_spikes_as_cpp_does():
    case = CASES["noisy, every rule"]
    single = [run_case(case, replace(options, precision="float32")) for options in (CPP, EMULATED)]
    assert unequal_spikes(*single) == []
    assert largest_difference(*single) < 1e-5


def test_cuts_and_resuming_change_nothing():
    case = CASES["noisy, every rule"]
    whole = run_case(case, EMULATED)
    cut = run_case(case, EMULATED, cuts=(1, 133, 134, 300))
    assert unequal_spikes(whole, cut) == []
    assert largest_difference(whole, cut) == 0.0


def test_frozen_weights_stay_and_the_spikes_equal_cpp():
    case = CASES["noisy, every rule"]
    on_cpp, emulated = (run_case(case, options, plastic=False) for options in (CPP, EMULATED))
    assert np.array_equal(emulated.state["mon_ts.w"], case.replica.mon_ts.w)
    assert np.array_equal(emulated.state["ll_mon.w"], case.replica.ll_mon.w * 1e-3)
    assert unequal_spikes(on_cpp, emulated) == []


def _scaled_after_each_trial(seed=123):
    """A network in which homeostasis comes after every trial, in both projections."""
    changes = {"mon_ts_homeo_every_trials": 1, "ll_mon_homeo_every_trials": 1}
    base = CASES["noisy, every rule"].replica.params
    params = replace(base, seed=seed, mon_ts_homeo_eta=1.0, ll_mon_homeo_eta=0.5, **changes)
    return make_replica(params)


def test_training_goes_on_where_it_stopped():
    replica = _scaled_after_each_trial()
    left = []
    with Session([replica], EMULATED) as session:
        whole = train(
            session.simulation, [replica], on_segment=lambda done, cps: left.append((done, cps()))
        )[0]
    assert left[0][0] == 1
    with Session([replica], EMULATED) as session:
        resumed = train(session.simulation, [replica], resume=left[0][1])[0]
    for name, values in whole.state.items():
        assert np.array_equal(values, resumed.state[name])


@pytest.mark.parametrize("form", ["one block", "many blocks"])
def test_replicas_side_by_side_with_homeostasis_equal_cpp(monkeypatch, form):
    _use(monkeypatch, form)
    replicas = [_scaled_after_each_trial(seed) for seed in (123, 124, 125)]
    trained = []
    for options in (CPP, EMULATED):
        with Session(replicas, options) as session:
            trained.append(train(session.simulation, replicas))
    for on_cpp, emulated in zip(*trained, strict=True):
        for name, values in on_cpp.state.items():
            assert np.abs(values - emulated.state[name]).max() < 1e-12
        assert on_cpp.tail["ts"].step.size > 10
        for layer in on_cpp.tail:
            assert np.array_equal(on_cpp.tail[layer].cell, emulated.tail[layer].cell)
    # ... and they are three different networks.
    assert not np.array_equal(trained[1][0].state["cells.v"], trained[1][1].state["cells.v"])


@pytest.mark.parametrize("order", ["reversed", "shuffled"])
@pytest.mark.parametrize("form", ["one block", "many blocks"])
def test_the_order_of_threads_does_not_matter(monkeypatch, form, order):
    """A GPU promises none; in this mode host code cannot reach GPU memory either."""
    _use(monkeypatch, form)
    case = noisy_case(n_steps=60, **EVERY_RULE)
    forward = run_case(case, EMULATED)
    monkeypatch.setenv("LATERALNET_EMULATION_ORDER", order)
    monkeypatch.setenv("LATERALNET_EMULATION_MEMORY", "lock")
    other = run_case(case, EMULATED)
    assert forward.spikes["mon"].step.size > 100
    assert unequal_spikes(forward, other) == []
    assert largest_difference(forward, other) == 0.0


def _report(monkeypatch, tmp_path, case):
    path = tmp_path / "report.json"
    monkeypatch.setenv("LATERALNET_EMULATION_REPORT", str(path))
    run_case(case, EMULATED)
    return json.loads(path.read_text())


def test_one_launch_and_four_barriers_a_step(monkeypatch, tmp_path):
    short, long = (
        _report(monkeypatch, tmp_path, noisy_case(n_steps=n, **EVERY_RULE)) for n in (100, 300)
    )
    for report in (short, long):
        assert {k: n for k, n in report["launches"].items() if k.startswith("run_")} == {
            "run_networks": 1
        }
    assert long["barriers"] - short["barriers"] == 4 * 200
    for copies in ("copies_to_host", "copies_to_gpu", "fills", "synchronisations"):
        assert long[copies] == short[copies]


def test_four_launches_a_step_for_a_network_of_many_blocks(monkeypatch, tmp_path):
    _use(monkeypatch, "many blocks")
    short, long = (
        _report(monkeypatch, tmp_path, noisy_case(n_steps=n, **EVERY_RULE)) for n in (100, 164)
    )
    per_step = {
        name: (n - short["launches"].get(name, 0)) / 64 for name, n in long["launches"].items()
    }
    assert {name: n for name, n in per_step.items() if n} == {
        "run_cells": 1, "run_synapses": 1, "run_resets": 1, "run_after_resets": 1,
        "run_end": 1 / 32,  # where the records are emptied
    }  # fmt: skip


def test_full_records_are_emptied_and_the_networks_go_on(monkeypatch, tmp_path):
    """Room for one step: each network stops and goes on by itself."""
    monkeypatch.setenv("LATERALNET_EMULATION_FREE", "4000")
    report = _report(monkeypatch, tmp_path, noisy_case(n_steps=100, **EVERY_RULE))
    assert report["launches"]["run_networks"] > 10
    case = noisy_case(n_steps=100, **EVERY_RULE)
    assert unequal_spikes(run_case(case, CPP), run_case(case, EMULATED)) == []


def test_a_gpu_with_less_shared_memory_is_refused(monkeypatch):
    monkeypatch.setenv("LATERALNET_EMULATION_SHARED", "1000")
    with pytest.raises(SimulationError, match="less shared memory than the program was compiled"):
        run_case(noisy_case(n_steps=10), EMULATED)


def test_sums_beyond_their_range_stop_the_run():
    """1100 mV by one synapse: whole numbers of 2^-58 V could run over."""
    with pytest.raises(SimulationError, match="more than 1 V by one synapse"):
        run_case(noisy_case(n_steps=60, mon_ts_gain_mV=50000.0), EMULATED)


STOCK = {
    "synapses": "cudaMemcpy(&num_spiking_neurons",
    "spikemonitor": "resize(_monitor_size + _N)",
    "threshold": "_reset_{{codeobj_name}}<<<num_blocks, num_threads>>>",
    "synapses_push_spikes": "cudaMemcpy(d_this_bundle, h_this_bundle",
    "synapses_create_array": "std::map<std::pair<int32_t, int32_t>, int32_t> source_target_count",
    "reset": "_num_events",
}


@pytest.mark.parametrize("template", STOCK)
def test_our_templates_are_still_needed(template):
    """Each replaces what Brian2CUDA does in its own; when that changes, ours may go."""
    script = (
        "from brian2cuda.codeobject import CUDAStandaloneCodeObject as c;"
        f"print(c.templater.env.loader.get_source(c.templater.env, {template + '.cu'!r})[0])"
    )
    shown = subprocess.run(
        [PYTHON, "-c", script], capture_output=True, text=True, check=True
    ).stdout
    assert STOCK[template] in shown, f"Brian2CUDA changed its template {template}: compare ours"
