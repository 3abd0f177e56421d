"""Rates of single cells along the body, and the drive that TS gets from MON."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure

from lateralnet.figures.panel_parts import (
    LETTERS,
    bin_of,
    draw_diagonal,
    letter,
    number_cells,
    rate_bar,
    say,
)
from lateralnet.figures.runs.test_sweeps import sweeps_text
from lateralnet.figures.seed_data import FloatArray, Scene, evenly_spaced, place_cm
from lateralnet.figures.style import CONDITION_COLOUR, LAYER_COLOUR, LAYER_NAME, REFERENCE, Page
from lateralnet.measures.rate_maps import SMOOTHING_CM

_N_EXAMPLES = 16
_ROW_SHARE = 0.92  # of the distance between rows that the highest peak takes
_DRIVE_BINS = 40


def draw_tuning(scene: Scene, layer: str) -> Figure:
    """Draw the rate of example cells along the body as rows of one common scale."""
    name, n = LAYER_NAME[layer], scene.sizes[layer]
    page = Page(
        f"Rate of example {name} cells along the body", scene.context, width_in=6.2, height_in=6.4
    )
    axes = page.panels(1, 1, top_in=0.82, right_in=0.95)[0][0]
    cells = evenly_spaced(n, _N_EXAMPLES)
    changes = layer == "ts" or scene.params.ll_mon_use_stdp  # else MON is the same after training
    shown = scene.compared if changes else ("trained",)
    tuning = {c: scene.rates(layer, c) for c in shown}
    axes.set_xlim(0.0, scene.body_cm)
    axes.set_ylabel(f"{name} index")
    axes.set_xlabel(
        f"position of the sphere (cm); {sweeps_text(scene.params.test_sweeps)}, "
        f"smoothed over {SMOOTHING_CM:g} cm"
    )
    axes.set_yticks(np.arange(cells.size), [str(cell) for cell in cells])
    axes.set_ylim(-0.35, cells.size + 0.05)
    peak_hz = max(float(np.nanmax(t.smooth_rate_hz[cells], initial=0.0)) for t in tuning.values())
    if not peak_hz:
        silent = all(scene.is_silent(condition, layer) for condition in shown)
        say(axes, f"{name} is silent in this test" if silent else "none of these cells fires")
        return page.figure
    row_hz = peak_hz / _ROW_SHARE
    for condition, rates in tuning.items():
        _draw_rows(axes, rates.x_cm, rates.smooth_rate_hz[cells] / row_hz, condition, layer)
    if not changes:
        axes.collections[-1].set_label("before and after training")
    elif scene.is_silent("trained", layer):
        say(axes, f"{name} is silent in the test after training")
    axes.plot(
        place_cm(cells, n, scene.body_cm), np.arange(cells.size) - 0.09, ls="none", marker="^",
        ms=4, color=REFERENCE, mew=0, label="place of the cell on the body", clip_on=False,
    )  # fmt: skip
    scale_hz = nice_below(peak_hz)
    _draw_scale(axes, scale_hz, scale_hz / row_hz)
    axes.legend(loc="lower left", bbox_to_anchor=(-0.02, 1.0), ncols=3, columnspacing=1.2)
    return page.figure


def _draw_rows(
    axes: Axes, x_cm: FloatArray, height: FloatArray, condition: str, layer: str
) -> None:
    """Draw one curve per row: filled when trained, a thin line when untrained."""
    seen = np.isfinite(height[0])
    x, height = x_cm[seen], height[:, seen]
    rows = np.arange(len(height))[:, None]
    if condition == "trained":
        colour = LAYER_COLOUR[layer]
        shapes = [
            np.column_stack([np.r_[x[:1], x, x[-1:]], np.r_[row, row + curve, row]])
            for row, curve in enumerate(height)
        ]
        axes.add_collection(
            PolyCollection(shapes, facecolors=colour, alpha=0.35, edgecolors="none")
        )
    colour = LAYER_COLOUR[layer] if condition == "trained" else CONDITION_COLOUR["untrained"]
    lines = [np.column_stack([x, curve]) for curve in rows + height]
    axes.add_collection(
        LineCollection(
            lines, colors=colour, linewidths=1.2 if condition == "trained" else 0.9, label=condition
        )
    )


def _draw_scale(axes: Axes, rate_hz: float, height: float) -> None:
    """Draw the bar that says how high a rate is, to the right of the rows."""
    axes.plot(
        [1.03, 1.03], [0.0, height], transform=axes.get_yaxis_transform(), color="black", lw=2.0,
        clip_on=False, solid_capstyle="butt",
    )  # fmt: skip
    axes.text(
        1.045, 0.5 * height, f"{rate_hz:g} Hz", transform=axes.get_yaxis_transform(),
        va="center", ha="left",
    )  # fmt: skip


def nice_below(value: float) -> float:
    """Return the largest 1, 2 or 5 times a power of ten that is not above `value`."""
    power = 10.0 ** np.floor(np.log10(value))
    return float(max(step for step in (1, 2, 5) if step * power <= value * (1 + 1e-9)) * power)


def ts_drive_mv_ms(scene: Scene, condition: str) -> tuple[FloatArray, FloatArray]:
    """Return what MON drives each TS cell with, shape (n_ts, 40), and the bins' edges (cm).

    Sum of spikes x weight x gain over all MON->TS synapses of a cell, per millisecond, over
    all sweeps; NaN where the sphere never was.
    """
    p, w, test = scene.params, scene.record.weights, scene.record.tests[condition]
    weight = w["mon_ts_w"] if condition == "trained" else w["mon_ts_w_initial"]
    edges = np.linspace(*scene.path_cm, _DRIVE_BINS + 1)
    occupancy_s = test.dt_s * np.bincount(bin_of(test.x_cm.ravel(), edges), minlength=_DRIVE_BINS)
    counts = np.zeros(p.n_mon * _DRIVE_BINS)
    for spikes, x_cm in zip(test.spikes, test.x_cm, strict=True):
        column = bin_of(x_cm[spikes["mon"].step], edges)
        flat = spikes["mon"].cell.astype(np.int64) * _DRIVE_BINS + column
        counts += np.bincount(flat, minlength=counts.size)
    flat = w["mon_ts_j"].astype(np.int64) * p.n_mon + w["mon_ts_i"]
    matrix = np.bincount(flat, weight, minlength=p.n_ts * p.n_mon).reshape(p.n_ts, p.n_mon)
    drive = p.mon_ts_gain_mV * (matrix @ counts.reshape(p.n_mon, _DRIVE_BINS))
    with np.errstate(invalid="ignore", divide="ignore"):
        drive /= 1e3 * occupancy_s
    drive[:, occupancy_s <= 0] = np.nan
    return drive, edges


def draw_drive_heatmap(scene: Scene) -> Figure:
    """Draw the drive from MON to each TS cell along the path: as it is, and between cells."""
    page = Page("Drive from MON to TS", scene.context, width_in=9.0, height_in=4.0)
    panels = page.panels(1, 3, gap_x_in=0.72, right_in=0.7, left_in=0.55)[0]
    drives = {c: ts_drive_mv_ms(scene, c) for c in scene.compared}
    drive, edges = drives["trained"]
    extent = (edges[0], edges[-1], -0.5, scene.params.n_ts - 0.5)
    silent = scene.is_silent("trained", "mon")
    images = {c: relative_to_column(d) for c, (d, _) in drives.items()}
    middle_cm = 0.5 * (edges[1:] + edges[:-1])
    on_body = (middle_cm >= 0.0) & (middle_cm <= scene.body_cm)  # elsewhere it is a few spikes
    largest = max(float(np.percentile(np.abs(i[:, on_body]), 99)) for i in images.values())
    titles = ("Trained", "Untrained, against other cells", "Trained, against other cells")
    for axes, name, title in zip(panels, LETTERS, titles, strict=False):
        letter(axes, name)
        axes.set_title(title)
        axes.set_xlabel("position of the sphere (cm)")
        axes.set_xlim(*scene.path_cm)
        axes.set_ylim(-0.5, scene.params.n_ts - 0.5)
        if silent:
            say(axes, "MON is silent\nin this test")
    for axes in panels:
        number_cells(axes.yaxis, "TS index")
    if silent:
        return page.figure
    image = panels[0].imshow(drive, extent=extent, cmap="viridis", vmin=0.0)
    draw_diagonal(panels[0], (0.0, scene.body_cm), (0, scene.params.n_ts - 1))
    rate_bar(panels[0], image, "drive (mV/ms)")
    for axes, condition in zip(panels[1:], ("untrained", "trained"), strict=True):
        image = axes.imshow(
            images[condition], extent=extent, cmap="RdBu_r", vmin=-largest, vmax=largest
        )
        draw_diagonal(axes, (0.0, scene.body_cm), (0, scene.params.n_ts - 1))
    rate_bar(panels[2], image, "above the mean of all TS cells (%)")
    return page.figure


def relative_to_column(drive: FloatArray) -> FloatArray:
    """Return by how many percent each cell is above the mean of all cells at a position."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.nan_to_num(100.0 * (drive / drive.mean(axis=0) - 1.0)))


