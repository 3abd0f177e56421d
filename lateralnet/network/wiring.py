"""One network as values: wiring, initial weights, noise keys. Drawn in NumPy, for every device.

Draws that the published program defines come from `topology`; those it leaves to Brian2's
generator (initial weights and potentials, the inhibitory connections) from named streams.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from lateralnet.network import topology
from lateralnet.network.definition import Definition
from lateralnet.network.own_model import OwnModel
from lateralnet.parameters.params import NetworkParams
from lateralnet.streams import named_generator

State = Mapping[str, np.ndarray]  # by name; a `LentState` is one too


@dataclass(frozen=True)
class Synapses:
    """A projection in wiring order.

    Attributes
    ----------
    i, j : ndarray of int, shape (n,)
        Presynaptic and postsynaptic cell, each counted within its own layer.
    w : ndarray, shape (n,)
        Weight: mV, or dimensionless for MON->TS.
    """

    i: np.ndarray
    j: np.ndarray
    w: np.ndarray


@dataclass(frozen=True)
class Replica:
    """One network: its parameters and everything drawn from its seed.

    Attributes
    ----------
    ll_mon, mon_ts, ts_inhibition, ts_excitation : Synapses
        Projections; `w` holds the initial weights.
    mon_drive_mV, ts_drive_mV : ndarray, shape (n_mon,) and (n_ts,)
        What a spike of each cell gives to its global inhibitory cell (0: not connected).
    v0_mV : ndarray, shape (n_mon + n_ts,)
        Initial potentials of MON, then TS.
    stimulus : lateralnet.stimulus.own.Stimulus or None
        What it feels in place of the sphere; the network does not look into it.
    model : OwnModel or None
        Cells and synapses of one's own.
    """

    params: NetworkParams
    ll_mon: Synapses
    mon_ts: Synapses
    ts_inhibition: Synapses
    ts_excitation: Synapses
    mon_drive_mV: np.ndarray
    ts_drive_mV: np.ndarray
    v0_mV: np.ndarray
    stimulus: Any = None
    model: OwnModel | None = None

    def definition(self, precision: str) -> Definition:
        """What has to be compiled in to run this network (and others of its sizes)."""
        p = self.params
        return Definition(
            n_ll=p.n_ll,
            n_mon=p.n_mon,
            n_ts=p.n_ts,
            n_ll_mon=self.ll_mon.i.size,
            n_mon_ts=self.mon_ts.i.size,
            n_ts_inhibition=self.ts_inhibition.i.size,
            n_ts_excitation=self.ts_excitation.i.size,
            ll_mon_plastic=p.ll_mon_use_stdp,
            stdp_mu=p.mon_ts_stdp_mu,
            dt_s=p.dt_s,
            v_th_mV=p.vth_mV,
            v_reset_mV=p.vreset_mV,
            e_l_mV=p.el_mV,
            tau_m_ms=p.tau_m_ms,
            tau_s_ms=p.tau_s_ms,
            tau_ref_ms=p.tau_ref_ms,
            precision=precision,
            model=self.model,
        )

    def initial_state(self) -> State:
        """State at the start of training, and of every test."""
        p = self.params
        n_cells = p.n_mon + p.n_ts
        state = {
            "cells.v": self.v0_mV * 1e-3,
            "inhibitory.v": np.full(2, p.el_mV * 1e-3),
            "mon_ts.w": self.mon_ts.w,
            **{f"cells.{name}": np.zeros(n_cells) for name in ("ge", "gi", "refractory_left")},
            "cells.trace": np.zeros(n_cells),
            **{f"inhibitory.{name}": np.zeros(2) for name in ("ge", "refractory_left")},
        }
        if p.ll_mon_use_stdp:
            state["cells.trace_ll"] = np.zeros(n_cells)
            state["afferents.trace"] = np.zeros(p.n_ll)
            state["ll_mon.w"] = self.ll_mon.w * 1e-3
        if self.model is not None:
            counts = {"ll_mon": self.ll_mon.i.size, "mon_ts": self.mon_ts.i.size}
            state |= self.model.initial_state(p.n_mon, p.n_ts, counts)
        return state

    def with_weights_of(self, state: State) -> Replica:
        """Return the same network with the weights of a state.

        A weight that did not change keeps its value in mV exactly, which V -> mV would not.
        """
        new = replace(self, mon_ts=replace(self.mon_ts, w=np.asarray(state["mon_ts.w"], float)))
        if "ll_mon.w" not in state:
            return new
        w_V = np.asarray(state["ll_mon.w"], float)
        w_mV = np.where(w_V == self.ll_mon.w * 1e-3, self.ll_mon.w, w_V * 1e3)
        return replace(new, ll_mon=replace(self.ll_mon, w=w_mV))


def make_replica(params: NetworkParams) -> Replica:
    """Draw the network of ``params.seed``."""
    p, seed = params, params.seed
    ll_mon_i, ll_mon_j = topology.ll_to_mon(p)
    mon_ts_i, mon_ts_j = topology.mon_to_ts(p)
    if p.ll_mon_use_stdp:
        low, jitter = p.ll_mon_w_init_mV, p.ll_mon_w_jitter_stdp_mV
    else:
        low, jitter = p.ll_mon_w_mean_mV, p.ll_mon_w_jitter_mV
    ll_mon_w = low + jitter * named_generator(seed, "weights/ll_mon").random(ll_mon_i.size)
    if p.ll_mon_use_stdp:
        ll_mon_w = np.minimum(ll_mon_w, p.ll_mon_wmax_mV)
    draws = named_generator(seed, "weights/mon_ts").random(mon_ts_i.size)
    mon_ts_w = np.minimum(p.mon_ts_w_init + p.mon_ts_w_jitter * draws, p.mon_ts_wmax)
    return Replica(
        params=p,
        ll_mon=Synapses(ll_mon_i, ll_mon_j, ll_mon_w),
        mon_ts=Synapses(mon_ts_i, mon_ts_j, mon_ts_w),
        ts_inhibition=Synapses(*topology.ts_lateral(p)),
        ts_excitation=Synapses(*topology.ts_lateral_excitation(p)),
        mon_drive_mV=_inhibitory_drive_mV(
            seed, "mon", p.n_mon, p.mon_to_global_inh_p, p.mon_to_global_inh_drive_mV
        ),
        ts_drive_mV=_inhibitory_drive_mV(
            seed,
            "ts",
            p.n_ts,
            p.ts_to_global_inh_p if p.use_ts_feedback_inh else 0.0,
            p.ts_to_global_inh_drive_mV,
        ),
        v0_mV=p.el_mV + 2.0 * named_generator(seed, "potentials").random(p.n_mon + p.n_ts),
    )


def _inhibitory_drive_mV(
    seed: int, layer: str, n: int, probability: float, drive_mV: float
) -> np.ndarray:
    connected = named_generator(seed, f"wiring/{layer}_to_inhibitory").random(n) < probability
    return np.where(connected, drive_mV, 0.0)
