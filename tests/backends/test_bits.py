"""The table of bits in docs/reliability.md, as far as one machine goes."""

import platform
import shutil

import pytest

from benchmarks.bits import CONDITIONS, Condition, compared, measure

pytestmark = pytest.mark.skipif(shutil.which("g++") is None, reason="no C++ compiler (g++)")
needs_x86 = pytest.mark.skipif(platform.machine() != "x86_64", reason="instruction sets of x86-64")
EQUAL = ["the same again", "--jobs 2 --multi-seed 2", "--replicas 2 --multi-seed 2"]
EQUAL_ON_X86 = ["NumPy without AVX-512", "NumPy without AVX", "program for AVX2"]


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    return measure(Condition(), "tiny", tmp_path_factory.mktemp("bits") / "first")


def _measured(name, place, monkeypatch):
    if CONDITIONS[name].march:  # of no use to anybody else
        monkeypatch.setenv("LATERALNET_CACHE", str(place / "cache"))
    return measure(CONDITIONS[name], "tiny", place / "other")


@pytest.mark.parametrize(
    "name", [*EQUAL, *(pytest.param(name, marks=needs_x86) for name in EQUAL_ON_X86)]
)
def test_spikes_and_weights_are_equal_to_the_last_bit(first, tmp_path, monkeypatch, name):
    found = compared(first, _measured(name, tmp_path, monkeypatch))
    assert found["spikes"] and found["weights"]


@pytest.mark.parametrize(
    ("name", "apart"),
    [
        pytest.param("program for SSE", 1e-13, marks=needs_x86), ("device runtime", 1e-12),
        ("float32", 1e-4),
    ],
)  # fmt: skip
def test_spikes_are_equal_and_weights_nearly(first, tmp_path, monkeypatch, name, apart):
    found = compared(first, _measured(name, tmp_path, monkeypatch))
    assert found["spikes"] and found["largest_difference_of_weights"] < apart


def test_a_difference_is_seen(first):
    moved = {name: array.copy() for name, array in first.items()}
    name = next(name for name in moved if name.endswith("mon_ts_w"))
    moved[name][0] += 1e-15
    found = compared(first, moved)
    assert found["spikes"] and not found["weights"] and not found["all"]
