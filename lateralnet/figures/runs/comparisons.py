"""Conditions side by side, and seeds side by side."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lateralnet.figures.panel_parts import LETTERS, letter, say, with_minus
from lateralnet.figures.seed_data import Scene
from lateralnet.figures.style import DARK, Page, condition_colour
from lateralnet.measures.statistics.samples import mean_of
from lateralnet.measures.table import OF_CONTROLS, measure_of
from lateralnet.records.results import RunResult

_OVER_SEEDS = ("sigma_theta_rad", "delta_trial_rad", "rms_error_cm", "valid_fraction")


def has_controls(scene: Scene) -> bool:
    """Whether there is more to compare than before and after learning."""
    return bool(set(scene.record.tests) - {"untrained", "trained"})


def draw_controls(scene: Scene) -> Figure:
    """Draw the four measures that learning should improve for all tested conditions."""
    conditions = list(scene.record.tests)
    page = Page("Trained map and its controls", scene.context, width_in=9.2, height_in=4.0)
    panels = page.panels(1, 4, gap_x_in=0.66, bottom_in=1.0)[0]
    for axes, name, key in zip(panels, LETTERS, OF_CONTROLS, strict=False):
        letter(axes, name)
        _draw_conditions(axes, scene, conditions, key)
        measure = measure_of(key)
        axes.set_title(textwrap.fill(measure.judged, 24), size=8)
        axes.set_ylabel(measure.axis)
        axes.set_xticks(range(len(conditions)), conditions, rotation=40, ha="right")
        axes.set_xlim(-0.6, len(conditions) - 0.4)
        axes.tick_params(axis="x", length=0)
    return page.figure


def _draw_conditions(axes: Axes, scene: Scene, conditions: Sequence[str], measure: str) -> None:
    values = np.array([scene.measure(name, measure) for name in conditions])
    chance = np.array([scene.measure(name, f"{measure}_chance") for name in conditions])
    sd = np.array([scene.measure(name, f"{measure}_chance_sd") for name in conditions])
    places = np.arange(len(conditions))
    axes.bar(places, np.nan_to_num(values), 0.66, color=[condition_colour(c) for c in conditions])
    known = np.isfinite(chance)
    if known.any():
        axes.errorbar(
            places[known], chance[known], sd[known], ls="none", marker="_", ms=16, mew=1.6,
            color=DARK, lw=0.9, label="chance ± SD",
        )  # fmt: skip
    if not np.isfinite(values).any():
        few = measure.startswith("bayes") and scene.params.test_sweeps < 2
        say(axes, "needs two test\nsweeps or more" if few else "no map")
    else:
        for place, value in zip(places, values, strict=True):
            height = value if np.isfinite(value) else 0.0
            text = with_minus(f"{value:.2f}") if np.isfinite(value) else "no\nmap"
            axes.annotate(
                text, (place, height), (0, 2 if height >= 0 else -2), textcoords="offset points",
                ha="center", va="bottom" if height >= 0 else "top", size=7,
                bbox={"facecolor": "white", "alpha": 0.7, "linewidth": 0, "pad": 0.6},
            )  # fmt: skip
    tops = [v for v in (*values, *(chance + np.nan_to_num(sd))) if np.isfinite(v)]
    lows = [v for v in (*values, *(chance - np.nan_to_num(sd))) if np.isfinite(v)]
    axes.set_ylim(min(0.0, *lows, 0.0) * 1.1, 1.3 * max(tops, default=1.0) or 1.0)
    if known.any() and measure == OF_CONTROLS[0]:
        axes.legend(loc="upper right")


def draw_multiseed(result: RunResult) -> Figure:
    """Draw the measures of every seed, untrained and trained, with mean and SD over seeds."""
    seeds = [seed.seed for seed in result.seeds]
    measures = [seed.measures for seed in result.seeds]
    page = Page(
        result.completeness or f"{len(seeds)} seeds",
        f"{result.mode}; mean ± SD over seeds at the right",
        width_in=7.8, height_in=5.6,
    )  # fmt: skip
    grid = page.panels(2, 2, gap_x_in=0.75, gap_y_in=0.60)
    panels = [axes for row in grid for axes in row]
    for axes, name, measure in zip(panels, LETTERS, _OVER_SEEDS, strict=False):
        letter(axes, name)
        axes.set_title(measure_of(measure).text)
        axes.set_ylabel(measure_of(measure).axis)
        axes.set_xlabel("seed")
        _draw_seeds(axes, seeds, measures, measure)
    panels[1].legend(loc="lower right", bbox_to_anchor=(1.0, 1.1), ncols=2)
    return page.figure


def _draw_seeds(
    axes: Axes, seeds: Sequence[int], measures: Sequence[dict[str, Any]], measure: str
) -> None:
    """Draw one point per seed and condition; seeds are independent, so no line joins them."""
    places = np.arange(len(seeds))
    room = max(1.0, 0.12 * len(seeds))  # for the means, right of the seeds
    mean_place, top = len(seeds) - 1 + room, 0.0
    for condition, side, marker in (("untrained", -1, "o"), ("trained", 1, "s")):
        values = np.array([m.get(condition, {}).get(measure) for m in measures], dtype=float)
        colour = condition_colour(condition)
        axes.plot(places + 0.12 * side, values, ls="none", marker=marker, ms=4, color=colour)
        over_seeds = mean_of(values)
        if over_seeds.n:
            spread = over_seeds.sd if over_seeds.n > 1 else 0.0
            axes.errorbar(
                mean_place + 0.15 * room * side, over_seeds.mean, spread, marker=marker, ms=6,
                color=colour, lw=1.4, capsize=3, label=condition,
            )  # fmt: skip
            top = max(top, float(np.nanmax(values)), over_seeds.mean + spread)
    axes.axvline(mean_place - 0.5 * room, color="#DDDDDD", lw=0.8)
    shown = places[:: max(1, -(-len(seeds) // 6))]
    axes.set_xticks([*shown, mean_place], [*(str(seeds[k]) for k in shown), "mean"])
    axes.set_xlim(-0.6, mean_place + 0.5 * room)
    axes.set_ylim(0.0, 1.15 * top or 1.0)
    if not top:
        say(axes, "no map in any seed")
