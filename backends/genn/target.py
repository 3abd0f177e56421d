"""What GeNN generates for: the CPU, or a GPU with its CUDA backend.

The CUDA backend was not run on a GPU, so it has to be asked for.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from backends.base import BuildOptions
from backends.errors import DeviceUnavailableError
from backends.host.toolchain import compiler
from backends.nvidia.toolkit import (
    Gpu,
    capability_for,
    find_curand,
    find_driver,
    find_toolkit,
    usable_gpus,
)

CPU, CUDA = "cpu", "cuda"
_NO_DRIVER = Path(__file__).with_name("include") / "no_driver.cpp"
# The library that GeNN generates comes without optimisation. The same flags as device cpp.
CPU_FLAGS = ["-std=c++11", "-w", "-O3", "-ffast-math", "-fno-finite-math-only", "-march=native"]
# As device cuda: denormals are flushed, divisions are exact.
NVCC_FLAGS = ["-std=c++17", "-O3", "-ftz=true"]
HOST_FLAGS = ["-std=c++17", "-O2"]


@dataclass(frozen=True)
class Target:
    """One of GeNN's backends and what compiles for it.

    Attributes
    ----------
    name : str
        ``"cpu"`` or ``"cuda"``.
    folder : str
        Its folder among GeNN's sources.
    namespace : str
        Its C++ namespace.
    capability : str
        Compute capability, ``""`` for the CPU.
    cuda_path : str
        The toolkit, ``""`` for the CPU.
    curand_include : str
        Where the headers of cuRAND lie, which the generated code names; ``""`` where unknown.
    """

    name: str
    folder: str
    namespace: str
    capability: str = ""
    cuda_path: str = ""
    curand_include: str = ""

    @property
    def includes(self) -> list[str]:
        """Where headers lie beside GeNN's."""
        if not self.cuda_path:
            return []
        return [
            f"-I{folder}" for folder in (f"{self.cuda_path}/include", self.curand_include) if folder
        ]

    @property
    def generator_libraries(self) -> list[str]:
        """What GeNN's generator, which asks the CUDA runtime about the GPU, is linked with."""
        if not self.cuda_path:
            return []
        libraries = Path(self.cuda_path) / "lib64"
        return [str(_NO_DRIVER), f"-L{libraries}", f"-Wl,-rpath,{libraries}", "-lcudart"]

    def compile(self, source: str, *, generated: bool) -> list[str]:
        """Return the command for a source file, up to ``-o``; GeNN's code is for the GPU."""
        common = ["-I.", "-Ibrianlib/randomkit", *self.includes, "-c", source]
        if not self.cuda_path:
            return [str(compiler()), *CPU_FLAGS, *common]
        if not generated:
            return [str(compiler()), *HOST_FLAGS, *common]
        return [*self._nvcc, "-x", "cu", "-dc", *common]

    @property
    def link(self) -> list[str]:
        """The command that links, up to the object files."""
        return self._nvcc if self.cuda_path else [str(compiler()), *CPU_FLAGS]

    @property
    def flags(self) -> list[str]:
        """All flags, for the key of a program."""
        return [*NVCC_FLAGS, *HOST_FLAGS] if self.cuda_path else CPU_FLAGS

    @property
    def _nvcc(self) -> list[str]:
        architecture = f"-arch=sm_{self.capability.replace('.', '')}"
        return [str(Path(self.cuda_path) / "bin/nvcc"), architecture, *NVCC_FLAGS]


ON_CPU = Target(CPU, "single_threaded_cpu", "SingleThreadedCPU")


def target_of(options: BuildOptions) -> Target:
    """Return what was asked for with ``--genn-backend``: the CPU until the other was run."""
    toolkit = find_toolkit()
    if options.genn_backend != CUDA or toolkit is None:
        return ON_CPU
    gpus = gpus_here()
    capability = options.cuda_arch or capability_for(
        gpus if options.gpu is None else gpus[options.gpu : options.gpu + 1], toolkit
    )
    return target_for(capability) if capability else ON_CPU


def target_for(capability: str) -> Target:
    """Return GeNN's CUDA backend, compiling for a capability with the toolkit that is here."""
    toolkit = find_toolkit()
    if toolkit is None:
        raise DeviceUnavailableError("nvcc is gone.")
    curand = find_curand(toolkit, sys.executable)
    include = curand.include if curand else ""
    return Target(CUDA, "cuda", "CUDA", capability, toolkit.root, include)


def problem_of(options: BuildOptions) -> str:
    """Say why GeNN's CUDA backend, which was asked for, cannot be used; ``""`` where it can."""
    if options.genn_backend != CUDA:
        return ""
    toolkit = find_toolkit()
    if toolkit is None:
        return "GeNN's CUDA backend needs nvcc, which is not here"
    if not usable_gpus(gpus_here(), toolkit.oldest):
        return "GeNN's generator asks the driver about the GPU, and no usable GPU is here"
    return ""


def gpus_here() -> Sequence[Gpu]:
    """Return the GPUs that this process may use."""
    driver = find_driver()
    return driver.gpus if driver else ()
