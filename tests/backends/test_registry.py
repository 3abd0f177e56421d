"""Choosing a device: what `auto` takes, what an explicit device says, and when cpp replaces it."""

from __future__ import annotations

import sys
from importlib import metadata

import pytest

from backends import registry
from backends.base import BuildOptions, Capabilities, Report
from backends.errors import BackendError, DeviceUnavailableError, UnknownDeviceError
from backends.registry import (
    Choice,
    Work,
    choose_device,
    device_names,
    get_backend,
    probe,
    remember_speed,
)

THESIS = Work(cells=3500, replicas=1, trials=1000)
MANY = Work(cells=3500, replicas=16, trials=100)


class _Fake:
    """A device with a report of our choosing."""

    capabilities = Capabilities(compiles=False, gpu=False)

    def __init__(self, name, status):
        self.name, self.status = name, status

    def probe(self, options):
        if self.status == "ready":
            return Report(self.name, "ready", "works")
        return Report(self.name, self.status, f"no {self.name} chip in the box", fix="buy one")


@pytest.fixture
def options(tmp_path):
    return BuildOptions(python=sys.executable, compiler_jobs=1, cache_dir=tmp_path)


@pytest.fixture
def machine(monkeypatch):
    """Set which devices this machine has: ``machine(cpp="ready", cuda="missing")``."""

    def install(**statuses):
        states = dict.fromkeys(("cpp", "cuda", "genn", "runtime"), "missing") | statuses
        monkeypatch.setattr(registry, "_OURS", dict.fromkeys(states, ""))
        monkeypatch.setattr(registry, "get_backend", lambda name: _Fake(name, states[name]))

    return install


def test_auto_takes_cpp_for_one_network(machine, options):
    machine(cpp="ready", cuda="ready", genn="ready", runtime="ready")
    choice = choose_device("auto", THESIS, options)
    assert choice.device == "cpp"
    assert choice.reason.startswith("device cpp: fastest usable for 1 network(s) of 3500 cells; ")
    machine(cpp="ready", genn="ready", runtime="ready")
    choice = choose_device("auto", THESIS, options)
    assert choice == Choice("cpp", "device cpp: fastest usable for 1 network(s) of 3500 cells")


def test_auto_takes_a_gpu_only_where_it_was_measured_to_be_faster(machine, options):
    machine(cpp="ready", cuda="ready", runtime="ready")
    unknown = choose_device("auto", MANY, options)
    assert unknown.device == "cpp"
    assert "lateralnet benchmark --devices cpp,cuda --replicas 1,16" in unknown.reason
    remember_speed("cpp", THESIS, 6.0, options)
    remember_speed("cuda", MANY, 1.0, options)
    measured = choose_device("auto", MANY, options)
    assert measured == Choice(
        "cuda",
        "device cuda: 1 ms per trial and network against 6 of cpp, measured here",
    )
    assert choose_device("auto", MANY, options, cores=8).device == "cpp"  # 0.75 ms
    assert choose_device("auto", THESIS, options).device == "cpp"  # never measured with one network
    larger = Work(cells=20000, replicas=16)
    assert choose_device("auto", larger, options).device == "cpp"  # nor with such networks


def test_auto_says_what_it_passed_over(machine, options):
    machine(genn="ready", runtime="ready")
    choice = choose_device("auto", MANY, options)
    assert choice.device == "genn"
    assert "no cpp: no cpp chip in the box" in choice.reason
    machine(runtime="ready")
    assert choose_device("auto", THESIS, options).device == "runtime"


def test_auto_fails_where_nothing_runs(machine, options):
    machine()
    with pytest.raises(DeviceUnavailableError, match=r"no device can run here.*doctor"):
        choose_device("auto", THESIS, options)


def test_an_explicit_device_is_an_error_where_it_cannot_run(machine, options):
    machine(cpp="ready", cuda="broken")
    with pytest.raises(DeviceUnavailableError) as caught:
        choose_device("cuda", THESIS, options)
    assert str(caught.value) == (
        "device 'cuda': no cuda chip in the box. To do: buy one. "
        "More: lateralnet doctor --device cuda."
    )


def test_fallback_goes_to_cpp_and_without_a_compiler_to_runtime(machine, options):
    machine(cpp="ready", cuda="broken", genn="ready", runtime="ready")
    choice = choose_device("cuda", THESIS, options, fallback=True)
    assert choice.device == "cpp"
    assert choice.reason == "device cpp by --fallback, instead of cuda: no cuda chip in the box"
    machine(cuda="broken", genn="ready", runtime="ready")
    assert choose_device("cuda", THESIS, options, fallback=True).device == "runtime"
    assert choose_device("cpp", THESIS, options, fallback=True).device == "runtime"
    machine(cuda="broken", genn="ready")
    with pytest.raises(DeviceUnavailableError, match="neither cpp nor runtime can run here"):
        choose_device("cuda", THESIS, options, fallback=True)


def test_a_usable_explicit_device_is_taken(machine, options):
    machine(cpp="ready", runtime="ready")
    assert choose_device("runtime", MANY, options).device == "runtime"


def test_an_unknown_device_names_the_known_ones(options):
    with pytest.raises(UnknownDeviceError, match=r"'fpga'.*cpp, .*runtime.*auto"):
        choose_device("fpga", THESIS, options)


def test_our_backends_carry_their_names():
    for name in device_names():
        assert get_backend(name).name == name


def test_another_package_can_register_a_device(monkeypatch, options):
    entry = metadata.EntryPoint("abacus", "abacus_device:Backend", registry._ENTRY_POINTS)
    module = type(sys)("abacus_device")
    module.Backend = lambda: _Fake("abacus", "ready")
    monkeypatch.setitem(sys.modules, "abacus_device", module)
    monkeypatch.setattr(registry.metadata, "entry_points", lambda group: (entry,))
    assert device_names()[-1] == "abacus"
    assert choose_device("abacus", THESIS, options).device == "abacus"


def test_a_registered_device_that_does_not_load_is_broken(monkeypatch, options):
    entry = metadata.EntryPoint("ruin", "no_such_module:Backend", registry._ENTRY_POINTS)
    monkeypatch.setattr(registry.metadata, "entry_points", lambda group: (entry,))
    with pytest.raises(BackendError, match=r"'ruin' is registered as 'no_such_module:Backend'"):
        get_backend("ruin")
    report = probe("ruin", options)
    assert report.status == "broken" and "no_such_module" in report.reason


def test_a_missing_interpreter_is_a_report_not_a_traceback(tmp_path):
    nowhere = BuildOptions(str(tmp_path / "python"), compiler_jobs=1, cache_dir=tmp_path)
    for name in ("cpp", "genn", "runtime"):
        assert not probe(name, nowhere).usable
