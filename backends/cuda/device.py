"""Device cuda: Brian2CUDA's standalone mode, for NVIDIA GPUs.

The generated program was compiled, and executed on a CPU; not run on a GPU.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from backends.base import BuildOptions, Capabilities, ProgramSpec, Report
from backends.build import build_program, generated_key
from backends.cache import kept_programs
from backends.cuda.layout import FORM, MOST_CELLS_OF_A_BLOCK, wants_many_blocks
from backends.cuda.probe import BRIAN2, EXTENSION, loading, named, probe
from backends.errors import DeviceUnavailableError
from backends.host.process import run_child
from backends.nvidia.gpus import Place, take_gpu
from backends.nvidia.toolkit import (
    Curand,
    Gpu,
    Toolkit,
    capability_for,
    find_curand,
    find_driver,
    find_toolkit,
)
from backends.registry import refusal_of
from backends.resident import PackedProgram

# Thrust wants C++17, in nvcc and in the host compiler behind it. Denormals are flushed, as on
# device cpp; Brian2CUDA's default -use_fast_math would make divisions and powers inexact too.
# Warning 177 is of constants that Brian2CUDA declares and does not use; no other is hidden.
STANDARD = "-std=c++17"
NVCC_FLAGS = ["-diag-suppress=177", "-ftz=true", STANDARD]
# Brian2's -march=native would tie a program for a GPU to the processor that compiled it.
HOST_FLAGS = ["-O2", STANDARD]


class CudaBackend:
    """See `backends.base.Backend`."""

    name = "cuda"
    capabilities = Capabilities(
        compiles=True, gpu=True, brian2_versions=f"=={BRIAN2} with brian2cuda {EXTENSION}"
    )

    def probe(self, options: BuildOptions) -> Report:
        """Look for Brian2CUDA, the CUDA toolkit, cuRAND, the driver and a GPU."""
        return probe(self.name, options)

    def build(self, spec: ProgramSpec, options: BuildOptions) -> GpuProgram:
        """Generate, compile and cache the program, and take a GPU for it."""
        gpus, report = _gpus(), self.probe(options)
        if not report.usable:
            raise DeviceUnavailableError(refusal_of(report))
        if report.details["compiles"]:
            program = self._compiled(spec, replace(options, cuda_arch=_capability(options)))
        else:
            program = self._kept(spec, options)
        usable = loading(program.info["capability"], named(gpus, options.gpu))
        try:
            program.take(take_gpu(gpus, usable, options.cache_dir, options.gpu))
        except DeviceUnavailableError:
            program.close()
            raise
        return program

    def _compiled(self, spec: ProgramSpec, options: BuildOptions) -> GpuProgram:
        toolkit = find_toolkit()
        return build_program(
            self, spec, options, module=__name__, key_parts={
                "nvcc": toolkit.version if toolkit else "", "capability": options.cuda_arch,
                **_choices(),
            },
            program=GpuProgram,
        )  # fmt: skip

    def _kept(self, spec: ProgramSpec, options: BuildOptions) -> GpuProgram:
        """A program that a machine with nvcc has compiled into this cache."""
        wanted = {"generated": generated_key(self, spec, options, __name__), **_choices()}
        gpus = named(_gpus(), options.gpu)

        def fits(facts: dict[str, Any]) -> bool:
            alike = all(facts.get(name) == value for name, value in wanted.items())
            return alike and bool(loading(facts["capability"], gpus))

        for kept in kept_programs(options.cache_dir, self.name, fits):
            program = GpuProgram(kept.folder, spec, {**kept.facts, "built": False})
            program.kept = kept
            return program
        raise DeviceUnavailableError(
            "device 'cuda': nvcc is not here, and the cache holds no program for this network and "
            "GPU. To do: compile it where nvcc is, with this cache: lateralnet build --device cuda "
            f"--cuda-arch {gpus[0].capability}, and the flags of the run."
        )

    def remark(self, cells: int) -> str:
        """Say in which form networks of so many cells run; it is told and kept with the results."""
        if wants_many_blocks(cells):
            return (
                f"each network in many thread blocks, four launches a step (one block takes up to "
                f"{MOST_CELLS_OF_A_BLOCK} cells)"
            )
        return "each network in one thread block, one launch a segment"


class GpuProgram(PackedProgram):
    """A program that has one GPU, with others beside it on other GPUs."""

    _place: Place | None = None

    def take(self, place: Place) -> None:
        """Run on this GPU, and say so with the results."""
        self._place, self.variables = place, place.variables
        self.info["gpu"] = place.facts

    def close(self) -> None:
        """End the program and let the next one have the GPU."""
        super().close()
        if self._place is not None:
            self._place.leave()


class CompileOnlyBackend(CudaBackend):
    """Device cuda on a machine that can compile for a GPU but has none to run on."""

    def probe(self, options: BuildOptions) -> Report:
        """Look for what compiling needs; a GPU is not asked for."""
        if not _capability(options):
            return Report(
                self.name, "missing", "no GPU found and no architecture given",
                fix="name the GPU to compile for, such as --cuda-arch 9.0",
            )  # fmt: skip
        return probe(self.name, options, needs_gpu=False)

    def build(self, spec: ProgramSpec, options: BuildOptions) -> GpuProgram:
        """Generate, compile and cache the program; it has no GPU."""
        return self._compiled(spec, replace(options, cuda_arch=_capability(options)))


def compile_only(spec: ProgramSpec, options: BuildOptions) -> dict[str, Any]:
    """Compile and link the program for ``options.cuda_arch`` without needing a GPU.

    Returns
    -------
    dict
        What is remembered about the program, with its ``folder``. On a machine with such a GPU
        and the same cache, `CudaBackend.build` finds the program there.
    """
    program = CompileOnlyBackend().build(spec, options)
    program.close()
    return {**program.info, "folder": str(program.folder)}


def work(request: dict[str, Any]) -> None:
    """In the child: generate the project and compile it."""
    import sys

    import brian2 as b2
    import brian2cuda  # noqa: F401 (registers device and preferences)

    from backends.cuda.generate import generate

    folder = Path(request["folder"])
    toolkit = find_toolkit()
    if toolkit is None:
        raise DeviceUnavailableError("nvcc is gone.")
    curand = find_curand(toolkit, sys.executable)
    backend = b2.prefs.devices.cuda_standalone.cuda_backend
    backend.cuda_path = toolkit.root
    backend.cuda_runtime_version = float(toolkit.version)
    backend.extra_compile_args_nvcc = [*NVCC_FLAGS]
    b2.prefs.codegen.cpp.extra_compile_args_gcc = [*HOST_FLAGS]
    if curand:
        _use_curand(b2, curand, toolkit, folder)
    generate(request, capability=request["cuda_arch"])
    compile_project(folder)


def compile_project(folder: Path) -> None:
    """Compile the one-file form with the generated makefile, and keep the program alone."""
    run_child(["make", "SRCS=unity.cu"], cwd=folder, what="make")
    (folder / "unity.o").unlink(missing_ok=True)


def _use_curand(b2: Any, curand: Curand, toolkit: Toolkit, folder: Path) -> None:
    """Point compiler, linker and loader to a cuRAND that they do not find by themselves."""
    where = os.path.dirname(curand.library)
    b2.prefs.codegen.cpp.runtime_library_dirs += [where]
    if curand.include.startswith(toolkit.root) and curand.library.endswith(".so"):
        b2.prefs.codegen.cpp.library_dirs += [where]
        return
    b2.prefs.devices.cuda_standalone.cuda_backend.extra_compile_args_nvcc += [f"-I{curand.include}"]
    # A wheel has libcurand.so.10 alone, but the linker looks for libcurand.so.
    links = folder / "lib"
    links.mkdir(exist_ok=True)
    link = links / "libcurand.so"
    link.unlink(missing_ok=True)
    link.symlink_to(curand.library)
    b2.prefs.codegen.cpp.library_dirs += [str(links)]


def _choices() -> dict[str, Any]:
    """What decides, beside the network and the GPU, how a program is compiled."""
    return {
        "flags": [NVCC_FLAGS, HOST_FLAGS],
        "form": os.environ.get(FORM, ""),
    }


def _capability(options: BuildOptions) -> str:
    toolkit = find_toolkit()
    if options.cuda_arch or toolkit is None:
        return options.cuda_arch
    return capability_for(named(_gpus(), options.gpu), toolkit)


def _gpus() -> Sequence[Gpu]:
    driver = find_driver()
    return driver.gpus if driver else ()
