"""Synapses before and after learning."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lateralnet.figures.panel_parts import (
    LETTERS,
    hide_x_labels,
    letter,
    number_cells,
    running_mean,
    say,
)
from lateralnet.figures.seed_data import FloatArray, Scene, evenly_spaced, place_cm
from lateralnet.figures.style import (
    CONDITION_COLOUR,
    DARK,
    LAYER_COLOUR,
    REFERENCE,
    Page,
)

_UNTRAINED, _TRAINED = CONDITION_COLOUR["untrained"], CONDITION_COLOUR["trained"]
_PROFILE_BINS = 40


def draw_llmon_weights(scene: Scene) -> Figure:
    """Draw the LL->MON weights of example MON cells, after training and before."""
    w, p = scene.record.weights, scene.params
    learned = p.ll_mon_use_stdp
    page = Page(
        "LL→MON weights of example MON cells" + ("" if learned else " (not plastic)"),
        scene.context, width_in=7.4, height_in=4.5,
    )  # fmt: skip
    cells = evenly_spaced(p.n_mon, 6)
    grid = page.panels(2, 3, gap_x_in=0.28, gap_y_in=0.42, top_in=0.97)
    top = 1.12 * max(w["ll_mon_w_mV"].max(initial=0), w["ll_mon_w_initial_mV"].max(initial=0), 1.0)
    panels = [axes for row in grid for axes in row]
    for axes, cell in zip(panels, cells, strict=False):
        mine = w["ll_mon_j"] == cell
        source, weight = w["ll_mon_i"][mine], w["ll_mon_w_mV"][mine]
        axes.vlines(source, 0.0, weight, color=LAYER_COLOUR["ll"], lw=1.2)
        axes.plot(source, weight, "o", ms=3.5, mew=0, color=LAYER_COLOUR["ll"], label="trained")
        if learned:
            axes.plot(
                source, w["ll_mon_w_initial_mV"][mine], "o", ms=4, mfc="none", mew=0.8,
                mec=_UNTRAINED, label="before training",
            )  # fmt: skip
        if not source.size:
            say(axes, "no input from LL")
        here_cm = place_cm(cell, p.n_mon, scene.body_cm)
        axes.axvline(
            cell / max(1, p.n_mon - 1) * (p.n_ll - 1), color=REFERENCE, lw=0.8, ls="--",
            label="place of the MON cell",
        )  # fmt: skip
        axes.set_title(f"MON {cell}, at {here_cm:.2f} cm")
        axes.set_xlim(-0.03 * p.n_ll - 0.5, 1.03 * p.n_ll - 0.5)
        axes.set_ylim(0.0, top)
    for axes in panels[len(cells) :]:
        axes.remove()
    _label_outer(grid, len(cells), "LL index", "LL→MON weight (mV)")
    panels[0].legend(loc="lower left", bbox_to_anchor=(-0.02, 1.11), ncols=3)
    return page.figure


def draw_weight_profile(scene: Scene) -> Figure:
    """Draw the MON->TS weights that each TS cell receives: their mean and the share at a bound."""
    w, p = scene.record.weights, scene.params
    page = Page(
        "Incoming MON→TS weights of each TS cell", scene.context, width_in=7.2, height_in=4.4
    )
    (top,), (bottom,) = page.panels(2, 1, gap_y_in=0.38, left_in=0.72)
    largest = {top: 0.0, bottom: 0.0}
    for condition, weight in (("untrained", w["mon_ts_w_initial"]), ("trained", w["mon_ts_w"])):
        mean = mean_by_cell(weight, w["mon_ts_j"], p.n_ts)
        at_top = mean_by_cell(np.isclose(weight, p.mon_ts_wmax) * 1.0, w["mon_ts_j"], p.n_ts)
        for axes, values in ((top, mean), (bottom, at_top)):
            _draw_cell_by_cell(axes, values, condition)
            largest[axes] = max(largest[axes], float(np.nanmax(values, initial=0.0)))
    top.axhline(p.mon_ts_wmax, color=DARK, lw=0.8, ls=":", label=f"largest: {p.mon_ts_wmax:g}")
    top.set_ylim(0.0, 1.4 * largest[top] or 1.0)
    top.set_ylabel("mean weight (no unit)")
    top.set_title("Mean weight; thick lines average over 5 % of the cells")
    bottom.set_ylim(0.0, max(5.0, 120.0 * largest[bottom]) / 100.0)
    bottom.set_ylabel("share (0 to 1)")
    bottom.set_title("Share of synapses at the largest weight")
    number_cells(bottom.xaxis, "TS index (head to tail)")
    hide_x_labels(top)
    top.legend(loc="upper right", ncols=3)
    for axes, name in zip((top, bottom), LETTERS, strict=False):
        axes.set_xlim(-0.5, p.n_ts - 0.5)
        letter(axes, name)
    return page.figure


def _draw_cell_by_cell(axes: Axes, values: FloatArray, condition: str) -> None:
    """Draw one value per cell thinly, and their running mean over it."""
    colour = CONDITION_COLOUR[condition]
    axes.plot(values, color=colour, lw=0.5, alpha=0.45)
    smooth = running_mean(values, max(1, values.size // 20))
    axes.plot(smooth, color=colour, lw=1.8, label=condition)


def mean_by_cell(values: Any, cell: Any, n: int) -> FloatArray:
    """Return the mean of the values of each cell, NaN for a cell without any."""
    count = np.bincount(cell, minlength=n)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.bincount(cell, values, minlength=n) / count)


def draw_receptive_fields(scene: Scene) -> Figure:
    """Draw the MON->TS weights of example TS cells against the place of the MON cell."""
    w, p = scene.record.weights, scene.params
    page = Page(
        "Incoming MON→TS weights of example TS cells", scene.context, width_in=7.4, height_in=4.8
    )
    cells = evenly_spaced(p.n_ts, 8)
    grid = page.panels(2, 4, gap_x_in=0.22, gap_y_in=0.42, top_in=0.97)
    panels = [axes for row in grid for axes in row]
    top = 1.08 * max(p.mon_ts_wmax, float(w["mon_ts_w"].max(initial=0.0)), 1e-9)
    for axes, cell in zip(panels, cells, strict=False):
        mine = w["mon_ts_j"] == cell
        source = w["mon_ts_i"][mine]
        before, after = w["mon_ts_w_initial"][mine], w["mon_ts_w"][mine]
        axes.plot(
            source, after, "o", ms=2.6, mew=0, color=_TRAINED, alpha=0.5, label="synapses, trained"
        )
        _draw_profile(axes, source, before, p.n_mon, _UNTRAINED, "mean, untrained")
        _draw_profile(axes, source, after, p.n_mon, "#8A3500", "mean, trained")
        axes.axvline(
            cell / max(1, p.n_ts - 1) * (p.n_mon - 1), color=REFERENCE, lw=0.8, ls="--",
            label="place of the TS cell",
        )  # fmt: skip
        axes.set_title(f"TS {cell}: {source.size} synapses", size=8)
        axes.set_xlim(-0.02 * p.n_mon, 1.02 * p.n_mon)
        axes.set_ylim(0.0, top)
        if not source.size:
            say(axes, "no input")
    for axes in panels[len(cells) :]:
        axes.remove()
    _label_outer(grid, len(cells), "MON index", "weight (no unit)")
    panels[0].legend(loc="lower left", bbox_to_anchor=(-0.02, 1.11), ncols=4)
    return page.figure


def _draw_profile(
    axes: Axes, source: FloatArray, weight: FloatArray, n: int, colour: str, label: str
) -> None:
    """Draw the mean weight along MON, smoothed over neighbouring bins."""
    n_bins = min(n, _PROFILE_BINS)
    column = source * n_bins // max(1, n)
    count = np.bincount(column, minlength=n_bins).astype(float)
    total = np.bincount(column, weight, minlength=n_bins)
    box = np.ones(min(5, n_bins))
    with np.errstate(invalid="ignore"):
        mean = np.convolve(total, box, mode="same") / np.convolve(count, box, mode="same")
    middle = (np.arange(n_bins) + 0.5) * n / n_bins
    axes.plot(middle, mean, color=colour, lw=1.6, label=label)


def draw_weight_histogram(axes: Axes, scene: Scene) -> None:
    """Draw the distribution of the MON->TS weights before and after training."""
    w, p = scene.record.weights, scene.params
    axes.set_title("MON→TS weights before and after")
    axes.set_xlabel("weight (no unit)")
    axes.set_ylabel("share of synapses (%)")
    if not w["mon_ts_w"].size:
        say(axes, "no MON→TS synapses")
        return
    top = max(p.mon_ts_wmax, float(w["mon_ts_w"].max()), float(w["mon_ts_w_initial"].max()))
    edges = np.linspace(0.0, top or 1.0, 41)
    for condition, weight in (("untrained", w["mon_ts_w_initial"]), ("trained", w["mon_ts_w"])):
        share = 100.0 * np.histogram(weight, edges)[0] / weight.size
        axes.stairs(
            share, edges, color=CONDITION_COLOUR[condition], lw=1.3, label=condition,
            fill=condition == "untrained", alpha=0.45 if condition == "untrained" else 1.0,
        )  # fmt: skip
    axes.axvline(p.mon_ts_wmax, color=DARK, lw=0.8, ls=":", label="largest weight")
    axes.set_ylim(0.0, axes.get_ylim()[1] * 1.25)
    axes.legend(loc="upper left")


def _label_outer(grid: list[list[Axes]], n_used: int, x: str, y: str) -> None:
    """Label the outer axes of a grid whose panels share their scales."""
    columns = len(grid[0])
    for k in range(n_used):
        axes = grid[k // columns][k % columns]
        if k + columns < n_used:
            hide_x_labels(axes)
        else:
            number_cells(axes.xaxis, x)
        if k % columns:
            axes.tick_params(labelleft=False)
        else:
            axes.set_ylabel(y)
