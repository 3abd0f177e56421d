"""In the child process: what the generators of cpp, cuda and genn share.

All three write a C++ project whose program reads ``static_arrays/*`` when it starts. The
functions here find out which file holds which input, and make the program read what Brian2
would otherwise compile in: single numbers and the duration.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from backends.standalone import STEPS_VARIABLE


class InputRecorder:
    """The `assign` of a builder: gives dummy arrays, notes the file that Brian2 makes of each.

    Brian2 turns an assigned array into a static file, but compiles a single number in; for
    those, code is inserted that reads a file of our own.
    """

    def __init__(self, device: Any, inputs: dict[str, tuple[str, int]]) -> None:
        self._device = device
        self._inputs = inputs
        self.files: dict[str, str] = {}
        self.singles: list[str] = []
        self.arrays: dict[str, str] = {}

    def __call__(self, name: str, setter: Any) -> None:
        dtype, size = self._inputs[name]
        before = set(self._device.static_arrays)
        setter(self.dummy(name, size).astype(dtype))
        made = sorted(set(self._device.static_arrays) - before)
        owner, variable = name.split(".")
        if variable == "j":
            ends = {"i": "sources", "j": "targets"}
            for end, word in ends.items():
                match = [file for file in made if word in file]
                if match:
                    self.files[f"{owner}.{end}"] = match[0]
        elif len(made) == 1:
            self.files[name] = made[0]
        elif size == 1 and variable not in ("i", "values"):
            self.singles.append(name)

    def dummy(self, name: str, size: int) -> np.ndarray:
        """Return the array to generate with. Ends of synapses must be cells; 0 always is."""
        return np.zeros(size)

    def finish(self, groups: dict[str, Any]) -> dict[str, str]:
        """Return name -> C++ array for the inputs that Brian2 would compile in."""
        for name in self.singles:
            owner, variable = name.split(".")
            self.arrays[name] = self._device.get_array_name(
                groups[owner].variables[variable], access_data=False
            )
            self.files[name] = name
        return self.arrays


def write_manifest(folder: Path, spec: dict[str, Any], **facts: Any) -> None:
    """Check that every input has its file and store the manifest beside the program."""
    lost = sorted(set(spec["inputs"]) - set(facts["input_files"]))
    if lost:
        raise RuntimeError(f"inputs without a file in the generated project: {lost}")
    (folder / "manifest.json").write_text(json.dumps({"spec": spec, **facts}, indent=1))


def input_dtypes(device: Any, spec: dict[str, Any], files: dict[str, str]) -> dict[str, str]:
    """Return the type in which the program reads each input: Brian2 may have widened it."""
    arrays = device.static_arrays
    return {
        name: str(arrays[file].dtype) if file in arrays else spec["inputs"][name][0]
        for name, file in files.items()
    }


def duration_code(spec: dict[str, Any]) -> str:
    """C++ expression for the length of the segment, which the parent gives in steps."""
    return f'atof(getenv("{STEPS_VARIABLE}"))*{spec["dt_s"]!r}'


def read_single(name: str, array: str, then: str = "") -> str:
    """C++ that reads one number from its file, and stops the program where it is missing."""
    return f"""{{
        std::ifstream single("static_arrays/{name}", std::ios::binary);
        if (!single.read(reinterpret_cast<char*>(&{array}[0]), sizeof({array}[0])))
        {{ std::cerr << "cannot read static_arrays/{name}" << std::endl; exit(4); }}
        {then}
    }}"""


def static_name(device: Any, table: Any) -> str:
    """Return the static file that holds the values of a TimedArray."""
    (found,) = [name for name in device.static_arrays if f"{table.name}_values" in name]
    return str(found)


def result_files(device: Any, model: Any) -> dict[str, Any]:
    """Return which result file holds which state variable and which spikes."""

    def file_of(owner: Any, variable: str) -> str:
        return Path(device.get_array_filename(owner.variables[variable])).name

    return {
        "state_files": {name: file_of(*place) for name, place in model.outputs.items()},
        "spike_files": {
            name: [file_of(monitor, "t"), file_of(monitor, "i")]
            for name, monitor in model.spike_monitors.items()
        },
    }


def run_network(device: Any, model: Any, spec: dict[str, Any], recorder: InputRecorder) -> str:
    """C++ that advances the network by Brian2's own loop."""
    return f"{model.network.name}.run({duration_code(spec)}, NULL, 10.0);"


def generate_project(
    spec: dict[str, Any],
    folder: Path,
    after_single: Callable[[str], str] = lambda array: "",
    advance: Callable[[Any, Any, dict[str, Any], InputRecorder], str] = run_network,
) -> dict[str, Any]:
    """Let the active standalone device write its project; return the facts of the manifest.

    The network is "run" for 0 s, which generates everything; the real duration is read by an
    inserted line when the program runs. `after_single(array)` is C++ for a device that has
    another copy of a single number to keep up, `advance(device, model, spec, recorder)` C++
    that runs the segment.
    """
    import brian2 as b2

    b2.prefs.core.default_float_dtype = getattr(b2, spec["definition"]["precision"])
    device = b2.get_device()
    recorder = InputRecorder(device, spec["inputs"])
    model = load_builder(spec["builder"])(recorder, spec["definition"])
    for name, array in recorder.finish(model.owners).items():
        device.insert_code("main", read_single(name, array, after_single(array)))
    model.network.run(0 * b2.second)
    device.insert_code("main", advance(device, model, spec, recorder))
    device.build(directory=str(folder), compile=False, run=False)
    for name, table in model.timed_arrays.items():
        recorder.files[f"{name}.values"] = static_name(device, table)
    return {
        "input_files": recorder.files,
        "input_dtypes": input_dtypes(device, spec, recorder.files),
        **result_files(device, model),
    }


def load_builder(name: str) -> Any:
    """Return the function that ``"module:function"`` names."""
    module, function = name.split(":")
    return getattr(importlib.import_module(module), function)
