"""What training changes with time: weights, the map over whole passes, rates."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from lateralnet.figures.panel_parts import (
    LETTERS,
    hide_x_labels,
    letter,
    running_mean,
    say,
    spread,
)
from lateralnet.figures.seed_data import FloatArray, Scene
from lateralnet.figures.style import (
    CONDITION_COLOUR,
    DARK,
    LAYER_COLOUR,
    LAYER_NAME,
    PALE,
    REFERENCE,
    Page,
)
from lateralnet.learning.learning_curve import WEIGHT_QUANTILES, stabilisation_time_s
from lateralnet.measures.table import measure_of
from lateralnet.simulation.spikes import LAYERS
from lateralnet.stimulus.afferents import n_places

_MOST_POINTS, _MOST_TRACKED_POINTS = 800, 60
_SMOOTHED_SHARE = 0.05  # of a long series that its thick line averages over
_PUBLISHED_COLOUR = "#9AC7DD"


def draw_learning_curves(scene: Scene) -> Figure:
    """Draw weights, map quality and rates over training."""
    page = Page("Learning curves", scene.context, width_in=7.6, height_in=7.0)
    grid = page.panels(3, 2, gap_x_in=0.75, gap_y_in=0.42, left_in=0.72)
    draws = (
        draw_weight_spread,
        draw_weight_change,
        draw_frozen_tests,
        draw_pass_sigma,
        draw_valid_fraction,
        draw_trial_rates,
    )
    panels = [axes for row in grid for axes in row]
    for axes, draw, name in zip(panels, draws, LETTERS, strict=False):
        letter(axes, name)
        draw(axes, scene)
        axes.set_xlim(0.0, scene.training_end_s or 1.0)
    for axes in panels[:-2]:
        hide_x_labels(axes)
    for axes in grid[-1]:
        axes.set_xlabel(f"training time (s); a trial is {scene.params.trial_duration_s:g} s")
    return page.figure


def draw_weight_spread(axes: Axes, scene: Scene, *, n_tracked: int = 8) -> None:
    """Draw mean, standard deviation and some single MON->TS weights."""
    curves = scene.record.curves
    time_s, mean, sd = _from_start(scene)
    axes.set_title("MON→TS weights")
    axes.set_ylabel("weight (no unit)")
    if time_s.size < 2:
        say(axes, "no training")
        return
    tracked = curves["tracked_weight_series"]
    kept = spread(tracked, _MOST_TRACKED_POINTS)
    lines = [
        np.column_stack([curves["checkpoint_t_s"][kept], tracked[kept, k]])
        for k in range(min(n_tracked, tracked.shape[1]))
    ]
    axes.add_collection(LineCollection(lines, colors=PALE, linewidths=0.5, label="single synapses"))
    top = scene.params.mon_ts_wmax
    bands = _quantile_bands(scene, time_s, mean, sd)
    for low, high, alpha, label in bands:
        axes.fill_between(
            time_s, low, high, color=LAYER_COLOUR["ts"], alpha=alpha, lw=0, label=label
        )
    axes.plot(time_s, mean, color=LAYER_COLOUR["ts"], lw=1.6, label="mean")
    axes.axhline(top, color=DARK, lw=0.8, ls=":", label="largest weight")
    axes.set_ylim(0.0, 1.45 * max(top, float(mean.max())))
    axes.legend(loc="upper left", ncols=2)


def _quantile_bands(
    scene: Scene, time_s: FloatArray, mean: FloatArray, sd: FloatArray
) -> list[tuple[FloatArray, FloatArray, float, str]]:
    """Return (low, high, alpha, label): quantiles where a run kept them, else mean ± SD in bounds.

    Homeostasis pins the mean, so that only the spread tells of learning.
    """
    kept = scene.record.curves.get("w_quantile_series")
    if kept is None or len(kept) != time_s.size - 1:  # an older run
        top = scene.params.mon_ts_wmax
        low, high = np.clip(mean - sd, 0.0, top), np.clip(mean + sd, 0.0, top)
        return [(low, high, 0.22, "± SD, within bounds")]
    start = np.quantile(scene.record.weights["mon_ts_w_initial"], WEIGHT_QUANTILES)
    values = np.vstack([start, kept]).T
    return [
        (values[0], values[4], 0.16, "5 to 95 %"),
        (values[1], values[3], 0.30, "25 to 75 %"),
    ]


def _from_start(scene: Scene) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return times, means and SDs of the weights, with the initial ones at time 0."""
    curves, initial = scene.record.curves, scene.record.weights["mon_ts_w_initial"]
    start = [float(initial.mean()), float(initial.std())] if initial.size else [np.nan, np.nan]
    return (
        np.concatenate([[0.0], curves["checkpoint_t_s"]]),
        np.concatenate([start[:1], curves["w_mean_series"]]),
        np.concatenate([start[1:], curves["w_std_series"]]),
    )


