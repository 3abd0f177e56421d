"""What a run was given as its own: parts, or a file that is run."""

from __future__ import annotations

import hashlib
import importlib.util
import math
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from lateralnet.errors import InputError
from lateralnet.learning.test_sweeps import run_test
from lateralnet.network.own_model import OwnModel
from lateralnet.network.wiring import Replica
from lateralnet.parameters.params import NetworkParams
from lateralnet.records.record import TestRecord
from lateralnet.runs.own.parts import OwnControl, OwnFigure, OwnMeasure, Part, said
from lateralnet.simulation.session import Session
from lateralnet.stimulus.own import Stimulus


@dataclass(frozen=True)
class Own:
    """What a run takes beside what the package has.

    Attributes
    ----------
    measures, controls, figures : tuple
        In the order of the file.
    stimulus, model
        Those of the file, if it has them.
    file, fingerprint : str
        Where it was read, and of its text; ``""`` for parts given as objects.
    """

    measures: tuple[OwnMeasure, ...] = ()
    controls: tuple[OwnControl, ...] = ()
    figures: tuple[OwnFigure, ...] = ()
    stimulus: Stimulus | None = field(default=None, compare=False)
    model: OwnModel | None = None
    file: str = ""
    fingerprint: str = ""

    def __getstate__(self) -> dict[str, Any]:
        """What travels to another process: of a file its place, since modules do not."""
        if not self.file:
            return dict(self.__dict__)
        return {"file": self.file, "fingerprint": self.fingerprint}

    def __setstate__(self, state: dict[str, Any]) -> None:
        if "measures" not in state:
            if fingerprint_of(Path(state["file"])) != state["fingerprint"]:
                raise InputError(f"--own {state['file']}: the file was changed during the run.")
            state = own_file(state["file"]).__dict__
        self.__dict__.update(state)

    def described(self) -> dict[str, Any]:
        """Return plain values, for ``params.json``."""
        keys = ("unit", "title", "text", "low_is_good", "digits")
        return {
            "file": self.file,
            "fingerprint": self.fingerprint,
            "measures": {
                m.row.key: {
                    **{key: getattr(m.row, key) for key in keys},
                    "bounds": [b if math.isfinite(b) else None for b in m.row.bounds],
                }
                for m in self.measures
            },
            "controls": [control.name for control in self.controls],
            "figures": {figure.name: figure.caption for figure in self.figures},
        }

    def values(self, condition: Any, params: NetworkParams) -> dict[str, float]:
        """Return the own measures of a condition.

        Raises
        ------
        SimulationError
            Saying which function failed, and how.
        """
        found = {}
        for one in self.measures:
            with said(f"own measure {one.row.key} of {condition.name}"):
                found[one.row.key] = float(one.value(condition, params))
        return found

    def network(self, control: OwnControl, untrained: Replica, trained: Replica) -> Replica:
        """Return the network of a control."""
        with said(f"own control {control.name}"):
            made = control.network(untrained, trained)
            if not isinstance(made, Replica):
                raise TypeError(f"it returned {type(made).__name__}, not a network")
            if made.definition("float64") != trained.definition("float64"):
                raise ValueError("it returned a network of other sizes or time constants")
        return made

    def test_controls(
        self, session: Session, untrained: Sequence[Replica], trained: Sequence[Replica]
    ) -> list[dict[str, TestRecord]]:
        """Test the own controls; return condition -> test, for each network."""
        found: list[dict[str, TestRecord]] = [{} for _ in trained]
        for control in self.controls:
            pairs = zip(untrained, trained, strict=True)
            networks = [self.network(control, before, after) for before, after in pairs]
            tests = run_test(session.simulation, networks, plastic=False)
            for conditions, test in zip(found, tests, strict=True):
                conditions[control.name] = test
        return found


OwnGiven = Own | str | Path | Iterable[Part] | None  # what `run`, `evaluate` and `draw` take


def own_of(given: OwnGiven) -> Own:
    """Return what a run was given as its own: a file, or parts.

    Raises
    ------
    InputError
        For a file that cannot be read or run, or for what is no measure, control or figure.
    """
    if isinstance(given, Own):
        return given
    if given is None or isinstance(given, (str, Path)):
        return Own() if given is None else own_file(given)
    parts = list(given)
    for part in parts:
        if not isinstance(part, Part):
            raise InputError(
                f"own: {part!r} is neither measure, control nor figure; decorate a function with "
                "lateralnet.runs.own.measure, .control or .figure."
            )
    return _own(parts)


def fingerprint_of(path: Path) -> str:
    """Return what tells the text of a file from another one, without running it.

    Raises
    ------
    InputError
        When it cannot be read.
    """
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()[:16]
    except OSError as error:
        raise InputError(f"--own {path}: {error.strerror}.") from None


def own_file(path: str | Path) -> Own:
    """Run a file and return what it defines.

    Raises
    ------
    InputError
        When it cannot be read, raises an error, or defines nothing of use.
    """
    file = Path(path).absolute()
    fingerprint = fingerprint_of(file)
    name = f"lateralnet_own_{fingerprint}"
    if file.suffix != ".py":
        raise InputError(f"--own {path}: it must be a Python file, .py.")
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses and pickle look for it there
    with said(f"--own {path}", InputError):
        spec.loader.exec_module(module)
    values = vars(module)
    parts = [value for value in values.values() if isinstance(value, Part)]
    own = replace(
        _own(parts), file=str(file), fingerprint=fingerprint,
        stimulus=values.get("stimulus"), model=values.get("model"),
    )  # fmt: skip
    if not parts and own.stimulus is None and own.model is None:
        raise InputError(
            f"--own {path}: it defines no measure, control or figure, and no `stimulus` or `model`."
        )
    return own


def _own(parts: Sequence[Part]) -> Own:
    measures = tuple(part for part in parts if isinstance(part, OwnMeasure))
    controls = tuple(part for part in parts if isinstance(part, OwnControl))
    figures = tuple(part for part in parts if isinstance(part, OwnFigure))
    names = [m.row.key for m in measures], [c.name for c in controls], [f.name for f in figures]
    for kind, found in zip(("measure", "control", "figure"), names, strict=True):
        for name in found:
            if found.count(name) > 1:
                raise InputError(f"own {kind} {name!r} is there twice; give it another name.")
    return Own(measures, controls, figures)
