"""What the standalone devices (cpp, cuda, genn) share.

All three generate a C++ project whose program reads ``static_arrays/*`` when it starts and
writes ``results/*`` when it ends. So one binary serves every segment, seed and condition of the
same sizes. `generate` notes which file holds which input; this module, which needs NumPy only,
writes them, runs the program and reads the answer.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from backends.base import Arrays, Outcome, ProgramSpec, Spikes
from backends.cache import Kept
from backends.errors import ProgramRunError
from backends.host.process import run_child
from backends.host.scratch import Scratch

STEPS_VARIABLE = "LATERALNET_STEPS"


def check_inputs(inputs: Arrays, spec: ProgramSpec, held: Sequence[str] = ()) -> None:
    """Check names and sizes, which the programs themselves do not; those `held` may be missing."""
    wrong = sorted((set(inputs) ^ set(spec.inputs)) - (set(held) - set(inputs)))
    if wrong:
        raise ProgramRunError(f"inputs that the program has not, or lacks: {', '.join(wrong)}.")
    for name, array in inputs.items():
        size = spec.inputs[name][1]
        if array.size > size or (array.size < size and not is_table(name)):
            raise ProgramRunError(f"input {name} has {array.size} values, expected {size}.")


def is_table(name: str) -> bool:
    """Whether an input holds the values of a table, which may be given in part, from its start."""
    return name.endswith(".values")


class StandaloneProgram:
    """A built standalone project and the scratch folder in which it runs."""

    def __init__(self, folder: Path, spec: ProgramSpec, info: dict[str, Any]) -> None:
        self.info = info
        self.kept: Kept | None = None
        self._folder = folder
        self._spec = spec
        manifest = json.loads((folder / "manifest.json").read_text())
        self._input_files: dict[str, str] = manifest["input_files"]
        self._input_dtypes: dict[str, str] = manifest["input_dtypes"]
        self._state_files: dict[str, str] = manifest["state_files"]
        self._spike_files: dict[str, list[str]] = manifest["spike_files"]
        self._command: list[str] = manifest["command"]
        n_bytes = sum(np.dtype(d).itemsize * size for d, size in spec.inputs.values())
        self._owner = Scratch(2 * n_bytes)
        self._scratch = self._owner.path
        for sub in ("static_arrays", "results"):
            (self._scratch / sub).mkdir()
        for file in (folder / "static_arrays").iterdir():
            if file.name not in self._input_files.values():
                (self._scratch / "static_arrays" / file.name).symlink_to(file.resolve())
        static = str(self._scratch / "static_arrays")
        self._input_paths = {
            name: os.path.join(static, file) for name, file in self._input_files.items()
        }
        self._written: dict[str, np.ndarray] = {}
        self.variables: dict[str, str] = {}  # environment of the program, beside ours
        self.child_wall_s = 0.0  # spent waiting for the program, over all segments

    def run(self, inputs: Arrays, n_steps: int) -> Outcome:
        """Run one segment; see `backends.base.Program`."""
        self._write(inputs)
        command = [part.replace("{folder}", str(self._folder)) for part in self._command]
        began = time.perf_counter()
        run_child(
            [part.replace("{duration_s}", repr(n_steps * self._spec.dt_s)) for part in command],
            cwd=self._scratch,
            env={STEPS_VARIABLE: str(n_steps), **self.variables},
            what="the simulation",
        )
        self.child_wall_s += time.perf_counter() - began
        return self._collect(n_steps)

    def _collect(self, n_steps: int) -> Outcome:
        """Read the state and the spikes."""
        state = {name: self._read_state(name) for name in self._spec.state}
        spikes = {name: self._read_spikes(name, n_steps) for name in self._spec.spikes}
        return Outcome(state=state, spikes=spikes)

    @property
    def folder(self) -> Path:
        """Where the built program lies."""
        return self._folder

    def close(self) -> None:
        """Remove the scratch folder."""
        self._owner.remove()
        if self.kept is not None:
            self.kept.release()

    def _write(self, inputs: Arrays, held: Sequence[str] = ()) -> list[str]:
        """Write the inputs that changed and return their names; those `held` may be missing."""
        check_inputs(inputs, self._spec, held)
        changed = []
        for name, array in inputs.items():
            if self._written.get(name) is array:
                continue
            path, dtype = self._input_paths[name], self._input_dtypes[name]
            try:
                if array.size < self._spec.inputs[name][1]:
                    _write_part(
                        path, np.ascontiguousarray(array, dtype), self._spec.inputs[name][1]
                    )
                else:
                    np.ascontiguousarray(array, dtype).tofile(path)
            except OSError as error:
                raise ProgramRunError(f"cannot write {path}: {error.strerror}.") from None
            self._written[name] = array
            changed.append(name)
        return changed

    def _read(self, file: str, dtype: str) -> np.ndarray:
        path = self._scratch / "results" / file
        try:
            values = np.fromfile(path, dtype=dtype)
            path.unlink()  # so that a program that writes nothing cannot pass for one that did
        except OSError as error:
            raise ProgramRunError(f"the program left no result {file} ({error}).") from None
        return values

    def _read_state(self, name: str) -> np.ndarray:
        dtype, size = self._spec.inputs[name]
        values = self._read(self._state_files[name], dtype)
        if values.size != size:
            raise ProgramRunError(f"the program returned {values.size} of {size} values of {name}.")
        return values

    def _read_spikes(self, name: str, n_steps: int) -> Spikes:
        time_file, index_file = self._spike_files[name]
        time_s = self._read(time_file, "float64")
        index = self._read(index_file, "int32")
        step = np.rint(time_s / self._spec.dt_s).astype(np.int64)
        if step.size != index.size or (step.size and step.max() >= n_steps):
            raise ProgramRunError(f"the program returned a broken spike record of {name}.")
        if not _in_order(step, index):
            order = np.lexsort((index, step))
            step, index = step[order], index[order]
        return Spikes(step=step, index=index)


def _write_part(path: str, values: np.ndarray, size: int) -> None:
    """Write the first values of a table; the rest of its file is what it was, or zeros."""
    n_bytes = values.itemsize * size
    with open(path, "r+b" if os.path.exists(path) else "w+b") as file:
        if os.fstat(file.fileno()).st_size != n_bytes:
            file.truncate(n_bytes)
        file.write(values.data)


def _in_order(step: np.ndarray, index: np.ndarray) -> bool:
    """Whether spikes are sorted by (step, index)."""
    later, same = step[1:] > step[:-1], step[1:] == step[:-1]
    return bool((later | (same & (index[1:] >= index[:-1]))).all())
