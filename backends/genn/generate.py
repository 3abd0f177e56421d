"""In the child process: Brian2GeNN's project for a definition, made to run in segments.

What Brian2GeNN and GeNN do differently, and the answer here:

* they find the largest number of synapses of a cell by wiring the network once at build time:
  the dummy wiring has exactly the lengths that the program is to be built for;
* their `clip` rounds to float32: another one is put in its place;
* a spike reaches the synapses at the beginning of the next step, so those of the last step of a
  segment would be lost: the synapses are run once more at the end, and what they add to the
  cells is added there. So the state is that of Brian2, and any cut gives the same;
* single numbers are compiled in: inserted lines read them, in the program only and not in
  GeNN's generator, which runs the same lines at build time;
* the library is compiled without optimisation, in a folder that may not move: everything is
  compiled into one program.
"""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from backends.generate import (
    InputRecorder,
    input_dtypes,
    load_builder,
    read_single,
    result_files,
    static_name,
    write_manifest,
)
from backends.genn.target import CUDA, ON_CPU, Target
from backends.host.process import run_child

_IN_PROGRAM_ONLY = "DBG_SIZE"  # defined in main.h, which GeNN's generator does not include
_CODE = "magicnetwork_model_CODE"
_CLIP = """
template <typename V, typename A, typename B>
SUPPORT_CODE_FUNC V _clip(const V value, const A low, const B high)
{
    return value < low ? (V)low : (value > high ? (V)high : value);
}
"""


class WiringRecorder(InputRecorder):
    """An `InputRecorder` whose dummy wiring has the wanted row and column lengths."""

    def __init__(
        self,
        device: Any,
        inputs: dict[str, tuple[str, int]],
        row_lengths: dict[str, tuple[int, int]],
    ) -> None:
        super().__init__(device, inputs)
        self._row_lengths = row_lengths

    def dummy(self, name: str, size: int) -> np.ndarray:
        """Give every cell as many synapses as it may have, until they are used up."""
        owner, end = name.split(".")
        if end not in ("i", "j"):
            return np.zeros(size)
        return np.arange(size) // self._row_lengths[owner]["ij".index(end)]


def generate(spec: dict[str, Any], folder: Path, target: Target = ON_CPU) -> list[str]:
    """Write the project and its manifest; return the source files of the program.

    Everything up to the call of GeNN's generator, so GeNN itself is not needed.
    """
    import brian2 as b2
    import brian2genn  # noqa: F401 (registers the device)
    from brian2.core.functions import DEFAULT_FUNCTIONS
    from brian2genn.genn_generator import GeNNCodeGenerator

    DEFAULT_FUNCTIONS["clip"].implementations.add_implementation(
        GeNNCodeGenerator, code=_CLIP, name="_clip"
    )
    b2.set_device("genn", build_on_run=False, directory=str(folder))
    b2.prefs.core.default_float_dtype = getattr(b2, spec["definition"]["precision"])
    b2.prefs.devices.genn.connectivity = "SPARSE"  # DENSE has no duplicate synapses
    on_gpu = target.name == CUDA
    cuda = b2.prefs.devices.genn.cuda_backend
    # The program sees one GPU. Block sizes are GeNN's own, one warp; nobody measured others.
    cuda.device_select, cuda.blocksize_select_method = "MANUAL", "MANUAL"
    device = b2.get_device()
    recorder = WiringRecorder(device, spec["inputs"], spec["row_lengths"])
    model = load_builder(spec["builder"])(recorder, spec["definition"])
    for name, array in recorder.finish(model.owners).items():
        device.insert_code("main", _only_in_program(read_single(name, array)))
    model.network.run(0 * b2.second)
    device.insert_code("after_network_run", _only_in_program("updateSynapses(t);"))
    device.insert_code("before_end", _only_in_program(_add_last_input(model)))
    device.run_statement_used = False  # Brian2GeNN means to build inside of run
    device.build(directory=str(folder), compile=False, run=False, use_GPU=on_gpu)
    if on_gpu:
        _select_by_number(folder / "magicnetwork_model.cpp")
    for name, table in model.timed_arrays.items():
        recorder.files[f"{name}.values"] = static_name(device, table)
    write_manifest(
        folder,
        spec,
        command=["{folder}/main", "segment", "{duration_s}"],
        input_files=recorder.files,
        input_dtypes=input_dtypes(device, spec, recorder.files),
        **result_files(device, model),
    )
    _drop_output_folder(folder / "main.cpp")
    return ["main.cpp", *sorted(device.source_files), "brianlib/randomkit/randomkit.cc"]


def _only_in_program(code: str) -> str:
    return f"\n#ifdef {_IN_PROGRAM_ONLY}\n{code}\n#endif\n"


def _add_last_input(model: Any) -> str:
    """C++ that adds what the last spikes brought to the variables that Brian2 adds it to."""
    lines = []
    for owner in model.owners.values():
        written = getattr(owner, "_genn_post_write_var", None)
        if written is None:
            continue
        target = f"brian::_array_{owner.target.name}_{written.removesuffix('_post')}"
        lines.append(
            f"for (int n = 0; n < {len(owner.target)}; n++) {target}[n] += inSyn{owner.name}[n];"
        )
    return "\n".join(lines)


def _drop_output_folder(main: Path) -> None:
    """Take out the shell command that makes a folder for timings, which nobody asked for."""
    text = main.read_text()
    command = "  system(cmd.c_str());\n"
    if text.count(command) != 1:
        raise RuntimeError("main.cpp of Brian2GeNN is not what was expected")
    main.write_text(text.replace(command, ""))


def _select_by_number(model: Path) -> None:
    """Let the program take its first GPU; GeNN would write that of the building machine into it."""
    text = model.read_text()
    line = "    GENN_PREFERENCES.blockSizeSelectMethod"
    if text.count(line) != 1:
        raise RuntimeError("the model of Brian2GeNN is not what was expected")
    model.write_text(
        text.replace(line, f"    GENN_PREFERENCES.selectGPUByDeviceID = true;\n{line}")
    )


def compile_project(folder: Path, sources: list[str], target: Target, jobs: int) -> None:
    """Compile the program and GeNN's code into one binary and drop what only that needed."""
    generated = sorted(f"{_CODE}/{path.name}" for path in (folder / _CODE).glob("*.cc"))
    files = [*dict.fromkeys(sources), *generated]
    objects = folder / "objects"
    objects.mkdir()

    def compile_one(numbered: tuple[int, str]) -> str:
        number, source = numbered
        made = f"objects/{number}.o"
        command = target.compile(source, generated=source in generated)
        run_child([*command, "-o", made], cwd=folder, what=f"compiling {source}")
        return made

    with ThreadPoolExecutor(jobs) as pool:
        made = list(pool.map(compile_one, enumerate(files)))
    run_child([*target.link, *made, "-o", "main"], cwd=folder, what="linking")
    shutil.rmtree(objects)


def work(request: dict[str, Any]) -> None:
    """In the child: generate only, for machines that have Brian2GeNN but not GeNN."""
    generate(request["spec"], Path(request["folder"]))
