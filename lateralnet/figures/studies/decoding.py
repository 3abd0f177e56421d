"""The decoder benchmark: error maps over places and distances, and observation time."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure

from lateralnet.decoders.benchmark import Benchmark, Score
from lateralnet.figures.style import DARK, Page

_COLUMNS = 5
_LOWEST_CM, _HIGHEST_CM = 0.01, 2.0
_LINES = ("-", "--", ":")


def draw_decoding(benchmark: Benchmark, context: str, way: str | None = None) -> Figure:
    """Draw the error maps of one direction and the 20 ms window, or the first there is.

    Parameters
    ----------
    benchmark : Benchmark
        What to draw.
    context : str
        Of which network, in one line.
    way : str, optional
        ``"forwards"`` or ``"backwards"``; the first there is by default.
    """
    way = way or benchmark.directions[0]
    times = list(dict.fromkeys(s.window_ms for s in benchmark.scores))
    shown_ms = 20.0 if 20.0 in times else times[0]
    maps = [
        s for s in benchmark.scores
        if s.direction == way and s.window_ms == shown_ms and np.isfinite(s.error_map_cm).any()
    ]  # fmt: skip
    several = len(times) > 1
    if several and len(benchmark.distances_cm) == 1:
        maps = []  # maps of a single row say less than the curves
    rows = -(-len(maps) // _COLUMNS) + several
    page = Page(
        "Where is the sphere? Decoders beside the bound",
        f"{context}; RMS error along the body, {way}"
        + (f", windows of {shown_ms:g} ms; white line: 0.2 cm" if maps else ""),
        width_in=9.6, height_in=0.95 + 1.62 * rows,
    )  # fmt: skip
    grid = page.panels(rows, _COLUMNS, gap_x_in=0.42, gap_y_in=0.62, right_in=0.75, bottom_in=0.5)
    panels = [axes for row in grid for axes in row]
    image = None
    for axes, score in zip(panels, maps, strict=False):
        image = _draw_map(axes, benchmark, score)
    for row in grid:
        row[0].set_ylabel("distance (cm)")
    last = panels[len(maps) : len(panels) - (_COLUMNS if several else 0)]
    for axes in last:
        axes.remove()
    for axes in panels[max(0, len(maps) - _COLUMNS) : len(maps)]:
        axes.set_xlabel("place (cm)")
    if image is not None:
        where = page.axes(9.6 - 0.62, 0.6, 0.12, 0.95 + 1.62 * rows - 1.6)
        bar = page.figure.colorbar(image, cax=where)
        bar.set_label("RMS error (cm)")
    if several:
        _draw_times(grid[-1], benchmark, way, times)
    return page.figure


def _draw_map(axes: Axes, benchmark: Benchmark, score: Score) -> Any:
    values = np.clip(score.error_map_cm, _LOWEST_CM, _HIGHEST_CM)
    n = len(benchmark.distances_cm)
    length_cm = float(benchmark.place_cm[-1] + benchmark.place_cm[0])
    image = axes.imshow(
        values, extent=(0.0, length_cm, -0.5, n - 0.5), cmap="viridis_r",
        norm=LogNorm(_LOWEST_CM, _HIGHEST_CM), interpolation="nearest", origin="lower",
        aspect="auto",
    )  # fmt: skip
    good = np.nan_to_num(values, nan=_HIGHEST_CM)
    if n > 1 and good.min() < 0.2 < good.max():
        axes.contour(
            benchmark.place_cm, np.arange(n), good, levels=[0.2], colors="white", linewidths=1.2
        )
    step = max(1, n // 4)
    labels = [f"{d:g}" for d in benchmark.distances_cm]
    axes.set_yticks(np.arange(n)[::step], labels[::step])
    axes.set_title(f"{score.layer.upper()} {score.decoder}\n{score.rms_cm:.2f} cm", size=7.5)
    return image


def _draw_times(row: list[Axes], benchmark: Benchmark, way: str, times: list[float]) -> None:
    """Draw the error at 0.8 cm (or the first distance) against the observation time."""
    distances = benchmark.distances_cm
    at = distances.index(0.8) if 0.8 in distances else 0
    by_layer: dict[str, list[str]] = {}
    for s in benchmark.scores:
        by_layer.setdefault(s.layer, [])
        if s.decoder not in by_layer[s.layer]:
            by_layer[s.layer].append(s.decoder)
    colours = ("#000000", "#E69F00", "#56B4E9", "#009E73", "#0072B2", "#D55E00", "#CC79A7", "#999")
    names = list(dict.fromkeys(name for found in by_layer.values() for name in found))
    for axes, (layer, decoders) in zip(row, by_layer.items(), strict=False):
        for name in decoders:
            chosen = [
                next(
                    s for s in benchmark.scores
                    if (s.direction, s.window_ms, s.layer, s.decoder) == (way, t, layer, name)
                )
                for t in times
            ]  # fmt: skip
            number = names.index(name)
            axes.plot(
                times, [s.rms_at_cm(at) for s in chosen], marker="o", ms=3, lw=1.1, label=name,
                color=colours[number % len(colours)], ls=_LINES[number // 3 % 3],
            )  # fmt: skip
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_ylim(_LOWEST_CM, _HIGHEST_CM)
        axes.set_xticks(times, [f"{t:g}" for t in times])
        axes.minorticks_off()
        axes.set_xlabel("observation time (ms)")
        axes.set_title(f"{layer.upper()} at {distances[at]:g} cm", color=DARK)
    row[0].set_ylabel("RMS error (cm)")
    handles: dict[str, Any] = {}
    for axes in row[: len(by_layer)]:
        for handle, label in zip(*axes.get_legend_handles_labels(), strict=True):
            handles.setdefault(label, handle)
    for axes in row[len(by_layer) :]:
        axes.set_axis_off()
    if len(row) > len(by_layer):
        row[len(by_layer)].legend(
            list(handles.values()), list(handles), loc="upper left", fontsize=7
        )
