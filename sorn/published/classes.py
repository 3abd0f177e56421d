"""The published lower-level classes, on dense matrices, over the functions of `sorn.rules`.

Hyperparameters are class attributes of `Sorn`, as published; unlike there, no run changes them.
Functions return new arrays and change none of their arguments.
"""

from __future__ import annotations

import random
from typing import Any

import numpy as np

from sorn import rules
from sorn.arrays import NumpyArray
from sorn.errors import ParameterError
from sorn.parameters import Parameters, build_parameters, preset
from sorn.state import STATE_KEYS
from sorn.streams import GlobalStreams
from sorn.wiring import draw_connections, new_network

_DEFAULTS: Parameters = build_parameters(**preset("published"))


class Sorn:
    """Hyperparameters of the published package, and initial arrays for them."""

    nu = _DEFAULTS.nu
    ne = _DEFAULTS.ne
    ni = _DEFAULTS.ni
    eta_stdp = _DEFAULTS.eta_stdp
    eta_inhib = _DEFAULTS.eta_inhib
    eta_ip = _DEFAULTS.eta_ip
    te_max = _DEFAULTS.te_max
    ti_max = _DEFAULTS.ti_max
    ti_min = _DEFAULTS.ti_min
    te_min = _DEFAULTS.te_min
    mu_ip = _DEFAULTS.mu_ip
    sigma_ip = _DEFAULTS.sigma_ip
    network_type_ee = _DEFAULTS.network_type_ee
    network_type_ei = _DEFAULTS.network_type_ei
    network_type_ie = _DEFAULTS.network_type_ie
    lambda_ee = _DEFAULTS.lambda_ee
    lambda_ei = _DEFAULTS.lambda_ei
    lambda_ie = _DEFAULTS.lambda_ie
    timesteps = 0

    @staticmethod
    def initialize_weight_matrix(
        network_type: str, synaptic_connection: str, self_connection: str, lambd_w: float
    ) -> NumpyArray:
        """Initial weights of one kind of connection ('EE', 'EI', 'IE'), before normalisation."""
        if self_connection != "False":
            raise ParameterError("self_connection must be 'False': no neuron drives itself")
        source = GlobalStreams.wiring
        return draw_connections(
            synaptic_connection, network_type, lambd_w, Sorn.ne, Sorn.ni, source
        )

    @staticmethod
    def initialize_threshold_matrix(
        te_min: float, te_max: float, ti_min: float, ti_max: float
    ) -> tuple[NumpyArray, NumpyArray]:
        """Uniform thresholds, shapes (ne, 1) and (ni, 1)."""
        source = GlobalStreams.wiring
        te = source.uniform(te_min, te_max, (Sorn.ne, 1))
        return te, source.uniform(ti_min, ti_max, (Sorn.ni, 1))

    @staticmethod
    def initialize_activity_vector(ne: int, ni: int) -> tuple[NumpyArray, NumpyArray]:
        """Silent activities, shapes (ne, 2) and (ni, 2)."""
        return np.zeros((ne, 2)), np.zeros((ni, 2))


def _parameters() -> Parameters:
    """The class attributes of `Sorn`, as they are now."""
    names = [name for name in vars(Sorn) if name in Parameters.__dataclass_fields__]
    return build_parameters(**{name: getattr(Sorn, name) for name in names})


class Plasticity(Sorn):
    """The five rules, one method each; `x` and `y` have the columns before and now."""

    def __init__(self) -> None:
        self.h_ip = 2 * Sorn.nu / Sorn.ne

    def stdp(self, wee: NumpyArray, x: NumpyArray, cutoff_weights: Any) -> NumpyArray:
        """`sorn.rules.spike_timing_plasticity`, limited to `cutoff_weights` (low, high)."""
        before, now = np.asarray(x, dtype=float).T
        changed = rules.spike_timing_plasticity(
            np, wee, before[:, None], now[:, None], before, now, self.eta_stdp
        )
        result: NumpyArray = np.clip(changed, *cutoff_weights)
        return result

    def ip(self, te: NumpyArray, x: NumpyArray) -> NumpyArray:
        """`sorn.rules.intrinsic_plasticity`, thresholds in [te_min, te_max]."""
        now = np.asarray(x, dtype=float)[:, 1:]
        bounds = (self.te_min, self.te_max)
        result: NumpyArray = rules.intrinsic_plasticity(np, te, now, self.h_ip, self.eta_ip, bounds)
        return result

    @staticmethod
    def ss(wee: NumpyArray) -> NumpyArray:
        """`sorn.rules.synaptic_scaling`."""
        result: NumpyArray = rules.synaptic_scaling(np, wee)
        return result

    def istdp(
        self, wei: NumpyArray, x: NumpyArray, y: NumpyArray, cutoff_weights: Any
    ) -> NumpyArray:
        """`sorn.rules.inhibitory_plasticity`, limited to `cutoff_weights` (low, high)."""
        pre, post = np.asarray(y, dtype=float)[:, :1], np.asarray(x, dtype=float)[:, 1]
        changed = rules.inhibitory_plasticity(
            np, wei, pre, post, self.eta_inhib, self.mu_ip, cutoff_weights[0]
        )
        result: NumpyArray = np.clip(changed, *cutoff_weights)
        return result

    @staticmethod
    def structural_plasticity(wee: NumpyArray) -> NumpyArray:
        """With probability 0.1 a copy with one more synapse of weight 0.001, else a copy."""
        grown = np.array(wee, dtype=float)
        if np.random.randint(10) == 0:  # noqa: NPY002 - the published generator
            vacant = grown <= 0
            np.fill_diagonal(vacant, False)
            sites = np.flatnonzero(vacant)
            if len(sites):
                grown.flat[random.choice(sites)] = rules.INSERTED_WEIGHT
        return grown

    @staticmethod
    def initialize_plasticity() -> tuple[NumpyArray, ...]:
        """Arrays of a new network: Wee, Wei, Wie, Te, Ti, X, Y."""
        return tuple(new_network(_parameters()).values())


