"""States that stay in the program that advanced them: fetched when they are looked at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from backends.base import ResidentProgram
from lateralnet.network.batch import Batch
from lateralnet.network.wiring import State


class Loan:
    """The state of all networks of a program, from one segment to the next."""

    def __init__(self, program: ResidentProgram, batch: Batch, names: Sequence[str]) -> None:
        self.names = tuple(names)
        self._program, self._batch = program, batch
        self._found: list[dict[str, np.ndarray]] = [{} for _ in batch.replicas]
        self._ended = False

    def fetch(self, names: Sequence[str], network: int) -> dict[str, np.ndarray]:
        """Return arrays of one network; those of the others are fetched with them."""
        missing = [name for name in names if name not in self._found[network]]
        if missing and self._ended:
            raise RuntimeError(
                f"{', '.join(missing)} of a lent state: the networks have gone on since."
            )
        if missing:
            for found, new in zip(
                self._found, self._batch.unpack(self._program.read(missing)), strict=True
            ):
                found |= new
        return {name: self._found[network][name] for name in names}

    def end(self) -> None:
        """The networks go on: what was not fetched is gone."""
        self._ended = True


class LentState(Mapping[str, np.ndarray]):
    """The state of one network, valid until its program advances again.

    Parameters
    ----------
    loan : Loan
        Where its arrays come from.
    network : int
        Which of the networks side by side.
    own : State
        Arrays that hold instead of those of the program, or beside them.
    """

    def __init__(self, loan: Loan, network: int, own: State) -> None:
        self.loan, self.own = loan, own
        self._network = network

    def __getitem__(self, name: str) -> np.ndarray:
        if name in self.own:
            return self.own[name]
        if name not in self.loan.names:
            raise KeyError(name)
        return self.loan.fetch([name], self._network)[name]

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys((*self.loan.names, *self.own)))

    def __len__(self) -> int:
        return len({*self.loan.names, *self.own})

    def changed(self, other: State) -> LentState:
        """Return the same state with other values of some arrays."""
        return LentState(self.loan, self._network, {**self.own, **other})

    def whole(self) -> dict[str, np.ndarray]:
        """Return all arrays, fetched at once."""
        missing = [name for name in self.loan.names if name not in self.own]
        return {**self.loan.fetch(missing, self._network), **self.own}


def whole(state: State) -> dict[str, np.ndarray]:
    """Return a state that stays valid when its program advances."""
    return state.whole() if isinstance(state, LentState) else dict(state)


def changed(state: State, new: State) -> State:
    """Return a state with other values of some arrays; the others stay where they are."""
    return state.changed(new) if isinstance(state, LentState) else {**state, **new}
