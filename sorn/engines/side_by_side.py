"""Independent networks of a batch, each with an engine of its own, in threads where that pays."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from sorn.arrays import NumpyArray
from sorn.engines.engine import Activity, Engine, Stretch


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
        self._compiled = False

    def set_activity(self, x: NumpyArray, y: NumpyArray) -> None:
        """See `sorn.engines.engine.Engine.set_activity`."""
        for engine, x_own, y_own in zip(self._engines, x, y, strict=True):
            engine.set_activity(x_own, y_own)

    def advance(self, stretch: Stretch) -> Activity:
        """See `sorn.engines.engine.Engine.advance`."""
        drive = stretch.drive  # (steps, ne) for all networks, or (steps, batch, ne)

        def work(network: int) -> Activity:
            own = drive if drive is None or drive.ndim == 2 else drive[:, network]
            return self._engines[network].advance(
                stretch._replace(drive=own, draws=lambda _: stretch.draws(network))
            )

        parts = self._map(work)
        wanted = parts if stretch.details else [part[:2] for part in parts]
        stacked = [np.stack(columns, axis=1) for columns in zip(*wanted, strict=True)]
        return Activity(*stacked, *parts[0][len(stacked) :])

    def read(self, name: str) -> NumpyArray:
        """See `sorn.engines.engine.Engine.read`."""
        return np.stack([engine.read(name) for engine in self._engines])

    def _map(self, work: Callable[[int], Activity]) -> list[Activity]:
        networks = range(len(self._engines))
        if self._workers == 1:
            return [work(network) for network in networks]
        # Whatever is to be compiled is compiled in one thread, before there are several.
        first = [] if self._compiled else [work(0)]
        self._compiled = True
        with ThreadPoolExecutor(self._workers) as pool:
            return first + list(pool.map(work, networks[len(first) :]))
