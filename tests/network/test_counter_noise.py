"""The counter hash: uniform, independent over cells, steps and streams, and reproducible."""

import numpy as np
from scipy import stats

from lateralnet.network.counter_noise import counter_uniform, stream_keys

KEYS = stream_keys(123, "training/cells", 500)
STEPS = np.arange(2000)
TABLE = counter_uniform(KEYS[None, :], STEPS[:, None])


def test_golden_values():
    # Fixed once and for all: a change would silently give every seed another result.
    drawn = counter_uniform(np.array([0, 1, -1, 2**31 - 1], dtype=np.int32), 12345)
    assert (drawn * 2**24).astype(int).tolist() == [
        _reference(key, 12345) for key in (0, 1, -1, 2**31 - 1)
    ]


def _reference(key, step):
    """The same in Python integers, from the definition of lowbias32."""

    def mix(h):
        h ^= h >> 16
        h = h * 0x7FEB352D % 2**32
        h ^= h >> 15
        h = h * 0x846CA68B % 2**32
        return h ^ h >> 16

    return mix((key + mix(step)) % 2**32) >> 8


def test_uniform():
    assert TABLE.min() >= 0 and TABLE.max() < 1
    assert stats.kstest(TABLE.ravel(), "uniform").pvalue > 1e-4


def test_bernoulli_rate_is_kept_for_each_cell_and_each_step():
    p = 0.022
    spikes = p > TABLE
    for axis, n in ((0, STEPS.size), (1, KEYS.size)):
        z = (spikes.mean(axis=axis) - p) / np.sqrt(p * (1 - p) / n)
        assert abs(z.mean()) < 4 / np.sqrt(z.size)
        assert 0.85 < z.var() < 1.15


def test_cells_and_successive_steps_are_independent():
    centred = TABLE - 0.5
    across = np.corrcoef(centred[:, :40].T)[np.triu_indices(40, 1)]
    along = np.corrcoef(centred[:-1].ravel(), centred[1:].ravel())[0, 1]
    assert abs(across).max() < 5 / np.sqrt(STEPS.size)
    assert abs(along) < 5 / np.sqrt(TABLE.size)


def test_streams_and_seeds_have_other_keys_and_the_same_name_the_same():
    assert np.array_equal(KEYS, stream_keys(123, "training/cells", 500))
    for seed, stream in ((124, "training/cells"), (123, "test/0/cells")):
        assert not np.intersect1d(KEYS, stream_keys(seed, stream, 500)).size


def test_keys_are_fixed_once_and_for_all():
    # Another key of a cell would silently give every seed another result.
    assert stream_keys(123, "training/cells", 4).tolist() == [
        -1902481985, 839614179, -1942566197, 421918617,
    ]  # fmt: skip
    assert stream_keys(7, "test/0/afferents", 3).tolist() == [-920629476, 1962592795, -501137252]
    assert KEYS.dtype == np.int32 and KEYS.min() < -(2**30) and KEYS.max() > 2**30
