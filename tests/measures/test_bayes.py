"""The Bayesian decoder: what it learns from, what silence and volleys tell it."""

from __future__ import annotations

import numpy as np
import pytest

from lateralnet.measures import quality as maps
from lateralnet.records.sweep import Sweep
from tests.measures.made_maps import (
    ANATOMY_CM,
    BODY_CM,
    T_S,
    X_CM,
    N,
    measure,
    silent,
    sweep,
    sweep_of,
    sweeps,
)


def test_bayes_needs_two_sweeps():
    alone = maps.bayes_decoding(sweeps(ANATOMY_CM, 1), body_length_cm=BODY_CM)
    assert np.isnan(alone.rms_error_cm) and alone.x_hat_cm.size == 0


def test_bayes_is_cross_validated():
    # The two sweeps disagree about every cell: a decoder tested on its own data would not mind.
    disagreeing = [sweep(ANATOMY_CM, 1), sweep(ANATOMY_CM[::-1], 2)]
    decoded = maps.bayes_decoding(disagreeing, body_length_cm=BODY_CM)
    assert decoded.rms_error_cm > 1.5


def test_the_errors_of_bayes_each_have_the_chance_of_the_same_cells():
    decoded = maps.bayes_decoding(sweeps(ANATOMY_CM), body_length_cm=BODY_CM, n_shuffles=20)
    error_cm = np.abs(decoded.x_hat_cm - decoded.x_true_cm)
    inside = np.abs(decoded.x_true_cm - 2.0) < 1.5
    assert decoded.median_error_cm == pytest.approx(np.median(error_cm))
    assert decoded.mid_rms_error_cm == pytest.approx(np.sqrt(np.mean(error_cm[inside] ** 2)))
    for chance in (decoded.chance, decoded.median_chance, decoded.mid_chance):
        assert chance.mean > 0.5 and chance.p_value == pytest.approx(1 / 21)
    assert decoded.mid_chance.mean < decoded.chance.mean  # the ends are the farthest to miss
    scalars = measure(sweeps(ANATOMY_CM), n_shuffles=20)
    assert scalars.scalars()["bayes_median_error_cm_chance"] == decoded.median_chance.mean


@pytest.mark.parametrize("window_s", [0.01, 0.04, 0.08])
def test_a_longer_observation_sums_more_spikes(window_s):
    recordings = sweeps(ANATOMY_CM, 2, peak_hz=30.0)
    usual = measure(recordings, n_shuffles=0)
    other = measure(recordings, n_shuffles=0, window_s=window_s)
    longer = window_s > 0.02
    assert (other.body.rms_error_cm < usual.body.rms_error_cm) == longer
    assert abs(other.bayes.x_true_cm.size / 2 - 0.8 / window_s) <= 1


def test_silence_tells_the_place_that_no_cell_prefers():
    decoded = maps.bayes_decoding(sweeps(ANATOMY_CM / 2), body_length_cm=BODY_CM)
    assert decoded.x_hat_cm[decoded.x_true_cm > 3.0].mean() > 3.0


def volleys(seed, *, gain_shape=0.5):
    """As `sweep` with broad tuning, and a gain that all cells share, drawn anew every 20 ms."""
    generator = np.random.default_rng(seed)
    gain = np.repeat(generator.gamma(gain_shape, 1.0 / gain_shape, T_S.size // 20), 20)
    rate_hz = 5.0 + 100.0 * np.exp(-0.5 * ((X_CM[:, None] - ANATOMY_CM) / 2.0) ** 2)
    rate_hz *= (gain * np.where(X_CM < 1.0, 4.0, 1.0))[:, None]
    step, cell = np.nonzero(generator.random(rate_hz.shape) < rate_hz * 1e-3)
    return sweep_of(12.0 + (step + 0.5) * 1e-3, cell, rate_hz.shape[1], start_s=12.0)


def test_the_size_of_a_volley_does_not_tell_the_place():
    # Decoded as independent Poisson cells these give 1.1 cm, no better than a guess.
    recordings = [volleys(seed) for seed in range(6)]
    decoded = maps.bayes_decoding(recordings, body_length_cm=BODY_CM, n_shuffles=0)
    assert decoded.rms_error_cm < 0.65
    assert decoded.median_error_cm < 0.35


def test_silence_of_a_layer_with_wild_gain_tells_nothing():
    mute = silent(2)
    recordings = [*(volleys(seed, gain_shape=0.05) for seed in range(6)), *mute]
    decoded = maps.bayes_decoding(recordings, body_length_cm=BODY_CM, n_shuffles=0)
    in_silence = decoded.x_hat_cm[-80:]
    assert np.abs(in_silence - 2.0).max() < 0.3


def test_bayes_knows_no_place_that_the_other_sweeps_never_saw():
    full = sweep(ANATOMY_CM, 1)
    half = Sweep(full.spikes.window(0, 500), X_CM[:500])
    decoded = maps.bayes_decoding([full, half], body_length_cm=BODY_CM)
    assert decoded.x_true_cm.max() > 3.9
    assert decoded.x_hat_cm.max() < 2.1


def test_the_bayesian_decoder_learns_nothing_from_the_sweep_that_it_decodes():
    """What a window is decoded as must not depend on the other windows of its sweep."""
    others = [sweep(ANATOMY_CM, seed) for seed in range(3)]
    plain = sweep(ANATOMY_CM, 7)
    # Volleys: in the later half of the sweep, every spike is fired nine times.
    times = np.where(plain.spikes.step >= 500, 9, 1)
    burst = sweep_of(np.repeat(plain.spikes.times_s, times), np.repeat(plain.spikes.cell, times), N)
    decoded = [
        measure([*others, last], n_shuffles=0).bayes.x_hat_cm[-40:] for last in (plain, burst)
    ]
    assert np.array_equal(decoded[0][:20], decoded[1][:20])
    assert not np.array_equal(decoded[0][20:], decoded[1][20:])
