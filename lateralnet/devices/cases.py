"""Small networks that every device must run alike: the cases of `lateralnet compare` and the tests.

`deterministic_case` has no random number in it: no background, and afferents that fire surely
or never. `noisy_case` has all noise; since that noise is a function of seed and step
(`lateralnet.network.counter_noise`), devices must agree on it spike by spike too.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lateralnet.network.batch import Phase
from lateralnet.network.wiring import Replica, State, make_replica
from lateralnet.parameters.presets import preset
from lateralnet.simulation.segment import Drive
from lateralnet.simulation.session import DeviceOptions, Session
from lateralnet.simulation.spikes import Spikes, joined, unequal_layers
from lateralnet.streams import named_generator

_SMALL: dict[str, Any] = {
    "n_ll": 40,
    "n_mon": 200,
    "n_ts": 40,
    "n_training_trials": 2,
    "trial_duration_s": 0.4,
    "ll_mon_use_stdp": False,
    "mon_to_ts_sigma": 4.0,
    "ts_lateral_radius": 5,
}
# Everything that a definition can switch on beside the defaults.
EVERY_RULE: dict[str, Any] = {
    "ll_mon_use_stdp": True,
    "mon_ts_stdp_mu": 0.5,
    "ts_lateral_exc_radius": 4,
    "ts_lateral_exc_peak_mV": 1.0,
}


@dataclass(frozen=True)
class Case:
    """A network and what drives it."""

    replica: Replica
    drive: Drive


@dataclass(frozen=True)
class CaseResult:
    """State after a case, spikes in it, and what ran it."""

    state: State
    spikes: Spikes
    info: dict[str, Any]


def deterministic_case(n_steps: int = 400, **overrides: Any) -> Case:
    """Return a network without noise; one afferent in twelve fires in each step."""
    silent = {"bg_rate_mon_hz": 0.0, "bg_rate_ts_hz": 0.0}
    replica = make_replica(preset("ll_map", **{**_SMALL, **silent, **overrides}))
    p = replica.params
    fires = named_generator(p.seed, "case").random((n_steps, p.n_ll)) < 0.08
    return Case(replica, Drive(fires / p.dt_s, np.arange(n_steps)))


def noisy_case(n_steps: int = 400, **overrides: Any) -> Case:
    """Return a network with background and random afferents, their rates held for 20 steps."""
    replica = make_replica(preset("ll_map", **{**_SMALL, **overrides}))
    row_of_step = np.arange(n_steps) // 20
    n_rows = int(row_of_step[-1]) + 1
    p = replica.params
    rates_hz = named_generator(p.seed, "case").uniform(20.0, 120.0, (n_rows, p.n_ll))
    return Case(replica, Drive(rates_hz, row_of_step))


def run_case(
    case: Case, options: DeviceOptions, *, cuts: Sequence[int] = (), plastic: bool = True
) -> CaseResult:
    """Run a case on a device, cut into segments at the steps `cuts`."""
    p = case.replica.params
    phase = Phase("training", plastic, plastic and p.ll_mon_use_stdp)
    state = case.replica.initial_state()
    pieces: list[Spikes] = []
    edges = [0, *cuts, case.drive.row_of_step.size]
    with Session([case.replica], options) as session:
        for start, stop in itertools.pairwise(edges):
            drive = Drive(case.drive.rows_hz, case.drive.row_of_step[start:stop])
            ((state, spikes),) = session.simulation.advance([state], [drive], phase, start)
            pieces.append(spikes)
        info = session.info
    return CaseResult(state, joined(pieces), info)


def unequal_spikes(first: CaseResult, second: CaseResult) -> list[str]:
    """Return the layers whose spikes differ."""
    return unequal_layers(first.spikes, second.spikes)


def largest_difference(first: CaseResult, second: CaseResult) -> float:
    """Return the largest difference of any weight, potential, conductance or trace."""
    return max(
        float(np.abs(first.state[name] - second.state[name]).max(initial=0.0))
        for name in first.state
    )
