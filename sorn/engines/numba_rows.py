"""The compiled engine: many steps per call, on rows of synapses."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable

import numpy as np
from numba.core import event

from sorn import rules
from sorn.engines import kernels
from sorn.engines.engine import Activity, Reward, Setting, SiteChooser, empty_activity
from sorn.streams import StepDraws

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
        self, state: dict[str, np.ndarray], setting: Setting, choose_site: SiteChooser
    ) -> None:
        self._choose_site = choose_site
        self._ne, self._ni = len(state["Te"]), len(state["Ti"])
        self._constants = _constants(setting)
        # The compiled STDP skips silent neurons; only a given state can hold weights above 1.
        self._above_limit = self._constants.stdp and bool((state["Wee"] > rules.WEIGHT_MAX).any())
        ee, ei = _rows(state["Wee"]), _rows(state["Wei"])
        free = state["Wee"] <= 0
        np.fill_diagonal(free, False)
        self._network = kernels.Network(
            *ee, np.ones(self._ne, dtype=np.bool_), *ei, np.ones(self._ne, dtype=np.bool_),
            np.array(state["Wie"], order="C"), state["Te"][:, 0].copy(), state["Ti"][:, 0].copy(),
            state["X"].T.copy(), state["Y"].T.copy(),
            free, free.sum(axis=1), np.array([ee[2].sum(), ei[2].sum()]),
        )  # fmt: skip
        self._one = self._stretch(1)

    def set_activity(self, x: np.ndarray, y: np.ndarray) -> None:
        """See `sorn.engines.engine.Engine.set_activity`."""
        self._network.x[:], self._network.y[:] = x.T, y.T

    def advance(
        self,
        drive: np.ndarray | None,
        draws: list[StepDraws],
        reward: Reward = None,
        details: bool = True,
    ) -> Activity:
        """See `sorn.engines.engine.Engine.advance`."""
        (draw,) = draws
        stretch = self._stretch(len(draw.insertions))
        self._run(_filled(stretch, drive, draw, reward))
        return Activity(
            stretch.excitatory, stretch.inhibitory, stretch.recurrent,
            stretch.ee_counts, stretch.ei_counts,
        )  # fmt: skip

    def step(
        self, drive: np.ndarray | None, draws: list[StepDraws], reward: float | None = None
    ) -> np.ndarray:
        """See `sorn.engines.engine.Engine.step`."""
        rewards = None if reward is None else (reward,)
        one = _filled(self._one, None if drive is None else drive[None], draws[0], rewards)
        self._run(one)
        result: np.ndarray = one.excitatory[0].copy()
        return result

    def read(self, name: str) -> np.ndarray:
        """See `sorn.engines.engine.Engine.read`."""
        network = self._network
        readers: dict[str, Callable[[], np.ndarray]] = {
            "Wee": lambda: _dense(
                network.ee_sources, network.ee_weights, network.ee_fill, self._ne
            ),
            "Wei": lambda: _dense(
                network.ei_sources, network.ei_weights, network.ei_fill, self._ni
            ),
            "Wie": network.to_inhibitory.copy,
            "Te": lambda: network.te[:, None].copy(),
            "Ti": lambda: network.ti[:, None].copy(),
            "X": lambda: network.x.T.copy(),
            "Y": lambda: network.y.T.copy(),
        }
        return readers[name]()

    def _run(self, stretch: kernels.Stretch) -> None:
        """All steps of a stretch; stops where rows must grow or the site is drawn in Python."""
        first, steps = 0, len(stretch.ee_counts)
        stops = np.flatnonzero(stretch.insertions) if len(stretch.sites) == 0 else np.empty(0, int)
        if self._above_limit:
            stops = np.union1d(stops, [0])
        with event.install_listener("numba:compile", _Announcer()):
            for stop in [*stops.tolist(), steps]:
                while first < stop:
                    first = kernels.run(self._network, self._constants, stretch, first, stop)
                    if first < stop:
                        self._grow(int(stretch.insertions[first]))
                if stop < steps:
                    self._run_step(stretch, stop)
                    first = stop + 1

    def _run_step(self, stretch: kernels.Stretch, step: int) -> None:
        """One step whose insertions are drawn here, or that limits a given state's weights."""
        insertions = int(stretch.insertions[step])
        if kernels.lacks_room(self._network, insertions):
            self._grow(insertions)
        if self._above_limit:
            self._limit_first(stretch, step)
        else:
            kernels.start_step(self._network, self._constants, stretch, step)
        for number in range(insertions):
            vacant = int(self._network.free_per_row.sum())
            if vacant:
                fraction = stretch.sites[number] if len(stretch.sites) else None
                rank = (
                    self._choose_site(0, vacant)
                    if fraction is None
                    else min(int(fraction * vacant), vacant - 1)
                )
                kernels.insert(self._network, rank)
        kernels.finish_step(self._network, self._constants)

    def _limit_first(self, stretch: kernels.Stretch, step: int) -> None:
        kernels.start_step(self._network, self._constants, stretch, step)
        kernels.limit(self._network)
        self._network.ee_unsettled[:] = True
        self._above_limit = False

    def _grow(self, insertions: int) -> None:
        more = insertions + SPARE_SLOTS
        self._network = self._network._replace(
            ee_sources=np.pad(self._network.ee_sources, ((0, 0), (0, more))),
            ee_weights=np.pad(self._network.ee_weights, ((0, 0), (0, more))),
        )

    def _stretch(self, steps: int) -> kernels.Stretch:
        activity = empty_activity(steps, self._ne, self._ni)
        return kernels.Stretch(
            np.zeros((1, self._ne)), np.zeros((1, self._ne + self._ni)),
            np.zeros(steps, dtype=np.int64), np.empty(0), np.ones(steps),
            activity.excitatory, activity.inhibitory, activity.recurrent,
            activity.ee_counts, activity.ei_counts,
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


def _filled(
    stretch: kernels.Stretch, drive: np.ndarray | None, draw: StepDraws, reward: Reward
) -> kernels.Stretch:
    """`stretch` with the values of its steps, all in one layout, so that nothing recompiles."""
    stretch.insertions[...] = draw.insertions
    stretch.reward[...] = 1.0 if reward is None else reward
    given = {
        name: np.ascontiguousarray(values)
        for name, values in (("drive", drive), ("noise", draw.noise), ("sites", draw.sites))
        if values is not None
    }
    return stretch._replace(**given)


def _rows(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Sources, weights and number of synapses of each column of a dense matrix."""
    targets, sources = np.nonzero(matrix.T)
    fill = np.bincount(targets, minlength=matrix.shape[1])
    slots = np.arange(len(targets)) - np.repeat(np.cumsum(fill) - fill, fill)
    shape = (matrix.shape[1], int(np.max(fill, initial=0)) + SPARE_SLOTS)
    row_sources, row_weights = np.zeros(shape, dtype=np.uint32), np.zeros(shape)
    row_sources[targets, slots] = sources
    row_weights[targets, slots] = matrix[sources, targets]
    return row_sources, row_weights, fill


def _dense(sources: np.ndarray, weights: np.ndarray, fill: np.ndarray, n: int) -> np.ndarray:
    """The matrix (n, targets) of rows of synapses."""
    matrix = np.zeros((n, len(fill)))
    targets, slots = np.nonzero(np.arange(weights.shape[1]) < fill[:, None])
    matrix[sources[targets, slots], targets] = weights[targets, slots]
    return matrix


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
