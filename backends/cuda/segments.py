"""A CUDA program that stays and runs segment after segment, and the parent's side of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from backends.base import Spikes, Watch
from backends.errors import ProgramRunError
from backends.generate import InputRecorder
from backends.resident import PackedProgram, Reader, serve_segments


class BlockProgram(PackedProgram):
    """A program that returns spikes network by network."""

    def _wishes(self, watch: Mapping[str, Watch]) -> list[str]:
        asked = [watch.get(name, Watch()) for name in self._spec.spikes]
        return [str(number) for one in asked for number in (one.from_step, one.from_cell)]

    def _take_spikes(self, reader: Reader, name: str, n_steps: int) -> Spikes:
        n_networks = int(self._spec.definition["replicas"])
        n_counted, n_recorded = (int(number) for number in reader.take("int64", 2))
        if n_counted != n_steps * n_networks:
            raise ProgramRunError(f"the program counted {n_counted} steps of {name}.")
        n_spikes = reader.take("int32", n_counted).reshape(n_networks, n_steps)
        per_step = reader.take("int32", n_counted).reshape(n_networks, n_steps)
        index = reader.take("int32", n_recorded)
        bounds = np.zeros(n_networks + 1, dtype=np.int64)
        np.cumsum(per_step.sum(axis=1), out=bounds[1:])
        _, busy = np.nonzero(per_step)
        step = np.repeat(busy, per_step[per_step > 0])
        return Spikes(step, index, bounds, n_spikes)


def serve(device: Any, model: Any, spec: dict[str, Any], recorder: InputRecorder) -> str:
    """C++ for the end of ``main``: run segments until the input ends."""
    wishes = "lateralnet::Wanted wanted[lateralnet::N_SLOTS] = {};\n"
    for name in spec["spikes"]:
        slot = _slot(model.spike_monitors[name])
        wishes += f"words >> wanted[{slot}].from_step >> wanted[{slot}].from_cell;\n"
    advance = """
            const std::vector<lateralnet::Spikes> recorded = lateralnet::run_steps(steps, wanted);
    """
    return "std::cout.rdbuf(answers);" + serve_segments(
        device, model, spec, recorder,
        advance=advance, wishes=wishes, spikes=_spike_writes, upload=_upload, download=_download,
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


def _spike_writes(monitor: Any) -> str:
    return (
        f"{{ const lateralnet::Spikes& s = recorded[{_slot(monitor)}];"
        f" const int64_t sizes[2] = {{(int64_t)s.n_recorded.size(), (int64_t)s.cells.size()}};"
        f" put(sizes, 16); put(s.n_spikes.data(), 4*s.n_spikes.size());"
        f" put(s.n_recorded.data(), 4*s.n_recorded.size()); put(s.cells.data(), 4*s.cells.size());"
        f" }}\n"
    )
