"""The rules of `sorn.rules` as compiled loops over tables of neighbours.

`sorn.rules` has the equations and their sources; these loops do the same arithmetic in the same
order, so both give the same bits, and skip what cannot change: STDP visits only neurons that
fired in one of the two steps. Division is NumPy's (`error_model`), because a test for zero in the
loop would keep the compiler from using vector instructions.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from sorn.rules import WEIGHT_MAX


class Network(NamedTuple):
    """Arrays of one network, changed in place.

    ``ee_*`` and ``ei_*`` are the tables of `sorn.engines.neighbours.NeighbourTable`; `x`, `y`
    have one column per step (before, now) and one last row for empty slots that stays 0;
    `counts` holds the synapses of both tables.
    """

    ee_sources: np.ndarray
    ee_weights: np.ndarray
    ei_sources: np.ndarray
    ei_weights: np.ndarray
    to_inhibitory: np.ndarray
    te: np.ndarray
    ti: np.ndarray
    x: np.ndarray
    y: np.ndarray
    free: np.ndarray
    free_per_row: np.ndarray
    counts: np.ndarray


class Constants(NamedTuple):
    """Hyperparameters and active rules."""

    stdp: bool
    ip: bool
    istdp: bool
    scale_ee: bool
    scale_ei: bool
    inclusive: bool
    eta_stdp: float
    eta_ip: float
    eta_inhib: float
    inhibitory_gain: float
    istdp_floor: float
    target_rate: np.ndarray
    te_low: float
    te_high: float


class Stretch(NamedTuple):
    """Drive and noise of consecutive steps, and room for what happens in them."""

    drive: np.ndarray
    noise_e: np.ndarray
    noise_i: np.ndarray
    excitatory: np.ndarray
    inhibitory: np.ndarray
    recurrent: np.ndarray
    ee_counts: np.ndarray
    ei_counts: np.ndarray


@njit(cache=True, error_model="numpy")
def run(network, constants, stretch, first, last):
    """Steps first..last-1, none of which inserts a synapse."""
    for step in range(first, last):
        start_step(network, constants, stretch, step)
        finish_step(network, constants)


@njit(cache=True, error_model="numpy")
def start_step(network, constants, stretch, step):
    """Activity, STDP and intrinsic plasticity of one step: all that precedes an insertion."""
    stretch.ee_counts[step] = network.counts[0]
    stretch.ei_counts[step] = network.counts[1]
    _fire(network, constants, stretch, step)
    if constants.stdp:
        _spike_timing_plasticity(network, constants.eta_stdp)
    if constants.ip:
        te = network.te
        for i in range(len(te)):
            te[i] += constants.eta_ip * (network.x[1, i] - constants.target_rate[i])
            te[i] = min(max(te[i], constants.te_low), constants.te_high)


@njit(cache=True, error_model="numpy")
def finish_step(network, constants):
    """Inhibitory STDP and synaptic scaling of one step: all that follows an insertion."""
    if constants.istdp:
        _inhibitory_plasticity(network, constants)
    if constants.scale_ee:
        _scale(network.ee_weights)
    if constants.scale_ei:
        _scale(network.ei_weights)


@njit(cache=True, error_model="numpy")
def _drive(sources, weights, activity):
    total = np.zeros(weights.shape[1])
    for slot in range(weights.shape[0]):
        for i in range(weights.shape[1]):
            total[i] += weights[slot, i] * activity[sources[slot, i]]
    return total


@njit(cache=True, error_model="numpy")
def _fire(network, constants, stretch, step):
    x, y, te, ti = network.x, network.y, network.te, network.ti
    ne, ni = len(te), len(ti)
    excitation = _drive(network.ee_sources, network.ee_weights, x[1])
    inhibition = _drive(network.ei_sources, network.ei_weights, y[1])
    to_inhibitory = np.zeros(ni)
    for j in range(ne):
        if x[1, j] != 0.0:
            for k in range(ni):
                to_inhibitory[k] += network.to_inhibitory[j, k]
    for i in range(ne):
        recurrent = excitation[i] - inhibition[i] + stretch.noise_e[step, i]
        potential = recurrent + stretch.drive[step, i] - te[i]
        recurrent -= te[i]
        fires = potential > 0.0 or (constants.inclusive and potential == 0.0)
        stretch.recurrent[step, i] = recurrent > 0.0 or (constants.inclusive and recurrent == 0.0)
        stretch.excitatory[step, i] = fires
        x[0, i] = x[1, i]
        x[1, i] = fires
    for k in range(ni):
        potential = to_inhibitory[k] + stretch.noise_i[step, k] - ti[k]
        fires = potential > 0.0 or (constants.inclusive and potential == 0.0)
        stretch.inhibitory[step, k] = fires
        y[0, k] = y[1, k]
        y[1, k] = fires


@njit(cache=True, error_model="numpy")
def _spike_timing_plasticity(network, rate):
    sources, weights, x = network.ee_sources, network.ee_weights, network.x
    for i in range(weights.shape[1]):
        if x[0, i] == 0.0 and x[1, i] == 0.0:
            continue
        for slot in range(weights.shape[0]):
            j = sources[slot, i]
            change = x[0, j] * x[1, i] - x[1, j] * x[0, i]
            if change == 0.0:
                continue
            weights[slot, i] = min(weights[slot, i] + rate * change, WEIGHT_MAX)
            if weights[slot, i] <= 0.0:
                weights[slot, i] = 0.0
                sources[slot, i] = weights.shape[1]
                network.counts[0] -= 1
                if i != j:
                    network.free[j, i] = True
                    network.free_per_row[j] += 1


@njit(cache=True, error_model="numpy")
def _inhibitory_plasticity(network, constants):
    sources, weights = network.ei_sources, network.ei_weights
    silent = len(network.ti)
    change = np.empty(weights.shape[1])
    for i in range(weights.shape[1]):
        change[i] = -constants.eta_inhib * (1.0 - network.x[1, i] * constants.inhibitory_gain)
    for slot in range(weights.shape[0]):
        for i in range(weights.shape[1]):
            k = sources[slot, i]
            if k == silent:
                continue
            changed = weights[slot, i] + network.y[0, k] * change[i]
            weights[slot, i] = min(max(changed, constants.istdp_floor), WEIGHT_MAX)
            if weights[slot, i] <= 0.0:
                sources[slot, i] = silent
                network.counts[1] -= 1


@njit(cache=True, error_model="numpy")
def _scale(weights):
    total = np.zeros(weights.shape[1])
    for slot in range(weights.shape[0]):
        for i in range(weights.shape[1]):
            total[i] += weights[slot, i]
    for i in range(weights.shape[1]):
        if total[i] == 0.0:
            total[i] = 1.0
    for slot in range(weights.shape[0]):
        for i in range(weights.shape[1]):
            weights[slot, i] /= total[i]
