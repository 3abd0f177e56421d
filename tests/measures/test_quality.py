"""Each measure on maps whose answer is known: perfect, turned, reversed, shuffled, silent."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from lateralnet.errors import InputError
from lateralnet.measures import body_map
from lateralnet.measures import quality as maps
from lateralnet.measures.order import count_modes, preferred_position_cm, spearman
from lateralnet.measures.rate_maps import RateMap
from lateralnet.measures.statistics.chance import Chance, chance_among, chance_level
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


def test_noiseless_perfect_map_scores_zero():
    on_body = (X_CM >= 0) & (X_CM <= BODY_CM)
    cell = np.rint(X_CM[on_body] / BODY_CM * N).astype(int) % N
    exact = sweep_of(T_S[on_body] + 5e-4, cell, N)
    body = maps.body_fixed_map([exact], body_length_cm=BODY_CM)
    assert body.rms_error_cm < 0.02
    assert body.sigma_bias_rad < 0.03
    assert abs(body.bias_cm) < 0.01
    assert body.valid_fraction == 1.0


def test_perfect_map(perfect):
    assert perfect.body.rms_error_cm < 0.1
    assert perfect.body.linear_rms_error_cm < 0.1
    assert perfect.body.sigma_bias_rad < 0.15
    assert perfect.body.verdict.startswith("map:")
    assert perfect.order.spearman > 0.99
    assert perfect.order.cells_near_diagonal == 1.0
    assert perfect.order.spikes_near_diagonal > 0.8
    assert perfect.order.mean_modes == 1.0
    assert perfect.bayes.rms_error_cm < 0.06


def test_chance_levels(perfect):
    # Uniform errors on the ring: L / (2 sqrt 3); places within 0.4 of 4 cm: 0.2 - 0.01.
    assert perfect.body.chance.mean == pytest.approx(BODY_CM / np.sqrt(12), abs=0.1)
    assert perfect.order.cells_chance.mean == pytest.approx(0.19, abs=0.02)
    assert perfect.order.spikes_chance.mean == pytest.approx(0.19, abs=0.02)
    assert perfect.order.spearman_chance.mean == pytest.approx(0.0, abs=0.03)
    assert perfect.order.spearman_chance.sd == pytest.approx(1 / np.sqrt(N - 1), rel=0.25)
    assert perfect.bayes.chance.mean > 1.0
    for chance in (
        perfect.body.chance,
        perfect.order.spearman_chance,
        perfect.order.cells_chance,
        perfect.order.spikes_chance,
        perfect.bayes.chance,
    ):
        assert chance.p_value == pytest.approx(1 / 101)


def test_turned_map_is_seen(turned, perfect):
    assert turned.body.sigma_bias_rad == pytest.approx(perfect.body.sigma_bias_rad, abs=0.05)
    assert turned.body.bias_cm == pytest.approx(1.0, abs=0.05)
    assert turned.body.rms_error_cm == pytest.approx(1.0, abs=0.05)
    assert turned.body.linear_rms_error_cm > 1.5
    assert turned.body.verdict.startswith("turned map: consistent, but +0.99 cm")
    assert turned.order.cells_near_diagonal < 0.02
    assert turned.bayes.rms_error_cm < 0.06


def test_reversed_map_has_negative_order():
    backwards = measure(sweeps(ANATOMY_CM[::-1]))
    assert backwards.order.spearman < -0.99
    assert backwards.order.spearman_chance.p_value == 1.0
    assert backwards.body.verdict.startswith("no map")
    assert backwards.bayes.rms_error_cm < 0.06


def test_shuffled_map_is_at_chance(shuffled):
    body, order = shuffled.body, shuffled.order
    assert body.chance.p_value > 0.05 and body.verdict.startswith("no map")
    assert abs(order.spearman) < 0.2
    for share in (order.cells_near_diagonal, order.spikes_near_diagonal):
        assert share == pytest.approx(0.19, abs=0.06)
    assert shuffled.bayes.rms_error_cm < 0.06  # order is not needed to tell the place


def test_scattered_map_is_called_weak():
    scatter_cm = np.random.default_rng(0).normal(0.0, 2.0, N)
    weak = maps.body_fixed_map(
        sweeps(np.clip(ANATOMY_CM + scatter_cm, 0.0, BODY_CM)), body_length_cm=BODY_CM
    )
    assert weak.chance.p_value <= 0.05
    assert weak.verdict.startswith("weak map:")
    half = body_map._verdict(1.0, Chance(2.0, 0.1, 0.01), 1.0, np.zeros(3), 1.0)
    assert half.startswith("map: RMS error 1.00 cm, chance 2.00")


def test_spikes_beside_the_body_do_not_count(perfect):
    off = (X_CM < 0) | (X_CM > BODY_CM)
    beside = [
        sweep_of(
            np.concatenate([s.spikes.times_s, T_S[off] + 5e-4]),
            np.concatenate([s.spikes.cell, np.where(X_CM[off] < 0, 3, N - 3)]),
            N,
        )
        for s in sweeps(ANATOMY_CM)
    ]
    order = maps.place_order(beside, body_length_cm=BODY_CM)
    assert order.spikes_near_diagonal == perfect.order.spikes_near_diagonal
    np.testing.assert_array_equal(order.preferred_cm, perfect.order.preferred_cm)


def test_silent_layer_is_no_map(quiet):
    assert quiet.body.verdict.startswith("no map: the layer is silent")
    scalars = quiet.scalars()
    assert scalars.pop("valid_fraction_body") == 0.0
    assert scalars.pop("active_cells") == 0
    assert all(np.isnan(value) for value in scalars.values())
    assert np.isnan(quiet.body.bias_by_position_cm).all()
    assert not quiet.order.modes.any()


def test_untuned_layer_tells_nothing():
    flat = measure(sweeps(ANATOMY_CM, peak_hz=0.0, floor_hz=20.0))
    assert flat.body.chance.p_value > 0.05
    assert flat.bayes.rms_error_cm > 1.0
    assert flat.bayes.chance.p_value > 0.05


def test_silent_steps_count_as_the_middle():
    here = (X_CM >= 3.0) & (X_CM < 3.5)
    cell = np.rint(X_CM[here] / BODY_CM * N).astype(int)
    part = sweep_of(T_S[here] + 5e-4, cell, N)
    body = maps.body_fixed_map([part], body_length_cm=BODY_CM)
    assert body.valid_fraction == pytest.approx(0.5 / 4.0, abs=0.03)
    undecoded = np.isnan(body.x_hat_cm)
    guessed = np.mean((body.x_true_cm[undecoded] - 2.0) ** 2) * undecoded.mean()
    assert body.rms_error_cm == pytest.approx(np.sqrt(guessed), abs=0.02)
    assert "decoded" in body.verdict


def test_head_and_tail_are_apart_in_the_linear_error():
    on_body = (X_CM >= 0) & (X_CM < 0.5)
    tail = np.full(on_body.sum(), N - 1)
    wrong = sweep_of(T_S[on_body] + 5e-4, tail, N, X_CM[:200])
    body = maps.body_fixed_map([wrong], body_length_cm=BODY_CM)
    assert body.median_error_cm < 0.5
    assert body.linear_median_error_cm > 3.4


def test_sweeps_are_pooled_not_concatenated():
    one, two = sweep(ANATOMY_CM, 1), sweep(ANATOMY_CM, 2)
    options = {"body_length_cm": BODY_CM, "n_shuffles": 0}
    alone = [maps.body_fixed_map([s], **options) for s in (one, two)]
    both = maps.body_fixed_map([one, two], **options)
    pooled = np.sqrt(np.mean([m.rms_error_cm**2 for m in alone]))
    assert both.rms_error_cm == pytest.approx(pooled, rel=1e-9)
    assert "chance level not computed" in both.verdict


def test_the_same_seed_gives_the_same_chance_level():
    recordings = sweeps(ANATOMY_CM, 2)
    options = {"body_length_cm": BODY_CM, "n_shuffles": 20}
    first, again, other = (
        maps.body_fixed_map(recordings, seed=seed, **options).chance for seed in (0, 0, 1)
    )
    assert first == again
    assert first != other


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


def test_rate_map_of_a_steady_layer():
    steady = [sweep_of(np.repeat(T_S[::10] + 5e-4, 2), np.tile([0, 1], 100), 3) for _ in range(3)]
    rates = maps.rate_map(steady, body_length_cm=BODY_CM, n_bins=20)
    assert rates.rate_hz.shape == rates.smooth_rate_hz.shape == (3, 20)
    np.testing.assert_allclose(rates.smooth_rate_hz[:2].mean(), 100.0, rtol=0.05)
    np.testing.assert_array_equal(rates.rate_hz[2], 0.0)
    np.testing.assert_allclose(rates.x_cm[[0, -1]], [0.1, 3.9])


def test_rate_map_where_the_sphere_never_was():
    half = sweep_of([0.1], [0], 2, X_CM[:500])
    rates = maps.rate_map([half], body_length_cm=BODY_CM)
    assert np.isnan(rates.rate_hz[:, 25:]).all()
    assert np.isfinite(rates.rate_hz[:, :25]).all()
    assert preferred_position_cm(rates)[0] == pytest.approx(0.04)
    assert np.isnan(preferred_position_cm(rates)[1])
    decoded = maps.bayes_decoding([half, half], body_length_cm=BODY_CM)
    assert decoded.x_hat_cm.max() < 2.0


def test_chance_of_modes_is_that_of_spikes_that_fall_anywhere():
    order = maps.place_order(sweeps(ANATOMY_CM), body_length_cm=BODY_CM, n_shuffles=20)
    assert order.mean_modes < 1.1 and order.modes_chance.p_value == pytest.approx(1 / 21)
    assert order.modes_chance.mean > 1.5 and order.multimodal_chance.mean > 0.4
    aimless = [sweep(np.full(N, 2.0), seed, width_cm=50.0, peak_hz=10.0) for seed in range(4)]
    order = maps.place_order(aimless, body_length_cm=BODY_CM, n_shuffles=20)
    assert abs(order.mean_modes - order.modes_chance.mean) < 4 * order.modes_chance.sd


def test_modes_are_separate_stretches_above_half_the_peak():
    rate = np.zeros((4, 30))
    rate[0, 5:9] = 10.0
    rate[1, 0:3] = 10.0
    rate[1, 20:22] = 6.0
    rate[2, 4:6], rate[2, 20:22] = 10.0, 4.0
    rate[3, 5] = 0.5
    rates = RateMap(x_cm=np.arange(30.0), rate_hz=rate, smooth_rate_hz=rate)
    np.testing.assert_array_equal(count_modes(rates), [1, 2, 1, 0])


def test_two_peaked_cells_have_two_modes():
    one, two = sweeps(ANATOMY_CM, 5, width_cm=0.2), sweeps(ANATOMY_CM[::-1], 5, width_cm=0.2)
    both = [
        sweep_of(
            np.concatenate([a.spikes.times_s, b.spikes.times_s]),
            np.concatenate([a.spikes.cell, b.spikes.cell]),
            N,
        )
        for a, b in zip(one, two, strict=True)
    ]
    order = maps.place_order(both, body_length_cm=BODY_CM, n_shuffles=0)
    apart = np.abs(ANATOMY_CM - ANATOMY_CM[::-1]) > 1.0
    assert np.mean(order.modes[apart] == 2) > 0.95
    assert order.multimodal_fraction > 0.6


def test_rank_correlation_with_ties():
    generator = np.random.default_rng(2)
    first, second = generator.integers(0, 6, 50) * 1.0, generator.normal(size=50)
    assert spearman(first, second) == pytest.approx(stats.spearmanr(first, second)[0])
    assert np.isnan(spearman(first[:2], second[:2]))
    assert spearman(np.array([1.0, 2.0, 3.0]), np.array([5.0, 4.0, 1.0])) == pytest.approx(-1.0)
    assert np.isnan(spearman(np.ones(5), np.arange(5.0)))


def test_p_value_counts_the_measured_value():
    values = np.array([1.0, 2.0, 3.0, 4.0])
    chance = chance_level(lambda orders: values, 2.0, 5, n_shuffles=4, seed=0, low_is_good=True)
    assert chance.p_value == pytest.approx(3 / 5)
    assert chance.mean == 2.5


def test_one_cell_layer():
    lone = measure([sweep_of([0.3, 0.5], [0, 0], 1)] * 2)
    assert lone.body.verdict.startswith("no map")
    assert np.isnan(lone.order.spearman)


def test_bad_sweeps_are_refused():
    with pytest.raises(InputError, match="spike times but"):
        sweep_of([0.1, 0.2], [0], N)
    with pytest.raises(InputError, match="layer of 2 cells"):
        sweep_of([0.1], [2], 2)
    for nothing in ([], [sweep_of([], [], N, X_CM + 10)]):
        with pytest.raises(InputError, match="beside the body"):
            maps.body_fixed_map(nothing, body_length_cm=BODY_CM)


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


@pytest.mark.parametrize(("low_is_good", "as_good"), [(True, 2), (False, 3)])
def test_a_p_value_is_the_share_of_shuffles_at_least_as_good(low_is_good, as_good):
    shuffled = np.array([1.0, 2.0, 3.0, 4.0])
    chance = chance_among(shuffled, 2.0, low_is_good=low_is_good)
    assert chance.p_value == (1 + as_good) / 5
    assert (chance.mean, chance.sd) == (2.5, pytest.approx(np.std(shuffled, ddof=1)))
    assert np.isnan(chance_among(shuffled[:1], 2.0, low_is_good=True).p_value)
    assert np.isnan(chance_among(shuffled, np.nan, low_is_good=True).mean)
    assert np.isfinite(chance_among(shuffled[:2], 2.0, low_is_good=True).p_value)


def test_errors_are_those_of_the_decoded_positions(shuffled):
    bayes, body = shuffled.bayes, shuffled.body
    error_cm = bayes.x_hat_cm - bayes.x_true_cm
    assert bayes.median_error_cm == pytest.approx(np.median(np.abs(error_cm)))
    assert bayes.rms_error_cm == pytest.approx(np.sqrt(np.mean(error_cm**2)))
    decoded = np.where(np.isfinite(body.x_hat_cm), body.x_hat_cm, BODY_CM / 2)
    linear_cm = decoded - body.x_true_cm
    assert body.linear_rms_error_cm == pytest.approx(np.sqrt(np.mean(linear_cm**2)))
    assert body.linear_median_error_cm == pytest.approx(np.median(np.abs(linear_cm)))
    around_cm = (linear_cm + BODY_CM / 2) % BODY_CM - BODY_CM / 2
    assert body.rms_error_cm == pytest.approx(np.sqrt(np.mean(around_cm**2)))
    assert body.median_error_cm == pytest.approx(np.median(np.abs(around_cm)))
    assert body.mean_error_cm == pytest.approx(np.mean(np.abs(around_cm)))
    assert body.bias_cm == pytest.approx(np.mean(around_cm))
    assert body.valid_fraction == np.isfinite(body.x_hat_cm).mean()
