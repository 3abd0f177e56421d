"""The compiled engine: many steps per call, on the tables of neighbours of `NumpyEngine`."""

from __future__ import annotations

import math

import numpy as np

from sorn import rules
from sorn.engines import kernels
from sorn.engines.engine import Activity, Setting, SiteChooser, empty_activity
from sorn.engines.neighbours import NeighbourTable, VacantSites
from sorn.streams import StepDraws


class NumbaEngine:
    """One network in double precision; the same run, bit for bit, as `NumpyEngine`.

    Parameters
    ----------
    state : dict of ndarray
        The seven documented arrays; copied.
    setting : Setting
    choose_site : callable
        See `sorn.engines.engine.SiteChooser`; called with network 0.
    """

    def __init__(
        self, state: dict[str, np.ndarray], setting: Setting, choose_site: SiteChooser
    ) -> None:
        self._choose_site = choose_site
        self._excitation = NeighbourTable(state["Wee"])
        self._inhibition = NeighbourTable(state["Wei"])
        self._sites = VacantSites(state["Wee"])
        self._counts = np.array([self._excitation.count, self._inhibition.count])
        self._constants = _constants(setting)
        self._wie = np.ascontiguousarray(state["Wie"]).copy()
        self._te, self._ti = state["Te"][:, 0].copy(), state["Ti"][:, 0].copy()
        self._x, self._y = (np.pad(state[name].T, ((0, 0), (0, 1))).copy() for name in ("X", "Y"))
        # The compiled STDP skips silent neurons; only a given state can hold weights above 1.
        self._above_limit = self._constants.stdp and bool((state["Wee"] > rules.WEIGHT_MAX).any())
        self._network = self._bundle()

    def advance(self, drive: np.ndarray | None, draws: list[StepDraws]) -> Activity:
        """See `sorn.engines.engine.Engine.advance`."""
        (draw,) = draws
        steps, ne, ni = len(draw.insertions), len(self._te), len(self._ti)
        activity = empty_activity(steps, ne, ni)
        stretch = kernels.Stretch(
            drive=np.zeros((steps, ne)) if drive is None else drive,
            noise_e=np.zeros((steps, ne)) if draw.noise_e is None else draw.noise_e,
            noise_i=np.zeros((steps, ni)) if draw.noise_i is None else draw.noise_i,
            excitatory=activity.excitatory,
            inhibitory=activity.inhibitory,
            recurrent=activity.recurrent,
            ee_counts=activity.ee_counts,
            ei_counts=activity.ei_counts,
        )
        pauses = draw.insertions > 0
        pauses[0] |= self._above_limit
        first = 0
        for step in np.flatnonzero(pauses).tolist():
            kernels.run(self._network, self._constants, stretch, first, step)
            kernels.start_step(self._network, self._constants, stretch, step)
            if self._above_limit:
                np.minimum(self._excitation.weights, rules.WEIGHT_MAX, out=self._excitation.weights)
                self._above_limit = False
            for _ in range(draw.insertions[step]):
                self._insert()
            kernels.finish_step(self._network, self._constants)
            first = step + 1
        kernels.run(self._network, self._constants, stretch, first, steps)
        self._compact()
        return activity

    def read(self, name: str) -> np.ndarray:
        """See `sorn.engines.engine.Engine.read`."""
        readers = {
            "Wee": self._excitation.dense,
            "Wei": self._inhibition.dense,
            "Wie": self._wie.copy,
            "Te": lambda: self._te[:, None].copy(),
            "Ti": lambda: self._ti[:, None].copy(),
            "X": lambda: self._x[:, :-1].T.copy(),
            "Y": lambda: self._y[:, :-1].T.copy(),
        }
        return readers[name]()

    def _insert(self) -> None:
        """One insertion by structural plasticity, if a site is vacant."""
        vacant = self._sites.count
        if vacant == 0:
            return
        source, target = self._sites.take(self._choose_site(0, vacant))
        slots = len(self._excitation.sources)
        self._excitation.insert(source, target, rules.INSERTED_WEIGHT)
        self._counts[0] += 1
        if len(self._excitation.sources) != slots:
            self._network = self._bundle()

    def _compact(self) -> None:
        self._excitation.count, self._inhibition.count = self._counts.tolist()
        self._excitation.compact()
        self._inhibition.compact()
        self._network = self._bundle()

    def _bundle(self) -> kernels.Network:
        return kernels.Network(
            ee_sources=self._excitation.sources,
            ee_weights=self._excitation.weights,
            ei_sources=self._inhibition.sources,
            ei_weights=self._inhibition.weights,
            to_inhibitory=self._wie,
            te=self._te,
            ti=self._ti,
            x=self._x,
            y=self._y,
            free=self._sites.free,
            free_per_row=self._sites.free_per_row,
            counts=self._counts,
        )


def _constants(setting: Setting) -> kernels.Constants:
    parameters, active = setting.parameters, setting.active
    low, high = setting.threshold_bounds or (-math.inf, math.inf)
    return kernels.Constants(
        stdp="stdp" in active,
        ip="ip" in active,
        istdp="istdp" in active,
        scale_ee=setting.scales("ee"),
        scale_ei=setting.scales("ei"),
        inclusive=setting.inclusive,
        eta_stdp=float(parameters.eta_stdp),
        eta_ip=float(parameters.eta_ip),
        eta_inhib=float(parameters.eta_inhib),
        inhibitory_gain=1.0 + 1.0 / parameters.mu_ip,
        istdp_floor=float(parameters.istdp_floor),
        target_rate=np.broadcast_to(setting.target_rate, (parameters.ne,)).astype(float),
        te_low=float(low),
        te_high=float(high),
    )
