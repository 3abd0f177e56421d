"""The program of device cpp: what the compiler makes of it, and that compilers agree.

Programs that another compiler has built run here where it exists: Debian's clang (`clang`,
`clang-13`, ...), and GCC for 64-bit ARM with an emulator of that processor.
"""

from __future__ import annotations

import dataclasses
import functools
import os
import platform
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from backends import registry
from backends.cpp.unity import SIMULATION
from backends.host import toolchain
from lateralnet.devices.cases import (
    EVERY_RULE,
    deterministic_case,
    largest_difference,
    noisy_case,
    run_case,
    unequal_spikes,
)
from lateralnet.network.batch import Phase
from lateralnet.simulation.session import DeviceOptions, Session
from tests.backends.arm import COMPILER, EMULATOR, ArmBackend, compile_flags

pytest.importorskip("brian2")
pytestmark = pytest.mark.skipif(not shutil.which("g++"), reason="no g++")

CPP = DeviceOptions(device="cpp")
CASES = {
    "deterministic": deterministic_case(),
    "noisy": noisy_case(),
    "noisy, every rule": noisy_case(**EVERY_RULE),
}


@functools.cache
def clangs() -> list[str]:
    """Oldest and newest clang on the path."""
    names = {
        path.name
        for folder in os.get_exec_path()
        for path in Path(folder).glob("clang++*")
        if re.fullmatch(r"clang\+\+(-\d+)?", path.name)
    }
    ordered = sorted(names, key=lambda name: int(name.partition("-")[2] or 0))
    return list(dict.fromkeys(ordered[:1] + ordered[-1:])) or ["clang++"]


@pytest.fixture
def compiled_by(monkeypatch):
    """Return what makes device cpp use another compiler."""

    def use(compiler: str) -> None:
        if not shutil.which(compiler):
            pytest.skip(f"no {compiler}")
        monkeypatch.setenv("CXX", compiler)
        for cached in (toolchain.compiler, toolchain.compiler_version):
            cached.cache_clear()

    yield use
    monkeypatch.undo()
    for cached in (toolchain.compiler, toolchain.compiler_version):
        cached.cache_clear()


@functools.cache
def by_gcc(name: str, precision: str):
    return run_case(CASES[name], dataclasses.replace(CPP, precision=precision))


@pytest.mark.parametrize("precision", ["float64", "float32"])
@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("compiler", clangs())
def test_clang_makes_the_same_spikes(compiled_by, compiler, name, precision):
    expected = by_gcc(name, precision)
    assert min(expected.spikes[layer].step.size for layer in ("ll", "mon", "ts")) > 10
    compiled_by(compiler)
    found = run_case(CASES[name], dataclasses.replace(CPP, precision=precision))
    assert "clang" in found.info["compiler"]
    assert unequal_spikes(expected, found) == []
    assert largest_difference(expected, found) < (1e-12 if precision == "float64" else 1e-5)


def test_single_precision_updates_no_cell_in_double(tmp_path):
    if platform.machine() not in ("x86_64", "AMD64"):
        pytest.skip("reads x86-64 assembly")
    with Session(
        [CASES["noisy"].replica], dataclasses.replace(CPP, precision="float32")
    ) as session:
        folder = session._program.folder
    subprocess.run(
        ["g++", *compile_flags(folder), "-S", SIMULATION, "-o", tmp_path / "listing.s"],
        cwd=folder, check=True, timeout=300,
    )  # fmt: skip
    listing = (tmp_path / "listing.s").read_text()
    (update,) = re.findall(
        r"^_Z\w*_run_cells_stateupdater_codeobjectv:(.*?)^\s*\.cfi_endproc", listing, re.M | re.S
    )
    vectors = [line for line in update.splitlines() if re.search(r"%[xyz]mm", line)]
    assert any("mulps" in line for line in vectors)
    assert [line for line in vectors if re.search(r"cvtt?(ps2pd|pd2ps)|mulpd|addpd", line)] == []


@pytest.mark.skipif(
    not (shutil.which(COMPILER) and shutil.which(EMULATOR)), reason=f"no {COMPILER}, {EMULATOR}"
)
@pytest.mark.parametrize("precision", ["float64", "float32"])
@pytest.mark.parametrize("name", CASES)
def test_arm_makes_the_same_spikes(monkeypatch, name, precision):
    place = f"{ArmBackend.__module__}:{ArmBackend.__name__}"
    monkeypatch.setitem(registry._OURS, ArmBackend.name, place)
    options = DeviceOptions(device=ArmBackend.name, precision=precision)
    expected, found = by_gcc(name, precision), run_case(CASES[name], options)
    assert found.info["machine"] == "AArch64"
    assert unequal_spikes(expected, found) == []
    assert largest_difference(expected, found) < (1e-12 if precision == "float64" else 1e-5)


def test_a_synapse_of_weight_0_acts_when_its_weight_is_given_anew():
    """Constant weights of 0 are left out of the wiring, which is made for each segment."""
    case = CASES["deterministic"]
    drive, phase = case.drive, Phase("training", True, False)
    drives_mV = {}
    for name, weights in {
        "silent": [0.0, 0.0],
        "then not": [0.0, 1.0],
        "never": [1.0, 1.0],
    }.items():
        with Session([case.replica], CPP) as session:
            fixed = session.simulation._batch._fixed
            given, state = fixed["to_inhibitory.w"], case.replica.initial_state()
            for factor in weights:
                fixed["to_inhibitory.w"] = factor * given
                ((state, _),) = session.simulation.advance([state], [drive], phase, 0)
        drives_mV[name] = state["inhibitory.ge"].sum() * 1e3
    assert drives_mV["silent"] == 0
    assert drives_mV["then not"] > 0


def test_spikes_that_nobody_wants_are_counted_in_each_network():
    cases = [noisy_case(seed=seed) for seed in (123, 124)]
    replicas, drives = [c.replica for c in cases], [c.drive for c in cases]
    states = [replica.initial_state() for replica in replicas]
    phase, edges = Phase("training", True, False), [0, 150, 310, 400]
    with Session(replicas, CPP) as session:
        simulation = session.simulation
        whole = simulation.advance(states, drives, phase, 0)
        part = simulation.advance(
            states, drives, phase, 0, keep_from=330, count_edges=edges, lend=True
        )
        for (state, spikes), (other_state, others) in zip(whole, part, strict=True):
            assert others["ts"].equals(spikes["ts"]) and len(spikes["ts"]) > 10
            for layer in ("ll", "mon"):
                assert others[layer].equals(spikes[layer].window(330))
                assert others[layer].n_between(edges).tolist() == (
                    spikes[layer].n_between(edges).tolist()
                )
            for name, values in state.items():
                assert values.tobytes() == other_state[name].tobytes(), name
    assert not whole[0][1]["mon"].equals(whole[1][1]["mon"])
