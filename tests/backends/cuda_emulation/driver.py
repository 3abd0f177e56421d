"""Device cuda without CUDA: its generated project, compiled by g++ and executed on a CPU.

What runs here is the project that Brian2CUDA generates for our definition with the templates of
device cuda; the headers in ``include`` take the place of CUDA, cuRAND and Thrust. So it shows
that the generated program is right as far as a loop over its threads can show that: compiled,
and executed on a CPU; not run on a GPU.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

from backends.base import BuildOptions, Capabilities, ProgramSpec, Report
from backends.build import build_program
from backends.cache import cached, content_key, source_hash
from backends.cuda import generate
from backends.cuda.layout import FORM as CHOSEN
from backends.cuda.unity import UNITY, write_unity
from backends.errors import ProgramRunError
from backends.host.process import run_child
from backends.host.toolchain import compiler
from backends.resident import PackedProgram
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
        project = build_program(
            self, spec, options, module=generate.__name__, key_parts={
                "form": os.environ.get(CHOSEN, ""),
            },
        )  # fmt: skip
        form, mutant = os.environ.get(FORM), os.environ.get(MUTANT)

        def make(folder: Path) -> dict[str, Any]:
            shutil.copytree(project.folder, folder, dirs_exist_ok=True)
            if form:
                write_unity(folder, int(spec.definition["replicas"]), **json.loads(form))
            _compile(folder, mutant)
            return project.info

        key = content_key(
            project=project.folder.name, emulation=source_hash(*_HERE.glob("*.py"), *headers),
            flags=flags(), form=form, mutant=mutant,
        )  # fmt: skip
        kept = cached(options.cache_dir, f"{self.name}-{key}", make)
        program = PackedProgram(kept.folder, spec, {**kept.facts, "built": kept.built})
        program.kept = kept
        return program


def flags() -> list[str]:
    """Flags of the compiler; those of a sanitizer replace the optimisation."""
    return [*_FLAGS, *os.environ.get(EXTRA_FLAGS, "-O2 -march=native").split()]


def _compile(folder: Path, mutant: str | None) -> None:
    """Compile the one-file form of the project in `folder`."""
    text, n_launches = launches_as_calls((folder / UNITY).read_text())
    if n_launches == 0:
        raise RuntimeError("the generated project launches no kernel")
    if mutant:
        text = replace_occurrence(text, *json.loads(mutant))
    (folder / "unity_cpu.cpp").write_text(text)
    command = [compiler() or "g++", *flags(), "-I.", f"-I{_HERE / 'include'}", "unity_cpu.cpp"]
    try:
        run_child([*command, "-o", "main"], cwd=folder, what="g++")
    except ProgramRunError as error:  # no error of a simulation: a mutant has to compile
        raise RuntimeError(str(error)) from None
