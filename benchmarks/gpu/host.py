"""CPU time of the host for each trial of a network on device cuda, measured through the emulation.

    python benchmarks/gpu/host.py [--replicas 1 16 64 132 256] [--trials 10]

Needs $LATERALNET_CUDA_PYTHON. Kernels and copies run in the process of the program and are not
counted: what is measured is this process, which packs, splits and does all that follows a segment.
The second training of a session is measured, so that the start is not part of it. Also checked:
one launch a segment (beyond full records), spikes and weights equal to device cpp. Results go to
``benchmarks/results/gpu/host.json``, row by row.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from backends import registry
from lateralnet.devices.benchmarking import machine
from lateralnet.learning.training import train
from lateralnet.network.wiring import make_replica
from lateralnet.parameters.presets import preset
from lateralnet.simulation.segment import Simulation
from lateralnet.simulation.session import DeviceOptions, Session
from tests.backends.cuda_emulation.driver import EmulatedCudaBackend

RESULTS = Path(__file__).resolve().parents[1] / "results" / "gpu" / "host.json"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--replicas", type=int, nargs="+", default=[1, 16, 64, 132, 256])
    parser.add_argument("--trials", type=int, default=10)
    parser.add_argument("--mode", default="ll_thesis")
    asked = parser.parse_args()
    place = f"{EmulatedCudaBackend.__module__}:{EmulatedCudaBackend.__name__}"
    registry._OURS[EmulatedCudaBackend.name] = place
    os.environ.setdefault("LATERALNET_EMULATION_BLOCK", "1")  # the fewest threads to switch
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    found = {"machine": machine(sys.executable), "load": os.getloadavg(), "rows": []}
    for n in asked.replicas:
        found["rows"].append(measured(n, asked.trials, asked.mode))
        RESULTS.write_text(json.dumps(found, indent=1) + "\n")
        print(json.dumps(found["rows"][-1]), flush=True)


def measured(n: int, trials: int, mode: str) -> dict[str, Any]:
    """Train `n` networks twice side by side; times are of the second training."""
    replicas = [
        make_replica(preset(mode, seed=123 + k, n_training_trials=trials)) for k in range(n)
    ]
    python = os.environ["LATERALNET_CUDA_PYTHON"]
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        os.environ["LATERALNET_EMULATION_REPORT"] = str(report)
        with Session(replicas, DeviceOptions(device="cuda-emulated", python=python)) as session:
            train(session.simulation, replicas)
            segments, advance_s = _watched(session.simulation)
            began_s = time.process_time()
            emulated = train(session.simulation, replicas)
            host_s = time.process_time() - began_s
        told = json.loads(report.read_text())
    with Session(replicas, DeviceOptions(device="cpp")) as session:
        on_cpp = train(session.simulation, replicas)
    per = 1e3 / (n * trials)
    return {
        "replicas": n, "trials": trials, "mode": mode, "segments": len(segments),
        "launches": told["launches"]["run_networks"] / 2,
        "bytes_to_host": told["bytes_to_host"], "bytes_to_gpu": told["bytes_to_gpu"],
        "host_ms": host_s * per,
        "of_which_around_the_device_ms": sum(advance_s) * per,
        "equal_to_cpp": all(_equal(a, b) for a, b in zip(emulated, on_cpp, strict=True)),
    }  # fmt: skip


def _watched(simulation: Simulation) -> tuple[list[int], list[float]]:
    """Count segments and the CPU time that they take in this process."""
    segments: list[int] = []
    seconds: list[float] = []
    advance = simulation.advance

    def watched(*arguments: Any, **named: Any) -> Any:
        began_s = time.process_time()
        result = advance(*arguments, **named)
        seconds.append(time.process_time() - began_s)
        segments.append(1)
        return result

    simulation.advance = watched  # type: ignore[method-assign]
    return segments, seconds


def _equal(first: Any, second: Any) -> bool:
    """Counts of all spikes of each trial, the last spikes, and weights."""
    rates = "trial_rate_hz_series"
    return (
        np.array_equal(first.curves[rates], second.curves[rates])
        and all(spikes.equals(second.tail[layer]) for layer, spikes in first.tail.items())
        and bool(np.abs(first.state["mon_ts.w"] - second.state["mon_ts.w"]).max() < 1e-12)
    )


if __name__ == "__main__":
    main()
