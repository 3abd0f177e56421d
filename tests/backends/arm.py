"""Device cpp for 64-bit ARM: cross-compiled, and run in an emulator of that processor.

It takes the project that device cpp generates, which must hold nothing of one processor.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from backends.base import BuildOptions, ProgramSpec
from backends.cpp.device import LINK_FLAGS, CppBackend
from backends.cpp.unity import SIMULATION
from backends.resident import PackedProgram

COMPILER, EMULATOR = "aarch64-linux-gnu-g++", "qemu-aarch64-static"
SOURCES = (SIMULATION, "frame.cpp")


def compile_flags(folder: Path) -> list[str]:
    """Flags with which a generated project compiles its code objects."""
    makefile = (folder / "makefile").read_text()
    found = re.search(r"^OPTIMISATIONS = (.*)$", makefile, re.MULTILINE)
    assert found is not None
    return ["-I.", *found.group(1).replace('"', "").split()]


class ArmBackend(CppBackend):
    """Builds as device cpp does, then again for the other processor."""

    name = "cpp_arm"

    def build(self, spec: ProgramSpec, options: BuildOptions) -> PackedProgram:
        """Compile the cached project once more; the copy is small and goes with the process."""
        built = CppBackend().build(spec, options)
        folder = Path(tempfile.mkdtemp(prefix="lateralnet-arm-")) / "program"
        shutil.copytree(built.folder, folder)
        built.close()
        flags = [flag for flag in compile_flags(folder) if flag != "-march=native"]
        program = folder / "main.arm"
        subprocess.run(
            [COMPILER, *flags, *SOURCES, "-static", *LINK_FLAGS, "-o", program],
            cwd=folder, check=True, timeout=600,
        )  # fmt: skip
        header = subprocess.run(
            ["readelf", "-h", program], capture_output=True, text=True, check=True, timeout=60
        )
        (machine,) = re.findall(r"Machine: *(\w+)", header.stdout)
        (folder / "main").write_text(f'#!/bin/sh\nexec {EMULATOR} "{program}" "$@"\n')
        return PackedProgram(folder, spec, {"machine": machine})
