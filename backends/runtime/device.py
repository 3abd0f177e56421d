"""Device runtime: Brian2's own NumPy target in a child process; it needs no compiler.

It is slow (about a hundred times slower than cpp), but it is Brian2's reference: the tests
compare the other devices with it, and a machine without a compiler can still run. The child
makes the Brian2 objects once and then answers one request per segment.
"""

from __future__ import annotations

import weakref
from pathlib import Path
from typing import Any

import numpy as np

from backends.base import (
    Arrays,
    BuildOptions,
    Capabilities,
    Outcome,
    ProgramSpec,
    Report,
    Spikes,
)
from backends.errors import DeviceUnavailableError, ProgramRunError
from backends.host.children import Child
from backends.host.scratch import Scratch
from backends.host.toolchain import package_versions, processor
from backends.registry import refusal_of
from backends.standalone import check_inputs

_WIRING = (".i", ".j")  # inputs that are part of the Brian2 objects


class RuntimeBackend:
    """See `backends.base.Backend`."""

    name = "runtime"
    capabilities = Capabilities(compiles=False, gpu=False)

    def probe(self, options: BuildOptions) -> Report:
        """Look for Brian2."""
        try:
            versions = package_versions(options.python)
        except DeviceUnavailableError as error:
            return Report(self.name, "missing", str(error), fix="correct --python")
        if "brian2" not in versions:
            return Report(
                self.name, "missing", f"no brian2 in {options.python}",
                fix="pip install brian2, or give --python an interpreter that has it",
            )  # fmt: skip
        return Report(
            self.name, "ready", "runs without a compiler, slowly",
            f"brian2 {versions['brian2']}, numpy {versions['numpy']}", processor().split(";")[0],
        )  # fmt: skip

    def build(self, spec: ProgramSpec, options: BuildOptions) -> RuntimeProgram:
        """Return the program; its child process starts with the first segment."""
        report = self.probe(options)
        if not report.usable:
            raise DeviceUnavailableError(refusal_of(report))
        versions = package_versions(options.python)
        return RuntimeProgram(
            spec, options, {"device": self.name, "versions": versions, "built": False}
        )


class RuntimeProgram:
    """A network in a child process; see `backends.base.Program`."""

    def __init__(self, spec: ProgramSpec, options: BuildOptions, info: dict[str, Any]) -> None:
        self.info = info
        self._spec = spec
        self._python = options.python
        self._owner = Scratch(
            2 * sum(np.dtype(d).itemsize * size for d, size in spec.inputs.values())
        )
        self._scratch = self._owner.path
        self._child: Child | None = None
        self._stop: weakref.finalize[Any, Any] | None = None
        self._wiring: dict[str, np.ndarray] = {}

    def run(self, inputs: Arrays, n_steps: int) -> Outcome:
        """Run one segment; see `backends.base.Program`."""
        check_inputs(inputs, self._spec)
        wiring = {name: array for name, array in inputs.items() if name.endswith(_WIRING)}
        nothing = np.zeros(0)
        if any(not np.array_equal(a, self._wiring.get(n, nothing)) for n, a in wiring.items()):
            self._end_child()
            self._wiring = wiring
        arrays: dict[str, Any] = dict(inputs)
        np.savez(self._scratch / "inputs.npz", **arrays)
        child = self._child or self._start_child()
        try:
            child.ask(str(n_steps))
        except ProgramRunError:
            self._end_child()
            raise
        with np.load(self._scratch / "outcome.npz", allow_pickle=False) as stored:
            return Outcome(
                state={name: stored[name] for name in self._spec.state},
                spikes={
                    name: Spikes(stored[f"{name}/step"], stored[f"{name}/index"])
                    for name in self._spec.spikes
                },
            )

    def close(self) -> None:
        """End the child and remove the scratch folder."""
        self._end_child()
        self._owner.remove()

    def _start_child(self) -> Child:
        self._child = Child(
            f"{__name__}:serve",
            {"spec": self._spec.as_dict(), "folder": str(self._scratch)},
            python=self._python,
            cwd=self._scratch,
            what="the simulation",
        )
        self._stop = weakref.finalize(self, self._child.end)
        return self._child

    def _end_child(self) -> None:
        if self._stop is not None:
            self._stop()
        self._child = self._stop = None


def serve(request: dict[str, Any], link: Any) -> None:
    """In the child: make the objects, then run a segment for every further request."""
    folder = Path(request["folder"])
    network = None
    for line in link.requests():
        with np.load(folder / "inputs.npz", allow_pickle=False) as stored:
            inputs = dict(stored)
        if network is None:
            network = _Network(request["spec"], inputs)
        np.savez(folder / "outcome.npz", **network.run(inputs, int(line)))
        link.say(done=True)


class _Network:
    """The Brian2 objects, set back to their first state and filled anew for every segment."""

    def __init__(self, spec: dict[str, Any], inputs: dict[str, np.ndarray]) -> None:
        import brian2 as b2

        from backends.generate import load_builder

        b2.prefs.codegen.target = "numpy"
        b2.prefs.core.default_float_dtype = getattr(b2, spec["definition"]["precision"])
        self._second = b2.second
        self._spec = spec
        self._setters: dict[str, Any] = {}
        dtypes = {name: dtype for name, (dtype, _) in spec["inputs"].items()}

        def assign(name: str, setter: Any) -> None:
            self._setters[name] = setter
            setter(inputs[name].astype(dtypes[name]))

        self._model = load_builder(spec["builder"])(assign, spec["definition"])
        self._model.network.store()

    def run(self, inputs: dict[str, np.ndarray], n_steps: int) -> dict[str, Any]:
        model, dt_s = self._model, self._spec["dt_s"]
        model.network.restore()  # time 0, empty monitors
        for name, array in inputs.items():
            owner, variable = name.split(".")
            if owner in model.timed_arrays:
                values = model.timed_arrays[owner].values
                values.reshape(-1)[: array.size] = array  # a table may come in part
            elif variable not in ("i", "j"):
                self._setters[name](array.astype(self._spec["inputs"][name][0]))
        model.network.run(n_steps * dt_s * self._second)
        outcome = {
            name: np.array(owner.variables[variable].get_value())
            for name, (owner, variable) in model.outputs.items()
        }
        for name, monitor in model.spike_monitors.items():
            step = np.rint(np.asarray(monitor.t_[:]) / dt_s).astype(np.int64)
            index = np.asarray(monitor.i[:], dtype=np.int32)
            order = np.lexsort((index, step))
            outcome |= {f"{name}/step": step[order], f"{name}/index": index[order]}
        return outcome
