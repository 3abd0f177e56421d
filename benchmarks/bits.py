"""Which results are the same bit for bit: ``python -m benchmarks.bits [NAME=PYTHON...]``.

A tiny network in which every rule acts and a few trials of the thesis network are run here, and
again under each condition: other interpreters and versions (``3.10=/path/to/python``), instruction
sets of the compiled program and of NumPy, processes, seeds side by side, devices, compilers,
float32. What comes out is compared array by array with the first run.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from tests.tiny import tiny_flags

ROOT = Path(__file__).resolve().parents[1]
SEED = 123
NETWORKS = {"tiny": tiny_flags(), "thesis": ["--n-training-trials", "3"]}
_NO_512 = "AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL AVX512_SPR"
_NO_AVX = f"{_NO_512} AVX2 FMA3 AVX F16C"


@dataclass(frozen=True)
class Condition:
    """What is different from the first run.

    Attributes
    ----------
    flags : tuple of str
        Of the command.
    march : str
        Instruction set that replaces ``-march=native`` of the compiled program.
    compiler : str
        In place of g++.
    environment : dict
        Variables.
    python : str
        Interpreter.
    """

    flags: tuple[str, ...] = ()
    march: str = ""
    compiler: str = "g++"
    environment: dict[str, str] = field(default_factory=dict)
    python: str = sys.executable


CONDITIONS = {
    "the same again": Condition(),
    "--jobs 2 --multi-seed 2": Condition(("--multi-seed", "2", "--jobs", "2")),
    "--replicas 2 --multi-seed 2": Condition(("--multi-seed", "2", "--replicas", "2")),
    "NumPy without AVX-512": Condition(
        environment={"NPY_DISABLE_CPU_FEATURES": _NO_512, "OPENBLAS_CORETYPE": "Haswell"}
    ),
    "NumPy without AVX": Condition(
        environment={"NPY_DISABLE_CPU_FEATURES": _NO_AVX, "OPENBLAS_CORETYPE": "Nehalem"}
    ),
    "program for AVX2": Condition(march="x86-64-v3"),
    "program for SSE": Condition(march="x86-64"),
    "device runtime": Condition(("--device", "runtime")),
    "clang": Condition(compiler="clang++"),
    "float32": Condition(("--precision", "float32")),
}


def measure(condition: Condition, network: str, place: Path) -> dict[str, np.ndarray]:
    """Run a network under a condition and return the arrays of its seed."""
    place.mkdir(parents=True)
    environment = {
        **os.environ, **condition.environment, "CXX": condition.compiler, "PYTHONPATH": str(ROOT)
    }  # fmt: skip
    if condition.march:
        wrapper = place / "c++"
        wrapper.write_text(
            '#!/bin/bash\nargs=("$@")\n'
            f'args=("${{args[@]/#-march=native/-march={condition.march}}}")\n'
            f'exec {shutil.which(condition.compiler)} "${{args[@]}}"\n'
        )
        wrapper.chmod(0o755)
        # Brian2 asks for the compiler by its name, the cache keeps programs by its path.
        named = place / "bin"
        named.mkdir()
        (named / condition.compiler).symlink_to(wrapper)
        environment["PATH"] = f"{named}:{environment['PATH']}"
        environment["CXX"] = condition.compiler
    flags = (
        condition.flags if "--device" in condition.flags else ("--device", "cpp", *condition.flags)
    )
    done = subprocess.run(
        [condition.python, "-m", "lateralnet", "run", "--mode", "ll_thesis", "--quiet",
         "--no-figures", "--run-name", "x", *NETWORKS[network], *flags],
        cwd=place, env=environment, capture_output=True, text=True, timeout=1800, check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(done.stderr.strip().splitlines()[-1])
    with np.load(place / f"Runs/x/artifacts/seed_{SEED}_record.npz") as stored:
        return dict(stored)


def compared(first: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> dict[str, object]:
    """Say whether spikes and weights are equal, and how far weights are apart."""
    spikes = [
        name for name in first if "spike" in name or name.endswith(("/step", "/cell", "_t", "_i"))
    ]
    weights = [name for name in first if name.rpartition("/")[2] in ("mon_ts_w", "ll_mon_w_mV")]
    assert spikes and weights, sorted(first)
    apart = [
        float(np.abs(first[name] - other[name]).max()) if first[name].size else 0.0
        for name in weights
    ]
    return {
        "spikes": all(_same(first[name], other.get(name)) for name in spikes),
        "weights": all(_same(first[name], other.get(name)) for name in weights),
        "all": first.keys() == other.keys() and all(_same(first[n], other[n]) for n in first),
        "largest_difference_of_weights": max(apart),
    }


def _same(a: np.ndarray, b: np.ndarray | None) -> bool:
    return b is not None and a.shape == b.shape and a.tobytes() == b.astype(a.dtype).tobytes()


def versions(python: str) -> str:
    """Return the versions that matter in an interpreter."""
    code = (
        "import sys, numpy, brian2; print('Python', sys.version.split()[0] + ', NumPy', "
        "numpy.__version__ + ', Brian2', brian2.__version__)"
    )
    return subprocess.run(
        [python, "-c", code], capture_output=True, text=True, check=True, cwd="/"
    ).stdout.strip()


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("lanes", nargs="*", metavar="NAME=PYTHON")
    parser.add_argument("--network", choices=NETWORKS, action="append")
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    conditions = dict(CONDITIONS)
    for lane in options.lanes:
        name, _, python = lane.partition("=")
        conditions[f"{name}: {versions(python)}"] = Condition(python=python)
    print(f"the first run: {versions(sys.executable)}, g++")
    rows = []
    with tempfile.TemporaryDirectory(prefix="lateralnet-bits-") as name:
        for network in options.network or NETWORKS:
            first = measure(Condition(), network, Path(name) / network / "first")
            for number, (condition, what) in enumerate(conditions.items()):
                row: dict[str, object] = {"network": network, "condition": condition}
                if shutil.which(what.compiler) is None:
                    row["not run"] = f"no {what.compiler}"
                else:
                    try:
                        other = measure(what, network, Path(name) / network / str(number))
                        row |= compared(first, other)
                    except (RuntimeError, subprocess.TimeoutExpired) as error:
                        row["not run"] = str(error)
                rows.append(row)
                print(json.dumps(row), flush=True)
    if options.output:
        options.output.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
