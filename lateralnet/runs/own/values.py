"""What a run takes beside what the package has, as values, and what their functions are asked."""

from __future__ import annotations

import contextlib
import math
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lateralnet.errors import InputError, LateralnetError, SimulationError
from lateralnet.learning.test_sweeps import run_test
from lateralnet.measures.table import Measure
from lateralnet.network.own_model import OwnModel
from lateralnet.network.wiring import Replica
from lateralnet.parameters.params import NetworkParams
from lateralnet.records.record import TestRecord
from lateralnet.simulation.session import Session
from lateralnet.stimulus.own import Stimulus

# What a user's functions get: a `Condition` and a `Run` of `lateralnet.runs.outcome`, which stand
# above this module.
Value = Callable[[Any, NetworkParams], float]
Network = Callable[[Replica, Replica], Replica]
Draw = Callable[[Any, int], Any]


@dataclass(frozen=True)
class OwnMeasure:
    """A number of each tested condition; see `measure`."""

    row: Measure
    value: Value


@dataclass(frozen=True)
class OwnControl:
    """A network to test beside untrained and trained; see `control`."""

    name: str
    network: Network


@dataclass(frozen=True)
class OwnFigure:
    """A picture of a seed; see `figure`."""

    name: str
    caption: str
    draw: Draw


Part = OwnMeasure | OwnControl | OwnFigure


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
            from lateralnet.runs.own.reading import fingerprint_of, own_file

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


@contextlib.contextmanager
def said(what: str, kind: type[LateralnetError] = SimulationError) -> Iterator[None]:
    """Say what a function of the user raises, and in which line, as one of our errors."""
    try:
        yield
    except Exception as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        raise kind(
            f"{what}: {type(error).__name__}: {error} ({Path(last.filename).name}, line "
            f"{last.lineno})."
        ) from error
