"""The locked lanes hold the versions that their devices can take."""

import re
from pathlib import Path

import pytest

LOCKS = Path(__file__).parent.parent / "locks"


def _pins(name):
    text = (LOCKS / f"{name}.txt").read_text()
    return re.findall(r"^([\w.-]+)==(\S+)(?: ; (.*?))? \\$", text, re.M)


@pytest.mark.parametrize(
    ("lane", "package", "version"),
    [
        ("cuda", "brian2", "2.10.1"),
        ("cuda", "brian2cuda", "1.0b1"),
        ("genn", "brian2", "2.5.4"),
        ("genn", "brian2genn", "1.7.0"),
        ("genn", "numpy", "1.26.4"),
    ],
)
def test_a_lane_pins_what_its_device_needs(lane, package, version):
    assert (package, version) in {(name, pinned) for name, pinned, _ in _pins(lane)}


def test_numpy_stays_below_2_4_where_brian2_needs_it():
    old = [
        pinned for name, pinned, marker in _pins("cpp") if name == "numpy" and "3.11" in f"{marker}"
    ]
    assert old and all(tuple(map(int, pinned.split(".")[:2])) < (2, 4) for pinned in old)


def test_no_lane_holds_both_extensions():
    for lane in ("cpp", "cuda", "genn"):
        names = {name for name, _, _ in _pins(lane)}
        assert not {"brian2cuda", "brian2genn"} <= names


@pytest.mark.parametrize("lane", ["cpp", "dev", "cuda", "genn"])
def test_every_package_has_its_hashes(lane):
    text = (LOCKS / f"{lane}.txt").read_text()
    blocks = re.split(r"^(?=[\w.-]+==)", text, flags=re.M)[1:]
    assert len(blocks) > 15
    assert [block for block in blocks if "--hash=sha256:" not in block] == []
    assert "://" not in text


def test_the_development_lock_holds_what_tests_need():
    names = {name for name, _, _ in _pins("dev")}
    assert {"pytest", "pytest-randomly", "hypothesis", "ruff", "mypy", "scipy"} <= names
