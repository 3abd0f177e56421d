"""Figures of a sweep: lines, maps over two parameters, learning curves."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lateralnet.figures.panel_parts import LETTERS, letter, say
from lateralnet.figures.studies.sweep_panels import (
    context,
    draw_against,
    levels_of,
    linked,
    numeric_parameters,
    parameter_in_words,
)
from lateralnet.figures.style import DARK, Page, save, styled
from lateralnet.measures.statistics.samples import mean_of
from lateralnet.measures.table import OF_SWEEPS, measure_of
from lateralnet.records.storage import make_folder
from lateralnet.studies.design import is_test
from lateralnet.studies.results.summarise import CONTROL, heard
from lateralnet.studies.results.table import Table


def draw_sweep(table: Table, folder: Path, measures: Sequence[str] = ()) -> list[Path]:
    """Draw all figures that fit a sweep and return their files."""
    from lateralnet.figures.studies.sweep_curves import draw_curves, read_curves

    figures = folder / "figures"
    make_folder(figures)
    chosen = list(measures) or [m for m in OF_SWEEPS if m in table.measures]
    paths = []
    with styled():
        shown: list[str] = []
        for name in numeric_parameters(table):
            if any(
                other in shown and name in linked(table, other) for other in linked(table, name)
            ):
                continue  # the same figure with another name below it
            shown.append(name)
            path = figures / f"against_{name.replace('.', '_')}.png"
            save(draw_against(table, name, chosen[:4]), path)
            paths.append(path)
        pairs = map_parameters(table)
        if pairs is not None:
            for measure in chosen:
                path = figures / f"map_{measure}.png"
                save(draw_map(table, *pairs, measure), path)
                paths.append(path)
        curves = read_curves(folder, table)
        if curves:
            varied = [name for name in table.varied if not is_test(name)]
            save(draw_curves(curves, varied), figures / "learning_curves.png")
            paths.append(figures / "learning_curves.png")
    return paths


def draw_reproduction(table: Table, report: dict[str, Any], folder: Path) -> list[Path]:
    """Draw a study against its parameter, with what was published."""
    make_folder(folder / "figures")
    path = folder / "figures" / f"reproduction_{report['name']}.png"
    measures = list(dict.fromkeys(row["measure"] for row in report["rows"]))[:4]
    with styled():
        save(draw_against(table, report["parameter"], measures, report), path)
    return [path, *draw_sweep(table, folder)]


def map_parameters(table: Table) -> tuple[str, str] | None:
    """Return two parameters that span a plane of points, where there are such."""
    names = numeric_parameters(table)
    for first in names:
        for second in names:
            if first < second and second not in linked(table, first):
                plane = {(one[first], one[second]) for one in table.combinations}
                full = len(levels_of(table, first)) * len(levels_of(table, second))
                if first not in linked(table, second) and len(plane) == full:
                    return first, second
    return None


def draw_map(table: Table, x_name: str, y_name: str, measure: str) -> Figure:
    """Draw a measure over two parameters: untrained, trained, and their difference."""
    xs, ys = levels_of(table, x_name), levels_of(table, y_name)
    grids = {name: np.full((len(ys), len(xs)), np.nan) for name in (CONTROL, "trained")}
    counts: dict[tuple[str, int, int], list[float]] = {}
    for one in table.combinations:
        place = (ys.index(one[y_name]), xs.index(one[x_name]))
        for condition in grids:
            values = list(heard(table, measure, condition, one).values())
            counts.setdefault((condition, *place), []).extend(values)
    for (condition, row, column), values in counts.items():
        grids[condition][row, column] = mean_of(values).mean
    known = measure_of(measure)
    page = Page(known.judged, context(table).split(";")[0] + "; means over seeds",
                width_in=9.6, height_in=3.4)  # fmt: skip
    panels = page.panels(1, 3, gap_x_in=1.05, right_in=0.8, bottom_in=0.55)[0]
    both = np.concatenate([grid[np.isfinite(grid)] for grid in grids.values()])
    limits = (both.min(), both.max()) if both.size else (0.0, 1.0)
    difference = grids["trained"] - grids[CONTROL]
    finite = difference[np.isfinite(difference)]
    most = float(np.abs(finite).max()) if finite.size else 1.0
    for axes, mark, title, grid, colours, span in zip(
        panels, LETTERS, ("untrained", "trained", "trained minus untrained"),
        (*(grids[c] for c in (CONTROL, "trained")), difference),
        ("viridis", "viridis", "RdBu_r"), (limits, limits, (-most, most)), strict=False,
    ):  # fmt: skip
        letter(axes, mark)
        axes.set_title(title)
        _draw_grid(axes, grid, xs, ys, colours, span, "" if mark == "A" else known.axis)
        axes.set_xlabel(parameter_in_words(x_name, 32))
        axes.set_ylabel(parameter_in_words(y_name, 32) if mark == "A" else "")
        if not np.isfinite(grid).any():
            say(axes, "no map in any point")
    return page.figure


def _draw_grid(
    axes: Axes, grid: np.ndarray, xs: Sequence[float], ys: Sequence[float], colours: str,
    span: tuple[float, float], unit: str,
) -> None:  # fmt: skip
    image = axes.imshow(grid, cmap=colours, vmin=span[0], vmax=span[1])
    axes.set_xticks(range(len(xs)), [f"{v:g}" for v in xs], rotation=45 if len(xs) > 6 else 0)
    axes.set_yticks(range(len(ys)), [f"{v:g}" for v in ys])
    axes.tick_params(length=0)
    if len(xs) <= 8 and len(ys) <= 8:
        for (row, column), value in np.ndenumerate(grid):
            if np.isfinite(value):
                red, green, blue, _ = image.cmap(image.norm(value))
                dark = 0.3 * red + 0.6 * green + 0.1 * blue < 0.5
                axes.text(column, row, f"{value:.2f}", ha="center", va="center", size=6.5,
                          color="white" if dark else DARK)  # fmt: skip
    bar = axes.inset_axes((1.03, 0.0, 0.035, 1.0))
    axes.figure.colorbar(image, cax=bar, label=unit)
    bar.tick_params(labelsize=7, length=2)
    bar.yaxis.label.set_fontsize(7.5)


__all__ = [
    "draw_against", "draw_map", "draw_reproduction", "draw_sweep", "levels_of",
    "linked", "map_parameters", "numeric_parameters",
]  # fmt: skip
