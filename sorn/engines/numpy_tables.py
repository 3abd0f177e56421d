"""The default engine: NumPy on tables of neighbours, equal bit by bit to the published loops."""

from __future__ import annotations

import numpy as np

from sorn import rules
from sorn.engines.engine import Activity, Setting, SiteChooser, empty_activity
from sorn.engines.neighbours import NeighbourTable, VacantSites
from sorn.streams import StepDraws

COMPACTION_INTERVAL = 1000
"""Steps after which slots that pruning left empty are dropped; changes no result."""


class NumpyEngine:
    """One network in double precision.

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
        self._setting = setting
        self._choose_site = choose_site
        self._excitation = NeighbourTable(state["Wee"])
        self._inhibition = NeighbourTable(state["Wei"])
        self._sites = VacantSites(state["Wee"]) if "sp" in setting.active else None
        self._to_inhibitory = state["Wie"].copy()
        self._te, self._ti = state["Te"][:, 0].copy(), state["Ti"][:, 0].copy()
        self._x_before, self._x = state["X"][:, 0].copy(), state["X"][:, 1].copy()
        self._y_before, self._y = state["Y"][:, 0].copy(), state["Y"][:, 1].copy()
        self._pre = self._excitation.look_up(self._x)
        self._steps_to_compaction = COMPACTION_INTERVAL

    def advance(self, drive: np.ndarray | None, draws: list[StepDraws]) -> Activity:
        """See `sorn.engines.engine.Engine.advance`."""
        (draw,) = draws
        parameters = self._setting.parameters
        activity = empty_activity(len(draw.insertions), parameters.ne, parameters.ni)
        for step, insertions in enumerate(draw.insertions.tolist()):
            activity.ee_counts[step] = self._excitation.count
            activity.ei_counts[step] = self._inhibition.count
            activity.recurrent[step] = self._step(
                None if drive is None else drive[step],
                None if draw.noise_e is None else draw.noise_e[step],
                None if draw.noise_i is None else draw.noise_i[step],
                insertions,
            )
            activity.excitatory[step] = self._x
            activity.inhibitory[step] = self._y
            self._compact_now_and_then()
        return activity

    def read(self, name: str) -> np.ndarray:
        """See `sorn.engines.engine.Engine.read`."""
        if name == "Wee":
            return self._excitation.dense()
        if name == "Wei":
            return self._inhibition.dense()
        columns = {
            "Te": (self._te,),
            "Ti": (self._ti,),
            "X": (self._x_before, self._x),
            "Y": (self._y_before, self._y),
        }
        return self._to_inhibitory.copy() if name == "Wie" else np.stack(columns[name], axis=1)

    def _step(
        self,
        drive: np.ndarray | None,
        noise_e: np.ndarray | None,
        noise_i: np.ndarray | None,
        insertions: int,
    ) -> np.ndarray:
        """One step; returns the recurrent activity."""
        inclusive = self._setting.inclusive
        pre_inhibition = self._inhibition.look_up(self._y)
        recurrent = rules.membrane(
            rules.drive(np, self._excitation.weights, self._pre),
            rules.drive(np, self._inhibition.weights, pre_inhibition),
            noise_e,
        )
        potential = recurrent if drive is None else recurrent + drive
        x_now = rules.fires(np, potential - self._te, inclusive)
        # Rows of silent neurons add 0.0 to the sum, so leaving them out changes no bit of it.
        inhibitory_drive = self._to_inhibitory[self._x != 0].sum(axis=0)
        if noise_i is not None:
            inhibitory_drive = inhibitory_drive + noise_i
        y_now = rules.fires(np, inhibitory_drive - self._ti, inclusive)
        recurrent_activity = rules.fires(np, recurrent - self._te, inclusive)
        self._x_before, self._x = self._x, x_now
        self._y_before, self._y = self._y, y_now
        self._learn(pre_inhibition, insertions)
        return recurrent_activity

    def _learn(self, pre_inhibition: np.ndarray, insertions: int) -> None:
        """Plasticity of one step, in the published order; moves `_pre` on to the new activity."""
        active, parameters = self._setting.active, self._setting.parameters
        excitation, inhibition = self._excitation, self._inhibition
        pre_before = self._pre
        self._pre = excitation.look_up(self._x)
        if "stdp" in active:
            excitation.weights = rules.spike_timing_plasticity(
                np, excitation.weights, pre_before, self._pre, self._x_before, self._x,
                parameters.eta_stdp,
            )  # fmt: skip
            pruned = excitation.prune()
            if self._sites is not None:
                self._sites.release(*pruned)
        if "ip" in active:
            self._te = rules.intrinsic_plasticity(
                np, self._te, self._x, self._setting.target_rate, parameters.eta_ip,
                self._setting.threshold_bounds,
            )  # fmt: skip
        for _ in range(insertions):
            self._insert()
        if "istdp" in active:
            inhibition.weights = rules.inhibitory_plasticity(
                np, inhibition.weights, pre_inhibition, self._x, parameters.eta_inhib,
                parameters.mu_ip, parameters.istdp_floor,
            )  # fmt: skip
            inhibition.prune()
        if self._setting.scales("ee"):
            excitation.weights = rules.synaptic_scaling(np, excitation.weights)
        if self._setting.scales("ei"):
            inhibition.weights = rules.synaptic_scaling(np, inhibition.weights)

    def _compact_now_and_then(self) -> None:
        self._steps_to_compaction -= 1
        if self._steps_to_compaction == 0:
            self._steps_to_compaction = COMPACTION_INTERVAL
            self._excitation.compact()
            self._inhibition.compact()
            self._pre = self._excitation.look_up(self._x)

    def _insert(self) -> None:
        """One insertion by structural plasticity, if a site is vacant."""
        assert self._sites is not None
        vacant = self._sites.count
        if vacant == 0:
            return
        source, target = self._sites.take(self._choose_site(0, vacant))
        self._excitation.insert(source, target, rules.INSERTED_WEIGHT)
        self._pre = self._excitation.look_up(self._x)
