"""Device genn: Brian2GeNN with GeNN 4, on its single-threaded CPU backend or its CUDA backend.

How it differs from Brian2, and what is done about it, is in `generate`; that a cell is
reset before its spike reaches the synapses is told to the builder by the capabilities.
"""

from __future__ import annotations

import shutil
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from backends.base import Arrays, BuildOptions, Capabilities, Outcome, ProgramSpec, Report
from backends.build import LIBRARY_TIME, build_program
from backends.errors import DeviceUnavailableError, ProgramRunError
from backends.genn.target import CUDA, ON_CPU, gpus_here, problem_of, target_for, target_of
from backends.genn.toolkit import HOW_TO_GET, Genn, find_genn
from backends.host.toolchain import (
    compiler,
    compiler_version,
    package_versions,
    processor,
)
from backends.nvidia.gpus import Place, take_gpu
from backends.nvidia.toolkit import usable_gpus
from backends.registry import refusal_of
from backends.standalone import StandaloneProgram

EXTENSION, BRIAN2 = "1.7.0", "2.5.4"
_OWN_ENVIRONMENT = (
    "make an environment with Python 3.10 or 3.11 and `pip install 'lateralnet[genn]'`, and name "
    "its interpreter with --python or $LATERALNET_GENN_PYTHON"
)


class GennBackend:
    """See `backends.base.Backend`."""

    name = "genn"
    capabilities = Capabilities(
        compiles=True,
        gpu=False,
        brian2_versions=f"=={BRIAN2} with brian2genn {EXTENSION}",
        resets_before_synapses=True,
        fixed_row_lengths=True,
    )

    def probe(self, options: BuildOptions) -> Report:
        """Look for Brian2GeNN, GeNN and a compiler."""
        genn = find_genn()
        python = options.python
        try:
            versions = package_versions(python)
        except DeviceUnavailableError as error:
            return Report(self.name, "missing", str(error), fix=_OWN_ENVIRONMENT)
        shown = f"brian2genn {versions.get('brian2genn', '-')}, GeNN {genn.version or '-'}"
        details = {"python": python, "genn_path": genn.path, "genn_version": genn.version}

        def report(status: str, reason: str, fix: str = "") -> Report:
            hardware = processor().split(";")[0]
            return Report(self.name, status, reason, shown, hardware, fix, details)

        if "brian2genn" not in versions:
            found = f"no brian2genn in {python} (Python {versions['python']})"
            return report("missing", found, _OWN_ENVIRONMENT)
        wrong = _wrong_versions(versions)
        if wrong:
            return report("broken", f"{wrong} in {python}", _OWN_ENVIRONMENT)
        if genn.problem:
            return report("broken" if genn.path else "missing", genn.problem, HOW_TO_GET)
        lacking = [tool for tool, path in _tools().items() if path is None]
        if lacking:
            return report("missing", f"no {' and no '.join(lacking)}", "install g++ and make")
        problem = problem_of(options)
        if problem:
            return report("missing", problem, "use --genn-backend cpu")
        target = target_of(options)
        details["genn_backend"] = target.name
        if target.name == CUDA:
            details["compile_for"] = target.capability
            return report("ready", "GeNN's CUDA backend, which was not run on a GPU so far")
        return report("ready", "runs on this machine's CPU")

    def build(self, spec: ProgramSpec, options: BuildOptions) -> GennProgram:
        """Generate, compile and cache the program."""
        report = self.probe(options)
        if not report.usable:
            raise DeviceUnavailableError(refusal_of(report))
        target = target_of(options)
        options = replace(options, genn_backend=target.name, cuda_arch=target.capability)
        program: StandaloneProgram = build_program(
            self, spec, options, module=__name__, key_parts={
                "compiler": compiler_version(), "processor": processor(), "flags": target.flags,
                "genn": find_genn().version, "genn_backend": target.name,
                "capability": target.capability,
            },
        )  # fmt: skip
        place = None
        if target.name == CUDA:
            gpus = gpus_here()
            usable = usable_gpus(gpus, target.capability)
            place = take_gpu(gpus, usable, options.cache_dir, options.gpu)
            program.variables, program.info["gpu"] = place.variables, place.facts
        return GennProgram(program, spec, place)


