"""Results of a segment in one file, instead of one file for every array that Brian2 knows.

A standalone program writes all its arrays when it ends, wiring and constants too: sixty files
of some megabytes. The lines inserted here write what the simulation asks for, and leave.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from backends.base import Outcome, Spikes
from backends.errors import ProgramRunError
from backends.standalone import STEPS_VARIABLE, StandaloneProgram

FILE = "segment.bin"


class PackedProgram(StandaloneProgram):
    """A standalone program that leaves its results in `FILE`."""

    def _collect(self, n_steps: int) -> Outcome:
        """Read the state and the spikes."""
        path = self._scratch / "results" / FILE
        try:
            content = path.read_bytes()
            path.unlink()  # so that a program that writes nothing cannot pass for one that did
        except OSError as error:
            raise ProgramRunError(f"the program left no results ({error}).") from None
        reader = _Reader(content)
        state = {}
        for name in self._spec.state:
            dtype, size = self._spec.inputs[name]
            state[name] = reader.take(dtype, size)
        spikes = {name: _spikes(reader, name, n_steps) for name in self._spec.spikes}
        reader.finish()
        return Outcome(state=state, spikes=spikes)


class _Reader:
    """Arrays one after the other in a buffer."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._place = 0

    def take(self, dtype: str, size: int) -> np.ndarray:
        """Return the next `size` numbers."""
        n_bytes = np.dtype(dtype).itemsize * size
        if size < 0 or self._place + n_bytes > len(self._content):
            raise ProgramRunError("the results of the program are too short.")
        values = np.frombuffer(self._content, dtype, size, self._place)
        self._place += n_bytes
        return values

    def finish(self) -> None:
        """Check that nothing is left."""
        if self._place != len(self._content):
            raise ProgramRunError("the results of the program are too long.")


def _spikes(reader: _Reader, name: str, n_steps: int) -> Spikes:
    """Cells come sorted by step and, as thresholders go through them in order, by cell."""
    n_recorded, n_spikes = (int(number) for number in reader.take("int64", 2))
    if n_recorded != n_steps:
        raise ProgramRunError(f"the program recorded {n_recorded} of {n_steps} steps of {name}.")
    per_step, index = reader.take("int32", n_steps), reader.take("int32", n_spikes)
    return Spikes(step=np.repeat(np.arange(n_steps), per_step), index=index)


def run_and_pack(device: Any, model: Any, spec: dict[str, Any]) -> str:
    """C++ for the end of ``main``: advance the network, write the results and leave.

    The network has one clock, so its objects can be called in turn without the search for the
    next clock, and the look at the time of day, that Brian2 takes in every step.
    """
    network = model.network.name
    return f"""
        for (long left = atol(getenv("{STEPS_VARIABLE}")); left > 0; left--)
        {{
            for (const auto& object : {network}.objects) if (object.second) object.second();
            defaultclock.tick();
        }}
        std::FILE* file = std::fopen("results/{FILE}", "wb");
        bool whole = file != nullptr;
        const auto put = [&](const void* values, size_t size)
        {{ whole = whole && (size == 0 || std::fwrite(values, size, 1, file) == 1); }};
        {"".join(_writes(device, model))}
        if (!whole || std::fclose(file) != 0)
        {{ std::cerr << "cannot write results/{FILE}" << std::endl; exit(5); }}
        exit(0);  // nothing that Brian2 does at the end is needed
    """


def _writes(device: Any, model: Any) -> Iterator[str]:
    for owner, name in model.outputs.values():
        variable = owner.variables[name]
        array = device.get_array_name(variable, access_data=False)
        # Values of synapses are vectors, those of cells arrays whose size is compiled in.
        first, size = (
            (f"{array}.data()", f"{array}.size()")
            if array.startswith("_dynamic")
            else (array, str(variable.size))
        )
        yield f"put({first}, {size}*sizeof({first}[0]));\n"
    for monitor in model.spike_monitors.values():
        cells = device.get_array_name(monitor.variables["i"], access_data=False)
        per_step = f"{monitor.codeobj.name}_per_step"
        yield (
            f"{{ const int64_t sizes[2] = {{(int64_t){per_step}.size(), (int64_t){cells}.size()}};"
            f" put(sizes, 16); put({per_step}.data(), 4*{per_step}.size());"
            f" put({cells}.data(), 4*{cells}.size()); }}\n"
        )
