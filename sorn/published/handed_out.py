"""A state in the user's hands: a dictionary that notices whether it was looked at.

A loop of one step a call hands each state back unseen. As long as nobody has looked at its arrays
they need not be copied, and cannot have been changed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

import numpy as np

from sorn.arrays import NumpyArray

Arrays = Mapping[str, NumpyArray]


class HandedOutState(dict[str, NumpyArray]):
    """The seven documented arrays, copied from those of the package at the first look.

    Behaves as the dictionary it is, pickled and copied as a plain one.

    Parameters
    ----------
    source : mapping of ndarray
        The arrays as they were at the end of the run; never changed, and never handed out.
    """

    def __init__(self, source: Arrays) -> None:
        self.source = source
        self.seen = False

    def is_unchanged(self) -> bool:
        """Whether it holds what was handed out, value by value."""
        if not self.seen:
            return True
        return self.keys() == self.source.keys() and all(
            type(array) is np.ndarray and np.array_equal(array, self.source[name])
            for name, array in self.items()
        )

    def look(self) -> None:
        """Put the arrays in their place, if they are not there yet."""
        if not self.seen:
            super().update({name: array.copy() for name, array in self.source.items()})
            self.seen = True

    def __reduce__(self) -> tuple[Any, ...]:
        return dict, (dict(self),)


def _looking(name: str) -> Callable[..., Any]:
    """The method of `dict` under that name, after a look."""
    plain: Callable[..., Any] = getattr(dict, name)

    @wraps(plain)
    def method(self: HandedOutState, *values: Any, **more: Any) -> Any:
        self.look()
        return plain(self, *values, **more)

    return method


for _name in (
    "__contains__", "__delitem__", "__eq__", "__getitem__", "__ior__", "__iter__", "__len__",
    "__ne__", "__or__", "__repr__", "__reversed__", "__ror__", "__setitem__", "__sizeof__",
    "clear", "copy", "get", "items", "keys", "pop", "popitem", "setdefault", "update", "values",
):  # fmt: skip
    setattr(HandedOutState, _name, _looking(_name))
