"""Decorators that make a measure, a control or a figure of a function."""

from __future__ import annotations

import math
import re
from collections.abc import Callable

from lateralnet.errors import InputError
from lateralnet.learning.controls import CONTROLS
from lateralnet.measures.table import REPEATED_PARAMETERS, Measure, measure_of
from lateralnet.runs.own.parts import Draw, Network, OwnControl, OwnFigure, OwnMeasure, Value

_KEY = re.compile(r"[a-z][a-z0-9_]*")
_CONTROL = re.compile(r"[a-z][a-z0-9-]*")
_TAKEN = ("verdict", *REPEATED_PARAMETERS)
_CONDITIONS = ("untrained", "trained", *CONTROLS)


def measure(
    key: str,
    *,
    title: str,
    unit: str = "",
    text: str = "",
    low_is_good: bool | None = None,
    bounds: tuple[float, float] = (-math.inf, math.inf),
    digits: int = 3,
) -> Callable[[Value], OwnMeasure]:
    """Make a measure of a function ``f(condition, params) -> number``.

    Parameters
    ----------
    key : str
        Name in the results: small letters, digits and underscores.
    title, unit, text : str
        Name on an axis, physical unit, and what it is; `title` where there is no `text`.
    low_is_good : bool, optional
        Which way is better.
    bounds : (float, float)
        Smallest and largest value possible.
    digits : int
        Decimal places shown.

    Raises
    ------
    InputError
        For a key that is not usable, or is one of ours.

    Notes
    -----
    The condition is what ``run["trained"]`` gives: `spikes`, `rates_hz`, `decoded`, `test`, and
    our own `measures` of it.
    """
    if not _KEY.fullmatch(key) or measure_of(key).source or key in _TAKEN:
        raise InputError(
            f"own measure {key!r}: the key must be of small letters, digits and underscores, and "
            "not that of a measure that is there."
        )
    row = Measure(key, unit, title, text or title, low_is_good, None, bounds, digits, "own", key)
    return lambda function: OwnMeasure(row, function)


def control(name: str) -> Callable[[Network], OwnControl]:
    """Make a control of a function ``f(untrained, trained) -> network`` to test.

    Both are `lateralnet.network.Replica` values of one wiring; return one of them, changed:
    ``trained.with_weights_of({"mon_ts.w": ...})``. Its plasticity is frozen in the test.

    Raises
    ------
    InputError
        For a name that is not usable, or is that of a condition that is there.
    """
    if not _CONTROL.fullmatch(name) or name in _CONDITIONS:
        raise InputError(
            f"own control {name!r}: the name must be of small letters, digits and hyphens, and "
            f"none of {', '.join(_CONDITIONS)}."
        )
    return lambda function: OwnControl(name, function)


def figure(name: str, *, caption: str) -> Callable[[Draw], OwnFigure]:
    """Make a figure of a function ``f(run, seed)`` that returns a Matplotlib figure.

    It is drawn into ``figures/own_<name>.png``; the caption stands below it in reports.

    Raises
    ------
    InputError
        For a name that is not usable.
    """
    if not _KEY.fullmatch(name):
        raise InputError(
            f"own figure {name!r}: the name must be of small letters, digits and underscores."
        )
    return lambda function: OwnFigure(name, caption, function)
