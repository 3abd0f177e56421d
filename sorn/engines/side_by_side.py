"""Independent networks of a batch, each with an engine of its own, in threads where that pays."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from sorn.engines.engine import Activity, Engine, Reward
from sorn.streams import StepDraws


class SideBySideEngine:
    """Networks along a leading axis of every array; network b runs as it would alone.

    Parameters
    ----------
    engines : sequence of Engine
        One per network.
    threads : bool
        Whether the engines free Python's lock while they compute.
    """

    def __init__(self, engines: Sequence[Engine], threads: bool) -> None:
        self._engines = engines
        self._workers = min(len(engines), os.cpu_count() or 1) if threads else 1

    def set_activity(self, x: np.ndarray, y: np.ndarray) -> None:
        """See `sorn.engines.engine.Engine.set_activity`."""
        for engine, x_own, y_own in zip(self._engines, x, y, strict=True):
            engine.set_activity(x_own, y_own)

    def advance(
        self,
        drive: np.ndarray | None,
        draws: list[StepDraws],
        reward: Reward = None,
        details: bool = True,
    ) -> Activity:
        """See `sorn.engines.engine.Engine.advance`."""

        def work(network: int) -> Activity:
            own = None if drive is None else drive[:, network]
            return self._engines[network].advance(own, [draws[network]], reward, details)

        drive = _per_network(drive, 1, len(self._engines))
        parts = self._map(work)
        wanted = parts if details else [part[:2] for part in parts]  # spikes, or counts as well
        stacked = [np.stack(columns, axis=1) for columns in zip(*wanted, strict=True)]
        return Activity(*stacked, *parts[0][len(stacked) :])

    def step(
        self, drive: np.ndarray | None, draws: list[StepDraws], reward: float | None = None
    ) -> np.ndarray:
        """See `sorn.engines.engine.Engine.step`."""
        drive = _per_network(drive, 0, len(self._engines))
        return np.stack(
            [
                engine.step(None if drive is None else drive[b], [draws[b]], reward)
                for b, engine in enumerate(self._engines)
            ]
        )

    def read(self, name: str) -> np.ndarray:
        """See `sorn.engines.engine.Engine.read`."""
        return np.stack([engine.read(name) for engine in self._engines])

    def _map(self, work: Callable[[int], Activity]) -> list[Activity]:
        networks = range(len(self._engines))
        if self._workers == 1:
            return [work(network) for network in networks]
        first = [work(0)]  # compiles, if anything is to be compiled, in one thread
        with ThreadPoolExecutor(self._workers) as pool:
            return first + list(pool.map(work, networks[1:]))


def _per_network(drive: np.ndarray | None, axis: int, networks: int) -> np.ndarray | None:
    """A drive that all networks share, along an axis of networks."""
    if drive is None or drive.ndim == axis + 2:
        return drive
    shape = (*drive.shape[:axis], networks, drive.shape[-1])
    return np.broadcast_to(np.expand_dims(drive, axis), shape)
