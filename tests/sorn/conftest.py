"""Fixtures shared by the tests of sorn."""

import numpy as np
import pytest

from sorn import Simulator
from tests.sorn.sorn_helpers import GOLDEN_RUNS, GoldenRun


@pytest.fixture(params=GOLDEN_RUNS)
def golden(request):
    return GoldenRun(request.param)


@pytest.fixture
def inputs():
    return np.random.default_rng(7).random((10, 60))


@pytest.fixture
def small_state(inputs):
    """State of a network of 50 neurons after 20 steps."""
    return Simulator.run(inputs=inputs, timesteps=20, ne=50, seed=5)[0]
