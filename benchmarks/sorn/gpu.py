"""A day with a GPU: the same networks on a device and on the CPU, equal first, then timed.

For each library and batch size: the spikes of a short run beside those of NumPy with the same
seed, then microseconds per network-step, eager and compiled. What a machine lacks is left out with
its reason. Part of the day's script: ``python benchmarks/sorn/gpu.py --json FILE``; with
``--device cpu`` it runs anywhere, which tests the script and says nothing about a GPU.

Usage: python benchmarks/sorn/gpu.py [--device cuda:0] [--batches 1 16 256] [--steps 200]
"""

from __future__ import annotations

import argparse
import sys
import time

import numpy as np
from report import write_report

from sorn import BackendError, Network

LIBRARIES = ("torch", "torch_compiled", "cupy", "jax")
CHECKED_STEPS = 100


def network(library: str, device: str | None, ne: int, batch: int, dtype: str) -> Network:
    """A batch of default networks; JAX names a GPU in its own way."""
    if library == "jax" and device is not None:
        device = device.replace("cuda", "gpu")
    return Network(
        "published", ne=ne, nu=10, seed=1, batch=batch, backend=library, device=device, dtype=dtype
    )


def equal_share(library: str, device: str | None, ne: int, dtype: str) -> float:
    """Share of the spikes of two networks in a short run that equal those of NumPy."""
    inputs = np.random.default_rng(1).random((10, CHECKED_STEPS))
    ours = network(library, device, ne, 2, dtype).run(inputs)["excitatory"]
    reference = network("numpy", None, ne, 2, "float64").run(inputs)["excitatory"]
    return float(np.mean(ours == reference))


def microseconds(library: str, device: str | None, ne: int, batch: int, steps: int, dtype: str):
    """Wall time per network-step after a first stretch, which compiles and takes memory."""
    running = network(library, device, ne, batch, dtype)
    inputs = np.random.default_rng(1).random((10, steps))
    running.run(inputs, record=("excitatory",))
    started = time.perf_counter()
    running.run(inputs, record=("excitatory",))
    return round(1e6 * (time.perf_counter() - started) / steps / batch, 2)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="cuda:0")
    parser.add_argument("--ne", type=int, default=200)
    parser.add_argument("--batches", type=int, nargs="+", default=[1, 16, 256])
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--libraries", nargs="+", default=list(LIBRARIES), choices=LIBRARIES)
    parser.add_argument("--json", help="write the result here")
    arguments = parser.parse_args()
    result: dict[str, dict] = {}
    for library in arguments.libraries:
        for dtype in ("float64", "float32"):
            name = f"{library}, {dtype}"
            try:
                row: dict = {
                    "equal share": equal_share(library, arguments.device, arguments.ne, dtype)
                }
                for batch in arguments.batches:
                    row[f"us per network-step, batch {batch}"] = microseconds(
                        library, arguments.device, arguments.ne, batch, arguments.steps, dtype
                    )
            except BackendError as error:
                row = {"left out": str(error)}
            result[name] = row
            sys.stderr.write(f"{name}: {row}\n")
    beside: dict = {}
    try:
        for batch in arguments.batches:
            beside[f"us per network-step, batch {batch}"] = microseconds(
                "numba", None, arguments.ne, batch, arguments.steps, "float64"
            )
    except BackendError as error:
        beside = {"left out": str(error)}
    result["numba on the CPU"] = beside
    write_report({"arguments": vars(arguments), "result": result}, arguments.json)


if __name__ == "__main__":
    main()