def draw_weight_change(axes: Axes, scene: Scene) -> None:
    """Draw how far the MON->TS weights are from where they began."""
    curves = scene.record.curves
    time_s, change = curves["checkpoint_t_s"], curves["w_mean_abs_delta_series"]
    axes.set_title("Mean change of MON→TS weights")
    axes.set_ylabel("mean |w − w₀| (no unit)")
    if not time_s.size:
        say(axes, "no training")
        return
    axes.plot(
        np.concatenate([[0.0], time_s]), np.concatenate([[0.0], change]),
        color=LAYER_COLOUR["ts"], lw=1.6, marker="." if time_s.size < 30 else None,
    )  # fmt: skip
    stable_s = stabilisation_time_s(time_s, change)
    if stable_s is not None:
        axes.axvline(stable_s, color=REFERENCE, lw=0.9, ls="--", ymax=0.7, label="at rest")
        axes.legend(loc="lower left")
    axes.set_ylim(0.0, 1.15 * float(change.max()) or 1e-3)
    changed = curves["w_frac_delta_gt_1e3_series"][-1]
    axes.text(
        0.98, 0.05, f"at the end {changed:.0%} of the synapses\nhave changed by more than 0.001",
        transform=axes.transAxes, ha="right", va="bottom", size=7.5,
    )  # fmt: skip


def draw_frozen_tests(axes: Axes, scene: Scene) -> None:
    """Draw the error of tests in which nothing learns, before, in and after training."""
    axes.set_title("Error in tests with frozen weights")
    axes.set_ylabel(measure_of("rms_error_cm").axis)
    curves = scene.record.curves
    time_s = [0.0, *curves.get("test_t_s", ()), scene.training_end_s]
    ends = [scene.measure(name, "rms_error_cm") for name in ("untrained", "trained")]
    error_cm = [ends[0], *curves.get("test_rms_error_cm_series", ()), ends[1]]
    chance_cm = scene.measure("untrained", "rms_error_cm_chance")
    spread_cm = scene.measure("untrained", "rms_error_cm_chance_sd")
    if np.isfinite(chance_cm):
        axes.axhspan(
            chance_cm - spread_cm, chance_cm + spread_cm, color=PALE, alpha=0.5, lw=0,
            label="chance ± SD",
        )  # fmt: skip
        axes.axhline(chance_cm, color=DARK, lw=0.8, ls=":")
    if np.isfinite(error_cm).any():
        axes.plot(
            time_s, error_cm, color=LAYER_COLOUR["ts"], marker="o", ms=3.5, lw=1.2,
            label="test", clip_on=False,
        )  # fmt: skip
    else:
        say(axes, "TS is silent in the tests")
    finite = [v for v in (*error_cm, chance_cm + spread_cm, chance_cm) if np.isfinite(v)]
    axes.set_ylim(0.0, 1.35 * max(finite, default=1.0))
    if finite:
        axes.legend(loc="upper right", ncols=2, columnspacing=1.0)


