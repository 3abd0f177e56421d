"""A generated C++ project as two source files instead of forty.

Nearly all of the compiler's time for a small source file goes into the headers. So the code
objects become one file, compiled for speed; what runs once, another, compiled in a hurry.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

SIMULATION, FRAME, UNITY_TARGET = "simulation.cpp", "frame.cpp", "unity"
_USING = "using namespace brian;"


def write_unity(folder: Path, headers: Sequence[str] = ()) -> None:
    """Write both files and a rule for the program into the makefile of the project.

    `headers` are what code inserted into ``main`` needs.
    """
    makefile = folder / "makefile"
    simulation, frame, others = _sources(makefile.read_text())
    parts = []
    for number, name in enumerate(simulation):
        # Each has helpers of the same names in an anonymous namespace: give it a name.
        own = f"support_{number}"
        text = (folder / name).read_text()
        text = re.sub(r"\bnamespace\s*\{", f"namespace {own} {{", text, count=1)
        parts.append(text.replace(_USING, f"{_USING} using namespace {own};"))
    (folder / SIMULATION).write_text("\n".join(parts))
    included = "".join(f'#include "{name}"\n' for name in (*headers, *frame))
    (folder / FRAME).write_text(included)
    objects = [f"{Path(name).with_suffix('.o')}" for name in (SIMULATION, FRAME, *others)]
    makefile.write_text(
        makefile.read_text()
        + f"\nUNITY = {' '.join(objects)}\n"
        + "frame.o: OPTIMISATIONS := $(filter-out -O3 -march=native,$(OPTIMISATIONS)) -O1\n"
        + f"{UNITY_TARGET}: $(UNITY)\n\t$(CXX) $(UNITY) -o $(PROGRAM) $(LFLAGS)\n"
    )


def _sources(makefile: str) -> tuple[list[str], list[str], list[str]]:
    """Code objects, the other C++ files with definitions first, and what is no C++."""
    listed = re.search(r"^SRCS = (.*)$", makefile, re.MULTILINE)
    if listed is None:
        raise RuntimeError("the generated makefile lists no sources")
    names = listed.group(1).split()
    code_objects = [name for name in names if name.startswith("code_objects/")]
    frame = [name for name in names if name.endswith(".cpp") and name not in code_objects]
    frame.sort(key=lambda name: (name != "objects.cpp", name))
    return code_objects, frame, [name for name in names if not name.endswith(".cpp")]
