"""The compiled engine: many steps per call, on rows of synapses."""

from __future__ import annotations

import math
import sys

import numpy as np
from numba.core import event

from sorn import rules
from sorn.arrays import NumpyArray
from sorn.engines import kernels
from sorn.engines.engine import (
    Activity,
    Setting,
    SiteChooser,
    Stretch,
    as_columns,
    empty_activity,
    from_columns,
    site_of,
)
from sorn.engines.neighbours import VacantSites, dense, laid_out

SPARE_SLOTS = 4
"""Free slots per target beyond the need, so that few insertions enlarge the rows."""


class RowEngine:
    """One network in double precision; the same run, bit for bit, as `TableEngine`.

    Parameters
    ----------
    state : dict of ndarray
        The seven documented arrays; copied.
    setting : Setting
        Its rules are names, in the published order.
    choose_site : callable
        See `sorn.engines.engine.SiteChooser`; called with network 0.
    """

    def __init__(
        self, state: dict[str, NumpyArray], setting: Setting, choose_site: SiteChooser
    ) -> None:
        self._choose_site = choose_site
        self._ne, self._ni = len(state["Te"]), len(state["Ti"])
        self._constants = _constants(setting)
        # The compiled STDP skips silent neurons; only a given state can hold weights above 1.
        self._above_limit = self._constants.stdp and bool((state["Wee"] > rules.WEIGHT_MAX).any())
        ee, ei, sites = _rows(state["Wee"]), _rows(state["Wei"]), VacantSites(state["Wee"])
        self._network = kernels.Network(
            *ee, np.ones(self._ne, dtype=np.bool_), *ei, np.ones(self._ne, dtype=np.bool_),
            np.array(state["Wie"], order="C"), state["Te"][:, 0].copy(), state["Ti"][:, 0].copy(),
            np.stack(from_columns(state["X"])), np.stack(from_columns(state["Y"])),
            sites.free, sites.free_per_row, np.array([ee[2].sum(), ei[2].sum()]),
        )  # fmt: skip
        self._one = self._room(1)

    def set_activity(self, x: NumpyArray, y: NumpyArray) -> None:
        """See `sorn.engines.engine.Engine.set_activity`."""
        self._network.x[:], self._network.y[:] = x.T, y.T

    def advance(self, stretch: Stretch) -> Activity:
        """See `sorn.engines.engine.Engine.advance`."""
        draw, drive = stretch.draws(0), stretch.drive
        room = self._one if stretch.steps == 1 else self._room(stretch.steps)
        room.insertions[...] = draw.insertions
        room.reward[...] = 1.0 if stretch.reward is None else stretch.reward
        # All in one layout, so that nothing recompiles.
        given = {
            name: np.ascontiguousarray(values)
            for name, values in (("drive", drive), ("noise", draw.noise), ("sites", draw.sites))
            if values is not None
        }
        self._run(room._replace(**given))
        happened = room[-len(Activity._fields) :]
        if stretch.steps > 1:
            return Activity(*happened)
        return Activity(*(array.copy() for array in happened))  # the room is used again

    def read(self, name: str) -> NumpyArray:
        """See `sorn.engines.engine.Engine.read`."""
        network = self._network
        if name in ("Wee", "Wei"):
            n = self._ne if name == "Wee" else self._ni
            sources, weights, fill = (network[:3], network[4:7])[name == "Wei"]
            occupied = np.arange(weights.shape[1])[:, None] < fill
            return dense(sources.T, weights.T, occupied, n)
        if name == "Wie":
            return np.array(network.to_inhibitory)
        if name in ("X", "Y"):
            return as_columns(*(network.x if name == "X" else network.y))
        return as_columns(network.te if name == "Te" else network.ti)

    def _run(self, room: kernels.Stretch) -> None:
        """All steps of a stretch; stops where rows must grow or the site is drawn in Python."""
        first, steps = 0, len(room.ee_counts)
        stops = np.flatnonzero(room.insertions) if len(room.sites) == 0 else np.empty(0, int)
        if self._above_limit:
            stops = np.union1d(stops, [0])
        with event.install_listener("numba:compile", _Announcer()):
            for stop in [*stops.tolist(), steps]:
                while first < stop:
                    first = kernels.run(self._network, self._constants, room, first, stop)
                    if first < stop:
                        self._grow(int(room.insertions[first]))
                if stop < steps:
                    self._run_step(room, stop)
                    first = stop + 1

    def _run_step(self, room: kernels.Stretch, step: int) -> None:
        """One step whose insertions are drawn here, or that limits a given state's weights."""
        insertions = int(room.insertions[step])
        if kernels.lacks_room(self._network, insertions):
            self._grow(insertions)
        if self._above_limit:
            self._limit_first(room, step)
        else:
            kernels.start_step(self._network, self._constants, room, step)
        for number in range(insertions):
            vacant = int(self._network.free_per_row.sum())
            if vacant:
                fraction = room.sites[number] if len(room.sites) else None
                kernels.insert(self._network, site_of(fraction, vacant, self._choose_site))
        kernels.finish_step(self._network, self._constants)

    def _limit_first(self, room: kernels.Stretch, step: int) -> None:
        kernels.start_step(self._network, self._constants, room, step)
        kernels.limit(self._network)
        self._network.ee_unsettled[:] = True
        self._above_limit = False

    def _grow(self, insertions: int) -> None:
        more = insertions + SPARE_SLOTS
        self._network = self._network._replace(
            ee_sources=np.pad(self._network.ee_sources, ((0, 0), (0, more))),
            ee_weights=np.pad(self._network.ee_weights, ((0, 0), (0, more))),
        )

    def _room(self, steps: int) -> kernels.Stretch:
        activity = empty_activity(steps, self._ne, self._ni)
        return kernels.Stretch(
            np.zeros((1, self._ne)), np.zeros((1, self._ne + self._ni)),
            np.zeros(steps, dtype=np.int64), np.empty(0), np.ones(steps), *activity,
        )  # fmt: skip


class _Announcer(event.Listener):
    """Says on standard error why nothing happens, when loops are really compiled."""

    said = False

    def on_start(self, event: object) -> None:
        if not _Announcer.said:
            _Announcer.said = True
            sys.stderr.write("sorn: compiling the numba loops, once; later runs load them ...\n")
            sys.stderr.flush()

    def on_end(self, event: object) -> None:
        pass


def _rows(matrix: NumpyArray) -> tuple[NumpyArray, NumpyArray, NumpyArray]:
    """Sources, weights and number of synapses of each column of a dense matrix, one row each."""
    sources, weights, fill = laid_out(matrix, SPARE_SLOTS, np.uint32, 0)
    return np.ascontiguousarray(sources.T), np.ascontiguousarray(weights.T), fill


def _constants(setting: Setting) -> kernels.Constants:
    parameters, active = setting.parameters, setting.rules
    low, high = setting.threshold_bounds or (-math.inf, math.inf)
    return kernels.Constants(
        stdp="stdp" in active,
        ip="ip" in active,
        istdp="istdp" in active,
        scale_ee=setting.scales("ee"),
        scale_ei=setting.scales("ei"),
        inclusive=setting.inclusive,
        fast_inhibition=setting.fast_inhibition,
        eta_stdp=float(parameters.eta_stdp),
        eta_ip=float(parameters.eta_ip),
        eta_inhib=float(parameters.eta_inhib),
        inhibitory_gain=1.0 + 1.0 / parameters.mu_ip,
        istdp_floor=float(parameters.istdp_floor),
        target_rate=np.broadcast_to(setting.target_rate, (parameters.ne,)).astype(float),
        te_low=float(low),
        te_high=float(high),
    )
