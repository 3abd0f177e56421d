"""Keywords of the public functions: a wrong one is one sentence with the nearest names."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from lateralnet.errors import InputError, nearest_names

P = ParamSpec("P")
R = TypeVar("R")


def checked_keywords(function: Callable[P, R]) -> Callable[P, R]:
    """Return `function`, refusing keywords that it does not have.

    Raises
    ------
    InputError
        From a call with an unknown keyword, naming the nearest ones.

    Examples
    --------
    >>> @checked_keywords
    ... def fire(*, rate_hz: float = 1.0) -> float:
    ...     return rate_hz
    >>> fire(rate=2.0)
    Traceback (most recent call last):
    lateralnet.errors.InputError: fire() has no argument 'rate'. Did you mean rate_hz?
    """
    known = tuple(inspect.signature(function).parameters)

    @functools.wraps(function)
    def checked(*arguments: P.args, **keywords: P.kwargs) -> R:
        for name in keywords:
            if name not in known:
                near = nearest_names(name, known)
                raise InputError(f"{function.__name__}() has no argument {name!r}.{near}")
        return function(*arguments, **keywords)

    return checked
