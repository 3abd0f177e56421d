"""Building in a child process: the part that all devices share."""

from __future__ import annotations

import importlib.util
import os
import shutil
import time
from pathlib import Path
from typing import Any, TypeVar

from backends.base import Backend, BuildOptions, ProgramSpec
from backends.cache import cached, content_key, source_hash
from backends.errors import DeviceUnavailableError, ProgramBuildError, ProgramRunError
from backends.host.children import run_function
from backends.host.portable import cpu_s
from backends.host.toolchain import compiler, package_versions
from backends.registry import refusal_of
from backends.standalone import StandaloneProgram

_Program = TypeVar("_Program", bound=StandaloneProgram)
LIBRARY_TIME = "library_wall_s"
_SOURCES = (".py", ".h", ".cpp", ".cu")
# Where compilers look for headers and libraries besides what they are told.
_SEARCHED = ("CPATH", "C_INCLUDE_PATH", "CPLUS_INCLUDE_PATH", "LIBRARY_PATH", "GCC_EXEC_PREFIX")


def build_program(
    backend: Backend,
    spec: ProgramSpec,
    options: BuildOptions,
    *,
    module: str,
    key_parts: dict[str, Any],
    program: type[_Program] = StandaloneProgram,  # type: ignore[assignment]
) -> _Program:
    """Return the program from the cache, or build it there in a child process.

    Raises
    ------
    DeviceUnavailableError
        When the device cannot run here.
    ProgramBuildError
        When generation or compilation fails.
    """
    report = backend.probe(options)
    if not report.usable:
        raise DeviceUnavailableError(refusal_of(report))
    versions = package_versions(options.python)
    generated = generated_key(backend, spec, options, module)
    key = content_key(generated=generated, compiler_path=compiler(), **_influences(), **key_parts)

    def make(folder: Path) -> dict[str, Any]:
        started, cpu_before = time.perf_counter(), _children_cpu_s()
        request = {
            "module": module,
            "spec": spec.as_dict(),
            "folder": str(folder),
            "compiler_jobs": options.compiler_jobs,
            "cuda_arch": options.cuda_arch,
            "genn_backend": options.genn_backend,
            "cache_dir": str(options.cache_dir),
        }
        began = time.time()
        try:
            run_function(
                "backends.worker:build",
                request,
                python=options.python,
                cwd=folder,
                what=f"building for device {backend.name!r}",
            )
        except ProgramRunError as error:
            raise ProgramBuildError(_explain(str(error), folder)) from None
        # The manifest is the last that is generated and the first that no compiler needs.
        generate_s = (folder / "manifest.json").stat().st_mtime - began
        return {
            "device": backend.name,
            "generated": generated,
            "versions": versions,
            "generate_wall_s": round(generate_s, 2),
            **_library_time(folder),
            "build_wall_s": round(time.perf_counter() - started, 2),
            "build_cpu_s": round(_children_cpu_s() - cpu_before, 2),
            **key_parts,
        }

    kept = cached(options.cache_dir, f"{backend.name}-{key}", make)
    try:
        built = program(kept.folder, spec, {**kept.facts, "built": kept.built})
    except OSError as error:
        raise ProgramBuildError(f"the program cannot be started: {error}.") from None
    built.kept = kept  # so that nobody removes it meanwhile
    return built


def generated_key(backend: Backend, spec: ProgramSpec, options: BuildOptions, module: str) -> str:
    """Return a hash of all that decides what is generated, whatever compiles it."""
    return content_key(
        device=backend.name,
        spec=spec.as_dict(),
        versions=package_versions(options.python),
        sources=_sources(spec, module),
    )


def _library_time(folder: Path) -> dict[str, float]:
    """What of the build compiled something for all programs of the device, as it noted there."""
    note = folder / LIBRARY_TIME
    return {LIBRARY_TIME: float(note.read_text())} if note.exists() else {}


def _influences() -> dict[str, Any]:
    """What changes a compiled program although neither we nor the packages say so."""
    preferences = Path.home() / ".brian" / "user_preferences"
    try:
        text = preferences.read_text()
    except OSError:
        text = ""
    return {"user_preferences": text, **{name: os.environ.get(name, "") for name in _SEARCHED}}


def _sources(spec: ProgramSpec, module: str) -> str:
    """Hash of the code that decides what is generated."""
    here = Path(__file__).parent
    room = here / module.split(".")[1]
    paths = {
        here / "generate.py",
        here / "standalone.py",
        here / "resident.py",
        here / "include" / "segments.h",
        *(path for path in room.rglob("*") if path.suffix in _SOURCES),
    }
    for name in (spec.builder.split(":")[0], *spec.sources):
        found = importlib.util.find_spec(name)
        if found is not None and found.origin is not None:
            paths.add(Path(found.origin))
    return source_hash(*paths)


def _children_cpu_s() -> float:
    return cpu_s(children=True)


def _explain(message: str, folder: Path) -> str:
    free_mb = shutil.disk_usage(folder).free / 1e6
    return message + (f"\nOnly {free_mb:.0f} MB are free in {folder}." if free_mb < 200 else "")
