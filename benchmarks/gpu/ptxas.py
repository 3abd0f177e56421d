"""What nvcc makes of the kernels: registers, spills, shared memory, for GPUs that are not here.

    python benchmarks/gpu/ptxas.py [--arch 9.0 ...] [--precision float64 ...] [--python PYTHON]

The thesis network is generated for each architecture and compiled with ``-Xptxas -v`` and every
warning shown; nothing is run. Results go to ``benchmarks/results/gpu/ptxas.json``, row by row, and
rows that are there are kept. PYTHON has Brian2CUDA ($LATERALNET_CUDA_PYTHON by default).
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from backends.cuda.layout import shared_bytes
from backends.host.children import run_function
from backends.nvidia.toolkit import find_curand, find_toolkit
from lateralnet.network.wiring import make_replica
from lateralnet.parameters.presets import preset
from lateralnet.simulation.session import definition_of, program_spec

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "benchmarks" / "results" / "gpu" / "ptxas.json"
ARCHITECTURES = ("7.5", "8.0", "9.0", "10.0", "12.0")
THREADS = 512
# Threads and registers (of 32 bits) of a multiprocessor, CUDA programming guide.
LIMITS = {"7.5": (1024, 65536), "8.0": (2048, 65536), "9.0": (2048, 65536),
          "10.0": (2048, 65536), "12.0": (1536, 65536)}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--arch", nargs="+", default=list(ARCHITECTURES))
    parser.add_argument("--precision", nargs="+", default=["float64", "float32"])
    parser.add_argument(
        "--form", nargs="+", default=["one block"], choices=["one block", "many blocks"]
    )
    parser.add_argument(
        "--python", default=os.environ.get("LATERALNET_CUDA_PYTHON", sys.executable)
    )
    asked = parser.parse_args()
    rows = json.loads(RESULTS.read_text()) if RESULTS.exists() else []
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    for precision in asked.precision:
        for arch in asked.arch:
            for form in asked.form:
                if any(
                    (r["arch"], r["precision"], r["form"]) == (arch, precision, form) for r in rows
                ):
                    continue
                print(f"{arch} {precision} {form} ...", file=sys.stderr, flush=True)
                rows.append(compiled(arch, precision, form, asked.python))
                RESULTS.write_text(json.dumps(rows, indent=1) + "\n")
    print(table(rows))


def compiled(arch: str, precision: str, form: str, python: str) -> dict[str, Any]:
    """Generate and compile; return what ptxas tells of the kernels."""
    replica = make_replica(preset("ll_thesis"))
    spec = program_spec(definition_of([replica], "cuda", precision))
    toolkit = find_toolkit()
    curand = find_curand(toolkit, python)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        request = {
            "module": "backends.cuda.generate", "spec": spec.as_dict(), "folder": name,
            "compiler_jobs": 1, "cuda_arch": arch,
        }  # fmt: skip
        run_function("backends.worker:build", request, python=python, cwd=folder, what="generating")
        if form == "many blocks":
            from backends.cuda.unity import write_unity

            write_unity(folder, 1, many_blocks=True, limit_bytes=0)
        done = subprocess.run(
            [toolkit.nvcc, "-std=c++17", "-O3", "-ftz=true", f"-arch=sm_{arch.replace('.', '')}",
             "-Xptxas", "-v", "-dc", "-I.", f"-I{curand.include}", "unity.cu", "-o", "unity.o"],
            cwd=name, capture_output=True, text=True, check=False,
        )  # fmt: skip
        text = done.stdout + done.stderr
        words = re.search(r"SHARED_WORDS = (\d+)", (folder / "unity.cu").read_text())
    return {
        "arch": arch, "precision": precision, "form": form, "nvcc": toolkit.version,
        "compiled": done.returncode == 0, "kernels": _kernels(text),
        "shared_bytes": 4 * int(words[1]) if words else None,
        "shared_limit_bytes": shared_bytes(arch),
        "warnings": Counter(re.findall(r"warning #(\d+-D[^\n]{0,60})", text)).total(),
        "warning_kinds": dict(Counter(re.findall(r"warning #(\d+)-D", text))),
        "errors": re.findall(r"error:?[^\n]*", text)[:5],
    }  # fmt: skip


def _kernels(text: str) -> dict[str, dict[str, int]]:
    found = {}
    pattern = (
        r"Compiling entry function '_ZN10lateralnet\d+(run_\w+?)ENS_.*?\n.*?\n"
        r"\s+(\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads\n"
        r".*?Used (\d+) registers"
    )
    for name, stack, stores, loads, registers in re.findall(pattern, text):
        found[name] = {
            "registers": int(registers), "stack_bytes": int(stack),
            "spill_store_bytes": int(stores), "spill_load_bytes": int(loads),
        }  # fmt: skip
    return found


def table(rows: list[dict[str, Any]]) -> str:
    """Registers, spills and shared memory of each kernel, and the blocks that fit a processor."""
    lines = [
        f"{'sm':5}{'precision':10}{'kernel':18}{'registers':>10}{'spills B':>9}{'shared KiB':>11}"
        f"{'of':>5}{'blocks/SM':>10}"
    ]
    for row in rows:
        for name, k in row["kernels"].items():
            threads, registers = LIMITS[row["arch"]]
            shared = row["shared_bytes"]
            per_block = -(-k["registers"] // 8) * 8 * THREADS
            blocks = min(threads // THREADS, registers // per_block,
                         row["shared_limit_bytes"] // max(shared, 1))  # fmt: skip
            spills = k["spill_store_bytes"] + k["spill_load_bytes"]
            lines.append(
                f"{row['arch']:5}{row['precision']:10}{name:18}{k['registers']:10}{spills:9}"
                f"{shared / 1024:11.0f}{row['shared_limit_bytes'] // 1024:5}{blocks:>10}"
            )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
