"""Cells and synapses of one's own on the devices that no machine here runs.

Device cuda: generated, and executed by an emulation on a CPU. Device genn: generated, up to the
call of its generator. Neither was run on a GPU; where GeNN is installed, genn is compared too.
"""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from backends import registry
from backends.host.children import run_function
from lateralnet.devices.cases import (
    Case,
    CaseResult,
    deterministic_case,
    largest_difference,
    noisy_case,
    run_case,
    unequal_spikes,
)
from lateralnet.errors import LateralnetError
from lateralnet.network import CellModel, OwnModel, SynapseModel
from lateralnet.network.batch import Phase
from lateralnet.simulation.session import Session
from tests.backends.cuda_emulation.driver import EmulatedCudaBackend
from tests.backends.test_cuda_emulation import CPP, EMULATED
from tests.backends.test_cuda_emulation import PYTHON as CUDA_PYTHON
from tests.backends.test_cuda_emulation import REASON as CUDA_REASON
from tests.backends.test_genn import GENN, PYTHON, _spec_and_batch, needs_both, needs_extension

ADAPTIVE = CellModel(
    equations="dtheta/dt = -theta/tau_theta : volt\ntheta_jump : volt (constant)",
    threshold="v > v_th + theta",
    reset="theta += theta_jump",
    state={"theta": 0.0},
    values={"theta_jump": {"mon": 0.004, "ts": 0.0}},
    constants={"tau_theta": (0.05, "second")},
)
DEPRESSING = tuple(
    SynapseModel(
        projection,
        equations="dx/dt = (1 - x)/tau_x : 1 (clock-driven)",
        transmission="x",
        on_pre="x *= 0.98",
        state={"x": 1.0},
        constants={"tau_x": (0.2, "second")},
    )
    for projection in ("ll_mon", "mon_ts")
)
OWN = {"cell": OwnModel(ADAPTIVE), "cell and synapses": OwnModel(ADAPTIVE, DEPRESSING)}
CASES = {"deterministic": deterministic_case(), "noisy": noisy_case()}

needs_cuda = pytest.mark.skipif(not CUDA_PYTHON, reason=CUDA_REASON or "-")


def _with(case: Case, model: OwnModel) -> Case:
    return replace(case, replica=replace(case.replica, model=model))


def _check_the_rules_were_at_work(case: Case, state) -> None:
    assert state["cells.theta"][: case.replica.params.n_mon].max() > 1e-4
    for synapse in case.replica.model.synapses:
        assert 0.2 < state[f"{synapse.projection}.x"].min() < 0.99


def _same(case: Case, first, second) -> None:
    here, there = run_case(case, first), run_case(case, second)
    assert here.spikes["mon"].step.size > 100 and here.spikes["ts"].step.size > 10
    _check_the_rules_were_at_work(case, there.state)
    assert unequal_spikes(here, there) == []
    assert largest_difference(here, there) < 1e-12


@pytest.fixture
def _emulated(monkeypatch):
    place = f"{EmulatedCudaBackend.__module__}:{EmulatedCudaBackend.__name__}"
    monkeypatch.setitem(registry._OURS, EmulatedCudaBackend.name, place)


@needs_cuda
@pytest.mark.usefixtures("_emulated")
@pytest.mark.parametrize("name", CASES)
def test_cuda_executed_by_an_emulation_equals_cpp(name):
    _same(_with(CASES[name], OWN["cell and synapses"]), CPP, EMULATED)


@needs_cuda
@pytest.mark.usefixtures("_emulated")
def test_each_of_two_networks_in_one_emulated_program_keeps_to_its_own_synapses():
    cases = [_with(noisy_case(seed=seed), OWN["cell and synapses"]) for seed in (123, 124)]
    replicas = [case.replica for case in cases]
    with Session(replicas, EMULATED) as session:
        advanced = session.simulation.advance(
            [replica.initial_state() for replica in replicas],
            [case.drive for case in cases], Phase("training", True, False), 0,
        )  # fmt: skip
    for case, (state, seen) in zip(cases, advanced, strict=True):
        alone, beside = run_case(case, CPP), CaseResult(state, seen, {})
        assert unequal_spikes(alone, beside) == []
        assert largest_difference(alone, beside) < 1e-12
        _check_the_rules_were_at_work(case, state)


@needs_cuda
@pytest.mark.usefixtures("_emulated")
def test_cuda_refuses_a_synapse_that_reads_a_cell_which_changes_in_the_same_stage():
    follows = SynapseModel(
        "mon_ts",
        equations="dx/dt = (v_post/mV - x)/tau_x : 1 (clock-driven)",
        state={"x": 0.0},
        constants={"tau_x": (0.2, "second")},
    )
    case = _with(CASES["noisy"], OwnModel(synapses=(follows,)))
    with pytest.raises(
        LateralnetError, match=r"uses? without a barrier.*cannot run such a network"
    ):
        run_case(case, EMULATED)


@needs_extension
@pytest.mark.parametrize("own", OWN)
def test_genn_is_generated_with_the_states_and_the_threshold(own, tmp_path):
    spec, _ = _spec_and_batch(_with(CASES["noisy"], OWN[own]))
    request = {
        "module": "backends.genn.generate", "spec": spec.as_dict(), "folder": str(tmp_path)
    }  # fmt: skip
    run_function("backends.worker:build", request, python=PYTHON, cwd=tmp_path, what="generation")
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert set(manifest["state_files"]) == set(spec.state) >= {"cells.theta"}
    model = (tmp_path / "magicnetwork_model.cpp").read_text()
    assert "theta" in model


@needs_both
@pytest.mark.parametrize("own", OWN)
def test_genn_equals_cpp(own):
    _same(_with(CASES["deterministic"], OWN[own]), CPP, GENN)
