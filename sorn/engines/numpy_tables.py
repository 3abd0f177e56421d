"""The default engine: NumPy on tables of neighbours, equal bit by bit to the published loops.

Only the columns that can change are worked on: STDP changes those whose neuron fired in one of
the two steps, and scaling those that changed or whose sum is not exactly 1 yet.
"""

from __future__ import annotations

import numpy as np

from sorn import rules
from sorn.arrays import NumpyArray
from sorn.engines.engine import (
    Activity,
    OwnRule,
    Setting,
    SiteChooser,
    StepView,
    Stretch,
    as_columns,
    empty_activity,
    from_columns,
    run_own_rule,
    site_of,
)
from sorn.engines.neighbours import NeighbourTable, VacantSites

MOST_SCATTERED = 6
"""Above one in so many columns, working on all of a table beats gathering them."""

COMPACTION_INTERVAL = 1000
"""Steps after which slots that pruning left empty are dropped; changes no result."""


class TableEngine:
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
        self, state: dict[str, NumpyArray], setting: Setting, choose_site: SiteChooser
    ) -> None:
        self._setting = setting
        self._choose_site = choose_site
        self._excitation = NeighbourTable(state["Wee"])
        self._inhibition = NeighbourTable(state["Wei"])
        self._sites = VacantSites(state["Wee"]) if "sp" in setting.rules else None
        self._to_inhibitory = state["Wie"].copy()
        self._te, self._ti = state["Te"][:, 0].copy(), state["Ti"][:, 0].copy()
        self.set_activity(state["X"], state["Y"])
        # A given state may hold weights above 1, which the first STDP limits in every column.
        self._limits_all = True
        self._steps_to_compaction = COMPACTION_INTERVAL

    def set_activity(self, x: NumpyArray, y: NumpyArray) -> None:
        """See `sorn.engines.engine.Engine.set_activity`."""
        self._x_before, self._x = from_columns(x)
        self._y_before, self._y = from_columns(y)
        self._pre_before = self._excitation.look_up(self._x_before)
        self._pre = self._excitation.look_up(self._x)

    def advance(self, stretch: Stretch) -> Activity:
        """See `sorn.engines.engine.Engine.advance`."""
        draw, parameters = stretch.draws(0), self._setting.parameters
        activity = empty_activity(stretch.steps, parameters.ne, parameters.ni)
        sites = None if draw.sites is None else iter(draw.sites.tolist())
        for step, insertions in enumerate(draw.insertions.tolist()):
            activity.ee_counts[step] = self._excitation.count
            activity.ei_counts[step] = self._inhibition.count
            recurrent, pre_inhibition = self._fire(
                None if stretch.drive is None else stretch.drive[step],
                None if draw.noise is None else draw.noise[step],
            )
            if self._setting.rules:
                fractions = [None if sites is None else next(sites) for _ in range(insertions)]
                reward = 1.0 if stretch.reward is None else stretch.reward[step]
                self._learn(pre_inhibition, fractions, reward)
            activity.excitatory[step] = self._x
            activity.inhibitory[step] = self._y
            activity.recurrent[step] = rules.fires(
                np, recurrent - self._te_fired, self._setting.inclusive
            )
            self._compact_now_and_then()
        return activity

    def read(self, name: str) -> NumpyArray:
        """See `sorn.engines.engine.Engine.read`."""
        if name == "Wee":
            return self._excitation.dense()
        if name == "Wei":
            return self._inhibition.dense()
        if name == "Wie":
            return np.array(self._to_inhibitory)
        vectors = {
            "Te": (self._te,),
            "Ti": (self._ti,),
            "X": (self._x_before, self._x),
            "Y": (self._y_before, self._y),
        }
        return as_columns(*vectors[name])

    def _fire(
        self, drive: NumpyArray | None, noise: NumpyArray | None
    ) -> tuple[NumpyArray, NumpyArray]:
        """Activity of one step; returns the recurrent drive and the sources' activity of W_EI."""
        inclusive, ne = self._setting.inclusive, len(self._te)
        pre_inhibition = self._inhibition.look_up(self._y)
        recurrent = rules.membrane(
            self._excitation.drive(self._pre), self._inhibition.drive(pre_inhibition),
            None if noise is None else noise[:ne],
        )  # fmt: skip
        potential = recurrent if drive is None else recurrent + drive
        x_now = rules.fires(np, potential - self._te, inclusive)
        # Rows of silent neurons add 0.0 to the sum, so leaving them out changes no bit of it.
        active = (x_now if self._setting.fast_inhibition else self._x).nonzero()[0]
        inhibitory_drive = self._to_inhibitory.take(active, axis=0).sum(axis=0)
        if noise is not None:
            inhibitory_drive = inhibitory_drive + noise[ne:]
        y_now = rules.fires(np, inhibitory_drive - self._ti, inclusive)
        self._te_fired = self._te
        self._x_before, self._x = self._x, x_now
        self._y_before, self._y = self._y, y_now
        self._pre_before, room = self._pre, self._pre_before
        self._pre = self._excitation.look_up(x_now, room)
        return recurrent, pre_inhibition

    def _learn(
        self, pre_inhibition: NumpyArray, fractions: list[float | None], reward: float
    ) -> None:
        """Plasticity of one step, in the order of the setting's rules."""
        parameters = self._setting.parameters
        for rule in self._setting.rules:
            if not isinstance(rule, str):
                self._apply(rule, reward)
            elif rule == "stdp":
                self._spike_timing_plasticity(parameters.eta_stdp * reward)
            elif rule == "ip":
                self._te = rules.intrinsic_plasticity(
                    np, self._te, self._x, self._setting.target_rate, parameters.eta_ip,
                    self._setting.threshold_bounds,
                )  # fmt: skip
            elif rule == "sp":
                for fraction in fractions:
                    self._insert(fraction)
            elif rule == "istdp":
                self._inhibitory_plasticity(pre_inhibition)
            else:
                if "ee" in parameters.normalise:
                    _scale(self._excitation)
                if "ei" in parameters.normalise:
                    _scale(self._inhibition)

    def _spike_timing_plasticity(self, rate: float) -> None:
        table = self._excitation
        if self._limits_all:
            columns = np.arange(table.n_targets)
            self._limits_all = False
        else:
            columns = two_or_more(((self._x_before + self._x) != 0).nonzero()[0])
        weights = table.weights.take(columns, axis=1)
        changed = rules.spike_timing_plasticity(
            np, weights, self._pre_before.take(columns, axis=1), self._pre.take(columns, axis=1),
            self._x_before.take(columns), self._x.take(columns), rate,
        )  # fmt: skip
        table.put(columns, changed)
        slots, where = np.nonzero((changed == 0.0) & (weights != 0.0))
        if len(slots):
            places = np.unique(np.stack([slots, columns[where]]), axis=1)
            pruned = table.clear(places[0], places[1])
            if self._sites is not None:
                self._sites.release(*pruned)

    def _inhibitory_plasticity(self, pre_inhibition: NumpyArray) -> None:
        parameters, table = self._setting.parameters, self._inhibition
        table.weights = rules.inhibitory_plasticity(
            np, table.weights, pre_inhibition, self._x, parameters.eta_inhib,
            parameters.mu_ip, parameters.istdp_floor,
        )  # fmt: skip
        table.unsettled[:] = True
        table.prune()

    def _apply(self, rule: OwnRule, reward: float) -> None:
        """One rule of the user; a weight it puts where no synapse is does not count."""
        view = StepView(
            np, self._excitation.weights, self._inhibition.weights, self._te, self._ti,
            self._x_before, self._x, self._y_before, self._y, self._pre_before, self._pre,
            reward, self._setting.parameters,
        )  # fmt: skip
        changed = run_own_rule(rule, view)
        self._te, self._ti = changed.get("Te", self._te), changed.get("Ti", self._ti)
        for name, table in (("Wee", self._excitation), ("Wei", self._inhibition)):
            if name in changed:
                table.weights = np.where(table.occupied, changed[name], 0.0)
                table.unsettled[:] = True
                pruned = table.prune()
                if name == "Wee" and self._sites is not None:
                    self._sites.release(*pruned)
                self._limits_all |= name == "Wee"

    def _compact_now_and_then(self) -> None:
        self._steps_to_compaction -= 1
        if self._steps_to_compaction == 0:
            self._steps_to_compaction = COMPACTION_INTERVAL
            self._excitation.compact()
            self._inhibition.compact()
            self._pre = self._excitation.look_up(self._x)

    def _insert(self, fraction: float | None) -> None:
        """One insertion by structural plasticity, if a site is vacant."""
        assert self._sites is not None
        vacant = self._sites.count
        if vacant == 0:
            return
        source, target = self._sites.take(site_of(fraction, vacant, self._choose_site))
        self._excitation.insert(source, target, rules.INSERTED_WEIGHT)
        self._pre_before = self._excitation.look_up(self._x_before)
        self._pre = self._excitation.look_up(self._x)


def two_or_more(columns: NumpyArray) -> NumpyArray:
    """`columns`, a single one twice: NumPy adds a lone column pairwise, not in ascending order."""
    return np.repeat(columns, 2) if len(columns) == 1 else columns


def _scale(table: NeighbourTable) -> None:
    """Synaptic scaling of the columns whose sum may differ from 1.

    Dividing by a sum of exactly 1 (or by the 1 that stands for an empty column) changes nothing,
    so a column rests until a weight changes. Of many columns it is cheaper to scale all.
    """
    columns = table.unsettled.nonzero()[0]
    if len(columns) * MOST_SCATTERED > table.n_targets:
        sums = table.weights.sum(axis=0)
        np.divide(table.weights, np.where(sums == 0.0, 1.0, sums), out=table.weights)
        table.unsettled = (sums != 1.0) & (sums != 0.0)
    elif len(columns):
        columns = two_or_more(columns)
        weights = table.weights.take(columns, axis=1)
        sums = weights.sum(axis=0)
        table.put(columns, rules.divided(np, weights, sums))
        table.unsettled[columns] = (sums != 1.0) & (sums != 0.0)
