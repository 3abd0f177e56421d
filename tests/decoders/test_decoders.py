"""Each decoder where its answer is known; the benchmark on a small network."""

import sys
from dataclasses import replace

import numpy as np
import pytest

from lateralnet import preset
from lateralnet.decoders.benchmark import (
    DECODERS,
)
from lateralnet.decoders.flow_model import (
    GaussNewton,
    IdealObserver,
    WaveletTransform,
    expected_rates_hz,
)
from lateralnet.decoders.learned import (
    Bayes,
    CalibratedVector,
    LinearReadout,
    Neighbours,
    PopulationVector,
)
from lateralnet.decoders.windows import Windows
from lateralnet.errors import InputError
from lateralnet.measures.ideal_observer import numeric_bound
from lateralnet.stimulus import motion
from lateralnet.stimulus.afferents import clip_rate_hz, noiseless_rates_hz
from lateralnet.stimulus.drives import TrainingStimulus

P = preset("ll_learn")
BOTH = preset("ll_both")
RNG = np.random.default_rng(8)
T_S = 0.02


@pytest.fixture(autouse=True)
def same_draws(monkeypatch):
    """Every test draws the same, whatever ran before it."""
    monkeypatch.setattr(sys.modules[__name__], "RNG", np.random.default_rng(8))


def of_rates(rates_hz, x, d, *, window_s=T_S, poisson=True):
    mean = rates_hz * window_s
    counts = RNG.poisson(mean).astype(float) if poisson else mean
    return Windows(counts, np.asarray(x), np.asarray(d), np.arange(len(x)), window_s)


def spheres(n, distances=(0.6, 0.8, 1.0, 1.2), low=0.4, high=3.6):
    return RNG.uniform(low, high, n), RNG.choice(distances, n)


def afferents(n=400, params=P, **options):
    x, d = spheres(n)
    return of_rates(expected_rates_hz(params, x, d), x, d, **options)


def rms(decoder, train, shown, params=P):
    error = decoder.fit(train, params).decode(shown) - np.stack(
        [shown.x_cm, shown.distance_cm], axis=1
    )
    return np.sqrt(np.mean(error**2, axis=0))


# Flow


def test_expected_rates_are_those_of_the_stimulus():
    x, d = np.array([1.0, 3.0]), np.array([0.8, 1.5])
    expected = clip_rate_hz(noiseless_rates_hz(P, x, d, np.ones(2)))
    np.testing.assert_allclose(expected_rates_hz(P, x, d), expected)


def test_a_vibrating_sphere_raises_both_polarities_alike():
    params = preset("ll_both", test_stimulus="vibrating")
    rates = expected_rates_hz(params, np.array([2.0]), np.array([0.8]))[0]
    np.testing.assert_allclose(rates[::2], rates[1::2], atol=1e-9)
    assert rates.max() > 60.0 and rates[0] == pytest.approx(40.0, abs=2.0)


@pytest.mark.parametrize("params", [P, BOTH], ids=["single", "opposed"])
def test_the_ideal_observer_comes_to_the_bound(params):
    x = RNG.uniform(1.9, 2.1, 3000)  # between the places that it tabulates as well
    d = np.full(3000, 0.8)
    shown = of_rates(expected_rates_hz(params, x, d), x, d)
    error = rms(IdealObserver(), shown, shown, params)[0]
    bound = numeric_bound(params, window_s=T_S, x_cm=2.0).position_cm
    assert 0.9 * bound < error < 1.25 * bound


def test_the_rates_of_a_vibration_are_those_of_the_stimulus_over_a_period(monkeypatch):
    monkeypatch.setattr(motion, "NOISE_SD_HZ", 0.0)  # of the water
    near = {"training_distance_min_cm": 0.5, "training_distance_max_cm": 0.5}
    params = preset("ll_vibration", test_stimulus="vibrating", **near)
    period = round(1.0 / (params.training_vibration_hz * params.dt_s))
    piece = TrainingStimulus(params).piece(0, period)
    found = expected_rates_hz(params, piece.x_cm[:1], np.array([0.5]))[0]
    np.testing.assert_allclose(found, piece.rows_hz.mean(axis=0), rtol=1e-9)


VIBRATING = preset("ll_both", test_stimulus="vibrating")


@pytest.mark.parametrize("distances", [(0.5, 0.8, 1.2, 2.0), (0.8,)], ids=["plane", "0.8 cm"])
@pytest.mark.parametrize("params", [P, VIBRATING], ids=["moving", "vibrating"])
def test_no_decoder_is_better_than_the_ideal_observer_on_its_own_model(params, distances):
    """The law: over its prior no squared error is smaller, within two standard errors."""

    def drawn(n):
        x, d = spheres(n, distances, low=0.0, high=params.ll_body_length_cm)
        return of_rates(expected_rates_hz(params, x, d), x, d)

    train, shown = drawn(800), drawn(300)
    squared = {
        name: (DECODERS[name]().fit(train, params).decode(shown)[:, 0] - shown.x_cm) ** 2
        for name in DECODERS
    }
    ideal = squared.pop(IdealObserver.name)
    for name, other in squared.items():
        excess = other - ideal
        assert excess.mean() + 2.0 * excess.std() / np.sqrt(excess.size) > 0.0, name


