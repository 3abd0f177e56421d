"""Decoders that learn from examples: rate maps, population vectors, neighbours, a linear readout.

They read any layer. Half of the sweeps teach them, the other half is decoded.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lateralnet.decoders.windows import Windows
from lateralnet.errors import InputError
from lateralnet.parameters.params import NetworkParams

FloatArray = NDArray[np.float64]

ALL = ("ll", "mon", "ts")
_PLACES = 97  # not in step with the windows, whose places would be hit exactly
_SMOOTHING_CM = 0.15
_SMALLEST_RATE_HZ = 0.1
_LARGEST_SHAPE = 1e6
_NEIGHBOURS = 5
_CALIBRATION_BINS = 40


class Bayes:
    """Posterior mean with measured rate maps over (x, D), flat prior, and a shared random gain.

    The gain is that of `lateralnet.measures.bayes` (Zhang et al. 1998, J Neurophysiol 79:1017;
    Goris et al. 2014, Nat Neurosci 17:858).
    """

    name, layers = "Bayes", ALL

    def fit(self, train: Windows, params: NetworkParams) -> Bayes:
        """Measure rate maps at every distance, smoothed along the body, and the gain."""
        places = (np.arange(_PLACES) + 0.5) * params.ll_body_length_cm / _PLACES
        maps, x, d = [], [], []
        for distance in np.unique(np.round(train.distance_cm, 6)):
            here = np.abs(train.distance_cm - distance) < 1e-5
            kernel = np.exp(-0.5 * ((places[:, None] - train.x_cm[here]) / _SMOOTHING_CM) ** 2)
            time_s = kernel.sum(axis=1, keepdims=True) * train.window_s
            maps.append(kernel @ train.counts[here] / np.maximum(time_s, 1e-12))
            x.append(places)
            d.append(np.full(places.size, distance))
        rates = np.concatenate(maps) + _SMALLEST_RATE_HZ
        self._x, self._d = np.concatenate(x), np.concatenate(d)
        self._log_rate, self._expected = np.log(rates), train.window_s * rates.sum(axis=1)
        self._shape = self._gain_shape(train)
        return self

    def decode(self, windows: Windows) -> FloatArray:
        """Return the posterior mean of (x, D) in each window, shape (n_windows, 2)."""
        spikes = windows.counts.sum(axis=1)[:, None]
        log_p = windows.counts @ self._log_rate.T
        log_p -= (spikes + self._shape) * np.log1p(self._expected / self._shape)
        p = np.exp(log_p - log_p.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        return np.stack([p @ self._x, p @ self._d], axis=1)

    def _gain_shape(self, train: Windows) -> float:
        nearest = np.argmin(
            np.abs(train.x_cm[:, None] - self._x)
            + 100.0 * np.abs(train.distance_cm[:, None] - self._d),
            axis=1,
        )
        spikes, mean = train.counts.sum(axis=1), self._expected[nearest]
        excess = float(np.sum((spikes - mean) ** 2 - mean))
        shape = float(np.sum(mean**2)) / max(excess, 1e-12)
        return min(shape, _LARGEST_SHAPE) if shape > 0.0 else _LARGEST_SHAPE


class PopulationVector:
    """Angle of the sum of unit vectors: cell k of n stands for x = L k / n; no distance.

    Georgopoulos et al. 1986 (Science 233:1416). An empty window is a guess of the middle.
    """

    name, layers = "population vector", ALL

    def fit(self, train: Windows, params: NetworkParams) -> PopulationVector:
        """Learn nothing."""
        self._length_cm = params.ll_body_length_cm
        return self

    def decode(self, windows: Windows) -> FloatArray:
        """Return (x, NaN) in each window, shape (n_windows, 2)."""
        x = self._angle(windows) * self._length_cm / (2.0 * np.pi)
        return np.stack([x, np.full(x.size, np.nan)], axis=1)

    def _angle(self, windows: Windows) -> FloatArray:
        n = windows.counts.shape[1]
        vector = windows.counts @ np.exp(2j * np.pi * np.arange(n) / n)
        silent = windows.counts.sum(axis=1) == 0
        return np.asarray(np.where(silent, np.pi, np.mod(np.angle(vector), 2.0 * np.pi)))


class CalibratedVector(PopulationVector):
    """The population vector, corrected by its mean error at each decoded angle in training."""

    name, layers = "calibrated vector", ALL

    def fit(self, train: Windows, params: NetworkParams) -> CalibratedVector:
        """Learn the mean error around the ring."""
        super().fit(train, params)
        angle = super()._angle(train)
        true = 2.0 * np.pi * train.x_cm / self._length_cm
        centre = (np.arange(_CALIBRATION_BINS) + 0.5) * 2.0 * np.pi / _CALIBRATION_BINS
        weight = np.exp(np.cos(centre[:, None] - angle) * 40.0 - 40.0)
        self._centre = centre
        self._error = np.angle(weight @ np.exp(1j * (angle - true)))
        return self

    def _angle(self, windows: Windows) -> FloatArray:
        angle = super()._angle(windows)
        unit = np.interp(angle, self._centre, np.exp(1j * self._error).real, period=2 * np.pi)
        other = np.interp(angle, self._centre, np.exp(1j * self._error).imag, period=2 * np.pi)
        return np.asarray(np.mod(angle - np.arctan2(other, unit), 2.0 * np.pi))


class Neighbours:
    """Mean of the five training windows whose roots of counts are nearest (template matching).

    scikit-learn; nearest templates localise a dipole in Pandya et al. 2006 (J Acoust Soc Am
    120:1229) and Bot, Wolf & van Netten 2021 (Sensors 21:4558).
    """

    name, layers = "nearest templates", ALL

    def fit(self, train: Windows, params: NetworkParams) -> Neighbours:
        """Keep the examples."""
        neighbours = _sklearn("neighbors").KNeighborsRegressor(_NEIGHBOURS)
        self._model = neighbours.fit(np.sqrt(train.counts), _targets(train))
        return self

    def decode(self, windows: Windows) -> FloatArray:
        """Return (x, D) in each window, shape (n_windows, 2)."""
        return np.asarray(self._model.predict(np.sqrt(windows.counts)))


class LinearReadout:
    """Ridge regression from the roots of counts to (x, D), its penalty found by leave-one-out.

    scikit-learn (`RidgeCV`): what one layer of weights, learned with a teacher, could read.
    """

    name, layers = "linear readout", ALL

    def fit(self, train: Windows, params: NetworkParams) -> LinearReadout:
        """Solve for the weights."""
        model = _sklearn("linear_model").RidgeCV(alphas=np.geomspace(1.0, 1e4, 9))
        self._model = model.fit(np.sqrt(train.counts), _targets(train))
        return self

    def decode(self, windows: Windows) -> FloatArray:
        """Return (x, D) in each window, shape (n_windows, 2)."""
        return np.asarray(self._model.predict(np.sqrt(windows.counts)))


def _targets(train: Windows) -> FloatArray:
    return np.stack([train.x_cm, train.distance_cm], axis=1)


def _sklearn(part: str) -> Any:
    import importlib

    try:
        return importlib.import_module(f"sklearn.{part}")
    except ImportError:
        raise InputError(
            "this decoder needs scikit-learn: pip install 'lateralnet[decode]', or leave it out "
            "with --decoders."
        ) from None
