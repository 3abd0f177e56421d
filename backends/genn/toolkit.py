"""GeNN itself: where it is, whether it is the right one, and its compiled library.

GeNN 4 is on no registry; a user unpacks its release and sets ``GENN_PATH``. Its folder is only
read: the library goes to the program cache.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backends.cache import Kept, cached, content_key
from backends.genn.target import Target
from backends.host.process import run_child
from backends.host.toolchain import compiler, compiler_version

TESTED = "4.9.0"
OLDEST = (4, 2, 1)
VARIABLE = "GENN_PATH"
RELEASE = "https://github.com/genn-team/genn/archive/refs/tags/4.9.0.tar.gz"
HOW_TO_GET = f"unpack {RELEASE} and set {VARIABLE} to its folder"
_OLD_CONTEXT = Path(__file__).with_name("include") / "old_context.h"


@dataclass(frozen=True)
class Genn:
    """What ``GENN_PATH`` points to.

    Attributes
    ----------
    path : str
        The folder, ``""`` where the variable is unset.
    version : str
        Its version, ``""`` where there is none.
    problem : str
        Why it cannot be used, ``""`` where it can.
    """

    path: str
    version: str
    problem: str


def find_genn() -> Genn:
    """Look at ``GENN_PATH``."""
    path = os.environ.get(VARIABLE, "")
    if not path:
        problem = f"{VARIABLE} is not set (the package genn on PyPI is another project)"
        return Genn("", "", problem)
    root = Path(path)
    if not root.is_dir():
        return Genn(path, "", f"{VARIABLE}={path} is not a folder")
    try:
        version = (root / "version.txt").read_text().strip()
        numbers = tuple(int(part) for part in version.split("."))
    except (OSError, ValueError):
        return Genn(path, "", f"{VARIABLE}={path} holds no GeNN: no version.txt with a version")
    if numbers >= (5,):
        problem = f"{VARIABLE}={path} is GeNN {version}; GeNN 5 has another API, GeNN 4 is needed"
        return Genn(path, version, problem)
    if numbers < OLDEST:
        problem = f"{VARIABLE}={path} is GeNN {version}; Brian2GeNN needs 4.2.1 or later"
        return Genn(path, version, problem)
    if not (root / "src/genn/generator/generator.cc").is_file():
        problem = f"{VARIABLE}={path} lacks src/genn/generator; unpack the whole release"
        return Genn(path, version, problem)
    return Genn(path, version, "")


def library(genn: Genn, target: Target, cache_dir: Path, jobs: int) -> Kept:
    """Return GeNN's compiled library with one backend, from the cache where it is there."""
    key = content_key(
        version=genn.version, path=genn.path, compiler=[compiler(), compiler_version()],
        backend=target.folder, cuda=target.cuda_path,
    )  # fmt: skip

    def make(folder: Path) -> dict[str, Any]:
        # GeNN's makefiles cannot have a space in a path; a temporary link has none.
        with tempfile.TemporaryDirectory(prefix="lateralnet-genn-") as name:
            work = Path(name)
            (work / "genn").symlink_to(Path(genn.path).resolve())
            compile_with = str(compiler())
            if target.cuda_path:
                (work / "cuda").symlink_to(target.cuda_path)
                (work / "old_context.h").symlink_to(_OLD_CONTEXT)
                compile_with += f" -include {work}/old_context.h -I{work}/cuda/include"
            for part in ("genn", f"backends/{target.folder}"):
                run_child(
                    [
                        "make", f"-j{jobs}", "-C", str(work / "genn/src/genn" / part),
                        f"OBJECT_DIRECTORY={work}/objects", f"LIBRARY_DIRECTORY={work}/lib",
                        f"GENN_DIR={work}/genn", f"CUDA_PATH={work}/cuda",
                        f"CXX={compile_with}",
                    ],
                    cwd=work,
                    what="make of GeNN's library",
                )  # fmt: skip
            for file in (work / "lib").iterdir():
                shutil.move(str(file), folder)
        return {"genn": genn.version, "compiler": compiler_version()}

    return cached(cache_dir, f"genn-library-{key}", make)


def generate_code(genn: Genn, target: Target, library_folder: Path, project: Path) -> None:
    """Compile GeNN's code generator with the model of a project, and run it there."""
    root = Path(genn.path) / "include/genn"
    includes = [
        root / "genn", root / "third_party", root / "backends" / target.folder,
        project, project / "brianlib/randomkit",
    ]  # fmt: skip
    generator = project / "generator"
    run_child(
        [
            str(compiler()), "-std=c++11", "-O0", "-w",
            *(f"-I{path}" for path in includes), *target.includes,
            f'-DMODEL="{project / "magicnetwork_model.cpp"}"',
            f"-DBACKEND_NAMESPACE={target.namespace}",
            str(Path(genn.path) / "src/genn/generator/generator.cc"), "-o", str(generator),
            f"-L{library_folder}", f"-lgenn_{target.folder}_backend", "-lgenn",
            *target.generator_libraries,
        ],
        cwd=project,
        what="the compiler of GeNN's generator",
    )  # fmt: skip
    run_child(
        [str(generator), f"{Path(genn.path).resolve()}/", str(project), "1"],
        cwd=project,
        what="GeNN's generator",
    )
    generator.unlink()
