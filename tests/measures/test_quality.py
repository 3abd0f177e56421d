"""Each measure on maps whose answer is known: perfect, turned, reversed, shuffled, silent."""

from __future__ import annotations

import numpy as np
import pytest

from lateralnet.errors import InputError
from lateralnet.measures import body_map
from lateralnet.measures import quality as maps
from lateralnet.measures.statistics.chance import Chance
from tests.measures.made_maps import (
    ANATOMY_CM,
    BODY_CM,
    T_S,
    X_CM,
    N,
    measure,
    sweep,
    sweep_of,
    sweeps,
)


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
