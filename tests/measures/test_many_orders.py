"""Many shuffles at once give the very bits of one after the other."""

import numpy as np
import pytest

from lateralnet.measures.decoding import decoded_angle, decoded_angles
from lateralnet.measures.order import count_modes, spearman, spearman_of_orders
from lateralnet.measures.precision import calibrated_rms_cm, calibrated_rms_of
from lateralnet.measures.rate_maps import RateMap
from lateralnet.measures.statistics.chance import blocks, permutations
from lateralnet.measures.statistics.circular import within_turn

N, N_STEPS = 40, 300


@pytest.fixture
def generator():
    return np.random.default_rng(11)


@pytest.fixture
def orders():
    return permutations(N, 7, 3)


def test_angles(generator, orders):
    step = np.sort(generator.integers(0, N_STEPS, 15))
    cell = generator.integers(0, N, 15)
    here = generator.random(N_STEPS) < 0.8
    found = decoded_angles(step, cell, orders, here=here, dt_s=1e-3)
    each = [decoded_angle(step, order[cell], N, n_steps=N_STEPS, dt_s=1e-3) for order in orders]
    np.testing.assert_array_equal(found, np.array(each)[:, here])
    assert np.isnan(found).any() and np.isfinite(found).any()


def test_rank_correlations(generator, orders):
    values = generator.integers(0, 12, N) * 0.1  # with ties
    some = orders[:, ::3]  # whole numbers with gaps, where cells are silent
    for rows, paired in ((orders, values), (some, values[: some.shape[1]])):
        found = spearman_of_orders(rows, paired)
        np.testing.assert_array_equal(found, [spearman(row.astype(float), paired) for row in rows])
    assert np.isnan(spearman_of_orders(orders, np.ones(N))).all()
    assert np.isnan(spearman_of_orders(orders[:, :2], values[:2])).all()


@pytest.mark.parametrize("paths", ["same", "different"])
def test_calibrated_errors(generator, paths):
    x_cm = np.tile(np.linspace(0.0, 4.0, 60), 3)
    if paths == "different":
        x_cm = generator.permutation(x_cm)
    errors_cm = generator.normal(0.0, 0.8, (5, x_cm.size))
    found = calibrated_rms_of(x_cm, errors_cm, 3, 4.0)
    each = [calibrated_rms_cm(x_cm, error, 3, body_length_cm=4.0) for error in errors_cm]
    np.testing.assert_array_equal(found, each)
    assert found == pytest.approx([_calibrated(x_cm, error, 3) for error in errors_cm], abs=1e-9)


def _calibrated(x_cm, error_cm, n_sweeps):
    """The definition, pair by pair: what the other sweeps say within 0.1 cm is taken off."""
    sweep, unit = np.arange(x_cm.size) // (x_cm.size // n_sweeps), np.exp(1j * error_cm * np.pi / 2)
    others = (np.abs(x_cm[:, None] - x_cm) <= 0.1) & (sweep[:, None] != sweep)
    left = unit * np.exp(-1j * np.angle(others @ unit))
    return np.sqrt(np.mean(np.angle(left) ** 2)) * 2.0 / np.pi


def test_modes_of_several_maps(generator):
    rate_hz = generator.random((3, 6, 30)) * 5.0
    rate_hz[..., 4] = np.nan
    found = count_modes(RateMap(np.arange(30.0), rate_hz, rate_hz))
    each = [count_modes(RateMap(np.arange(30.0), one, one)) for one in rate_hz]
    np.testing.assert_array_equal(found, each)
    assert found.max() > 1


def test_angles_within_a_turn_without_division():
    turn = 2.0 * np.pi
    near = np.array([-0.0, 0.0, -1e-20, 1.0, -1.0, np.pi, turn, np.nextafter(turn, 9), -6.0, 12.5])
    far = np.append(near, [40.0, -40.0])
    for angles in (near, far, np.array([])):
        found = within_turn(angles)
        np.testing.assert_array_equal(found, angles % turn)
        np.testing.assert_array_equal(np.signbit(found), np.signbit(angles % turn))


def test_kept_permutations_cannot_be_changed(orders):
    with pytest.raises(ValueError, match="read-only"):
        orders[0, 0] = 1


@pytest.mark.parametrize(("n_rows", "row_size"), [(50, 10), (50, 10**6), (0, 5), (7, 40_000)])
def test_blocks_cover_all_rows_once(n_rows, row_size):
    rows = [k for part in blocks(n_rows, row_size) for k in range(n_rows)[part]]
    assert rows == list(range(n_rows))