def draw_drive_winner(scene: Scene) -> Figure:
    """Draw which TS cell MON drives most at each position."""
    n = scene.params.n_ts
    page = Page(
        "TS cell with the largest drive from MON", scene.context, width_in=6.0, height_in=4.4
    )
    axes = page.panels(1, 1)[0][0]
    for condition, marker in (("untrained", "o"), ("trained", "s")):
        if condition not in scene.compared or scene.is_silent(condition, "mon"):
            continue
        drive, edges = ts_drive_mv_ms(scene, condition)
        seen = np.nanmax(np.nan_to_num(drive), axis=0) > 0
        winner = np.argmax(np.nan_to_num(drive[:, seen]), axis=0)
        colour, filled = CONDITION_COLOUR[condition], condition == "trained"
        axes.plot(
            (0.5 * (edges[1:] + edges[:-1]))[seen], winner, ls="none", marker=marker, ms=5,
            mfc=colour if filled else "none", mec=colour, label=condition,
        )  # fmt: skip
    draw_diagonal(axes, (0.0, scene.body_cm), (0, n - 1), "place of each cell on the body")
    if scene.is_silent("trained", "mon"):
        say(axes, "MON is silent in this test: no winner")
    axes.set_xlim(*scene.path_cm)
    axes.set_ylim(-0.03 * n - 0.5, 1.03 * n - 0.5)
    axes.set_xlabel("position of the sphere (cm)")
    number_cells(axes.yaxis, "TS index of the largest drive")
    axes.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=3)
    return page.figure
