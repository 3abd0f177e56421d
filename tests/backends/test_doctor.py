"""`lateralnet devices` and `doctor`: right data, and a text that is aligned and says why."""

from __future__ import annotations

import json
import sys

import numpy as np
import pytest

from backends import doctor, registry
from backends.base import BuildOptions, Report, Spikes
from backends.cache import default_cache_dir
from backends.errors import DeviceUnavailableError, UnknownDeviceError
from backends.host.machine import cache_facts, cores_allowed, memory_allowed_bytes
from backends.host.toolchain import device_python
from backends.smoke import expected_spikes, smoke_test

OPTIONS = BuildOptions(python=sys.executable, compiler_jobs=2, cache_dir=default_cache_dir())
USABLE = [report.device for report in doctor.devices_table(OPTIONS) if report.usable]


def test_every_device_has_a_row_and_a_reason():
    reports = doctor.devices_table(OPTIONS)
    assert [report.device for report in reports] == list(registry.device_names())
    assert all(report.status in ("ready", "missing", "broken") for report in reports)
    assert all(report.reason for report in reports)
    assert all(report.fix for report in reports if report.status == "missing")


def test_the_table_is_aligned_and_keeps_the_reasons():
    reports = [
        Report("cpp", "ready", "works", "brian2 2.9", "a processor"),
        Report("cuda", "missing", "nvcc not found", fix="install CUDA"),
    ]
    lines = doctor.render_devices(reports).split("\n")
    heads = [line for line in lines if not line.startswith(" ")]
    assert len({line.index(word) for line, word in zip(
        heads, ("status", "ready", "missing"), strict=True)}) == 1  # fmt: skip
    assert lines.index("         to do: install CUDA") > lines.index("         nvcc not found")
    assert len(heads) == 3 and max(map(len, lines)) <= 100


@pytest.mark.parametrize("device", USABLE)
def test_ten_neurons_run(device):
    result = smoke_test(device, OPTIONS)
    assert result["passed"], result["message"]


def test_wrong_spikes_fail_the_smoke_test(monkeypatch):
    step, index = expected_spikes()
    assert 20 < step.size < 200

    class Program:
        info: dict = {}  # noqa: RUF012

        def run(self, inputs, n_steps):
            spikes = Spikes(step, np.zeros_like(index))
            return type("Outcome", (), {"spikes": {"cells": spikes}})

        def close(self):
            pass

    class Backend:
        capabilities = registry.get_backend("cpp").capabilities

        def build(self, spec, options):
            return Program()

    monkeypatch.setattr("backends.smoke.get_backend", lambda name: Backend())
    result = smoke_test("cpp", OPTIONS)
    assert not result["passed"] and "not as computed" in result["message"]


def test_an_examination_is_plain_data_with_what_a_report_needs():
    found = doctor.examine(OPTIONS, smoke=False)
    assert json.loads(json.dumps(found)) == found
    assert found["machine"]["cores_allowed"] > 0
    assert found["machine"]["memory_allowed_bytes"] > 2**28
    assert found["python"]["versions"]["python"].startswith("3.")
    text = doctor.render_examination(found)
    for words in ("cores allowed", "GENN_PATH", "program cache", "3.12 or newer", "CUDA"):
        assert words in text
    table = text.partition("Which versions go together\n")[2].partition("\n\n")[0]
    assert max(map(len, table.splitlines())) <= 80


def test_what_is_there_of_cuda_is_one_sentence():
    found = doctor.examine(OPTIONS, smoke=False)
    found["cuda"] = {
        "nvcc_version": "13.0", "cuda_path": "/opt/cuda", "nvcc_architectures": ["7.5", "9.0"],
        "curand_library": None, "driver": "580.65", "driver_cuda": "13.0", "gpus": ["H100 (9.0)"],
    }  # fmt: skip
    text = " ".join(doctor.render_examination(found).split())
    assert (
        "CUDA toolkit 13.0 in /opt/cuda for 7.5 to 9.0; driver 580.65 (CUDA up to 13.0); "
        "GPU 0: H100 (9.0) "
    ) in text


def test_one_device_alone_can_be_examined():
    found = doctor.examine(OPTIONS, "runtime", smoke=False)
    assert list(found["devices"]) == ["runtime"]
    assert doctor.is_usable(found, "runtime")
    with pytest.raises(UnknownDeviceError):
        doctor.examine(OPTIONS, "fpga")


def test_a_failed_smoke_test_makes_a_device_unusable(monkeypatch):
    def refuse(name, options):
        return {"passed": False, "message": "the compiler is on strike"}

    monkeypatch.setattr(doctor, "smoke_test", refuse)
    found = doctor.examine(OPTIONS, "runtime")
    assert not doctor.is_usable(found, "runtime")
    assert "smoke test FAILED: the compiler is on strike" in doctor.render_examination(found)


def test_an_unusable_device_is_not_usable(monkeypatch):
    monkeypatch.setattr(doctor, "probe", lambda name, options: Report(name, "missing", "gone"))
    found = doctor.examine(OPTIONS, "cuda")
    assert not doctor.is_usable(found, "cuda")
    assert "smoke_test" not in found["devices"]["cuda"]


def test_limits_of_a_container_are_seen(tmp_path):
    (tmp_path / "cpu.max").write_text("50000 100000\n")
    (tmp_path / "memory.max").write_text("1073741824\n")
    meminfo = tmp_path / "meminfo"
    meminfo.write_text("MemTotal:       16000000 kB\nMemFree: 1 kB\n")
    assert cores_allowed(tmp_path) == 0.5
    assert memory_allowed_bytes(tmp_path, meminfo) == 2**30
    (tmp_path / "cpu.max").write_text("max 100000\n")
    (tmp_path / "memory.max").write_text("max\n")
    assert cores_allowed(tmp_path) >= 1
    assert memory_allowed_bytes(tmp_path, meminfo) == 16_000_000 * 1024
    (tmp_path / "memory.max").unlink()
    (tmp_path / "memory").mkdir()
    (tmp_path / "memory/memory.limit_in_bytes").write_text("9223372036854771712\n")
    assert memory_allowed_bytes(tmp_path, meminfo) == 16_000_000 * 1024


def test_the_cache_is_measured(tmp_path):
    folder = tmp_path / "programs" / "cpp-1"
    folder.mkdir(parents=True)
    (folder / "complete.json").write_text("{}")
    (folder / "main").write_bytes(bytes(1000))
    facts = cache_facts(tmp_path)
    assert (facts["programs"], facts["bytes"], facts["writable"]) == (1, 1002, True)
    assert cache_facts(tmp_path / "not" / "yet")["programs"] == 0


def test_a_device_may_have_its_own_interpreter(monkeypatch):
    monkeypatch.setenv("LATERALNET_GENN_PYTHON", "/opt/genn/bin/python")
    assert device_python("genn", sys.executable) == "/opt/genn/bin/python"
    assert device_python("cpp", sys.executable) == sys.executable
    assert device_python("genn", "/opt/other/python") == "/opt/other/python"


def test_the_smoke_test_passes_errors_on(monkeypatch):
    class Backend:
        capabilities = registry.get_backend("cpp").capabilities

        def build(self, spec, options):
            raise DeviceUnavailableError("device 'cpp': no compiler.")

    monkeypatch.setattr("backends.smoke.get_backend", lambda name: Backend())
    assert smoke_test("cpp", OPTIONS) == {"passed": False, "message": "device 'cpp': no compiler."}