class MatrixCollection(Sorn):
    """The seven arrays of a run, as lists with one entry per step."""

    def __init__(self, phase: str, state: dict[str, NumpyArray] | None = None) -> None:
        self.phase, self.state = phase, state
        if state is None:
            if phase == "training":
                raise ParameterError("phase 'training' needs the state of a simulation")
            state = new_network(_parameters())
        for name in STATE_KEYS:
            setattr(self, name, [state[name]])

    def weight_matrix(self, wee: Any, wei: Any, wie: Any, i: int) -> tuple[Any, Any, Any]:
        """Append the weights of step `i`; return the lists' last entries."""
        return self._append(Wee=wee, Wei=wei, Wie=wie)

    def threshold_matrix(self, te: Any, ti: Any, i: int) -> tuple[Any, Any]:
        """Append the thresholds of step `i`."""
        return self._append(Te=te, Ti=ti)

    def network_activity_t(self, x: Any, y: Any, i: int) -> tuple[Any, Any]:
        """Append the activities of step `i`."""
        return self._append(X=x, Y=y)

    def _append(self, **arrays: Any) -> tuple[Any, ...]:
        for name, array in arrays.items():
            getattr(self, name).append(array)
        return tuple(arrays.values())


class NetworkState(Plasticity):
    """Activity of one step from an input vector `v_t` of at most ne numbers."""

    def __init__(self, v_t: Any) -> None:
        super().__init__()
        drive = np.zeros((Sorn.ne, 1))
        values = np.asarray(v_t, dtype=float).reshape(-1)
        if len(values) > Sorn.ne:
            raise ParameterError(f"v_t has {len(values)} numbers, more than ne={Sorn.ne}")
        drive[: len(values), 0] = values
        self.v_t = drive

    def incoming_drive(self, weights: NumpyArray, activity_vector: NumpyArray) -> NumpyArray:
        """Summed drive of every target, shape (targets, 1)."""
        pre = np.asarray(activity_vector, dtype=float).reshape(-1, 1)
        result: NumpyArray = rules.drive(np, np.asarray(weights), pre)[:, None]
        return result

    def excitatory_network_state(
        self, wee: Any, wei: Any, te: Any, x: Any, y: Any, white_noise_e: Any
    ) -> NumpyArray:
        """x(t + 1), shape (ne, 1)."""
        return self._fires(self._recurrent(wee, wei, x, y, white_noise_e) + self.v_t - te)

    def inhibitory_network_state(self, wie: Any, ti: Any, x: Any, white_noise_i: Any) -> NumpyArray:
        """y(t + 1), shape (ni, 1)."""
        drive = self.incoming_drive(wie, np.asarray(x)[:, 1])
        return self._fires(drive + white_noise_i - ti)

    def recurrent_drive(
        self, wee: Any, wei: Any, te: Any, x: Any, y: Any, white_noise_e: Any
    ) -> NumpyArray:
        """Excitatory activity as it would be without input, shape (ne, 1)."""
        return self._fires(self._recurrent(wee, wei, x, y, white_noise_e) - te)

    def _recurrent(self, wee: Any, wei: Any, x: Any, y: Any, noise: Any) -> NumpyArray:
        excitation = self.incoming_drive(wee, np.asarray(x)[:, 1])
        inhibition = self.incoming_drive(wei, np.asarray(y)[:, 1])
        result: NumpyArray = rules.membrane(excitation, inhibition, noise)
        return result

    @staticmethod
    def _fires(potential: NumpyArray) -> NumpyArray:
        result: NumpyArray = rules.fires(np, potential, inclusive=False)
        return result
