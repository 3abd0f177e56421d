"""A standalone program that stays, runs segment after segment, and keeps its state meanwhile.

As Brian2 makes it, a program loads its inputs, runs once, writes all arrays it knows (wiring and
constants too: sixty files of some megabytes) and ends. For a short segment that takes longer
than the simulation. The lines inserted here let it wait for requests, one line each:

* ``advance``: read some inputs again, run some steps, leave the spikes in one file;
* ``read``: leave arrays of the state, as they are now, in that file.
"""

from __future__ import annotations

import json
import mmap
import os
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from backends.base import Arrays, Outcome, ProgramSpec, Spikes, Watch
from backends.errors import ProgramRunError
from backends.generate import InputRecorder
from backends.host.server import DONE, Server
from backends.standalone import StandaloneProgram

FILE = "segment.bin"
HEADER = Path(__file__).parent / "include" / "segments.h"
RUN_UNDER = "LATERALNET_RUN_UNDER"  # a debugger, profiler or sanitizer: a JSON list of words
_STATIC = "_static_array_"


class PackedProgram(StandaloneProgram):
    """The parent's side of such a program; see `backends.base.ResidentProgram`."""

    def __init__(self, folder: Path, spec: ProgramSpec, info: dict[str, Any]) -> None:
        super().__init__(folder, spec, info)
        self._server: Server | None = None
        self._n_networks = int(spec.definition.get("replicas", 1))

    def run(self, inputs: Arrays, n_steps: int) -> Outcome:
        """Run one segment and return all of its spikes and the state after it."""
        spikes = self.advance(inputs, n_steps, Watch())
        return Outcome(state=self.read(self._spec.state), spikes=spikes)

    def advance(self, inputs: Arrays, n_steps: int, watch: Watch) -> dict[str, Spikes]:
        """Run one segment; see `backends.base.ResidentProgram`."""
        if any(
            not _reloaded(name) and self._written.get(name) is not inputs[name] for name in inputs
        ):
            self._stop()  # wiring is read at the start only
        held = self._spec.state if self._server is not None else ()
        try:
            changed = self._write(inputs, held)
        except ProgramRunError:
            self._stop()  # it has not read what was written before that
            raise
        if self._server is None:
            command = [part.replace("{folder}", str(self._folder)) for part in self._command]
            command = [*json.loads(os.environ.get(RUN_UNDER, "[]")), *command]
            self._server = Server(command, self._scratch, "the simulation", self.variables)
            changed = []
        order = list(self._spec.inputs)
        words = [n_steps, watch.from_step, len(watch.edges), *watch.edges]
        words += [watch.from_cell.get(name, 2**31 - 1) for name in self._spec.spikes]
        numbers = [f"{order.index(name)}:{inputs[name].size}" for name in changed]
        reader = self._ask("advance", *words, *numbers)
        for name in self._spec.state:
            self._written.pop(name, None)  # it went on from there
        n_bins = max(len(watch.edges) - 1, 0)
        spikes = {name: self._spikes(reader, n_bins) for name in self._spec.spikes}
        reader.finish()
        return spikes

    def read(self, names: Sequence[str]) -> dict[str, np.ndarray]:
        """Return arrays of the state; see `backends.base.ResidentProgram`."""
        if self._server is None:
            raise ProgramRunError("the simulation has no state before it has run.")
        reader = self._ask("read", *(self._spec.state.index(name) for name in names))
        state = {}
        for name in names:
            # The program goes on with these values: they need not be written again.
            self._written[name] = state[name] = reader.take(*self._spec.inputs[name])
        reader.finish()
        return state

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

    def _ask(self, *words: object) -> Reader:
        """Send a request and return what it left."""
        assert self._server is not None
        began = time.perf_counter()
        try:
            self._server.ask(" ".join(map(str, words)))
        except ProgramRunError:
            self._stop()
            raise
        self.child_wall_s += time.perf_counter() - began
        path = self._scratch / "results" / FILE
        try:
            with path.open("rb") as file:  # mapped, for copying takes as long as writing
                filled = os.fstat(file.fileno()).st_size > 0
                content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if filled else b""
            path.unlink()  # so that a program that writes nothing cannot pass for one that did
        except OSError as error:
            raise ProgramRunError(f"the program left no results ({error}).") from None
        return Reader(content)

    def _spikes(self, reader: Reader, n_bins: int) -> Spikes:
        bounds = np.zeros(self._n_networks + 1, dtype=np.int64)
        np.cumsum(reader.take("int64", self._n_networks), out=bounds[1:])
        counts = reader.take("int64", self._n_networks * n_bins)
        n_spikes = int(bounds[-1])
        step, index = reader.take("int32", n_spikes), reader.take("int32", n_spikes)
        by_bin = counts.reshape(self._n_networks, n_bins) if n_bins else None
        return Spikes(step.astype(np.int64), index, bounds, by_bin)


