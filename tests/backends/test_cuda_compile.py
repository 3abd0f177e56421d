"""The program of device cuda, compiled and linked by nvcc for GPUs that are not here."""

from __future__ import annotations

from dataclasses import replace

import pytest

from backends.base import BuildOptions
from backends.cache import default_cache_dir
from backends.cuda.device import CompileOnlyBackend, compile_only
from backends.errors import ProgramRunError
from backends.nvidia.toolkit import find_driver
from backends.standalone import StandaloneProgram
from lateralnet.devices.cases import EVERY_RULE, noisy_case
from lateralnet.simulation.session import definition_of, program_spec
from tests.backends.cuda_emulation.interpreter import cuda_python

PYTHON, REASON = cuda_python()
OPTIONS = BuildOptions(PYTHON, 1, default_cache_dir(), "9.0")
if PYTHON:
    _report = CompileOnlyBackend().probe(OPTIONS)
    REASON = "" if _report.usable else f"{_report.reason}; {_report.fix}"
pytestmark = pytest.mark.skipif(bool(REASON), reason=REASON or "-")


@pytest.mark.parametrize(
    ("precision", "arch", "overrides"),
    [("float64", "9.0", EVERY_RULE), ("float32", "8.0", {"ts_lateral_exc_radius": 0})],
    ids=["every rule, float64, sm_90", "thesis rules, float32, sm_80"],
)
def test_nvcc_compiles_and_links(precision, arch, overrides):
    spec = program_spec(definition_of([noisy_case(**overrides).replica], "cuda", precision))
    options = replace(OPTIONS, cuda_arch=arch)
    info = compile_only(spec, options)
    assert (info["device"], info["capability"]) == ("cuda", arch)
    assert not compile_only(spec, options)["built"]  # kept
    program = CompileOnlyBackend().build(spec, options)
    makefile = (program.folder / "makefile").read_text()
    assert f"-arch=sm_{arch.replace('.', '')}" in makefile
    assert "march=native" not in makefile
    assert makefile.split("NVCCFLAGS")[1].splitlines()[0].count("-std=c++17") == 2
    if find_driver() is None:
        _says_that_a_driver_is_missing(program, spec)
    program.close()


def _says_that_a_driver_is_missing(program: StandaloneProgram, spec) -> None:
    import numpy as np

    inputs = {name: np.zeros(size, dtype) for name, (dtype, size) in spec.inputs.items()}
    with pytest.raises(ProgramRunError, match="CUDA driver version is insufficient"):
        program.run(inputs, 1)
