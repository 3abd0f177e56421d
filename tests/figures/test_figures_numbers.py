"""What the figures show is what was simulated and measured, number by number."""

from types import SimpleNamespace

import numpy as np
import pytest

from lateralnet.figures.drawing import DRAW
from lateralnet.figures.panel_parts import bin_of, density_hz, running_mean, time_bins
from lateralnet.figures.runs.comparisons import draw_multiseed
from lateralnet.figures.runs.tuning import nice_below, relative_to_column, ts_drive_mv_ms
from lateralnet.figures.seed_data import evenly_spaced, population_rate_hz
from lateralnet.figures.style import styled
from tests.figures.figure_records import make_scene

pytestmark = pytest.mark.filterwarnings("error")


@pytest.fixture(scope="module")
def scene():
    return make_scene(ll_mon_use_stdp=True)


def draw(scene, kind):
    with styled():
        return DRAW[kind](scene)


def lines_with(axes, label):
    return [line for line in axes.get_lines() if line.get_label() == label]


def dots(axes, colour=None):
    """Lines drawn as markers alone."""
    return [line for line in axes.get_lines() if line.get_linestyle() == "None"]


def test_the_density_counts_every_spike_of_every_cell():
    rng = np.random.default_rng(3)
    n, n_spikes = 3200, 40_000
    cell = np.concatenate([np.arange(n), rng.integers(0, n, n_spikes - n)])
    place = rng.random(n_spikes)
    edges = np.linspace(0.0, 1.0, 101)
    occupancy_s = np.full(100, 0.01)
    rate_hz = density_hz(place, cell, n, edges, occupancy_s)
    cells_in_row = np.bincount(np.arange(n) * len(rate_hz) // n)
    assert cells_in_row.sum() == n
    spikes_in_row = rate_hz @ occupancy_s * cells_in_row
    assert spikes_in_row.sum() == pytest.approx(n_spikes)
    first = cells_in_row[0]
    assert spikes_in_row[0] == pytest.approx(np.count_nonzero(cell < first))


def test_the_density_is_a_rate_and_blank_where_no_time_was_spent():
    cell, place = np.zeros(200, dtype=int), np.full(200, 0.25)
    rate_hz = density_hz(place, cell, 2, np.array([0.0, 0.5, 1.0]), np.array([0.5, 0.0]))
    assert rate_hz[:, 0] == pytest.approx([400.0, 0.0])
    assert np.isnan(rate_hz[:, 1]).all()


@pytest.mark.parametrize("n_steps", [1, 7, 1000, 3001])
def test_time_bins_cover_all_steps(n_steps):
    edges, occupancy_s = time_bins(n_steps, 0.001, 50_000)
    assert occupancy_s.sum() == pytest.approx(n_steps * 0.001)
    step = np.arange(n_steps)
    counted = np.bincount(bin_of((step + 0.5) * 0.001, edges), minlength=occupancy_s.size)
    assert counted * 0.001 == pytest.approx(occupancy_s)


def test_the_population_rate_counts_its_spikes():
    step = np.arange(100, 900, 4)
    rate_hz = population_rate_hz(step, 10, 1000, 0.001)
    assert rate_hz.sum() * 0.001 * 10 == pytest.approx(step.size)
    assert rate_hz[500] == pytest.approx(25.0)
    assert population_rate_hz(np.zeros(0, dtype=int), 10, 0, 0.001).size == 0


def test_the_running_mean_leaves_out_what_is_missing():
    assert running_mean(np.array([1.0, np.nan, 3.0]), 3) == pytest.approx([1.0, 2.0, 3.0])
    assert np.isnan(running_mean(np.full(3, np.nan), 2)).all()


def test_helpers():
    assert list(evenly_spaced(300, 4)) == [0, 100, 199, 299]
    assert list(evenly_spaced(2, 8)) == [0, 1]
    assert [nice_below(v) for v in (0.013, 1.0, 4.9, 314.0)] == [0.01, 1.0, 2.0, 200.0]


@pytest.mark.parametrize("layer", ["ll", "mon", "ts"])
def test_spikes_against_position(scene, layer):
    (axes,) = draw(scene, f"{layer}_spikes_vs_x_test").axes
    (spikes,) = dots(axes)
    test = scene.trained
    places = [x[s[layer].step] for s, x in zip(test.spikes, test.x_cm, strict=True)]
    assert spikes.get_xdata() == pytest.approx(np.concatenate(places))
    assert axes.get_xlim() == scene.path_cm
    (diagonal,) = lines_with(axes, "place of each cell on the body")
    assert list(diagonal.get_xdata()) == [0.0, 4.0]
    assert list(diagonal.get_ydata()) == [0, scene.sizes[layer] - 1]


def test_all_figures_over_position_have_the_same_limits(scene):
    for kind in ("ts_spikes_vs_x_test", "mon_ts_drive_heatmap", "mon_ts_drive_winner"):
        for axes in draw(scene, kind).axes:
            assert axes.get_xlim() == (-0.5, 4.495), kind


def test_decoded_position_and_its_error(scene):
    untrained, trained, bias = draw(scene, "decoded_position").axes
    for axes, condition in ((untrained, "untrained"), (trained, "trained")):
        body = scene.body_maps[condition]
        (points,) = dots(axes)
        assert np.array_equal(points.get_xdata(), body.x_true_cm)
        assert np.array_equal(points.get_ydata(), body.x_hat_cm, equal_nan=True)
        error = scene.measures[condition]["rms_error_cm"]
        assert f"{condition.capitalize()}: RMS {error:.2f} cm" in axes.get_title(loc="left")
    (line,) = lines_with(bias, "untrained")
    body = scene.body_maps["untrained"]
    told = np.isfinite(body.x_hat_cm)
    places_cm, bias_cm = line.get_data()
    for place_cm, shown_cm in zip(places_cm, bias_cm, strict=True):
        here = told & (np.abs(body.x_true_cm - place_cm) < places_cm[0] - 1e-9)
        assert np.isfinite(shown_cm) == here.any()  # a gap where nothing is decoded
        error_cm = (body.x_hat_cm - body.x_true_cm)[here]
        if here.any():
            assert shown_cm == pytest.approx(((error_cm + 2) % 4 - 2).mean(), abs=0.15)


def test_a_perfect_map_lies_on_the_diagonal(scene):
    _, trained = draw(scene, "ts_preferred_position").axes
    (points,) = dots(trained)
    assert np.array_equal(points.get_ydata(), scene.orders["trained"].preferred_cm)
    diagonal_cm = 4.0 * np.arange(24) / 23
    assert np.abs(points.get_ydata() - diagonal_cm).max() < 0.2
    title = trained.get_title(loc="left")
    assert "Spearman 1.00, 24 of 24 cells fire" in title
    assert "100% near the diagonal" in title


def test_rate_maps_share_one_scale(scene):
    figure = draw(scene, "ts_rate_map")
    images = [axes.get_images()[0] for axes in figure.axes]
    for image, condition in ((images[0], "untrained"), (images[2], "trained")):
        rate_hz = scene.rates("ts", condition).smooth_rate_hz
        assert np.allclose(image.get_array(), rate_hz)
    assert images[0].get_clim() == images[2].get_clim()
    shares = images[3].get_array().filled(np.nan)
    assert np.nanmax(shares, axis=0) == pytest.approx(np.ones(shares.shape[1]))


def test_drive_is_spikes_times_weights_times_gain(scene):
    drive, edges = ts_drive_mv_ms(scene, "trained")
    w, test = scene.record.weights, scene.trained
    expected_mV = np.zeros_like(drive)
    time_ms = np.zeros(drive.shape[1])
    for spikes, x_cm in zip(test.spikes, test.x_cm, strict=True):
        column = bin_of(x_cm, edges)
        np.add.at(time_ms, column, 1e3 * test.dt_s)
        for step, cell in zip(spikes["mon"].step, spikes["mon"].cell, strict=True):
            mine = w["mon_ts_i"] == cell
            gain = scene.params.mon_ts_gain_mV
            np.add.at(expected_mV[:, column[step]], w["mon_ts_j"][mine], gain * w["mon_ts_w"][mine])
    assert drive == pytest.approx(expected_mV / time_ms)
    figure = draw(scene, "mon_ts_drive_heatmap")
    assert np.allclose(figure.axes[0].get_images()[0].get_array(), drive)
    relative = relative_to_column(drive)
    assert np.allclose(figure.axes[2].get_images()[0].get_array(), relative)
    assert relative.mean(axis=0) == pytest.approx(0.0, abs=1e-9)
    (axes,) = draw(scene, "mon_ts_drive_winner").axes
    (winners,) = lines_with(axes, "trained")
    fired = drive.max(axis=0) > 0
    assert np.array_equal(winners.get_ydata(), drive[:, fired].argmax(axis=0))


def test_llmon_figure_shows_the_trained_weights(scene):
    w = scene.record.weights
    axes = draw(scene, "llmon_weights").axes[0]
    mine = w["ll_mon_j"] == 0
    (trained,), (before,) = lines_with(axes, "trained"), lines_with(axes, "before training")
    assert np.array_equal(trained.get_ydata(), w["ll_mon_w_mV"][mine])
    assert np.array_equal(before.get_ydata(), w["ll_mon_w_initial_mV"][mine])
    assert not np.array_equal(trained.get_ydata(), before.get_ydata())


def test_weight_matrices_hold_every_synapse(scene):
    w = scene.record.weights
    before, after, change = (
        np.asarray(axes.get_images()[0].get_array())
        for axes in draw(scene, "mon_ts_weight_profile").axes
    )
    assert after.shape == (24, 48)
    expected = np.zeros((24, 48))
    np.add.at(expected, (w["mon_ts_j"], w["mon_ts_i"]), w["mon_ts_w"])
    np.testing.assert_allclose(after, expected)
    incoming = np.bincount(w["mon_ts_j"], w["mon_ts_w_initial"])
    np.testing.assert_allclose(before.sum(axis=1), incoming)
    np.testing.assert_allclose(change, after - before)
    assert len({axes.get_images()[0].get_clim() for axes in
                draw(scene, "mon_ts_weight_profile").axes[:2]}) == 1  # fmt: skip


def test_receptive_fields_show_every_synapse(scene):
    w = scene.record.weights
    figure = draw(scene, "mon_to_ts_receptive_fields")
    for axes, cell in zip(figure.axes, evenly_spaced(24, 8), strict=True):
        mine = w["mon_ts_j"] == cell
        (points,) = dots(axes)
        assert np.array_equal(points.get_xdata(), w["mon_ts_i"][mine])
        assert np.array_equal(points.get_ydata(), w["mon_ts_w"][mine])
        assert axes.get_ylim() == figure.axes[0].get_ylim()


def test_learning_curves_are_the_series_of_the_record(scene):
    curves = scene.record.curves
    weights, change, error, sigma, valid, rates = draw(scene, "learning_curves").axes
    (mean,) = lines_with(weights, "mean")
    assert np.array_equal(mean.get_ydata()[1:], curves["w_mean_series"])
    assert mean.get_ydata()[0] == pytest.approx(scene.record.weights["mon_ts_w_initial"].mean())
    assert np.array_equal(change.get_lines()[0].get_ydata()[1:], curves["w_mean_abs_delta_series"])
    (tests,) = lines_with(error, "test")
    ends = [scene.measures[name]["rms_error_cm"] for name in ("untrained", "trained")]
    kept = curves["test_rms_error_cm_series"]
    assert kept.size == 2  # after 10 and 20 trials
    assert tests.get_ydata() == pytest.approx([ends[0], *kept, ends[1]])
    assert np.array_equal(tests.get_xdata(), [0.0, 4.0, 8.0, 8.0])
    assert error.get_ylim()[1] > scene.measures["untrained"]["rms_error_cm_chance"]
    (published,) = lines_with(sigma, "sigma_theta, published windows")
    assert np.array_equal(published.get_ydata(), curves["pv_sigma_theta_series"])
    assert np.array_equal(valid.get_lines()[0].get_ydata(), curves["pass_valid_fraction_series"])
    (ts,) = lines_with(rates, "TS")
    assert ts.get_ydata() == pytest.approx(curves["trial_rate_hz_series"][:, 2])


def test_bands_hold_the_weights_and_stay_within_the_bounds(scene):
    weights = draw(scene, "learning_curves").axes[0]
    outer, inner = (
        band.get_paths()[0].vertices[:, 1]
        for band in weights.collections
        if band.get_label() in ("5 to 95 %", "25 to 75 %")
    )
    w, initial = scene.record.weights["mon_ts_w"], scene.record.weights["mon_ts_w_initial"]
    assert outer.max() == pytest.approx(np.quantile(w, 0.95))
    assert inner.max() == pytest.approx(np.quantile(w, 0.75))
    assert np.isin(np.quantile(initial, (0.05, 0.95)), outer).all()
    assert outer.max() <= scene.params.mon_ts_wmax


def test_a_run_without_quantiles_shows_the_sd_within_the_bounds(scene):
    curves = {**scene.record.curves}
    del curves["w_quantile_series"]
    curves["w_std_series"] = np.full_like(curves["w_std_series"], 1.0)
    record = SimpleNamespace(**{**vars(scene.record), "curves": curves})
    older = type(scene)(scene.mode, scene.params, record, scene.measures)
    (band,) = (
        band for band in draw(older, "learning_curves").axes[0].collections
        if "SD" in str(band.get_label())
    )  # fmt: skip
    heights = band.get_paths()[0].vertices[:, 1]
    assert heights.max() == scene.params.mon_ts_wmax and heights.min() == 0.0


def test_long_series_are_thinned(scene):
    n = 4000
    time_s = np.arange(n) * 5.0
    long = {
        name: np.resize(values, (n, *values.shape[1:])) if values.ndim else values
        for name, values in scene.record.curves.items()
    }
    long |= dict.fromkeys(("checkpoint_t_s", "pv_ckpt_t_s", "pass_t_s"), time_s)
    record = SimpleNamespace(**{**vars(scene.record), "curves": long})
    longer = type(scene)(scene.mode, scene.params, record, scene.measures)
    figure = draw(longer, "learning_curves")
    for axes in figure.axes[4:]:
        assert max(len(line.get_xdata()) for line in axes.get_lines()) <= 1000


def test_summary_joins_the_end_of_training_and_the_test(scene):
    figure = draw(scene, "spatial_two_stage")
    tail, test = scene.record.tail["ts"], scene.trained.spikes[0]["ts"]
    (spikes,) = dots(figure.axes[3])
    assert spikes.get_xdata().size == tail.step.size + test.step.size
    before = spikes.get_xdata() < 0
    assert np.count_nonzero(before) == tail.step.size > 0
    assert spikes.get_xdata().min() >= -2.0
    heights = [np.asarray(patch.get_data().values) for patch in figure.axes[5].patches]
    assert [height.sum() for height in heights] == pytest.approx([100.0, 100.0])


def test_transition_shows_the_rates_before_and_after(scene):
    (axes,) = draw(scene, "ts_pop_rate_train_test_transition").axes
    (test,) = lines_with(axes, "test")
    expected = population_rate_hz(scene.trained.spikes[0]["ts"].step, 24, 1000, 0.001)
    assert np.array_equal(test.get_ydata(), expected)
    assert axes.get_lines()[0].get_ydata().max() > 0


def test_tuning_rows_have_one_scale(scene):
    (axes,) = draw(scene, "ts_tuning").axes
    rows = axes.collections[-1].get_segments()
    cells = evenly_spaced(24, 16)
    rate_hz = scene.rates("ts", "trained").smooth_rate_hz[cells]
    heights = np.array([segment[:, 1] - row for row, segment in enumerate(rows)])
    assert np.ptp(heights[rate_hz > 1] / rate_hz[rate_hz > 1]) == pytest.approx(0.0, abs=1e-9)


def test_controls_show_measures_and_chance():
    kinds = {"untrained": "random", "trained": "perfect", "shuffled": "silent"}
    scene = make_scene(kinds)
    figure = draw(scene, "controls")
    for axes, name in zip(
        figure.axes,
        ("rms_error_cm", "spearman", "cells_near_diagonal", "bayes_rms_error_cm"),
        strict=True,
    ):
        bars = [bar.get_height() for bar in axes.patches]
        expected = [scene.measures[c][name] for c in ("untrained", "trained")]
        assert bars == pytest.approx([*expected, 0.0])
        assert "no\nmap" in [text.get_text() for text in axes.texts]
        chance = axes.containers[1].lines[0].get_ydata()
        assert chance == pytest.approx(
            [scene.measures[c][f"{name}_chance"] for c in ("untrained", "trained")]
        )


def test_seeds_are_points_with_their_mean():
    scene = make_scene()
    seeds = [SimpleNamespace(seed=k, measures=scene.measures) for k in (5, 6, 7)]
    seeds[1] = SimpleNamespace(seed=6, measures={"trained": {"rms_error_cm": None}})
    result = SimpleNamespace(mode="ll_fast", seeds=seeds, failed={}, completeness="")
    with styled():
        figure = draw_multiseed(result)
    axes = figure.axes[2]
    untrained, trained = (line for line in dots(axes) if len(line.get_xdata()) == 3)
    value = scene.measures["untrained"]["rms_error_cm"]
    assert untrained.get_ydata() == pytest.approx([value, np.nan, value], nan_ok=True)
    assert trained.get_ydata()[0] == scene.measures["trained"]["rms_error_cm"]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["5", "6", "7", "mean"]
