"""The locked lanes hold the versions that their devices can take."""

import re
from pathlib import Path

import pytest
from packaging.markers import Marker, default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

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


@pytest.mark.parametrize("lane", ["cpp", "dev", "docs", "extras", "cuda", "genn"])
def test_every_package_has_its_hashes(lane):
    text = (LOCKS / f"{lane}.txt").read_text()
    blocks = re.split(r"^(?=[\w.-]+==)", text, flags=re.M)[1:]
    assert len(blocks) > 15
    assert [block for block in blocks if "--hash=sha256:" not in block] == []
    assert "://" not in text


EXTRAS = {"cpp": (), "dev": ("dev",), "docs": ("docs",), "cuda": ("cuda",), "genn": ("genn",),
          "extras": ("arrays", "fast", "gym", "readout", "cluster", "decode", "xarray", "neuro",
                     "search")}  # fmt: skip
PYTHONS = {"cuda": ("3.12", "3.13"), "genn": ("3.11",)}


@pytest.mark.parametrize("lane", EXTRAS)
def test_a_lock_holds_what_the_project_asks_for(lane):
    """A requirement that came since is missing in a lock that was not renewed."""
    tomllib = pytest.importorskip("tomllib", reason="Python 3.10 has no tomllib")
    project = tomllib.loads((LOCKS.parent / "pyproject.toml").read_text())["project"]
    texts = [*project["dependencies"]]
    for extra in EXTRAS[lane]:
        texts += project["optional-dependencies"][extra]
    for python in PYTHONS.get(lane, ("3.10", "3.11", "3.12", "3.13")):
        where = {**default_environment(), "python_version": python,
                 "python_full_version": f"{python}.9"}  # fmt: skip
        pins = {
            canonicalize_name(name): pinned for name, pinned, marker in _pins(lane)
            if not marker or Marker(marker).evaluate(where)
        }  # fmt: skip
        for one in map(Requirement, texts):
            if one.marker is None or one.marker.evaluate(where):
                pinned = pins.get(canonicalize_name(one.name), "nothing")
                assert pinned != "nothing", f"{lane}, Python {python}: {one} is not locked"
                assert one.specifier.contains(pinned, prereleases=True), (lane, python, str(one))


def test_every_extra_is_in_a_lock():
    tomllib = pytest.importorskip("tomllib", reason="Python 3.10 has no tomllib")
    project = tomllib.loads((LOCKS.parent / "pyproject.toml").read_text())["project"]
    assert {name for names in EXTRAS.values() for name in names} == set(
        project["optional-dependencies"]
    )
