"""The published measures, their golden values, and the laws that a decoder must obey."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from scipy.special import ive

from lateralnet.errors import InputError
from lateralnet.measures import decoding, tuning_width_cm
from lateralnet.measures.statistics.circular import (
    binned_mean,
    binned_spread,
    circular_std,
    wrapped,
)

GOLDEN = Path(__file__).parents[1] / "golden"
ARRAYS = (
    "theta_true",
    "theta_hat",
    "delta_theta",
    "theta_bins",
    "bias_theta",
    "sigma_trial_theta",
)
SCALARS = ("sigma_theta", "delta_trial", "valid_fraction")


def sweep(low=-0.5, high=4.5, n_steps=1000):
    """Times, positions: a sweep at constant speed."""
    t_s = np.arange(n_steps) * 1e-3
    return t_s, low + (high - low) / n_steps * np.arange(n_steps)


def decode(cell_of_step, x_cm, t_s, n=300, window_cm=None):
    """Population vector of one spike in each time step, in the middle of the step."""
    return decoding.population_vector(
        7.0 + t_s + 5e-4,
        cell_of_step,
        n,
        t_s,
        x_cm,
        start_s=7.0,
        dt_s=1e-3,
        n_bins=100,
        window_cm=window_cm,
    )


def ring_cells(x_cm, n=300, turn_rad=0.0):
    """Cells of a perfect map of the whole path onto the ring, turned by an angle."""
    angle = 2 * np.pi * (x_cm - x_cm.min()) / np.ptp(x_cm) + turn_rad
    return np.rint(angle * n / (2 * np.pi)).astype(int) % n


def anatomical_cells(x_cm, n=300):
    """Cells of a perfect map of the 4 cm body."""
    return np.clip(np.rint((n - 1) * x_cm / 4.0), 0, n - 1).astype(int)


@pytest.mark.parametrize("case", ["broad", "n80", "sharp", "silent", "sparse", "window"])
def test_published_metrics(case):
    golden = np.load(GOLDEN / f"metrics_{case}.npz")
    n, window = int(golden["n_ts"]), golden["window"]
    arguments = (golden["spike_t_s"], golden["spike_i"], n, golden["test_t_s"])
    start_s = float(golden["test_start_s"])
    result = decoding.population_vector(
        *arguments,
        golden["test_x_cm"],
        start_s=start_s,
        dt_s=float(golden["dt_s"]),
        n_bins=min(100, n),
        window_cm=None if np.isnan(window).any() else tuple(window),
    )
    for name in (*ARRAYS, *SCALARS):
        np.testing.assert_allclose(getattr(result, name), golden[name], rtol=0, atol=1e-9)
    width = tuning_width_cm(*arguments, golden["test_x_cm"], start_s=start_s)
    np.testing.assert_allclose(width, golden["fwhm"], rtol=0, atol=1e-9)


def test_perfect_ring_map_scores_zero():
    t_s, x_cm = sweep()
    result = decode(ring_cells(x_cm), x_cm, t_s)
    assert result.sigma_theta < 0.02
    assert result.valid_fraction == 1.0
    assert np.abs(result.delta_theta).mean() < 0.02


@pytest.mark.parametrize("turn_rad", [0.7, 2.0, np.pi])
def test_sigma_is_blind_to_a_rotation(turn_rad):
    t_s, x_cm = sweep()
    result = decode(ring_cells(x_cm, turn_rad=turn_rad), x_cm, t_s)
    assert result.sigma_theta < 0.02
    assert np.abs(result.delta_theta).mean() == pytest.approx(turn_rad, abs=0.03)


@pytest.mark.parametrize(
    ("path", "window", "sigma", "valid"),
    [
        ((-0.5, 4.5), None, 0.356, 1.0),
        ((-0.5, 4.5), (0.0, 4.0), 0.007, 0.80),
        ((-0.5, 4.5), (0.5, 3.5), 0.464, 0.60),
        ((-0.5, 3.5), None, 0.157, 1.0),
    ],
)
def test_floor_of_a_perfect_anatomical_map(path, window, sigma, valid):
    t_s, x_cm = sweep(*path)
    result = decode(anatomical_cells(x_cm), x_cm, t_s, window_cm=window)
    assert result.sigma_theta == pytest.approx(sigma, abs=0.012)
    assert result.valid_fraction == pytest.approx(valid, abs=2e-3)


def test_random_decoding_is_at_its_chance_level():
    angles = np.random.default_rng(3).uniform(-np.pi, np.pi, (3000, 100))
    sigma = np.array([circular_std(row) for row in angles])
    assert sigma.mean() == pytest.approx(2.26, abs=0.02)
    assert sigma.std() == pytest.approx(0.27, abs=0.02)
    assert np.abs(angles).mean() == pytest.approx(np.pi / 2, rel=0.01)
    assert np.sqrt(np.mean(angles**2)) == pytest.approx(np.pi / np.sqrt(3), rel=0.01)


@pytest.mark.parametrize("kappa", [0.5, 2.0, 20.0])
def test_circular_std_of_a_von_mises_sample(kappa):
    angles = np.random.default_rng(5).vonmises(1.0, kappa, 200_000)
    expected = np.sqrt(-2 * np.log(ive(1, kappa) / ive(0, kappa)))
    assert circular_std(angles) == pytest.approx(expected, rel=0.01)


def test_circular_std_at_its_ends():
    assert circular_std(np.array([1.0, 1.0])) == 0.0
    assert circular_std(np.full(5, 1.0)) == 0.0  # whose resultant is above 1 by rounding
    assert circular_std(np.array([0.0, np.pi])) == pytest.approx(np.sqrt(-2 * np.log(1e-12)))


def test_wrapped():
    np.testing.assert_allclose(
        wrapped(np.array([0.0, 3.5, -3.5, 7.0, np.pi])),
        [0.0, 3.5 - 2 * np.pi, 2 * np.pi - 3.5, 7.0 - 2 * np.pi, -np.pi],
    )


def test_bias_and_spread_of_bins():
    generator = np.random.default_rng(6)
    angle = generator.uniform(-np.pi, np.pi, 50)
    index = generator.integers(0, 4, 50)
    angle, index = np.append(angle, 2.5), np.append(index, 5)
    bias = binned_mean(angle, index, 6)
    spread = binned_spread(angle, index, bias)
    for k in range(4):
        here = angle[index == k]
        assert bias[k] == pytest.approx(np.angle(np.mean(np.exp(1j * here))))
        assert spread[k] == pytest.approx(circular_std(here - bias[k]))
    assert np.isnan(bias[4]) and np.isnan(spread[4])
    assert (bias[5], spread[5]) == (pytest.approx(2.5), 0.0)


def test_a_stimulus_as_long_as_the_smoothing_is_decoded_and_a_shorter_one_refused():
    width = decoding.smoothing_steps(1e-3)
    step, cell = np.array([0, 3]), np.array([4, 4])
    found = decoding.decoded_angle(step, cell, 16, n_steps=width, dt_s=1e-3)
    assert found[width // 2] == pytest.approx(np.pi / 2)
    with pytest.raises(InputError, match=f"lasts {width - 1:g} ms, less than the {width:g} ms"):
        decoding.decoded_angle(step, cell, 16, n_steps=width - 1, dt_s=1e-3)


def test_silence_keeps_the_published_values():
    t_s, x_cm = sweep()
    result = decoding.population_vector([], [], 300, t_s, x_cm, start_s=0.0, dt_s=1e-3, n_bins=100)
    assert result.sigma_theta == result.delta_trial == np.pi
    assert result.valid_fraction == 0.0
    assert np.isnan(result.theta_hat).all() and np.isnan(result.bias_theta).all()


def test_spikes_outside_the_stimulus_do_not_count():
    t_s, x_cm = sweep()
    inside = decode(ring_cells(x_cm), x_cm, t_s)
    times = np.concatenate([7.0 + t_s + 5e-4, [6.99, 8.001, 100.0]])
    cells = np.concatenate([ring_cells(x_cm), [0, 0, 0]])
    result = decoding.population_vector(
        times, cells, 300, t_s, x_cm, start_s=7.0, dt_s=1e-3, n_bins=100
    )
    np.testing.assert_array_equal(result.theta_hat, inside.theta_hat)


def test_decoded_angle_equals_the_smoothed_rates_of_all_cells():
    generator = np.random.default_rng(8)
    n, n_steps = 13, 200
    step, cell = generator.integers(0, n_steps, 40), generator.integers(0, n, 40)
    rate = np.zeros((n_steps, n))
    np.add.at(rate, (step, cell), 1.0)
    smooth = np.apply_along_axis(np.convolve, 0, rate, np.ones(20) / 20, "same")
    vector = smooth @ np.exp(2j * np.pi * np.arange(n) / n)
    expected = np.where(smooth.sum(axis=1) > 1e-12, np.angle(vector) % (2 * np.pi), np.nan)
    angle = decoding.decoded_angle(step, cell, n, n_steps=n_steps, dt_s=1e-3)
    np.testing.assert_allclose(angle, expected, atol=1e-9)


def test_a_long_window_with_repeated_positions():
    t_s = np.arange(12_000) * 1e-3
    x_cm = np.linspace(0, 4, 100)[np.arange(12_000) // 50 % 100]
    cells = np.minimum((x_cm / 4 * 300).astype(int), 299)
    result = decode(cells, x_cm, t_s)
    assert result.theta_true.shape == (12_000,)
    assert result.delta_trial < 0.3


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"t_s": np.arange(10) * 1e-3, "x_cm": np.arange(10.0)}, "20 ms"),
        ({"t_s": [], "x_cm": []}, "20 ms"),
        ({"x_cm": np.arange(5.0)}, "same shape"),
        ({"spike_i": [1, 2]}, "spike times"),
        ({"spike_i": [300]}, "layer of 300"),
        ({"window_cm": (3.0, 3.0)}, "empty"),
    ],
)
def test_bad_input_is_refused(change, message):
    t_s, x_cm = sweep()
    arguments = {"spike_t_s": [0.5], "spike_i": [3], "n": 300, "t_s": t_s, "x_cm": x_cm, **change}
    with pytest.raises(InputError, match=message):
        decoding.population_vector(**arguments, start_s=0.0, dt_s=1e-3, n_bins=100)


def test_width_of_box_shaped_tuning():
    t_s, x_cm = sweep(0.0, 4.0)
    times, cells = [], []
    for cell, (low, high) in enumerate([(1.0, 1.8), (2.0, 2.4)]):
        here = (x_cm >= low) & (x_cm < high)
        times.extend(t_s[here] + 5e-4)
        cells.extend([cell] * here.sum())
    mean, sd, count = tuning_width_cm(times, cells, 4, t_s, x_cm, start_s=0.0)
    assert count == 2
    assert mean == pytest.approx(0.6, abs=0.04)
    assert sd == pytest.approx(0.4 / np.sqrt(2), abs=0.06)


def test_width_needs_two_cells():
    t_s, x_cm = sweep()
    mean, sd, count = tuning_width_cm([0.5], [1], 3, t_s, x_cm, start_s=0.0)
    assert np.isnan(mean) and np.isnan(sd) and count == 1
    still = tuning_width_cm([0.5], [1], 3, t_s, np.ones(1000), start_s=0.0)
    assert still[2] == 0


def test_width_is_of_rates_not_of_counts():
    """A sphere that lingers somewhere makes more spikes there, but no narrower cell."""
    x_cm = np.concatenate([np.linspace(0.0, 2.0, 9000, endpoint=False), np.linspace(2.0, 4.0, 500)])
    t_s = np.arange(x_cm.size) * 1e-3
    rng = np.random.default_rng(4)
    steps, cells = np.nonzero(rng.random((x_cm.size, 3)) < 0.9)
    mean, sd, count = tuning_width_cm((steps + 0.5) * 1e-3, cells, 3, t_s, x_cm, start_s=0)
    assert count == 3 and sd < 0.2
    assert mean == pytest.approx(4.0, abs=0.2)  # they fire everywhere alike


def test_a_population_vector_is_a_value():
    t_s, x_cm = sweep()
    found = decoding.population_vector(
        [0.5], [3], 300, t_s, x_cm, start_s=0.0, dt_s=1e-3, n_bins=100
    )
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.sigma_theta = 0.0
