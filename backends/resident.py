"""A standalone program that stays, runs segment after segment, and leaves results in one file.

As Brian2 makes it, a program loads its inputs, runs once, writes all arrays it knows (wiring and
constants too: sixty files of some megabytes) and ends. For a short segment that takes longer
than the simulation. The lines inserted here let it wait for a line that says how many steps to
run and which inputs to read again, and write what was asked for.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from backends.base import Arrays, Outcome, ProgramSpec, Spikes, Watch
from backends.errors import ProgramRunError
from backends.generate import InputRecorder
from backends.host.server import DONE, Server
from backends.standalone import StandaloneProgram

FILE = "segment.bin"
RUN_UNDER = "LATERALNET_RUN_UNDER"  # a debugger, profiler or sanitizer: a JSON list of words
_STATIC = "_static_array_"


class PackedProgram(StandaloneProgram):
    """The parent's side of such a program."""

    takes_parts = True

    def __init__(self, folder: Path, spec: ProgramSpec, info: dict[str, Any]) -> None:
        super().__init__(folder, spec, info)
        self._server: Server | None = None

    def run(
        self, inputs: Arrays, n_steps: int, watch: Mapping[str, Watch] | None = None
    ) -> Outcome:
        """Run one segment; see `backends.base.Program`."""
        if any(
            not _reloaded(name) and self._written.get(name) is not inputs[name] for name in inputs
        ):
            self._stop()  # wiring is read at the start only
        try:
            changed = self._write(inputs)
        except ProgramRunError:
            self._stop()  # it has not read what was written before that
            raise
        began = time.perf_counter()
        if self._server is None:
            command = [part.replace("{folder}", str(self._folder)) for part in self._command]
            command = [*json.loads(os.environ.get(RUN_UNDER, "[]")), *command]
            self._server = Server(command, self._scratch, "the simulation", self.variables)
            changed = []
        order = list(self._spec.inputs)
        numbers = [f"{order.index(name)}:{inputs[name].size}" for name in changed]
        try:
            self._server.ask(" ".join([str(n_steps), *self._wishes(watch or {}), *numbers]))
        except ProgramRunError:
            self._stop()
            raise
        self.child_wall_s += time.perf_counter() - began
        return self._collect(n_steps)

    def close(self) -> None:
        """End the program and remove the scratch folder."""
        self._stop()
        super().close()

    def _stop(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
            for name in self._spec.state:  # what its files say is older than what it held
                self._written.pop(name, None)

    def _collect(self, n_steps: int) -> Outcome:
        """Read the state and the spikes."""
        path = self._scratch / "results" / FILE
        try:
            content = path.read_bytes()
            path.unlink()  # so that a program that writes nothing cannot pass for one that did
        except OSError as error:
            raise ProgramRunError(f"the program left no results ({error}).") from None
        reader = Reader(content)
        state = {}
        for name in self._spec.state:
            dtype, size = self._spec.inputs[name]
            # The program goes on with these values: they need not be written again.
            self._written[name] = state[name] = reader.take(dtype, size)
        spikes = {name: self._take_spikes(reader, name, n_steps) for name in self._spec.spikes}
        reader.finish()
        return Outcome(state=state, spikes=spikes)

    def _wishes(self, watch: Mapping[str, Watch]) -> list[str]:
        """What the program is told of the spikes that are asked for: nothing, it returns all."""
        return []

    def _take_spikes(self, reader: Reader, name: str, n_steps: int) -> Spikes:
        """Cells come sorted by step and, as thresholds go through them in order, by cell."""
        n_recorded, n_spikes = (int(number) for number in reader.take("int64", 2))
        if n_recorded != n_steps:
            raise ProgramRunError(
                f"the program recorded {n_recorded} of {n_steps} steps of {name}."
            )
        per_step, index = reader.take("int32", n_steps), reader.take("int32", n_spikes)
        return Spikes(step=np.repeat(np.arange(n_steps), per_step), index=index)


class Reader:
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


def _reloaded(name: str) -> bool:
    """Whether a running program can take up this input."""
    return not name.endswith((".i", ".j"))


def _no_copy(array: str, values: str, size: str) -> str:
    """C++ for a device whose arrays are those of the host."""
    return ""


def serve_segments(
    device: Any,
    model: Any,
    spec: dict[str, Any],
    recorder: InputRecorder,
    *,
    advance: str,
    wishes: str = "",
    spikes: Callable[[Any], str],
    upload: Callable[[str, str, str], str] = _no_copy,
    download: Callable[[str, str, str], str] = _no_copy,
) -> str:
    """C++ for the end of ``main``: run segments until the input ends.

    Parameters
    ----------
    device, model, spec, recorder
        As `generate.generate_project` hands them on.
    advance : str
        C++ that runs ``steps`` time steps.
    wishes : str
        C++ that takes from ``words`` what `PackedProgram._wishes` told.
    spikes : callable
        ``spikes(monitor)``: C++ that hands to ``put(values, bytes)`` what was recorded.
    upload, download : callable
        ``upload(array, values, size)``: C++ that copies an array, whose values lie at ``values``,
        to and from where the device has it.
    """
    return f"""
        std::string request;
        while (std::getline(std::cin, request))
        {{
            std::istringstream words(request);
            long steps = 0;
            words >> steps;
            {wishes}
            int input;
            size_t count;
            for (char colon; words >> input >> colon >> count;) switch (input)
            {{
                {"".join(_loads(model, spec, recorder, upload))}
            }}
            {advance}
            std::FILE* file = std::fopen("results/{FILE}", "wb");
            bool whole = file != nullptr;
            const auto put = [&](const void* values, size_t size)
            {{ whole = whole && (size == 0 || std::fwrite(values, size, 1, file) == 1); }};
            {"".join(_state_writes(device, model, download))}
            {"".join(spikes(monitor) for monitor in model.spike_monitors.values())}
            if (!whole || std::fclose(file) != 0)
            {{ std::cerr << "cannot write results/{FILE}" << std::endl; exit(5); }}
            std::cout << "{DONE}" << std::endl;
        }}
        exit(0);
    """


HELPERS = """
#include<cstdio>
#include<iostream>
#include<sstream>
#include<string>
#include<vector>
template <typename File, typename Value>
void reload(const char* path, File* buffer, Value* values, size_t count, size_t size)
{
    std::FILE* file = std::fopen(path, "rb");
    if (!file || std::fread(buffer, sizeof(File), count, file) != count
        || (count == size && std::fgetc(file) != EOF))
    { std::cerr << "cannot read " << path << std::endl; exit(4); }
    std::fclose(file);
    if ((const void*)buffer != (const void*)values) std::copy(buffer, buffer + count, values);
}
"""


def _loads(
    model: Any,
    spec: dict[str, Any],
    recorder: InputRecorder,
    upload: Callable[[str, str, str], str],
) -> Iterator[str]:
    """Read an input again: into the buffer that Brian2 keeps of it, and from there to its place."""
    files = dict(recorder.files)
    for name, table in model.timed_arrays.items():
        files[f"{name}.values"] = f"{table.name}_values"
    for number, (name, (_, size)) in enumerate(spec["inputs"].items()):
        if not _reloaded(name):
            continue
        file = files[name]
        place = recorder.arrays.get(name, file.removeprefix(_STATIC))
        values = f"{place}.data()" if place.startswith("_dynamic") else place
        buffer = file if file.startswith(_STATIC) else values
        yield (
            f'case {number}: reload("static_arrays/{file}", {buffer}, {values}, count, {size});'
            f" {upload(place, values, 'count')} break;\n"
        )


def _state_writes(
    device: Any, model: Any, download: Callable[[str, str, str], str]
) -> Iterator[str]:
    for owner, name in model.outputs.values():
        variable = owner.variables[name]
        array = device.get_array_name(variable, access_data=False)
        # Values of synapses are vectors, those of cells arrays whose size is compiled in.
        first, size = (
            (f"{array}.data()", f"{array}.size()")
            if array.startswith("_dynamic")
            else (array, str(variable.size))
        )
        yield f"{download(array, first, size)} put({first}, {size}*sizeof({first}[0]));\n"
