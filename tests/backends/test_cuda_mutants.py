"""Broken programs of device cuda must be noticed: by their results or by ThreadSanitizer.

The threads of a block are real ones here, and nothing but barriers and relaxed atomics keeps them
apart; so a missing barrier is a race, which ThreadSanitizer reports even where the results happen
to be right.
"""

from __future__ import annotations

import json

import pytest

from backends import registry
from lateralnet.devices.cases import (
    EVERY_RULE,
    largest_difference,
    noisy_case,
    run_case,
    unequal_spikes,
)
from lateralnet.errors import SimulationError
from lateralnet.learning.training import train
from lateralnet.network.batch import Phase
from lateralnet.simulation.session import DeviceOptions, Session
from tests.backends.cuda_emulation.driver import EXTRA_FLAGS, FORM, MUTANT, EmulatedCudaBackend
from tests.backends.cuda_emulation.interpreter import cuda_python
from tests.backends.cuda_emulation.sanitizer import THREADS, UNDEFINED, findings

PYTHON, REASON = cuda_python()
pytestmark = [
    pytest.mark.skipif(not PYTHON, reason=REASON or "-"),
    pytest.mark.xdist_group("cuda_mutants"),  # they share programs
]

CPP = DeviceOptions(device="cpp")
EMULATED = DeviceOptions(device=EmulatedCudaBackend.name, python=PYTHON or "python")
MANY_BLOCKS = {"many_blocks": True, "limit_bytes": 0}
# What is broken: old text, new text, which occurrence.
MUTANTS = {
    "no barrier after the state is loaded": ("__syncthreads();", ";", 1),
    "no barrier after thresholds": ("__syncthreads();", ";", 2),
    "no barrier after synapses": ("__syncthreads();", ";", 3),
    "no barrier after resets": ("__syncthreads();", ";", 4),
    "no barrier at the end of a step": ("__syncthreads();", ";", 5),
    "no barrier before the state is stored": ("__syncthreads();", ";", 6),
    "spikes counted without an atomic": (
        "atomicAdd(&_team.n_spikes(lateralnet::SLOT_array_cells__spikespace), 1)",
        "_team.n_spikes(lateralnet::SLOT_array_cells__spikespace)++", 0,
    ),
    "sums without an atomic": (
        "before = atomicAdd(low, more)", "before = *low; *low = before + more", 0
    ),
    "the counter of this step is zeroed": ("(slot, ~step & 1)", "(slot, step & 1)", 0),
    "records of all networks in one place": ("slice(r.cells, r.room)", "r.cells", 0),
    "a thread leaves the loop": (
        "cells_of(phases, team);",
        "if (team.thread == 0 && team.step == 5) break; cells_of(phases, team);", 0,
    ),
    "every network is done in one place": (
        "control.done[replica] = step", "control.done[0] = step", 0
    ),
    "sums are not cleared": ("*low = *high = 0;", ";", 0),
    "the carry is lost": ("(uint32_t)(units >> 32) + carry", "(uint32_t)(units >> 32)", 0),
    "shared memory a word short": (
        "threads, SHARED_WORDS * 4)", "threads, SHARED_WORDS * 4 - 4)", 0
    ),
}  # fmt: skip
QUICK = ("no barrier after thresholds", "the carry is lost")


@pytest.fixture(autouse=True)
def _emulated_device(monkeypatch):
    place = f"{EmulatedCudaBackend.__module__}:{EmulatedCudaBackend.__name__}"
    monkeypatch.setitem(registry._OURS, EmulatedCudaBackend.name, place)
    monkeypatch.setenv("LATERALNET_EMULATION_BLOCK", "4")


def _cases(n_steps):
    return [noisy_case(n_steps=n_steps, seed=seed, **EVERY_RULE) for seed in (123, 124)]


def _run_side_by_side(cases, options):
    """States and spikes of several networks in one program."""
    replicas = [case.replica for case in cases]
    phase = Phase("training", True, replicas[0].params.ll_mon_use_stdp)
    with Session(replicas, options) as session:
        return session.simulation.advance(
            [replica.initial_state() for replica in replicas],
            [case.drive for case in cases],
            phase,
            0,
        )


def _differ(first, second):
    for (state, spikes), (other_state, other_spikes) in zip(first, second, strict=True):
        if any(not spikes[layer].equals(other_spikes[layer]) for layer in spikes):
            return True
        if any(abs(state[name] - other_state[name]).max() > 1e-12 for name in state):
            return True
    return False


def _noticed(monkeypatch, tmp_path, n_steps=60):
    """Whether the results differ from cpp, the program stops, or ThreadSanitizer speaks."""
    log = findings(monkeypatch, tmp_path)
    cases = _cases(n_steps)
    try:
        emulated = _run_side_by_side(cases, EMULATED)
    except SimulationError as error:
        return str(error)
    if _differ(_run_side_by_side(cases, CPP), emulated):
        return "other results"
    return log()


@pytest.mark.parametrize(
    "form", [None, pytest.param(MANY_BLOCKS, marks=pytest.mark.slow)], ids=["one block", "many"]
)
def test_thread_sanitizer_finds_nothing(monkeypatch, tmp_path, form):
    monkeypatch.setenv(EXTRA_FLAGS, THREADS)
    if form:
        monkeypatch.setenv(FORM, json.dumps(form))
    assert _noticed(monkeypatch, tmp_path, n_steps=30) == ""


@pytest.mark.parametrize(
    "mutant",
    [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in MUTANTS],
)
def test_a_mutant_is_noticed(monkeypatch, tmp_path, mutant):
    monkeypatch.setenv(EXTRA_FLAGS, THREADS)
    monkeypatch.setenv(MUTANT, json.dumps(MUTANTS[mutant]))
    assert _noticed(monkeypatch, tmp_path) != ""


def test_no_undefined_behaviour(monkeypatch, tmp_path):
    monkeypatch.setenv(EXTRA_FLAGS, UNDEFINED)
    case = noisy_case(n_steps=60, **EVERY_RULE)
    on_cpp, emulated = run_case(case, CPP), run_case(case, EMULATED)
    assert unequal_spikes(on_cpp, emulated) == []
    assert largest_difference(on_cpp, emulated) < 1e-12


@pytest.mark.slow
def test_the_thesis_network_without_a_sanitizer(monkeypatch):
    from lateralnet.network.wiring import make_replica
    from lateralnet.parameters.presets import preset

    replicas = [
        make_replica(preset("ll_thesis", seed=seed, n_training_trials=3)) for seed in (123, 124)
    ]
    trained = []
    for options in (CPP, EMULATED):
        with Session(replicas, options) as session:
            trained.append(train(session.simulation, replicas))
    for on_cpp, emulated in zip(*trained, strict=True):
        assert (
            on_cpp.curves["trial_rate_hz_series"] == emulated.curves["trial_rate_hz_series"]
        ).all()
        assert abs(on_cpp.state["mon_ts.w"] - emulated.state["mon_ts.w"]).max() < 1e-12
        for layer, spikes in on_cpp.tail.items():
            assert spikes.equals(emulated.tail[layer])
