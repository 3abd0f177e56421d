"""Decoders that know the flow: they compare the afferents with the rates a sphere would evoke.

All read LL only. What the afferents of a sphere at (x, D) do on average is computed, not measured:
clip(r0 + p A v), over a period where the sphere vibrates.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lateralnet.decoders.windows import Windows
from lateralnet.parameters.params import NetworkParams
from lateralnet.stimulus.afferents import (
    BASE_RATE_HZ,
    afferent_rate_hz,
    by_polarity,
    clip_rate_hz,
    lesioned,
    modulation_hz,
    n_places,
    neuromast_positions_cm,
)
from lateralnet.stimulus.motion import vibration

FloatArray = NDArray[np.float64]

_SMALLEST_RATE_HZ = 0.1
_STEP_CM = 1e-4
_ITERATIONS = 12
_N_SCALES = 40
_SHIFTS_CM = 81


def expected_rates_hz(
    params: NetworkParams, x_cm: FloatArray, distance_cm: FloatArray
) -> FloatArray:
    """Return the mean rate of each afferent for spheres at (x, D), shape (n, n_ll)."""
    x, distance = np.broadcast_arrays(np.asarray(x_cm, float), np.asarray(distance_cm, float))
    direction = np.full(x.size, 1.0 if params.direction >= 0 else -1.0)
    drive_hz = modulation_hz(params, x.ravel(), distance.ravel(), direction)
    swings = np.array([1.0])
    if params.test_stimulus == "vibrating":  # at the time steps of a period, as the stimulus has it
        n_steps = max(1, round(1.0 / (params.training_vibration_hz * params.dt_s)))
        t_s: FloatArray = (np.arange(n_steps, dtype=float) + 0.5) * params.dt_s
        swings = vibration(params, t_s)
    rates_hz = np.mean(
        [clip_rate_hz(BASE_RATE_HZ + by_polarity(swing * drive_hz, params)) for swing in swings],
        axis=0,
    )
    return lesioned(afferent_rate_hz(rates_hz, params), params)


class IdealObserver:
    """Posterior mean under the true rates of independent Poisson afferents, and a flat prior.

    No decoder of the counts of one window has a smaller mean square error over this prior, the
    places and distances of the sphere, but for the noise of the water, which is left out. At one
    of the distances another can be better: where the counts fit a near sphere at the head and a
    far one anywhere, the mean lies between them, and one that picks a side is right more often.
    """

    name, layers = "ideal observer", ("ll",)

    def fit(self, train: Windows, params: NetworkParams) -> IdealObserver:
        """Tabulate the rates over the body and the distances that occur."""
        distances = np.unique(np.round(train.distance_cm, 6))
        places = np.linspace(0.0, params.ll_body_length_cm, 161)
        self._x, self._d = (grid.ravel() for grid in np.meshgrid(places, distances))
        rates = np.maximum(expected_rates_hz(params, self._x, self._d), _SMALLEST_RATE_HZ)
        self._log_rate, self._total = np.log(rates), rates.sum(axis=1)
        return self

    def decode(self, windows: Windows) -> FloatArray:
        """Return the posterior mean of (x, D) in each window, shape (n_windows, 2)."""
        log_p = windows.counts @ self._log_rate.T - windows.window_s * self._total
        p = np.exp(log_p - log_p.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        return np.stack([p @ self._x, p @ self._d], axis=1)


class GaussNewton:
    """Least squares of the dipole: rates against clip(r0 + A v(x, D)), by Gauss-Newton steps.

    Damped (Levenberg 1944, Q Appl Math 2:164) and started at the best of a coarse grid, as in
    Abdulsadda & Tan 2013 (Smart Mater Struct 22:045005) and Bot, Wolf & van Netten 2021 (Sensors
    21:4558).
    """

    name, layers = "Gauss-Newton", ("ll",)

    def fit(self, train: Windows, params: NetworkParams) -> GaussNewton:
        """Tabulate the grid of starting points."""
        self._params = params
        self._low_cm, self._high_cm = train.distance_cm.min(), train.distance_cm.max()
        places = np.linspace(0.0, params.ll_body_length_cm, 41)
        distances = np.linspace(self._low_cm, self._high_cm, 9)
        self._x, self._d = (grid.ravel() for grid in np.meshgrid(places, distances))
        self._grid = expected_rates_hz(params, self._x, self._d)
        return self

    def decode(self, windows: Windows) -> FloatArray:
        """Return (x, D) of the smallest sum of squares found, shape (n_windows, 2)."""
        rates = windows.counts / windows.window_s
        start = np.argmin((self._grid**2).sum(axis=1)[None, :] - 2.0 * rates @ self._grid.T, axis=1)
        state = np.stack([self._x[start], self._d[start]], axis=1)
        damping = np.full(len(windows), 1e-2)
        residual = rates - self._model(state)
        cost = (residual**2).sum(axis=1)
        for _ in range(_ITERATIONS):
            slopes = np.stack(
                [
                    (self._model(state + step) - self._model(state - step)) / (2 * _STEP_CM)
                    for step in _STEP_CM * np.eye(2)
                ],
                axis=2,
            )  # (n, n_ll, 2)
            normal = np.einsum("nki,nkj->nij", slopes, slopes)
            gradient = np.einsum("nki,nk->ni", slopes, residual)
            diagonal = np.einsum("nii->ni", normal)
            damped = normal + (damping[:, None] * diagonal + 1e-9)[:, :, None] * np.eye(2)
            trial = self._bounded(state + np.linalg.solve(damped, gradient[:, :, None])[:, :, 0])
            new_residual = rates - self._model(trial)
            new_cost = (new_residual**2).sum(axis=1)
            better = new_cost < cost
            state[better], residual[better] = trial[better], new_residual[better]
            cost = np.where(better, new_cost, cost)
            damping = np.where(better, 0.3 * damping, 10.0 * damping)
        return state

    def _model(self, state: FloatArray) -> FloatArray:
        return expected_rates_hz(self._params, state[:, 0], state[:, 1])

    def _bounded(self, state: FloatArray) -> FloatArray:
        low = [0.0, self._low_cm]
        high = [self._params.ll_body_length_cm, self._high_cm]
        return np.clip(state, low, high)


class WaveletTransform:
    """Continuous wavelet transform with the even and odd wavelets of a dipole.

    The rate profile along the body is compared with the profiles (2 s^2 - 1)/(1 + s^2)^(5/2) and
    3 s/(1 + s^2)^(5/2), s = (x - b)/a; the shift b and the scale a at which most of it lies in the
    plane of the two are place and distance (Curcic-Blake & van Netten 2006, J Exp Biol 209:1548).
    """

    name, layers = "wavelet transform", ("ll",)

    def fit(self, train: Windows, params: NetworkParams) -> WaveletTransform:
        """Make the wavelets at every shift and scale."""
        self._params = params
        places = neuromast_positions_cm(params)
        shifts = np.linspace(0.0, params.ll_body_length_cm, _SHIFTS_CM)
        low, high = train.distance_cm.min(), train.distance_cm.max()
        scales = np.geomspace(0.8 * low, 1.25 * high, _N_SCALES)
        self._b, self._a = (grid.ravel() for grid in np.meshgrid(shifts, scales))
        s = (places[None, :] - self._b[:, None]) / self._a[:, None]
        self._even = _unit((2 * s**2 - 1) / (1 + s**2) ** 2.5)
        odd = _unit(3 * s / (1 + s**2) ** 2.5)
        # Cut off at head or tail the two are not orthogonal by themselves.
        self._odd = _unit(odd - (odd * self._even).sum(axis=1, keepdims=True) * self._even)
        return self

    def decode(self, windows: Windows) -> FloatArray:
        """Return (x, D) of the largest transform, shape (n_windows, 2)."""
        rates = windows.counts / windows.window_s - BASE_RATE_HZ
        if self._params.ll_polarity == "opposed":
            pairs = rates.reshape(len(windows), n_places(self._params), 2)
            rates = 0.5 * (pairs[:, :, 0] - pairs[:, :, 1])
        power = (rates @ self._even.T) ** 2 + (rates @ self._odd.T) ** 2
        best = np.argmax(power, axis=1)
        return np.stack([self._b[best], self._a[best]], axis=1)


def _unit(rows: FloatArray) -> FloatArray:
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True))