class GennProgram:
    """A standalone program whose synapses must come sorted by source, in rows of bounded length.

    See `backends.base.Program`.
    """

    def __init__(self, program: Any, spec: ProgramSpec, place: Place | None = None) -> None:
        self.info = program.info
        self._place = place
        self._program = program
        self._spec = spec
        self._checked: dict[str, np.ndarray] = {}

    def run(self, inputs: Arrays, n_steps: int) -> Outcome:
        """Run one segment; see `backends.base.Program`."""
        orders = {}
        for name, ends in inputs.items():
            if not name.endswith((".i", ".j")):
                continue
            if self._checked.get(name) is not ends:
                self._check_rows(name, ends)
                self._checked[name] = ends
            if name.endswith(".i") and np.any(ends[1:] < ends[:-1]):
                orders[name.removesuffix(".i")] = np.argsort(ends, kind="stable")
        if not orders:
            as_it_is: Outcome = self._program.run(inputs, n_steps)
            return as_it_is
        outcome = self._program.run(_in_order(inputs, orders), n_steps)
        backwards = {name: np.argsort(order) for name, order in orders.items()}
        return Outcome(state=_in_order(outcome.state, backwards), spikes=outcome.spikes)

    def close(self) -> None:
        """Remove the scratch folder and let the next program have the GPU."""
        self._program.close()
        if self._place is not None:
            self._place.leave()

    def _check_rows(self, name: str, ends: np.ndarray) -> None:
        """Refuse a wiring that the program, which does not check, would write past its rows."""
        projection, end = name.rsplit(".", 1)
        bound = self._spec.row_lengths[projection]["ij".index(end)]
        longest = int(np.bincount(ends).max(initial=0))
        if longest > bound:
            raise ProgramRunError(
                f"a cell has {longest} synapses in {projection}, but the program was built for at "
                f"most {bound}; build it for this wiring."
            )


def _in_order(arrays: Arrays, orders: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Permute what belongs to the synapses of some projections."""
    return {
        name: array[orders[owner]]
        if (owner := name.split(".")[0]) in orders and array.size == orders[owner].size
        else array
        for name, array in arrays.items()
    }


def _wrong_versions(versions: dict[str, str]) -> str:
    """Say which package Brian2GeNN cannot work with, or return ``""``."""

    def release(package: str) -> tuple[int, ...]:
        return tuple(int(part) for part in versions[package].split(".")[:2] if part.isdigit())

    if release("brian2") >= (2, 6):
        return f"brian2 {versions['brian2']}, but brian2genn {EXTENSION} needs {BRIAN2}"
    if release("numpy") >= (2,):
        return f"numpy {versions['numpy']}, but brian2 {BRIAN2} needs numpy 1"
    if "setuptools" not in versions or release("setuptools") >= (81,):
        return "no setuptools below 81, whose pkg_resources brian2genn imports,"
    return ""


def _tools() -> dict[str, str | None]:
    return {"C++ compiler ($CXX, g++)": compiler(), "make": shutil.which("make")}


def work(request: dict[str, Any]) -> None:
    """In the child: generate the project and compile it."""
    from backends.genn.generate import compile_project, generate
    from backends.genn.toolkit import generate_code, library

    folder, jobs = Path(request["folder"]), request["compiler_jobs"]
    genn: Genn = find_genn()
    target = ON_CPU
    if request["genn_backend"] == CUDA:
        target = target_for(request["cuda_arch"])
    sources = generate(request["spec"], folder, target)
    began = time.perf_counter()
    kept = library(genn, target, Path(request["cache_dir"]), jobs)
    if kept.built:
        (folder / LIBRARY_TIME).write_text(f"{time.perf_counter() - began:.2f}")
    generate_code(genn, target, kept.folder, folder)
    compile_project(folder, sources, target, jobs)
