"""Quantiles of the weights: those of NumPy, bit for bit."""

import numpy as np
import pytest

from lateralnet.learning.learning_curve import WEIGHT_QUANTILES
from lateralnet.measures.statistics.quantiles import quantiles

RNG = np.random.default_rng(5)
SAMPLES = {
    "spread": RNG.normal(0.02, 0.007, 5000),
    "at bounds": np.clip(RNG.normal(0.02, 0.02, 5000), 0.0, 0.028),
    "equal": np.full(7, 0.3),
    "one": np.array([4.0]),
    "two": np.array([2.0, -1.0]),
    "two clusters far apart": np.concatenate([RNG.random(50) * 1e-9, 1e6 + RNG.random(51)]),
}


@pytest.mark.parametrize("name", SAMPLES)
def test_they_are_those_of_numpy(name):
    for probabilities in (WEIGHT_QUANTILES, (0.0, 1.0), (0.3,)):
        expected = np.quantile(SAMPLES[name], probabilities)
        assert quantiles(SAMPLES[name], probabilities).tobytes() == expected.tobytes()
