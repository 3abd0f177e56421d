"""Device cuda without CUDA: its generated project, compiled by g++ and executed on a CPU.

What runs here is the project that Brian2CUDA generates for our definition with the templates of
device cuda; the headers in ``include`` take the place of CUDA, cuRAND and Thrust. So it shows
that the generated program is right as far as a loop over its threads can show that: compiled,
and executed on a CPU; not run on a GPU.
"""

from __future__ import annotations

import os
from pathlib import Path

from backends.base import BuildOptions, Capabilities, ProgramSpec, Report
from backends.build import build_program
from backends.cache import source_hash
from backends.cuda import generate as cuda_generate
from backends.cuda.device import sources_hash
from backends.cuda.unity import UNITY
from backends.host.process import run_child
from backends.host.toolchain import compiler
from backends.standalone import StandaloneProgram
from tests.backends.cuda_emulation.rewrite import launches_as_calls

CLAIM = "compiled, and executed on a CPU; not run on a GPU"
FLAGS = ["-std=c++17", "-O2", "-march=native", "-w"]
_HERE = Path(__file__).parent


class EmulatedCudaBackend:
    """See `backends.base.Backend`."""

    name = "cuda-emulated"
    capabilities = Capabilities(compiles=True, gpu=False)
    generator = cuda_generate.__name__

    def probe(self, options: BuildOptions) -> Report:
        """The tests look for the interpreter themselves."""
        return Report(self.name, "ready", CLAIM)

    def build(self, spec: ProgramSpec, options: BuildOptions) -> StandaloneProgram:
        """Generate the project with Brian2CUDA and compile it with g++."""
        headers = (_HERE / "include").rglob("*.h")
        program = build_program(
            self, spec, options, module=self.generator, key_parts={
                "cuda_sources": sources_hash(),
                "emulation": source_hash(*_HERE.glob("*.py"), *headers), "flags": FLAGS,
            },
        )  # fmt: skip
        _compile(program.folder)
        return program


def _compile(folder: Path) -> None:
    """Compile the one-file form of the project in `folder`, once."""
    if (folder / "main").exists():
        return
    text, n_launches = launches_as_calls((folder / UNITY).read_text())
    if n_launches == 0:
        raise RuntimeError("the generated project launches no kernel")
    (folder / "unity_cpu.cpp").write_text(text)
    building = folder / f"main.{os.getpid()}"
    run_child(
        [compiler() or "g++", *FLAGS, "-I.", f"-I{_HERE / 'include'}",
         "unity_cpu.cpp", "-o", building.name],
        cwd=folder, what="g++",
    )  # fmt: skip
    building.rename(folder / "main")
