"""Maps whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from tests.measures.made_maps import ANATOMY_CM, N, measure, silent, sweeps


@pytest.fixture(scope="module")
def perfect():
    return measure(sweeps(ANATOMY_CM))


@pytest.fixture(scope="module")
def turned():
    return measure(sweeps(np.roll(ANATOMY_CM, N // 4)))


@pytest.fixture(scope="module")
def shuffled():
    order = np.random.default_rng(9).permutation(N)
    return measure(sweeps(ANATOMY_CM[order]))


@pytest.fixture(scope="module")
def quiet():
    return measure(silent())
