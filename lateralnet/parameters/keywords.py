"""Keywords of the public functions: a wrong one is one sentence with the nearest names."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from lateralnet.errors import InputError, nearest_names
from lateralnet.parameters.params import spellings

P = ParamSpec("P")
R = TypeVar("R")
_REST = inspect.Parameter.VAR_KEYWORD


def checked_keywords(function: Callable[P, R]) -> Callable[P, R]:
    """Return `function`, refusing keywords that it does not have.

    One with ``**`` takes parameters of the network too, by field or flag name.

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
    arguments_of = inspect.signature(function).parameters
    known = [name for name, argument in arguments_of.items() if argument.kind is not _REST]
    fields = spellings() if len(known) < len(arguments_of) else {}
    name_of = function.__qualname__.removesuffix(".__init__")

    @functools.wraps(function)
    def checked(*arguments: P.args, **keywords: P.kwargs) -> R:
        for name in keywords:
            if name not in known and name.lower() not in fields:
                near = nearest_names(name, (*known, *fields))
                raise InputError(f"{name_of}() has no argument {name!r}.{near}")
        return function(*arguments, **keywords)

    return checked


def checked_fields(kind: type[R]) -> type[R]:
    """Return the class, which refuses fields that it does not have as `checked_keywords` does."""
    type.__setattr__(kind, "__init__", checked_keywords(vars(kind)["__init__"]))
    return kind
