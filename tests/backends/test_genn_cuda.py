"""Device genn with GeNN's CUDA backend: chosen, generated, compiled by nvcc; not run on a GPU.

GeNN's generator asks the CUDA runtime which GPU it writes for. Here a stand-in answers.
"""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from backends.base import BuildOptions
from backends.cache import default_cache_dir
from backends.errors import DeviceUnavailableError, ProgramRunError
from backends.genn import target as genn_target
from backends.genn.device import GennBackend
from backends.genn.target import CPU, CUDA, target_of
from backends.nvidia.toolkit import Driver, Gpu, Toolkit, find_driver, find_toolkit
from lateralnet.errors import InputError
from lateralnet.network.batch import Phase
from lateralnet.simulation.segment import Simulation
from lateralnet.simulation.session import DeviceOptions
from tests.backends.cuda_emulation import stand_in_source
from tests.backends.test_genn import CASES, PYTHON, REPORT, _spec_and_batch

H100 = Gpu("NVIDIA H100", "9.0", "81559 MiB", "GPU-00")
OPTIONS = BuildOptions(PYTHON, 1, default_cache_dir())
TOOLKIT = Toolkit("/cuda", "PATH", "13.0", ("7.5", "8.0", "9.0"))


def _machine(monkeypatch, *gpus, toolkit=TOOLKIT):
    driver = Driver("580.65", "13.0", gpus) if gpus else None
    monkeypatch.setattr(genn_target, "find_driver", lambda: driver)
    monkeypatch.setattr(genn_target, "find_toolkit", lambda: toolkit)


def test_the_gpu_where_there_is_one_and_it_was_asked_for(monkeypatch):
    _machine(monkeypatch, H100)
    on_gpu = replace(OPTIONS, genn_backend=CUDA)
    target = target_of(on_gpu)
    assert (target.name, target.capability, target.cuda_path) == (CUDA, "9.0", "/cuda")
    assert target_of(OPTIONS).name == CPU
    assert "-arch=sm_90" in target.compile("neurons.cc", generated=True)
    assert "-march=native" not in target.flags
    _machine(monkeypatch)
    assert target_of(on_gpu).name == CPU
    _machine(monkeypatch, H100, toolkit=None)
    assert target_of(on_gpu).name == CPU


@pytest.mark.skipif(not REPORT.usable, reason=f"device genn: {REPORT.reason}")
@pytest.mark.parametrize(
    ("gpus", "toolkit", "reason"),
    [((H100,), None, "needs nvcc"), ((), TOOLKIT, "no usable GPU is here")],
)
def test_what_was_asked_for_and_is_not_there(monkeypatch, gpus, toolkit, reason):
    _machine(monkeypatch, *gpus, toolkit=toolkit)
    report = GennBackend().probe(replace(OPTIONS, genn_backend=CUDA))
    assert (report.status, report.fix) == ("missing", "use --genn-backend cpu")
    assert reason in report.reason
    spec, _ = _spec_and_batch(CASES["noisy"])
    with pytest.raises(DeviceUnavailableError, match=reason):
        GennBackend().build(spec, replace(OPTIONS, genn_backend=CUDA))


def test_another_backend_is_refused():
    with pytest.raises(InputError, match="--genn-backend = 'opencl' is not allowed"):
        DeviceOptions(device="genn", genn_backend="opencl")


def _toolkit_with_a_stand_in(folder: Path) -> Path:
    """The toolkit that is here, but for the library that asks the driver."""
    real, made = Path(find_toolkit().root), folder / "cuda"
    (made / "lib64").mkdir(parents=True)
    for path in (*real.iterdir(), *(real / "lib64").iterdir()):
        if path.name != "lib64" and not path.name.startswith("libcudart.so"):
            (made / path.relative_to(real)).symlink_to(path)
    subprocess.run(
        ["g++", "-shared", "-fPIC", f"-I{made / 'include'}", str(stand_in_source()), "-o",
         str(made / "lib64" / "libcudart.so")], check=True,
    )  # fmt: skip
    return made


@pytest.mark.slow
@pytest.mark.skipif(not REPORT.usable, reason=f"device genn: {REPORT.reason}")
@pytest.mark.skipif(find_toolkit() is None, reason="no nvcc")
def test_nvcc_compiles_what_genn_generates(monkeypatch, tmp_path):
    made = _toolkit_with_a_stand_in(tmp_path)
    smi = tmp_path / "bin" / "nvidia-smi"
    smi.parent.mkdir()
    row = "NVIDIA H100, 9.0, 81559 MiB, 580.65, GPU-00"
    smi.write_text(f'#!/bin/sh\ncase "$1" in --query*) echo "{row}";; esac\n')
    smi.chmod(0o755)
    monkeypatch.setenv("CUDA_PATH", str(made))
    monkeypatch.setenv("PATH", str(smi.parent), prepend=":")
    case = CASES["noisy, every rule"]
    spec, batch = _spec_and_batch(case)
    program = GennBackend().build(spec, replace(OPTIONS, genn_backend=CUDA, cache_dir=tmp_path))
    info = program.info
    assert (info["genn_backend"], info["capability"]) == (CUDA, "9.0")
    assert info["gpu"]["name"] == "NVIDIA H100"
    (folder,) = (tmp_path / "programs").glob("genn-????????????????????")
    runner = (folder / "magicnetwork_model_CODE" / "runner.cc").read_text()
    assert "cudaSetDevice(0)" in runner  # and not the GPU of the machine that built it
    if shutil.which("cuobjdump"):
        shown = subprocess.run(["cuobjdump", str(folder / "main")], capture_output=True, text=True)
        assert "sm_90" in shown.stdout
    monkeypatch.undo()
    if find_driver() is None:
        simulation, phase = Simulation(program, batch), Phase("training", True, True)
        with pytest.raises(ProgramRunError, match="CUDA driver version is insufficient"):
            simulation.advance([case.replica.initial_state()], [case.drive], phase, 0)
    program.close()
