"""A generated CUDA project as one source file.

Nearly all of the compiler's time for a small source file goes into the headers of CUDA, Thrust
and cuRAND. The project has about forty files, so compiling them one by one takes twenty minutes
and as one file about a minute.
"""

from __future__ import annotations

import re
from pathlib import Path

from backends.cuda.kernel import cells_of_arrays, declarations, kernels
from backends.cuda.phases import rewrite

UNITY = "unity.cu"
# The definitions that the others refer to come first, the callers last.
_FIRST = ("objects.cu",)
_LAST = ("network.cu", "rand.cu", "run.cu", "main.cu")
_INCLUDE = re.compile(r"^[ \t]*#[ \t]*include[ \t]*[<\"].*$", re.MULTILINE)
_ANONYMOUS = re.compile(r"\bnamespace\s*\{")
_MACRO = re.compile(r"^[ \t]*#[ \t]*define[ \t]+(\w+)", re.MULTILINE)


def write_unity(folder: Path, replicas: int, *, many_blocks: bool, limit_bytes: int) -> Path:
    """Write all sources of the project in `folder` into one file and return its path.

    Parameters
    ----------
    folder : Path
        A generated project.
    replicas : int
        Networks side by side in its arrays.
    many_blocks : bool
        Whether a network is too large for one thread block.
    limit_bytes : int
        Shared memory that a block may use.

    Every code object gets a namespace of its own, because they all define helpers of the same
    names; their macros end with them. Their anonymous namespaces get a name, because nvcc calls
    all those of one file by one name.
    """
    sources = _sources(folder)
    inner = [name for name in sources if name not in (*_FIRST, *_LAST)]
    includes: dict[str, None] = {}
    parts = []
    for number, name in enumerate(inner):
        text = (folder / name).read_text()
        for line in _INCLUDE.findall(text):
            # The headers of code objects only repeat what is defined in this file.
            if "code_objects/" not in line:
                includes[line.strip()] = None
        body = _ANONYMOUS.sub("inline namespace helpers {", _INCLUDE.sub("", text))
        undefine = "".join(f"#undef {macro}\n" for macro in sorted(set(_MACRO.findall(body))))
        parts.append(
            f"// {name}\nnamespace unit_{number} {{\n{body}\n}}\n"
            f"using namespace unit_{number};\n{undefine}"
        )
    cells_of = cells_of_arrays((folder / "objects.cu").read_text(), replicas)
    code = rewrite("\n".join(parts), cells_of)
    declared = declarations(
        code, cells_of, replicas=replicas, many_blocks=many_blocks, limit_bytes=limit_bytes
    )
    main = (folder / "main.cu").read_text()
    path = folder / UNITY
    path.write_text(
        "\n".join(
            [
                *[_plain(folder, name) for name in _FIRST],
                *includes,
                declared,
                code.text,
                kernels(code, main, many_blocks=many_blocks),
                *[_plain(folder, name) for name in _LAST if name in sources],
            ]
        )
    )
    return path


def _plain(folder: Path, name: str) -> str:
    """Text of a file that stays outside namespaces."""
    lines = (folder / name).read_text().splitlines()
    kept = [line for line in lines if '#include "code_objects/' not in line]
    return "\n".join([f"// {name}", *kept, ""])


def _sources(folder: Path) -> list[str]:
    """Names of the source files, as the makefile lists them."""
    listed = re.search(r"^SRCS = (.*)$", (folder / "makefile").read_text(), re.MULTILINE)
    if listed is None:
        raise RuntimeError(f"the generated makefile in {folder} lists no sources")
    return listed.group(1).split()
