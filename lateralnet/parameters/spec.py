"""What is known about a parameter beside its value: unit, range, flag, meaning."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from lateralnet.errors import ParameterError

TRAINING, TEST, BOTH = "training", "test", "both"  # what reads a parameter


@dataclass(frozen=True)
class Spec:
    """What is known about one parameter beside its value.

    Attributes
    ----------
    kind : type
        ``int``, ``float``, ``bool`` or ``str``.
    flag : str
        The main command-line flag.
    aliases : tuple of str
        Other spellings of the flag.
    unit : str
        Physical unit, ``""`` where there is none.
    low, high : float or None
        Bounds; `low_open` excludes the lower one.
    choices : tuple of str
        Allowed values of a ``str``.
    optional : bool
        Whether ``None`` is allowed.
    read_by : str
        `TRAINING`: a change asks for another training. `TEST`: only the test reads it. `BOTH`:
        the test can be given another value than the training.
    """

    kind: type
    flag: str
    group: str
    text: str
    unit: str = ""
    low: float | None = None
    high: float | None = None
    low_open: bool = False
    choices: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    optional: bool = False
    read_by: str = TRAINING

    @property
    def range_text(self) -> str:
        """The allowed values in words."""
        if self.kind is bool:
            return "on or off"
        if self.choices:
            return " or ".join(self.choices)
        whole = "a whole number " if self.kind is int else ""
        unit = f" {self.unit}" if self.unit else ""
        if self.low is None:
            return f"{whole}any finite number{unit}".strip() if not whole else whole + unit
        if self.high is not None:
            return f"{whole}{self.low:g} to {self.high:g}{unit}"
        return f"{whole}{'>' if self.low_open else '>='} {self.low:g}{unit}"

    def check(self, name: str, value: Any) -> Any:
        """Return `value` as `kind`; raise `ParameterError` with the range when it is outside."""
        if value is None and self.optional:
            return None
        problem = ParameterError(
            f"{self.flag} ({name}) = {value!r} is not allowed: it must be {self.range_text}."
        )
        if self.kind is bool:
            if not isinstance(value, bool):
                raise problem
            return value
        if self.kind is str:
            if value not in self.choices:
                raise problem
            return value
        if isinstance(value, bool):
            raise problem
        try:
            number = float(value)
        except (TypeError, ValueError):
            raise problem from None
        if not math.isfinite(number) or (self.kind is int and number != int(number)):
            raise problem
        if self.low is not None and (number < self.low or (self.low_open and number == self.low)):
            raise problem
        if self.high is not None and number > self.high:
            raise problem
        return int(number) if self.kind is int else number
