"""Segments of a CUDA program: launches, copies, and what its spike monitors recorded."""

from __future__ import annotations

from typing import Any

from backends.generate import InputRecorder
from backends.resident import serve_segments


def serve(device: Any, model: Any, spec: dict[str, Any], recorder: InputRecorder) -> str:
    """C++ for the end of ``main``: answer requests until the input ends."""
    advance = "int from[lateralnet::N_SLOTS] = {};\n"
    for k, name in enumerate(spec["spikes"]):
        advance += f"from[{_slot(model.spike_monitors[name])}] = from_cell[{k}];\n"
    advance += """
                const std::vector<lateralnet::Spikes> recorded =
                    lateralnet::run_steps(steps, watch, from);
    """
    return "std::cout.rdbuf(answers);" + serve_segments(
        device, model, spec, recorder,
        advance=advance, spikes=lambda monitor: f"recorded[{_slot(monitor)}]",
        upload=_upload, download=_download,
    )  # fmt: skip


def _slot(monitor: Any) -> str:
    return f"lateralnet::SLOT_array_{monitor.source.name}__spikespace"


def _on_gpu(array: str) -> str:
    there = f"dev{array}"
    return f"thrust::raw_pointer_cast(&{there}[0])" if array.startswith("_dynamic") else there


def _upload(array: str, values: str, size: str) -> str:
    return (
        f"CUDA_SAFE_CALL(cudaMemcpy({_on_gpu(array)}, {values}, {size}*sizeof({values}[0]),"
        " cudaMemcpyHostToDevice));"
    )


def _download(array: str, values: str, size: str) -> str:
    return (
        f"CUDA_SAFE_CALL(cudaMemcpy({values}, {_on_gpu(array)}, {size}*sizeof({values}[0]),"
        " cudaMemcpyDeviceToHost));"
    )
