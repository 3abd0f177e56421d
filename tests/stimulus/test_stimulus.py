"""Sweeps, flow, noise and rates of the stimulus."""

from __future__ import annotations

import numpy as np
import pytest

from lateralnet.parameters.params import NetworkParams
from lateralnet.parameters.presets import preset
from lateralnet.stimulus import afferents, sweeps
from lateralnet.stimulus import drives as stimulus
from lateralnet.stimulus.afferents import noise_factor, noiseless_rates_hz


@pytest.mark.parametrize("direction", [1.0, 0.0, -2.0])
def test_sweep_runs_along_the_path(direction):
    params = preset(direction=direction, speed_cm_s=2.0, test_path_cm=3.0, distance_cm=1.1)
    sweep = sweeps.sweep_drive(params)
    assert sweep.t_s.size == 1500
    sign = -1.0 if direction < 0 else 1.0
    start = 4.5 if direction < 0 else -0.5
    np.testing.assert_allclose(sweep.x_cm, start + sign * 2.0 * sweep.t_s, atol=1e-12)
    np.testing.assert_array_equal(sweep.y_cm, 1.1)


def test_reversed_motion_inverts_the_flow():
    there = stimulus.TrainingStimulus(preset(training_bidirectional=True, n_training_trials=1))
    drive = there.snapshots(0, 2)
    assert list(drive.direction) == [1.0, -1.0]
    physical = preset(ll_sensing_axis_x=1.0, n_training_trials=1)
    mirrored = stimulus.training_drive(physical).rates_hz[1]
    np.testing.assert_allclose(drive.rates_hz[1], mirrored, atol=1e-9)


@pytest.mark.parametrize(
    ("distance", "peak"),
    [
        (0.5, 750),
        (0.6, 434),
        (0.7, 273),
        (0.8, 183),
        (1.0, 93.8),
        (1.2, 54.3),
        (1.5, 27.8),
        (2.0, 11.7),
    ],
)
def test_published_peak_drive(distance, peak):
    params = preset(distance_cm=distance, n_ll=101)
    rate = noiseless_rates_hz(params, np.array([2.0]), np.array([distance]), np.array([1.0]))
    assert rate[0, 50] - 40.0 == pytest.approx(peak, rel=3e-3)


def test_physical_sign_silences_the_centre_below_1_33_cm():
    params = preset(ll_sensing_axis_x=1.0, n_ll=101)
    distance = np.array([1.32, 1.34])
    rate = noiseless_rates_hz(params, np.full(2, 2.0), distance, np.ones(2))[:, 50]
    assert rate[0] < 0 < rate[1]


def test_rates_stay_within_their_bounds():
    rates = sweeps.sweep_drive(preset(distance_cm=0.6)).rates_hz
    assert rates.min() == 0.0 and rates.max() == 200.0


def test_wandering_noise_has_the_variance_and_correlation_of_its_rule():
    params = NetworkParams(
        n_ll=5, dt_s=0.05, tau_s_ms=100.0, tau_m_ms=100.0, decoding_window_ms=50.0
    )
    factor, generator = noise_factor(params), np.random.default_rng(4)
    noise = afferents.wandering_noise_hz(factor, params.dt_s, 200_000, generator)[100:]
    expected = 100.0 / (1.0 - 0.05 / 0.2)
    np.testing.assert_allclose(noise.var(axis=0), expected, rtol=0.02)
    np.testing.assert_allclose(
        np.corrcoef(noise.T)[0], np.exp(-0.5 * np.arange(5.0) ** 2), atol=0.02
    )
    lag = np.mean(noise[1:] * noise[:-1]) / np.mean(noise**2)
    assert lag == pytest.approx(1.0 - 0.05 / 0.1, abs=0.02)


def test_noise_factor_of_the_standard_body_is_a_root_of_the_correlation():
    x = np.linspace(0.0, 4.0, 100)
    factor = noise_factor(preset())
    np.testing.assert_allclose(
        factor @ factor.T, np.exp(-0.5 * (x[:, None] - x) ** 2) + 1e-12 * np.eye(100), atol=1e-14
    )


def test_noise_factor_exists_where_rounding_spoils_the_correlation(monkeypatch):
    monkeypatch.setattr(afferents, "_CORRELATION_FLOOR", 1e-20)
    factor = noise_factor(NetworkParams(n_ll=60))
    x = np.linspace(0.0, 4.0, 60)
    np.testing.assert_allclose(factor @ factor.T, np.exp(-0.5 * (x[:, None] - x) ** 2), atol=1e-9)


@pytest.mark.parametrize("held", [False, True])
def test_white_noise_of_the_test(held):
    params = preset(test_ll_noise_hz=15.0, test_using_held_snapshots=held)
    clean = (sweeps.held_drive if held else sweeps.sweep_drive)(params).rates_hz
    white = np.random.default_rng(params.seed + 8888).normal(0.0, 15.0, clean.shape)
    noisy = sweeps.test_drive(params).rates_hz
    np.testing.assert_allclose(noisy, np.maximum(clean + white, 0.0), atol=1e-12)
    assert noisy.max() > 200.0
    quiet = preset(test_using_held_snapshots=held)
    np.testing.assert_array_equal(sweeps.test_drive(quiet).rates_hz, clean)


def test_sweeps_have_fresh_noise_on_the_same_path():
    params = preset(test_ll_noise_hz=5.0)
    first, second, third = (sweeps.test_drive(params, sweep) for sweep in range(3))
    np.testing.assert_array_equal(first.x_cm, second.x_cm)
    for one, other in ((first, second), (second, third)):
        assert np.mean(one.rates_hz != other.rates_hz) > 0.5
    calm = [sweeps.sweep_drive(preset(), sweep).rates_hz for sweep in range(3)]
    white = [noisy.rates_hz - c for noisy, c in zip((first, second, third), calm, strict=True)]
    for parts in (calm, white):
        for one, other in ((0, 1), (1, 2)):
            assert np.mean(parts[one] != parts[other]) > 0.5
            assert np.max(np.abs(parts[one] - parts[other])) > 5.0
    again = sweeps.test_drive(params, 1)
    np.testing.assert_array_equal(again.rates_hz, second.rates_hz)
    other_seed = sweeps.test_drive(preset(test_ll_noise_hz=5.0, seed=124), 1)
    assert np.mean(other_seed.rates_hz != second.rates_hz) > 0.5


def test_poisson_drive():
    rates = np.array([10.0, 40.0, 150.0])
    raw = preset(ll_rate_baseline_subtract_hz=30.0, ll_rate_gain=2.0)
    np.testing.assert_array_equal(afferents.afferent_rate_hz(rates, raw), [0.0, 20.0, 240.0])
    modulated = preset(
        ll_rate_baseline_subtract_hz=30.0, ll_rate_gain=2.0, ll_rate_mode="modulation"
    )
    np.testing.assert_array_equal(afferents.afferent_rate_hz(rates, modulated), [40.0, 60.0, 280.0])
    np.testing.assert_array_equal(afferents.afferent_rate_hz(rates, preset()), rates)
