"""The rules of `sorn.rules` as compiled loops over rows of synapses.

`sorn.rules` has the equations and their sources; these loops do the same arithmetic in the same
order, so both give the same bits, and skip what cannot change: STDP visits only neurons that
fired in one of the two steps, scaling only targets whose sum may differ from 1. Division is
NumPy's (`error_model`): a test for zero would keep the compiler from using vector instructions.
The loops free Python's lock, so networks of a batch run side by side in threads.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import numba
import numpy as np

from sorn.arrays import NumpyArray
from sorn.rules import INSERTED_WEIGHT, WEIGHT_MAX
from sorn.streams import chosen_site

F = TypeVar("F", bound=Callable[..., object])


def compiled(function: F) -> F:
    """`function`, compiled at its first call and cached on disk."""
    decorate: Any = numba.njit(cache=True, error_model="numpy", nogil=True)
    return decorate(function)  # type: ignore[no-any-return]


_chosen_site = compiled(chosen_site)


class Network(NamedTuple):
    """Arrays of one network, changed in place.

    A row of ``*_sources`` and ``*_weights`` holds the synapses onto one target: its first
    ``*_fill`` entries, sources ascending. ``*_unsettled`` says whose weights changed since they
    last summed to exactly 1. `x`, `y` have one row per step (before, now); `counts` holds the
    synapses of both tables; `free` and `free_per_row` the vacant sites of structural plasticity.
    """

    ee_sources: NumpyArray
    ee_weights: NumpyArray
    ee_fill: NumpyArray
    ee_unsettled: NumpyArray
    ei_sources: NumpyArray
    ei_weights: NumpyArray
    ei_fill: NumpyArray
    ei_unsettled: NumpyArray
    to_inhibitory: NumpyArray
    te: NumpyArray
    ti: NumpyArray
    x: NumpyArray
    y: NumpyArray
    free: NumpyArray
    free_per_row: NumpyArray
    counts: NumpyArray


class Constants(NamedTuple):
    """Hyperparameters and active rules."""

    stdp: bool
    ip: bool
    istdp: bool
    scale_ee: bool
    scale_ei: bool
    inclusive: bool
    fast_inhibition: bool
    eta_stdp: float
    eta_ip: float
    eta_inhib: float
    inhibitory_gain: float
    istdp_floor: float
    target_rate: NumpyArray
    te_low: float
    te_high: float


class Stretch(NamedTuple):
    """What a stretch is given, and room for what happens; a row of drive or noise serves all."""

    drive: NumpyArray
    noise: NumpyArray
    insertions: NumpyArray
    sites: NumpyArray
    reward: NumpyArray
    excitatory: NumpyArray
    inhibitory: NumpyArray
    recurrent: NumpyArray
    ee_counts: NumpyArray
    ei_counts: NumpyArray


@compiled
def run(network: Network, constants: Constants, stretch: Stretch, first: int, last: int) -> int:
    """Steps first..last-1; returns the first one not run, for want of room for its insertions.

    The numbers in ``sites`` choose where synapses are inserted.
    """
    site = int(stretch.insertions[:first].sum())
    for step in range(first, last):
        if lacks_room(network, stretch.insertions[step]):
            return step
        start_step(network, constants, stretch, step)
        for _ in range(stretch.insertions[step]):
            vacant = int(network.free_per_row.sum())
            if vacant > 0:
                insert(network, _chosen_site(stretch.sites[site], vacant))
            site += 1
        finish_step(network, constants)
    return last


@compiled
def lacks_room(network: Network, insertions: int) -> bool:
    """Whether a target may run out of slots in a step."""
    return insertions > 0 and network.ee_fill.max() + insertions > network.ee_weights.shape[1]


@compiled
def start_step(network: Network, constants: Constants, stretch: Stretch, step: int) -> None:
    """Activity, STDP and intrinsic plasticity of one step: all that precedes an insertion."""
    stretch.ee_counts[step] = network.counts[0]
    stretch.ei_counts[step] = network.counts[1]
    _fire(network, constants, stretch, step)
    if constants.stdp:
        _spike_timing_plasticity(network, constants.eta_stdp * stretch.reward[step])
    if constants.ip:
        te = network.te
        for i in range(len(te)):
            te[i] += constants.eta_ip * (network.x[1, i] - constants.target_rate[i])
            te[i] = min(max(te[i], constants.te_low), constants.te_high)


@compiled
def finish_step(network: Network, constants: Constants) -> None:
    """Inhibitory STDP and synaptic scaling of one step: all that follows an insertion."""
    if constants.istdp:
        _inhibitory_plasticity(network, constants)
    if constants.scale_ee:
        _scale(network.ee_weights, network.ee_fill, network.ee_unsettled)
    if constants.scale_ei and not constants.istdp:
        _scale(network.ei_weights, network.ei_fill, network.ei_unsettled)


@compiled
def insert(network: Network, rank: int) -> None:
    """Structural plasticity: a new synapse at the vacant site number `rank` in row-major order."""
    free, free_per_row = network.free, network.free_per_row
    source = 0
    while rank >= free_per_row[source]:
        rank -= free_per_row[source]
        source += 1
    target = 0
    while rank > 0 or not free[source, target]:
        rank -= free[source, target]
        target += 1
    free[source, target] = False
    free_per_row[source] -= 1
    sources, weights = network.ee_sources[target], network.ee_weights[target]
    slot = network.ee_fill[target]
    while slot > 0 and sources[slot - 1] > source:
        sources[slot], weights[slot] = sources[slot - 1], weights[slot - 1]
        slot -= 1
    sources[slot], weights[slot] = source, INSERTED_WEIGHT
    network.ee_fill[target] += 1
    network.ee_unsettled[target] = True
    network.counts[0] += 1


@compiled
def limit(network: Network) -> None:
    """Weights between excitatory neurons limited to 1, as the first STDP does to a given state."""
    for i in range(len(network.ee_fill)):
        for slot in range(network.ee_fill[i]):
            network.ee_weights[i, slot] = min(network.ee_weights[i, slot], WEIGHT_MAX)


@compiled
def _drive(
    sources: NumpyArray, weights: NumpyArray, fill: NumpyArray, activity: NumpyArray
) -> NumpyArray:
    total = np.empty(len(fill))
    for i in range(len(fill)):
        summed = 0.0
        for slot in range(fill[i]):
            summed += weights[i, slot] * activity[sources[i, slot]]
        total[i] = summed
    return total


@compiled
def _fire(network: Network, constants: Constants, stretch: Stretch, step: int) -> None:
    x, y, te, ti = network.x, network.y, network.te, network.ti
    ne, ni = len(te), len(ti)
    excitation = _drive(network.ee_sources, network.ee_weights, network.ee_fill, x[1])
    inhibition = _drive(network.ei_sources, network.ei_weights, network.ei_fill, y[1])
    drive = stretch.drive[step if len(stretch.drive) > 1 else 0]
    noise = stretch.noise[step if len(stretch.noise) > 1 else 0]
    for i in range(ne):
        recurrent = excitation[i] - inhibition[i] + noise[i]
        potential = recurrent + drive[i] - te[i]
        recurrent -= te[i]
        fires = potential > 0.0 or (constants.inclusive and potential == 0.0)
        stretch.recurrent[step, i] = recurrent > 0.0 or (constants.inclusive and recurrent == 0.0)
        stretch.excitatory[step, i] = fires
        x[0, i] = x[1, i]
        x[1, i] = fires
    source_activity = x[1] if constants.fast_inhibition else x[0]
    to_inhibitory = np.zeros(ni)
    for j in range(ne):
        if source_activity[j] != 0.0:
            for k in range(ni):
                to_inhibitory[k] += network.to_inhibitory[j, k]
    for k in range(ni):
        potential = to_inhibitory[k] + noise[ne + k] - ti[k]
        fires = potential > 0.0 or (constants.inclusive and potential == 0.0)
        stretch.inhibitory[step, k] = fires
        y[0, k] = y[1, k]
        y[1, k] = fires


@compiled
def _spike_timing_plasticity(network: Network, rate: float) -> None:
    x = network.x
    for i in range(len(network.ee_fill)):
        if x[0, i] == 0.0 and x[1, i] == 0.0:
            continue
        sources, weights = network.ee_sources[i], network.ee_weights[i]
        dead = 0
        for slot in range(network.ee_fill[i]):
            j = sources[slot]
            change = x[0, j] * x[1, i] - x[1, j] * x[0, i]
            if change != 0.0:
                weight = min(weights[slot] + rate * change, WEIGHT_MAX)
                network.ee_unsettled[i] = True
                if weight <= 0.0:
                    weight = 0.0
                    dead += 1
                    if i != j:
                        network.free[j, i] = True
                        network.free_per_row[j] += 1
                weights[slot] = weight
        if dead > 0:
            _close_gaps(sources, weights, network.ee_fill[i])
            network.ee_fill[i] -= dead
            network.counts[0] -= dead


@compiled
def _inhibitory_plasticity(network: Network, constants: Constants) -> None:
    """Inhibitory STDP, and scaling of its targets in the same pass where both run.

    Nearly every weight changes in every step, so nothing is skipped and no branch is taken.
    """
    y, floor, scales = network.y[0], constants.istdp_floor, constants.scale_ei
    for i in range(len(network.ei_fill)):
        sources, weights = network.ei_sources[i], network.ei_weights[i]
        change = -constants.eta_inhib * (1.0 - network.x[1, i] * constants.inhibitory_gain)
        dead, total = 0, 0.0
        for slot in range(network.ei_fill[i]):
            weight = weights[slot] + y[sources[slot]] * change
            weight = min(max(weight, floor), WEIGHT_MAX)
            weights[slot] = weight
            dead += weight <= 0.0
            total += weight
        if dead > 0:
            _close_gaps(sources, weights, network.ei_fill[i])
            network.ei_fill[i] -= dead
            network.counts[1] -= dead
        if scales and total != 1.0 and total != 0.0:
            for slot in range(network.ei_fill[i]):
                weights[slot] /= total


@compiled
def _close_gaps(sources: NumpyArray, weights: NumpyArray, fill: int) -> None:
    """Move the synapses of one target together, over those whose weight is 0."""
    place = 0
    for slot in range(fill):
        if weights[slot] > 0.0:
            sources[place], weights[place] = sources[slot], weights[slot]
            place += 1


@compiled
def _scale(weights: NumpyArray, fill: NumpyArray, unsettled: NumpyArray) -> None:
    for i in range(len(fill)):
        if not unsettled[i]:
            continue
        total = 0.0
        for slot in range(fill[i]):
            total += weights[i, slot]
        if total == 1.0 or total == 0.0:
            unsettled[i] = False
            continue
        for slot in range(fill[i]):
            weights[i, slot] /= total
