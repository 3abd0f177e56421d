"""Synapses before and after learning."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lateralnet.figures.panel_parts import (
    draw_diagonal,
    hide_x_labels,
    letter,
    number_cells,
    rate_bar,
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
_MATRIX_BINS = 60


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
        axes.plot(
            source,
            weight,
            "o",
            ms=3.5,
            mew=0,
            color=LAYER_COLOUR["ll"],
            label="trained" if learned else "synapse",
        )
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
    """Draw what each TS cell receives from each stretch of MON, before and after learning."""
    page = Page(
        "MON→TS weights: from where each TS cell is driven", scene.context,
        width_in=8.6, height_in=3.9,
    )  # fmt: skip
    panels = page.panels(1, 3, gap_x_in=0.85, right_in=0.75, top_in=0.93)[0]
    before, after = (weight_matrix(scene, key) for key in ("mon_ts_w_initial", "mon_ts_w"))
    largest = max(float(before.max(initial=0.0)), float(after.max(initial=0.0))) or 1.0
    change = after - before
    most = float(np.abs(change).max(initial=0.0)) or 1.0
    for axes, name, title, values, colours, low, high in (
        (panels[0], "A", "Untrained", before, "viridis", 0.0, largest),
        (panels[1], "B", "Trained", after, "viridis", 0.0, largest),
        (panels[2], "C", "Trained − untrained", change, "RdBu_r", -most, most),
    ):
        letter(axes, name)
        axes.set_title(f"{title}\nsummed weight per TS cell")
        _draw_matrix(axes, scene, values, colours, (low, high))
    return page.figure


def draw_weight_matrix(axes: Axes, scene: Scene, weights: str = "mon_ts_w") -> None:
    """Draw the weights that each TS cell receives from each stretch of MON, after learning."""
    values = weight_matrix(scene, weights)
    axes.set_title("Summed MON→TS weight per TS cell")
    _draw_matrix(axes, scene, values, "viridis", (0.0, float(values.max(initial=0.0)) or 1.0))


def _draw_matrix(
    axes: Axes, scene: Scene, values: FloatArray, colours: str, limits: tuple[float, float]
) -> None:
    p = scene.params
    image = axes.imshow(
        values, extent=(-0.5, p.n_mon - 0.5, -0.5, p.n_ts - 0.5), cmap=colours,
        vmin=limits[0], vmax=limits[1], aspect="auto", origin="lower", interpolation="nearest",
    )  # fmt: skip
    draw_diagonal(axes, (0, p.n_mon - 1), (0, p.n_ts - 1))
    number_cells(axes.xaxis, "MON index (head to tail)")
    number_cells(axes.yaxis, "TS index")
    rate_bar(axes, image, "weight (no unit)")


def weight_matrix(scene: Scene, key: str) -> FloatArray:
    """Return the summed weight per TS cell from each stretch of MON, TS downwards in rows.

    Up to 60 rows and columns; the sum over a row is the incoming weight of a TS cell there.
    """
    w, p = scene.record.weights, scene.params
    rows, columns = min(p.n_ts, _MATRIX_BINS), min(p.n_mon, _MATRIX_BINS)
    row_of, column_of = np.arange(p.n_ts) * rows // p.n_ts, np.arange(p.n_mon) * columns // p.n_mon
    flat = row_of[w["mon_ts_j"]] * columns + column_of[w["mon_ts_i"]]
    summed = np.bincount(flat, w[key], minlength=rows * columns).reshape(rows, columns)
    return np.asarray(summed / np.bincount(row_of)[:, None])


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
