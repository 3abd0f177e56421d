"""The map of TS before and after learning: what it decodes, where its cells fire, their order."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lateralnet.figures.panel_parts import (
    LETTERS,
    draw_diagonal,
    hide_x_labels,
    letter,
    number_cells,
    rate_bar,
    say,
    with_minus,
)
from lateralnet.figures.runs.test_sweeps import sweeps_text
from lateralnet.figures.seed_data import FloatArray, Scene, place_cm
from lateralnet.figures.style import CONDITION_COLOUR, REFERENCE, Page
from lateralnet.measures.body_map import BodyFixedMap
from lateralnet.measures.order import NEAR_CM, SMALLEST_PEAK_HZ

_SILENT = "TS is silent in this test"
_BIAS_BINS = 40


def draw_decoded_position(scene: Scene) -> Figure:
    """Draw the decoded against the true position, and the bias along the body."""
    page = Page(
        "Position decoded from TS against the true position",
        scene.context, width_in=8.6, height_in=3.9,
    )  # fmt: skip
    panels = page.panels(1, 3, gap_x_in=0.62, top_in=0.93)[0]
    length = scene.body_cm
    for axes, name in zip(panels, LETTERS, strict=False):
        letter(axes, name)
        axes.set_xlim(0.0, length)
        axes.set_xlabel("true position (cm)")
    for axes, condition in zip(panels, ("untrained", "trained"), strict=False):
        draw_decoding(axes, scene, condition)
    _draw_bias(panels[2], scene)
    return page.figure


def draw_decoding(axes: Axes, scene: Scene, condition: str = "trained") -> None:
    """Draw the decoded against the true position in one condition."""
    body, length = scene.body_maps.get(condition), scene.body_cm
    axes.set_title(decoding_title(scene, condition))
    axes.set_xlim(0.0, length)
    axes.set_ylim(0.0, length)
    axes.set_xlabel("true position (cm)")
    axes.set_ylabel("decoded position (cm)")
    if body is None or not np.isfinite(body.x_hat_cm).any():
        say(axes, _SILENT)
        return
    size = 1.4 if body.x_hat_cm.size > 3000 else 2.2
    axes.plot(
        body.x_true_cm, body.x_hat_cm, ls="none", marker="o", ms=size, mew=0, alpha=0.35,
        color=CONDITION_COLOUR[condition],
    )  # fmt: skip
    draw_diagonal(axes, (0.0, length), (0.0, length))


def decoding_title(scene: Scene, condition: str) -> str:
    """Say how well a condition decodes, beside its chance level."""
    error_cm = scene.measure(condition, "rms_error_cm")
    if not np.isfinite(error_cm):
        return f"{condition.capitalize()}: no map"
    chance_cm = scene.measure(condition, "rms_error_cm_chance")
    chance = f"chance {chance_cm:.2f} cm, " if np.isfinite(chance_cm) else ""
    valid = scene.measure(condition, "valid_fraction_body")
    return f"{condition.capitalize()}: RMS {error_cm:.2f} cm\n{chance}{valid:.0%} decoded"


def bias_where_decoded_cm(body: BodyFixedMap, length_cm: float) -> tuple[FloatArray, FloatArray]:
    """Return places along the body and the mean signed error there, NaN where nothing is decoded.

    Errors go the shorter way around the ring of cells, as in the measures.
    """
    n_bins = min(_BIAS_BINS, body.bin_cm.size)
    told = np.isfinite(body.x_hat_cm)
    error_cm = body.x_hat_cm[told] - body.x_true_cm[told]
    error_cm = (error_cm + length_cm / 2) % length_cm - length_cm / 2
    place = np.clip((body.x_true_cm[told] / length_cm * n_bins).astype(int), 0, n_bins - 1)
    count = np.bincount(place, minlength=n_bins)
    with np.errstate(invalid="ignore"):
        mean_cm = np.bincount(place, error_cm, n_bins) / count
    return (np.arange(n_bins) + 0.5) * length_cm / n_bins, np.asarray(mean_cm)


def _draw_bias(axes: Axes, scene: Scene) -> None:
    """Draw the mean signed error at each position; a gap is a place where nothing was decoded."""
    axes.axhline(0.0, color=REFERENCE, lw=1.0, ls=(0, (5, 3)))
    largest = 0.0
    for condition, body in scene.body_maps.items():
        places_cm, bias_cm = bias_where_decoded_cm(body, scene.body_cm)
        if not np.isfinite(bias_cm).any():
            continue
        largest = max(largest, float(np.nanmax(np.abs(bias_cm))))
        axes.plot(
            places_cm, bias_cm, color=CONDITION_COLOUR[condition], label=condition, lw=1.1,
            marker="o", ms=2.2, mew=0,
        )  # fmt: skip
    axes.set_title("Bias along the body\n(gap: nothing decoded)")
    axes.set_ylabel("decoded − true position (cm)")
    limit = 1.3 * largest or 1.0
    axes.set_ylim(-limit, limit)
    if largest:
        axes.legend(loc="upper right", ncols=2)
    else:
        say(axes, _SILENT)


def draw_ts_rate_map(scene: Scene) -> Figure:
    """Draw the rate of every TS cell along the body: in Hz, and against the other cells."""
    page = Page("TS rates along the body", scene.context, width_in=7.6, height_in=6.4)
    grid = page.panels(2, 2, gap_x_in=0.95, gap_y_in=0.4, right_in=0.75)
    rates = {c: scene.rates("ts", c).smooth_rate_hz for c in scene.compared}
    largest_hz = max((float(np.nanmax(r, initial=0.0)) for r in rates.values()), default=0.0)
    for row, condition in zip(grid, ("untrained", "trained"), strict=True):
        rate_hz = rates.get(condition)
        for axes, what in zip(row, ("rate", "rate / largest rate at that place"), strict=True):
            axes.set_title(f"{condition.capitalize()}: {what}")
            axes.set_xlim(0.0, scene.body_cm)
            axes.set_ylim(-0.5, scene.params.n_ts - 0.5)
            number_cells(axes.yaxis, "TS index")
            if rate_hz is None or not np.nanmax(rate_hz, initial=0.0):
                say(axes, _SILENT)
        if rate_hz is None or not np.nanmax(rate_hz, initial=0.0):
            continue
        _draw_map(row[0], scene, rate_hz, "viridis", largest_hz, "rate (Hz)")
        _draw_map(row[1], scene, share_of_column(rate_hz), "magma", 1.0, "share (0 to 1)")
    for axes in grid[0]:
        hide_x_labels(axes)
    for axes in grid[1]:
        axes.set_xlabel(f"position of the sphere (cm), {sweeps_text(scene.params.test_sweeps)}")
    for axes, name in zip([axes for row in grid for axes in row], LETTERS, strict=False):
        letter(axes, name)
    return page.figure


def _draw_map(
    axes: Axes, scene: Scene, values: FloatArray, colours: str, largest: float, label: str
) -> None:
    n = scene.params.n_ts
    extent = (0.0, scene.body_cm, -0.5, n - 0.5)
    image = axes.imshow(values, extent=extent, cmap=colours, vmin=0.0, vmax=largest)
    draw_diagonal(axes, (0.0, scene.body_cm), (0, n - 1))
    rate_bar(axes, image, label)


def draw_rate_map(axes: Axes, scene: Scene, condition: str = "trained") -> None:
    """Draw the rate of every TS cell along the body in one condition."""
    rate_hz = scene.rates("ts", condition).smooth_rate_hz
    axes.set_title(f"{condition.capitalize()}: TS rates")
    axes.set_xlabel("position of the sphere (cm)")
    axes.set_xlim(0.0, scene.body_cm)
    number_cells(axes.yaxis, "TS index")
    largest_hz = float(np.nanmax(rate_hz, initial=0.0))
    if not largest_hz:
        say(axes, _SILENT)
        return
    extent = (0.0, scene.body_cm, -0.5, scene.params.n_ts - 0.5)
    image = axes.imshow(
        rate_hz, extent=extent, cmap="viridis", vmin=0.0, vmax=largest_hz, aspect="auto",
        origin="lower",
    )  # fmt: skip
    draw_diagonal(axes, (0.0, scene.body_cm), (0, scene.params.n_ts - 1))
    rate_bar(axes, image, "rate (Hz)")


def share_of_column(rate_hz: FloatArray) -> FloatArray:
    """Return the rates divided by the largest of any cell at the same position.

    NaN where no cell reaches 1 Hz: there smoothing alone would make a map.
    """
    largest = np.nanmax(np.nan_to_num(rate_hz), axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(largest >= SMALLEST_PEAK_HZ, rate_hz / largest, np.nan))


def draw_preferred_position(scene: Scene) -> Figure:
    """Draw the preferred position of every TS cell against its index, before and after."""
    page = Page("Preferred position of each TS cell", scene.context, width_in=7.4, height_in=4.2)
    panels = page.panels(1, 2, top_in=0.93)[0]
    for axes, condition, name in zip(panels, ("untrained", "trained"), LETTERS, strict=False):
        letter(axes, name)
        draw_preferred(axes, scene, condition)
    panels[0].legend(loc="upper left")
    return page.figure


def draw_preferred(axes: Axes, scene: Scene, condition: str = "trained") -> None:
    """Draw the preferred position of every TS cell in one condition."""
    n, length = scene.params.n_ts, scene.body_cm
    index = np.arange(n)
    diagonal_cm = place_cm(index, n, length)
    axes.set_title(order_title(scene, condition))
    axes.set_xlim(-0.02 * n - 0.5, 1.02 * n - 0.5)
    axes.set_ylim(-0.03 * length, 1.03 * length)
    number_cells(axes.xaxis, "TS index (head to tail)")
    axes.set_ylabel("preferred position (cm)")
    order = scene.orders.get(condition)
    axes.fill_between(
        index, diagonal_cm - NEAR_CM, diagonal_cm + NEAR_CM, color="#F3E3D8", lw=0, zorder=0,
        label=f"within {NEAR_CM:g} cm of the anatomy",
    )  # fmt: skip
    draw_diagonal(axes, (0, n - 1), (0.0, length))
    if order is None or not order.active_cells:
        say(axes, _SILENT)
        return
    axes.plot(
        index, order.preferred_cm, ls="none", marker="o", ms=3, mew=0, alpha=0.7,
        color=CONDITION_COLOUR[condition],
    )  # fmt: skip


def order_title(scene: Scene, condition: str) -> str:
    """Say how ordered the map of a condition is, beside its chance level."""
    order = scene.orders.get(condition)
    if order is None or not order.active_cells:
        return f"{condition.capitalize()}: no map"
    chance = scene.measure(condition, "cells_near_diagonal_chance")
    by_chance = f" (chance {chance:.0%})" if np.isfinite(chance) else ""
    correlation = (
        with_minus(f"{order.spearman:.2f}") if np.isfinite(order.spearman) else "undefined"
    )
    firing = f"{order.active_cells} of {scene.params.n_ts} cells fire"
    near = f"{order.cells_near_diagonal:.0%} near the diagonal"
    return f"{condition.capitalize()}: Spearman {correlation}, {firing},\n{near}{by_chance}"
