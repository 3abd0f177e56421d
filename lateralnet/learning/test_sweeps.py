"""Test sweeps: the same stimulus and noise for every condition, from the same start.

Each sweep starts from the initial potentials of the network, not from where training stopped,
so that untrained, trained and re-evaluated networks are compared under identical conditions.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence

import numpy as np

from lateralnet.network.batch import Phase
from lateralnet.network.wiring import Replica
from lateralnet.parameters.params import NetworkParams
from lateralnet.records.record import OWN_STIMULUS, TestRecord
from lateralnet.simulation.segment import Drive, Simulation
from lateralnet.simulation.spikes import Spikes
from lateralnet.stimulus.afferents import afferent_rate_hz, lesioned
from lateralnet.stimulus.own import own_test
from lateralnet.stimulus.sweeps import SweepDrive, test_drive


def run_test(
    simulation: Simulation,
    replicas: Sequence[Replica],
    *,
    plastic: bool = True,
    n_sweeps: int | None = None,
    ts_only: bool = False,
    on_sweep: Callable[[int], None] = lambda done: None,
) -> list[TestRecord]:
    """Run the test sweeps of all networks with the weights that the replicas hold.

    Parameters
    ----------
    simulation : Simulation
        The program with networks of these sizes.
    replicas : sequence of Replica
        Their parameters choose stimulus, number of sweeps, and what stays plastic.
    plastic : bool
        False keeps every weight even where the parameters let it learn in the test.
    n_sweeps : int, optional
        Only the first of the sweeps.
    ts_only : bool
        Whether the spikes of TS are enough; many times as many others stay in the program.
    on_sweep : callable
        Called with the number of sweeps that are done.
    """
    p = replicas[0].params
    states = [replica.initial_state() for replica in replicas]
    sweeps: list[list[tuple[SweepDrive, Spikes]]] = [[] for _ in replicas]
    for sweep in range(p.test_sweeps if n_sweeps is None else n_sweeps):
        phase = Phase(
            f"test/{sweep}",
            mon_ts_learns=plastic and p.keep_mon_ts_stdp_during_test,
            ll_mon_learns=plastic and p.ll_mon_use_stdp and p.keep_ll_mon_stdp_during_test,
        )
        stimuli = [_stimulus_of(replica, sweep) for replica in replicas]
        drives = [
            _drive(_rates_hz(stimulus, replica.params))
            for stimulus, replica in zip(stimuli, replicas, strict=True)
        ]
        keep_from = drives[0].row_of_step.size if ts_only else None
        advanced = simulation.advance(states, drives, phase, 0, keep_from=keep_from, lend=True)
        for shown, stimulus, (_, spikes) in zip(sweeps, stimuli, advanced, strict=True):
            shown.append((stimulus, {"ts": spikes["ts"]} if ts_only else spikes))
        on_sweep(sweep + 1)
    return [
        TestRecord(
            dt_s=p.dt_s,
            x_cm=np.array([stimulus.x_cm for stimulus, _ in shown]),
            y_cm=np.array([stimulus.y_cm for stimulus, _ in shown]),
            spikes=tuple(spikes for _, spikes in shown),
            facts={} if replica.stimulus is None else {OWN_STIMULUS: 1.0},
        )
        for replica, shown in zip(replicas, sweeps, strict=True)
    ]


def _stimulus_of(replica: Replica, sweep: int) -> SweepDrive:
    if replica.stimulus is None:
        return _stimulus(replica.params, sweep)
    return own_test(replica.stimulus, replica.params, sweep)


@functools.lru_cache(maxsize=512)  # of less than a MB each
def _stimulus(params: NetworkParams, sweep: int) -> SweepDrive:
    """Return a test stimulus; a network is tested with it untrained, trained and as controls."""
    return test_drive(params, sweep)


def _rates_hz(stimulus: SweepDrive, params: NetworkParams) -> np.ndarray:
    return lesioned(afferent_rate_hz(stimulus.rates_hz, params), params)


def _drive(rates_hz: np.ndarray) -> Drive:
    """One row per step, as rates change at every step of a sweep."""
    return Drive(rates_hz, np.arange(rates_hz.shape[0]))