def draw_pass_sigma(axes: Axes, scene: Scene) -> None:
    """Draw the published measures over whole passes, and their published, aliased series."""
    curves = scene.record.curves
    axes.set_title("Published map measures")
    axes.set_ylabel("angle (rad)")
    for name, style in (("sigma_theta", "-"), ("delta_trial", ":")):
        series = curves[f"pv_{name}_series"]
        if series.size:
            axes.plot(
                curves["pv_ckpt_t_s"], series, style, color=_PUBLISHED_COLOUR, lw=0.8, zorder=1,
                label=f"{name}, published windows",
            )  # fmt: skip
    sigma = curves["pass_sigma_theta_series"]
    _draw_passes(axes, scene, sigma, label="sigma_theta, whole passes in training")
    level = scene.measure("untrained", "sigma_theta_rad")
    if np.isfinite(level):
        axes.axhline(
            level, color=CONDITION_COLOUR["untrained"], lw=1.1, ls=(0, (6, 2)),
            label="sigma_theta, untrained test",
        )  # fmt: skip
    seen = np.concatenate(
        [curves["pv_sigma_theta_series"], curves["pv_delta_trial_series"], sigma, np.array([level])]
    )
    seen = seen[np.isfinite(seen)]
    axes.set_ylim(0.0, 1.9 * float(seen.max(initial=0.0)) or 1.0)
    if axes.get_legend_handles_labels()[0]:
        axes.legend(loc="upper left")


def draw_valid_fraction(axes: Axes, scene: Scene) -> None:
    """Draw in which share of each pass a position could be decoded at all."""
    axes.set_title("Share of time with a decoded position")
    axes.set_ylabel("share (0 to 1)")
    _draw_passes(axes, scene, scene.record.curves["pass_valid_fraction_series"])
    axes.set_ylim(0.0, 1.05)


def draw_trial_rates(axes: Axes, scene: Scene) -> None:
    """Draw the mean rate of each layer in every trial."""
    rates = scene.record.curves["trial_rate_hz_series"]
    axes.set_title("Rates in training")
    axes.set_ylabel("mean rate (Hz)")
    if not rates.size:
        say(axes, "no training")
        return
    p = scene.params
    time_s = (np.arange(len(rates)) + 0.5) * p.trial_duration_s
    silent = []
    for layer, rate_hz in zip(LAYERS, rates.T, strict=True):
        if not rate_hz.any():
            silent.append(LAYER_NAME[layer])
            continue
        smooth = running_mean(rate_hz, round(_SMOOTHED_SHARE * rate_hz.size))
        kept = spread(smooth, _MOST_POINTS)
        colour = LAYER_COLOUR[layer]
        positive = np.where(smooth > 0, smooth, np.nan)
        axes.plot(time_s[kept], positive[kept], color=colour, label=LAYER_NAME[layer])
    axes.set_yscale("log")
    seen = rates[rates > 0]
    if seen.size:
        axes.set_ylim(0.5 * seen.min(), 6.0 * seen.max())
        axes.legend(loc="upper left", ncols=3)
    if silent:
        axes.text(
            0.5, 0.05, f"{' and '.join(silent)} silent", transform=axes.transAxes,
            ha="center", va="bottom", style="italic", color="#555555",
        )  # fmt: skip


def _draw_passes(
    axes: Axes, scene: Scene, series: FloatArray, label: str = "passes in training"
) -> bool:
    """Draw one value per pass, with a thick line through many; say so when there is none."""
    time_s = scene.record.curves["pass_t_s"]
    p = scene.params
    if not series.size:
        pass_s = n_places(p) * p.training_position_hold_s
        short = f"shorter than one pass\nalong the body ({pass_s:g} s)"
        say(axes, short if scene.training_end_s else "no training")
        return False
    if not np.isfinite(series).any():
        say(axes, "TS is silent in training")
        return False
    colour, kept = LAYER_COLOUR["ts"], spread(series, _MOST_POINTS)
    if series.size <= 40:
        axes.plot(time_s, series, color=colour, marker="o", ms=3, label=label)
    else:
        smooth = running_mean(series, max(3, round(_SMOOTHED_SHARE * series.size)))
        axes.plot(time_s[kept], series[kept], color=colour, lw=0.5, alpha=0.4)
        axes.plot(time_s[kept], smooth[kept], color=colour, lw=1.6, label=label)
    return True
