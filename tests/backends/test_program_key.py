"""The key of a cached program: whatever could change the program changes the key."""

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

import lateralnet.network.brian2_model
from backends import build
from backends.base import BuildOptions, ProgramSpec, Report
from lateralnet.network.wiring import make_replica
from lateralnet.simulation.session import definition_of, program_spec
from tests.tiny import tiny

VERSIONS = {"brian2": "2.9.0", "numpy": "1.26.4", "python": "3.11.2"}


@pytest.fixture
def key_of(monkeypatch, tmp_path):
    """Return the key under which a program would be looked for."""

    class Found(Exception):
        pass

    def cached(cache_dir, key, make):
        raise Found(key)

    monkeypatch.setattr(build, "cached", cached)

    def key(versions=VERSIONS, params=None, name="cpp", **key_parts):
        monkeypatch.setattr(build, "package_versions", lambda python: versions)
        backend = SimpleNamespace(name=name, probe=lambda options: Report(name, "ready", "works"))
        definition = definition_of([make_replica(params or tiny())], "cpp", "float64")
        spec: ProgramSpec = program_spec(definition)
        options = BuildOptions(python=sys.executable, compiler_jobs=1, cache_dir=tmp_path)
        with pytest.raises(Found) as found:
            build.build_program(
                backend, spec, options, module="backends.cpp.device", key_parts=key_parts
            )
        return found.value.args[0]

    return key


def test_the_same_program_has_the_same_key(key_of):
    assert key_of() == key_of()
    assert key_of(params=tiny(seed=7)) == key_of()  # seeds share a program


@pytest.mark.parametrize("package", VERSIONS)
def test_the_version_of_each_package_is_in_the_key(key_of, package):
    assert key_of(versions={**VERSIONS, package: "99.0"}) != key_of()
    assert key_of(versions={k: v for k, v in VERSIONS.items() if k != package}) != key_of()


def test_device_network_and_compiler_are_in_the_key(key_of):
    keys = [key_of(), key_of(name="genn"), key_of(params=tiny(n_mon=61)), key_of(compiler="g++ 12")]
    assert len(set(keys)) == 4


@pytest.mark.parametrize("room", ["cpp", "cuda", "genn"])
def test_every_source_of_a_device_is_in_the_key(monkeypatch, room):
    hashed = []
    monkeypatch.setattr(build, "source_hash", lambda *paths: hashed.extend(paths))
    spec = program_spec(definition_of([make_replica(tiny())], "cpp", "float64"))
    build._sources(spec, f"backends.{room}.device")
    folder = Path(build.__file__).parent / room
    sources = {p for p in folder.rglob("*") if p.suffix in (".py", ".h", ".cpp", ".cu")}
    assert len(sources) > 3 and sources <= set(hashed)
    assert Path(lateralnet.network.brian2_model.__file__) in hashed
