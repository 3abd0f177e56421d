"""Device cuda without CUDA: its generated project, compiled by g++ and executed on a CPU.

What runs here is the project that Brian2CUDA generates for our definition with the templates of
device cuda; the headers in ``include`` take the place of CUDA, cuRAND and Thrust. So it shows
that the generated program is right as far as a loop over its threads can show that: compiled,
and executed on a CPU; not run on a GPU.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from backends.base import BuildOptions, Capabilities, ProgramSpec, Report
from backends.build import build_program
from backends.cache import source_hash
from backends.cuda import generate
from backends.cuda.device import sources_hash
from backends.cuda.layout import FORM as CHOSEN
from backends.cuda.segments import BlockProgram
from backends.cuda.unity import UNITY, write_unity
from backends.host.process import run_child
from backends.host.toolchain import compiler
from backends.standalone import StandaloneProgram
from tests.backends.cuda_emulation.rewrite import launches_as_calls, replace_occurrence

CLAIM = "compiled, and executed on a CPU; not run on a GPU"
EXTRA_FLAGS = "LATERALNET_EMULATION_FLAGS"
FORM = "LATERALNET_EMULATION_FORM"  # JSON: arguments of `write_unity`
MUTANT = "LATERALNET_EMULATION_MUTANT"  # JSON: what, by what, which occurrence
_FLAGS = ["-std=c++20", "-w", "-pthread"]
_HERE = Path(__file__).parent


class EmulatedCudaBackend:
    """See `backends.base.Backend`."""

    name = "cuda-emulated"
    capabilities = Capabilities(compiles=True, gpu=False)

    def probe(self, options: BuildOptions) -> Report:
        """The tests look for the interpreter themselves."""
        return Report(self.name, "ready", CLAIM)

    def build(self, spec: ProgramSpec, options: BuildOptions) -> StandaloneProgram:
        """Generate the project with Brian2CUDA and compile it with g++."""
        headers = (_HERE / "include").rglob("*.h")
        program = build_program(
            self, spec, options, module=generate.__name__, key_parts={
                "cuda_sources": sources_hash(),
                "emulation": source_hash(*_HERE.glob("*.py"), *headers),
                "flags": flags(), "mutant": os.environ.get(MUTANT, ""),
                "form": os.environ.get(FORM, "") + os.environ.get(CHOSEN, ""),
            },
            program=BlockProgram,
        )  # fmt: skip
        if not (program.folder / "main").exists():
            form = os.environ.get(FORM)
            if form:
                write_unity(program.folder, int(spec.definition["replicas"]), **json.loads(form))
            _compile(program.folder)
        return program


def flags() -> list[str]:
    """Flags of the compiler; those of a sanitizer replace the optimisation."""
    return [*_FLAGS, *os.environ.get(EXTRA_FLAGS, "-O2 -march=native").split()]


def _compile(folder: Path) -> None:
    """Compile the one-file form of the project in `folder`."""
    text, n_launches = launches_as_calls((folder / UNITY).read_text())
    if n_launches == 0:
        raise RuntimeError("the generated project launches no kernel")
    mutant = os.environ.get(MUTANT)
    if mutant:
        text = replace_occurrence(text, *json.loads(mutant))
    (folder / "unity_cpu.cpp").write_text(text)
    building = folder / f"main.{os.getpid()}"
    run_child(
        [compiler() or "g++", *flags(), "-I.", f"-I{_HERE / 'include'}",
         "unity_cpu.cpp", "-o", building.name],
        cwd=folder, what="g++",
    )  # fmt: skip
    building.rename(folder / "main")
