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
from lateralnet.learning.training import train
from lateralnet.network.wiring import make_replica
from lateralnet.simulation.session import DeviceOptions, Session
from tests.backends.cuda_emulation.driver import EmulatedCudaBackend
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
# What one step launches: the thesis network, and what further rules add.
KERNELS = {
    "rates",
    "cells_stateupdater", "inhibitory_stateupdater",
    "afferents_spike_thresholder", "cells_spike_thresholder", "inhibitory_spike_thresholder",
    "spikes_afferents", "spikes_cells",
    "ll_mon_pre", "mon_ts_pre", "ts_inhibition_pre", "to_inhibitory_pre", "from_inhibitory_pre",
    "cells_spike_resetter", "inhibitory_spike_resetter",
    "mon_ts_post",
}  # fmt: skip
KERNELS_OF_RULES = {
    "ts_excitation_pre",
    "afferents_stateupdater", "afferents_spike_resetter", "ll_mon_post",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _emulated_device(monkeypatch):
    place = f"{EmulatedCudaBackend.__module__}:{EmulatedCudaBackend.__name__}"
    monkeypatch.setitem(registry._OURS, EmulatedCudaBackend.name, place)


@pytest.mark.parametrize("name", CASES)
def test_equals_cpp(name):
    case = CASES[name]
    on_cpp, emulated = run_case(case, CPP), run_case(case, EMULATED)
    assert min(on_cpp.spikes[layer].step.size for layer in ("ll", "mon", "ts")) > 10
    assert np.abs(on_cpp.state["mon_ts.w"] - case.replica.mon_ts.w).max() > 1e-3
    assert unequal_spikes(on_cpp, emulated) == []
    assert largest_difference(on_cpp, emulated) < 1e-12


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


def test_training_with_homeostasis_between_segments_equals_cpp():
    replica = _scaled_after_each_trial()
    trained = []
    for options in (CPP, EMULATED):
        with Session([replica], options) as session:
            trained.append(train(session.simulation, [replica])[0])
    on_cpp, emulated = trained
    for name in ("mon_ts.w", "ll_mon.w"):
        assert np.abs(on_cpp.state[name] - emulated.state[name]).max() < 1e-12
    assert on_cpp.tail["ts"].step.size > 10
    for layer in on_cpp.tail:
        assert np.array_equal(on_cpp.tail[layer].cell, emulated.tail[layer].cell)


def test_training_goes_on_where_it_stopped():
    replica = _scaled_after_each_trial()
    left = []
    with Session([replica], EMULATED) as session:
        whole = train(
            session.simulation, [replica], on_segment=lambda done, cps: left.append((done, cps))
        )[0]
    assert left[0][0] == 1
    with Session([replica], EMULATED) as session:
        resumed = train(session.simulation, [replica], resume=left[0][1])[0]
    for name, values in whole.state.items():
        assert np.array_equal(values, resumed.state[name])


def test_replicas_side_by_side_equal_cpp():
    replicas = [_scaled_after_each_trial(seed) for seed in (123, 124, 125)]
    trained = []
    for options in (CPP, EMULATED):
        with Session(replicas, options) as session:
            trained.append(train(session.simulation, replicas))
    for on_cpp, emulated in zip(*trained, strict=True):
        for name, values in on_cpp.state.items():
            assert np.abs(values - emulated.state[name]).max() < 1e-12
        for layer in on_cpp.tail:
            assert np.array_equal(on_cpp.tail[layer].cell, emulated.tail[layer].cell)
    # ... and they are three different networks.
    assert not np.array_equal(trained[1][0].state["cells.v"], trained[1][1].state["cells.v"])


@pytest.mark.parametrize("order", ["reversed", "shuffled"])
def test_the_order_of_threads_does_not_matter(monkeypatch, order):
    """A GPU promises none; in this mode host code cannot reach GPU memory either."""
    case = noisy_case(n_steps=60, **EVERY_RULE)
    forward = run_case(case, EMULATED)
    monkeypatch.setenv("LATERALNET_EMULATION_ORDER", order)
    monkeypatch.setenv("LATERALNET_EMULATION_MEMORY", "lock")
    other = run_case(case, EMULATED)
    assert forward.spikes["mon"].step.size > 100
    assert unequal_spikes(forward, other) == []
    assert largest_difference(forward, other) < 1e-12


def _short(kernel):
    name = kernel.removeprefix("_run_kernel_").removesuffix("_codeobject")
    return "rates" if "rates" in name else name


@pytest.mark.parametrize(
    ("overrides", "kernels"),
    [
        ({"ts_lateral_exc_radius": 0}, KERNELS),
        (EVERY_RULE, KERNELS | KERNELS_OF_RULES),
    ],
    ids=["thesis", "every rule"],
)
def test_launches_and_copies_of_a_step(monkeypatch, tmp_path, overrides, kernels):
    report = tmp_path / "report.json"
    monkeypatch.setenv("LATERALNET_EMULATION_REPORT", str(report))
    counted = []
    for n_steps in (100, 300):
        run_case(noisy_case(n_steps=n_steps, **overrides), EMULATED)
        counted.append(json.loads(report.read_text()))
    short, long = counted
    per_step = {
        name: (count - short["launches"].get(name, 0)) / 200
        for name, count in long["launches"].items()
        if count != short["launches"].get(name, 0)
    }
    # Nothing else may be launched, not even by a growing vector of Thrust.
    assert {_short(name) for name in per_step} == kernels
    assert set(per_step.values()) == {1.0}
    for copies in ("copies_to_host", "copies_to_gpu", "fills", "synchronisations"):
        assert long[copies] == short[copies]


def test_the_spike_buffer_is_emptied_when_full():
    """A million entries last 4369 steps of the 240 cells."""
    case = noisy_case(n_steps=9000)
    assert unequal_spikes(run_case(case, CPP), run_case(case, EMULATED)) == []


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