class Reader:
    """Arrays one after the other in a buffer."""

    def __init__(self, content: bytes | mmap.mmap) -> None:
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
    spikes: Callable[[Any], str],
    upload: Callable[[str, str, str], str] = _no_copy,
    download: Callable[[str, str, str], str] = _no_copy,
) -> str:
    """C++ for the end of ``main``: answer requests until the input ends.

    Parameters
    ----------
    device, model, spec, recorder
        As `generate.generate_project` hands them on.
    advance : str
        C++ that runs ``steps`` time steps. ``watch`` says which spikes are wanted, and
        ``from_cell[k]`` from which cell on, of the population ``spec["spikes"][k]``.
    spikes : callable
        ``spikes(monitor)``: C++ for the `lateralnet::Spikes` of a population.
    upload, download : callable
        ``upload(array, values, size)``: C++ that copies an array, whose values lie at ``values``,
        to and from where the device has it.
    """
    monitors = (model.spike_monitors[name] for name in spec["spikes"])
    return f"""
        std::string request;
        while (std::getline(std::cin, request))
        {{
            std::istringstream words(request);
            std::string what;
            words >> what;
            lateralnet::Results results("results/{FILE}");
            const auto put = [&](const void* values, size_t size) {{ results.put(values, size); }};
            if (what == "read")
            {{
                for (int array; words >> array;) switch (array)
                {{
                    {"".join(_state_writes(device, model, spec, download))}
                }}
            }}
            else
            {{
                long steps = 0;
                lateralnet::Watch watch;
                int from_cell[{len(spec["spikes"])}];
                words >> steps >> watch;
                for (int& first : from_cell) words >> first;
                int input;
                size_t count;
                for (char colon; words >> input >> colon >> count;) switch (input)
                {{
                    {"".join(_loads(model, spec, recorder, upload))}
                }}
                {advance}
                {"".join(f"{spikes(monitor)}.write(put);" for monitor in monitors)}
            }}
            results.finish();
            std::cout << "{DONE}" << std::endl;
        }}
        exit(0);
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
            f'case {number}: lateralnet::reload("static_arrays/{file}", {buffer}, {values}, count,'
            f" {size}); {upload(place, values, 'count')} break;\n"
        )


def _state_writes(
    device: Any, model: Any, spec: dict[str, Any], download: Callable[[str, str, str], str]
) -> Iterator[str]:
    for number, output in enumerate(spec["state"]):
        owner, name = model.outputs[output]
        variable = owner.variables[name]
        array = device.get_array_name(variable, access_data=False)
        # Values of synapses are vectors, those of cells arrays whose size is compiled in.
        first, size = (
            (f"{array}.data()", f"{array}.size()")
            if array.startswith("_dynamic")
            else (array, str(variable.size))
        )
        yield (
            f"case {number}: {download(array, first, size)}"
            f" put({first}, {size}*sizeof({first}[0])); break;\n"
        )
