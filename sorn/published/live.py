"""The network behind a returned state, so that a loop of one step a call does not rebuild it.

A call that hands back the very state of the last call, with the same options, goes on with the
same network. That the arrays hold what was handed out is checked value by value; anything else
builds a new network from them, so the result is the same either way.
"""

from __future__ import annotations

from dataclasses import dataclass
from operator import is_
from typing import Any

import numpy as np

from sorn.network import Network

State = dict[str, np.ndarray]
Spans = dict[str, tuple[int, int, tuple[int, ...]]]


@dataclass
class _HandedOut:
    """A state in the hands of the user, and what it must still hold."""

    network: Network
    options: dict[str, Any]
    state: State
    arrays: tuple[np.ndarray, ...]
    spans: Spans
    flat: np.ndarray
    kept: np.ndarray

    def is_unchanged(self, state: State, options: dict[str, Any]) -> bool:
        """Whether this very state comes back as it was, with the same options."""
        return (
            state is self.state
            and len(state) == len(self.arrays)
            and all(map(is_, state.values(), self.arrays))
            and _same(options, self.options)
            and bool((self.flat == self.kept).all())
        )


class LiveNetwork:
    """Remembers the network of the last call."""

    def __init__(self) -> None:
        self._last: _HandedOut | None = None

    def of(self, state: State | None, options: dict[str, Any]) -> tuple[Network | None, Any]:
        """The network that returned `state`, if it can go on, and a memory for `hand_out`."""
        # Taken out while it is used, so that two threads cannot run one network.
        last, self._last = self._last, None
        if last is None or state is None or not last.is_unchanged(state, options):
            return None, None
        return last.network, last

    def hand_out(self, network: Network, options: dict[str, Any], last: Any) -> State:
        """The state of a network after a run, as arrays of the user's own."""
        if options.get("seed") is not None or isinstance(options.get("rng"), np.random.Generator):
            return network.state  # the next call starts its random numbers anew
        if last is not None and not network.active_rules:
            kept, spans = last.kept, last.spans
            for name in ("X", "Y"):
                first, end, _ = spans[name]
                kept[first:end] = network.read(name).reshape(-1)
        else:
            arrays = network.state
            kept = np.concatenate([array.reshape(-1) for array in arrays.values()])
            spans = _spans(arrays)
        flat = kept.copy()
        state = {n: flat[first:end].reshape(shape) for n, (first, end, shape) in spans.items()}
        own = tuple(state.values())
        self._last = _HandedOut(network, options, state, own, spans, flat, kept)
        return state


def _spans(arrays: State) -> Spans:
    """Where each array of a state lies in one long array, and its shape."""
    spans, first = {}, 0
    for name, array in arrays.items():
        spans[name] = (first, first + array.size, array.shape)
        first += array.size
    return spans


def _same(options: dict[str, Any], others: dict[str, Any]) -> bool:
    """Whether two sets of keywords are the same; arrays only if they are one object."""
    if options.keys() != others.keys():
        return False
    for name, value in options.items():
        other = others[name]
        if value is not other and (isinstance(value, np.ndarray) or value != other):
            return False
    return True
