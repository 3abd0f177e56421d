"""What a user may add to a run: a measure, a control, a figure."""

from __future__ import annotations

import contextlib
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lateralnet.errors import LateralnetError, SimulationError
from lateralnet.measures.table import Measure
from lateralnet.network.wiring import Replica
from lateralnet.parameters.params import NetworkParams

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


@contextlib.contextmanager
def said(what: str, kind: type[LateralnetError] = SimulationError) -> Iterator[None]:
    """Say what a function of the user raises, and in which line, as one of our errors."""
    try:
        yield
    except Exception as error:  # of a function of the user, which may raise anything
        last = traceback.extract_tb(error.__traceback__)[-1]
        raise kind(
            f"{what}: {type(error).__name__}: {error} ({Path(last.filename).name}, line "
            f"{last.lineno})."
        ) from error