@pytest.mark.parametrize("decoder", [IdealObserver, GaussNewton])
def test_a_vibrating_sphere_is_found_and_its_direction_does_not_matter(decoder):
    params = preset("ll_both", test_stimulus="vibrating")
    shown = afferents(60, params, poisson=False, window_s=1.0)
    back = of_rates(
        expected_rates_hz(replace(params, direction=-1.0), shown.x_cm, shown.distance_cm),
        shown.x_cm, shown.distance_cm, poisson=False, window_s=1.0,
    )  # fmt: skip
    np.testing.assert_allclose(shown.counts, back.counts, atol=1e-9)
    assert rms(decoder(), shown, shown, params)[0] < 0.03


@pytest.mark.parametrize("decoder", [IdealObserver, GaussNewton])
@pytest.mark.parametrize("params", [P, BOTH], ids=["single", "opposed"])
def test_the_sphere_is_found_backwards_by_who_knows_the_flow(decoder, params):
    x, d = spheres(60)
    rates = clip_rate_hz(noiseless_rates_hz(params, x, d, -np.ones(60)))  # of the stimulus
    shown = of_rates(rates, x, d, poisson=False, window_s=1.0)
    assert rms(decoder(), shown, shown, replace(params, direction=-1.0))[0] < 0.03


@pytest.mark.parametrize("params", [P, BOTH], ids=["single", "opposed"])
def test_gauss_newton_finds_the_sphere_behind_noiseless_rates(params):
    shown = afferents(60, params, poisson=False, window_s=1.0)
    np.testing.assert_array_less(rms(GaussNewton(), shown, shown, params), 2e-3)


def test_gauss_newton_is_near_the_bound_in_noise():
    x, d = np.full(500, 2.0), np.full(500, 1.0)
    grid = afferents(100)
    error = rms(GaussNewton(), grid, of_rates(expected_rates_hz(P, x, d), x, d))[0]
    bound = numeric_bound(P, window_s=T_S, x_cm=2.0, distance_cm=1.0).position_cm
    assert 0.8 * bound < error < 2.5 * bound


@pytest.mark.parametrize("axis", [(-1.0, 0.0), (0.0, 1.0)], ids=["even", "odd"])
def test_the_wavelets_find_a_profile_of_their_own_shape(axis):
    params = preset("ll_both", ll_sensing_axis_x=axis[0], ll_sensing_axis_y=axis[1])
    x, d = spheres(60, (1.4, 1.6, 1.8))  # far enough that neither polarity is clipped
    shown = of_rates(expected_rates_hz(params, x, d), x, d, poisson=False)
    error = rms(WaveletTransform(), shown, shown, params)
    assert error[0] < 0.06 and error[1] < 0.1


# Examples


def tuned(n_windows, n_cells=80, peak_hz=120.0, warp=lambda x: x):
    """Cells with Gaussian tuning in the order of the body, seen through a distortion."""
    x, d = spheres(n_windows, (0.8,))
    centre = np.linspace(0.0, 4.0, n_cells)
    rates = 1.0 + peak_hz * np.exp(-0.5 * ((warp(x)[:, None] - centre) / 0.25) ** 2)
    return of_rates(rates, x, d)


@pytest.mark.parametrize("decoder", [Bayes, Neighbours, LinearReadout, CalibratedVector])
def test_tuned_cells_are_read(decoder):
    assert rms(decoder(), tuned(800), tuned(300))[0] < 0.2


def test_the_shared_gain_of_bayes_spares_it_the_size_of_volleys():
    def with_gain(windows):
        gain = RNG.gamma(0.5, 2.0, len(windows))
        return Windows(
            RNG.poisson(windows.counts * gain[:, None]).astype(float), windows.x_cm,
            windows.distance_cm, windows.sweep, windows.window_s,
        )  # fmt: skip

    train, shown = with_gain(tuned(800)), with_gain(tuned(300))
    heard = shown.take(shown.counts.sum(axis=1) > 5)
    assert rms(Bayes(), train, heard)[0] < 0.3
    assert Bayes().fit(tuned(800), P)._shape > 10 * Bayes().fit(train, P)._shape


def test_the_population_vector_reads_the_ring_and_guesses_the_middle_in_silence():
    one = Windows(np.eye(8), np.zeros(8), np.zeros(8), np.zeros(8, int), T_S)
    decoded = PopulationVector().fit(one, P).decode(one)
    np.testing.assert_allclose(decoded[:, 0], np.arange(8) * 0.5, atol=1e-9)
    assert np.isnan(decoded[:, 1]).all()
    silence = Windows(np.zeros((1, 8)), np.zeros(1), np.zeros(1), np.zeros(1, int), T_S)
    assert PopulationVector().fit(one, P).decode(silence)[0, 0] == pytest.approx(2.0)


def test_calibration_undoes_a_distortion():
    def bent(x):
        return x + 0.35 * np.sin(np.pi * x / 2)

    raw = rms(PopulationVector(), tuned(10), tuned(300, warp=bent))[0]
    calibrated = rms(CalibratedVector(), tuned(800, warp=bent), tuned(300, warp=bent))[0]
    assert raw > 0.2 and calibrated < 0.5 * raw


def test_without_scikit_learn_the_way_out_is_said(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "sklearn.neighbors", None)
    with pytest.raises(InputError, match="lateralnet\\[decode\\]"):
        Neighbours().fit(tuned(20), P)
