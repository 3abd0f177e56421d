"""Device cpp: Brian2's C++ standalone mode, for every machine with a C++ compiler."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from backends.base import BuildOptions, Capabilities, ProgramSpec, Report
from backends.build import build_program
from backends.cpp.segments import serve
from backends.cpp.unity import UNITY_TARGET, write_unity
from backends.generate import generate_project, write_manifest
from backends.host.process import run_child
from backends.host.toolchain import compiler, compiler_version, package_versions, processor
from backends.resident import HEADER, PackedProgram
from backends.standalone import StandaloneProgram

# Beyond Brian2's own -O3 -ffast-math -march=native: denormals are only flushed to zero when
# -ffast-math is given to the linker as well.
LINK_FLAGS = ["-ffast-math"]


class CppBackend:
    """See `backends.base.Backend`."""

    name = "cpp"
    capabilities = Capabilities(compiles=True, gpu=False)

    def probe(self, options: BuildOptions) -> Report:
        """Look for a compiler, make and Brian2."""
        missing = []
        if compiler() is None:
            missing.append("no C++ compiler ($CXX, g++)")
        if shutil.which("make") is None:
            missing.append("no make")
        versions = package_versions(options.python)
        if "brian2" not in versions:
            missing.append(f"no brian2 in {options.python}")
        version = f"brian2 {versions.get('brian2', '-')}, {compiler_version()}"
        if missing:
            return Report(
                self.name, "missing", "; ".join(missing), version,
                fix="install g++ and make (Debian: apt install g++ make), or use --device runtime",
            )  # fmt: skip
        hardware = processor().split(";")[0]
        return Report(self.name, "ready", "compiles and runs on this machine", version, hardware)

    def build(self, spec: ProgramSpec, options: BuildOptions) -> StandaloneProgram:
        """Generate, compile and cache the program."""
        return build_program(
            self, spec, options, module=__name__, key_parts={
                "compiler": compiler_version(), "processor": processor(),
                "flags": LINK_FLAGS,
            },
            program=PackedProgram,
        )  # fmt: skip


def work(request: dict[str, Any]) -> None:
    """In the child: generate the project and compile it."""
    import brian2 as b2

    from backends.cpp import generate

    spec, folder = request["spec"], Path(request["folder"])
    b2.set_device(generate.register(), build_on_run=False, directory=str(folder))
    if spec["definition"]["precision"] == "float32":
        generate.compute_in_single_precision()
    b2.prefs.codegen.cpp.extra_link_args += LINK_FLAGS
    facts = generate_project(spec, folder, advance=serve)
    shutil.copy(HEADER, folder)
    write_unity(folder, headers=(HEADER.name,))
    write_manifest(folder, spec, command=["{folder}/main"], **facts)
    compile_project(folder, request["compiler_jobs"])
    # Every file that stays is looked at whenever the program is taken from the cache: those that
    # only the compiler needed go, and so do the values that Brian2 was given to generate with.
    inputs = (f"static_arrays/{file}" for file in facts["input_files"].values())
    for pattern in ("*.o", "code_objects/*.cpp", *inputs):
        for file in folder.glob(pattern):
            file.unlink()


def compile_project(folder: Path, jobs: int) -> None:
    """Run make with a bounded number of compilers."""
    run_child(["make", f"-j{jobs}", UNITY_TARGET], cwd=folder, what="make")
