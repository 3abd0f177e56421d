"""Spikes of layers whose map is known: cells with Gaussian tuning along the body."""

from __future__ import annotations

import numpy as np

from lateralnet.measures import quality as maps
from lateralnet.records.sweep import Sweep
from lateralnet.simulation.spikes import SpikeTrain

BODY_CM = 4.0
N = 200
ANATOMY_CM = np.linspace(0.0, BODY_CM, N)
T_S = np.arange(1000) * 1e-3
X_CM = -0.5 + 5.0 * T_S


def sweep_of(times_s, cells, n, x_cm=X_CM, start_s=0.0):
    return Sweep(SpikeTrain.from_times(times_s, cells, n, start_s=start_s, dt_s=1e-3), x_cm)


def sweep(centre_cm, seed, *, peak_hz=100.0, width_cm=0.25, floor_hz=0.5):
    """Poisson spikes of cells with Gaussian tuning; times lie in the middle of their step."""
    centre_cm = np.asarray(centre_cm)
    rate_hz = floor_hz + peak_hz * np.exp(
        -0.5 * ((X_CM[:, None] - centre_cm[None, :]) / width_cm) ** 2
    )
    generator = np.random.default_rng(seed)
    step, cell = np.nonzero(generator.random(rate_hz.shape) < rate_hz * 1e-3)
    return sweep_of(12.0 + (step + 0.5) * 1e-3, cell, rate_hz.shape[1], start_s=12.0)


def sweeps(centre_cm, count=4, **tuning):
    return [sweep(centre_cm, seed, **tuning) for seed in range(count)]


def silent(count=3):
    return [sweep_of([], [], N) for _ in range(count)]


def measure(recordings, **options):
    return maps.map_quality(recordings, body_length_cm=BODY_CM, **options)
