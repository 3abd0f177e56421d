"""Figures of a sweep: every seed visible, the untrained control beside the trained network."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lateralnet.figures.elements import LETTERS, letter, say
from lateralnet.figures.style import DARK, REFERENCE, Page, condition_colour, save, styled
from lateralnet.params import spec_of
from lateralnet.storage import make_folder
from lateralnet.studies.design import EXTRACT, is_test
from lateralnet.studies.names import field_of
from lateralnet.studies.statistics import mean_of
from lateralnet.studies.summarise import CONTROL, DEFAULT_MEASURES, heard
from lateralnet.studies.table import Table

_COLOUR = {EXTRACT: "#332288"}
_MARKERS = ("o", "s", "^", "D", "v", "P", "X")
MEASURE_TEXT = {
    "rms_error_cm": ("RMS error (cm)", "Error of the decoded position: low is good"),
    "spearman": ("Spearman correlation", "Order of the map: 1 is perfect"),
    "sigma_theta_rad": ("sigma_theta (rad)", "Published: spread of the bias"),
    "valid_fraction": ("share (0 to 1)", "Published: share of time decoded"),
    "multimodal_fraction": ("share (0 to 1)", "TS cells with two peaks or more"),
    "mean_modes": ("peaks per cell", "Peaks of TS tuning"),
}
_MOST_LINES = 6
PERFECT_SIGMA_RAD = 0.356


def draw_sweep(table: Table, folder: Path, measures: Sequence[str] = ()) -> list[Path]:
    """Draw all figures that fit a sweep and return their files."""
    from lateralnet.studies.curves import draw_curves, read_curves

    figures = folder / "figures"
    make_folder(figures)
    chosen = list(measures) or [m for m in DEFAULT_MEASURES if m in table.measures]
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


def numeric_parameters(table: Table) -> list[str]:
    """Return the varied parameters that have at least two values, all of them numbers."""
    return [name for name in table.varied if len(levels_of(table, name)) > 1]


def levels_of(table: Table, name: str) -> list[float]:
    """Return the values of a parameter in order; none where one is not a number."""
    values = {combination[name] for combination in table.combinations}
    if any(isinstance(v, (bool, str)) or v is None for v in values):
        return []
    return sorted(values)


def linked(table: Table, name: str) -> list[str]:
    """Return the parameters whose value follows from that of `name`."""
    found = []
    for other in table.varied:
        pairs = {(one[name], one[other]) for one in table.combinations}
        if other != name and len(pairs) == len({one[name] for one in table.combinations}):
            found.append(other)
    return found


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


def _context(table: Table) -> str:
    seeds = sorted({row["seed"] for row in table.rows})
    shown = ", ".join(map(str, seeds)) if len(seeds) < 8 else f"{seeds[0]} to {seeds[-1]}"
    text = f"{table.designs[0].mode}, seeds {shown}; each dot is a seed, bars are 95 % intervals"
    return f"{text}; {table.missing} points missing" if table.missing else text


def draw_against(
    table: Table, name: str, measures: Sequence[str], report: dict[str, Any] | None = None
) -> Figure:
    """Draw measures against one parameter: seeds as dots, means joined, conditions apart."""
    others = [n for n in table.varied if n != name and n not in linked(table, name)]
    groups = list(
        dict.fromkeys(tuple(one[other] for other in others) for one in table.combinations)
    )
    title = report["title"] if report else f"Against {field_of(name)}"
    columns = 2 if len(measures) > 1 else 1
    rows = -(-len(measures) // columns)
    width_in = 4.3 * columns
    words = [
        _line_label(condition, others, group)
        for group in groups[:_MOST_LINES]
        for condition in table.conditions
    ]
    legend_columns = max(1, int(width_in / (0.45 + 0.066 * max(map(len, words)))))
    entries = len(words) + (3 if report else 1)
    legend_in = 0.17 * -(-entries // legend_columns) + 0.08
    page = Page(title, _context(table), width_in=width_in, height_in=0.6 + legend_in + 2.75 * rows)
    panels = [
        axes
        for row in page.panels(rows, columns, gap_x_in=0.75, gap_y_in=0.75, top_in=0.72 + legend_in)
        for axes in row
    ]
    for axes, mark, measure in zip(panels, LETTERS, measures, strict=False):
        letter(axes, mark)
        unit, heading = MEASURE_TEXT.get(measure, (measure, measure))
        axes.set_title(heading)
        axes.set_ylabel(unit)
        _label_x(axes, table, name)
        _draw_groups(axes, table, name, others, groups, measure)
        if report:
            _draw_published(axes, report, name, measure)
        if measure == "sigma_theta_rad":
            axes.axhline(PERFECT_SIGMA_RAD, color=REFERENCE, lw=0.8, ls=":", label="perfect map")
    for axes in panels[len(measures) :]:
        axes.set_axis_off()
    _legend(page.figure, panels, legend_columns)
    return page.figure


def _line_label(condition: str, others: Sequence[str], group: Sequence[Any]) -> str:
    """Return what a line shows; parameters by their flags, which are shorter."""
    pairs = (
        f"{spec_of(field_of(other)).flag.lstrip('-')} {value:g}"
        if isinstance(value, float)
        else f"{spec_of(field_of(other)).flag.lstrip('-')} {value}"
        for other, value in zip(others, group, strict=True)
    )
    words = ", ".join(pairs)
    return f"{condition} ({words})" if words else condition


def _legend(figure: Figure, panels: Sequence[Axes], columns: int) -> None:
    """Put one legend above all panels."""
    entries: dict[str, Any] = {}
    for axes in panels:
        for handle, label in zip(*axes.get_legend_handles_labels(), strict=True):
            entries.setdefault(label, handle)
    height_in = figure.get_size_inches()[1]
    figure.legend(
        list(entries.values()), list(entries), loc="upper left", ncols=columns,
        bbox_to_anchor=(0.01, 1.0 - 0.44 / height_in), columnspacing=1.0, handletextpad=0.4,
        fontsize=7.5,
    )  # fmt: skip


def _label_x(axes: Axes, table: Table, name: str) -> None:
    spec = spec_of(field_of(name))
    test = " in the test" if field_of(name) != name else ""
    named = field_of(name).lower().endswith(f"_{spec.unit.lower().replace('/', '_')}")
    unit = f" ({spec.unit})" if spec.unit and not named else ""
    axes.set_xlabel(f"{field_of(name)}{test}{unit}")
    levels = levels_of(table, name)
    if levels and levels[0] > 0 and levels[-1] / levels[0] >= 6:
        axes.set_xscale("log")
        axes.minorticks_off()
        axes.set_xticks(levels, [f"{v:g}" for v in levels], rotation=45 if len(levels) > 6 else 0)
    elif len(levels) < 7:
        axes.set_xticks(levels, [f"{v:g}" for v in levels])


def _draw_groups(
    axes: Axes, table: Table, name: str, others: Sequence[str],
    groups: Sequence[tuple[Any, ...]], measure: str,
) -> None:  # fmt: skip
    drawn = False
    for number, group in enumerate(groups[:_MOST_LINES]):
        members = sorted(
            (one for one in table.combinations if tuple(one[o] for o in others) == group),
            key=lambda one: one[name],
        )
        for condition in table.conditions:
            drawn |= _draw_line(
                axes, table, name, members, measure, condition, others, group, _MARKERS[number]
            )
    if not drawn:
        say(axes, "no map in any point")
    if len(groups) > _MOST_LINES:
        axes.annotate(
            f"{len(groups) - _MOST_LINES} more groups not shown", (1, 1),
            xycoords="axes fraction", ha="right", va="bottom", size=7,
        )  # fmt: skip


def _draw_line(
    axes: Axes, table: Table, name: str, members: Sequence[dict[str, Any]], measure: str,
    condition: str, others: Sequence[str], group: Sequence[Any], marker: str,
) -> bool:  # fmt: skip
    """Draw one condition of one group; False where nothing has a value."""
    colour = _COLOUR.get(condition, condition_colour(condition))
    log = axes.get_xscale() == "log"
    levels = levels_of(table, name)
    # Conditions side by side: a fiftieth of the axis, or of a decade.
    rank = table.conditions.index(condition) - (len(table.conditions) - 1) / 2
    width = (levels[-1] - levels[0]) or 1.0
    x, mean, half = [], [], []
    for one in members:
        values = list(heard(table, measure, condition, one).values())
        at = one[name] * 10 ** (0.012 * rank) if log else one[name] + 0.010 * rank * width
        found = mean_of(values)
        if found.n:
            axes.plot([at] * len(values), values, ls="none", marker=marker, ms=2.6, color=colour,
                      alpha=0.45, mew=0)  # fmt: skip
            x.append(at)
            mean.append(found.mean)
            half.append(0.0 if math.isnan(found.half_width) else found.half_width)
    if x:
        low = np.array(mean) - np.array(half)
        label = _line_label(condition, others, group)
        axes.plot(
            x, mean, marker=marker, ms=4.2, color=colour, lw=1.1, label=label,
            ls="--" if condition == CONTROL else "-",
        )  # fmt: skip
        if max(half) < 3 * (max(mean) - min(mean) + 0.1):  # else bars say nothing but "few seeds"
            axes.vlines(x, low, np.array(mean) + np.array(half), color=colour, lw=0.8)
    return bool(x)


def _draw_published(axes: Axes, report: dict[str, Any], name: str, measure: str) -> None:
    labelled = set()
    for row in report["rows"]:
        if row["measure"] != measure or not row["published"]:
            continue
        extract = row["condition"] == EXTRACT
        label = "published, extract" if extract else "published, training mode"
        axes.errorbar(
            row["parameters"][name], row["published"]["mean"], row["published"].get("sd") or None,
            marker="*" if extract else "x", ms=7, mew=1.2 if not extract else 0.5, ls="none",
            color=DARK, lw=0.8, zorder=1, label="_" if label in labelled else label,
        )  # fmt: skip
        labelled.add(label)


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
    unit, heading = MEASURE_TEXT.get(measure, (measure, measure))
    page = Page(f"{heading}: {unit}", _context(table).split(";")[0] + "; means over seeds",
                width_in=9.6, height_in=3.4)  # fmt: skip
    panels = page.panels(1, 3, gap_x_in=0.95, right_in=0.65, bottom_in=0.55)[0]
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
        _draw_grid(axes, grid, xs, ys, colours, span)
        axes.set_xlabel(field_of(x_name))
        axes.set_ylabel(field_of(y_name) if mark == "A" else "")
        if not np.isfinite(grid).any():
            say(axes, "no map in any point")
    return page.figure


def _draw_grid(
    axes: Axes, grid: np.ndarray, xs: Sequence[float], ys: Sequence[float], colours: str,
    span: tuple[float, float],
) -> None:  # fmt: skip
    image = axes.imshow(grid, cmap=colours, vmin=span[0], vmax=span[1])
    axes.set_xticks(range(len(xs)), [f"{v:g}" for v in xs], rotation=45 if len(xs) > 6 else 0)
    axes.set_yticks(range(len(ys)), [f"{v:g}" for v in ys])
    axes.tick_params(length=0)
    if grid.size <= 60:
        for (row, column), value in np.ndenumerate(grid):
            if np.isfinite(value):
                red, green, blue, _ = image.cmap(image.norm(value))
                dark = 0.3 * red + 0.6 * green + 0.1 * blue < 0.5
                axes.text(column, row, f"{value:.2f}", ha="center", va="center", size=6.5,
                          color="white" if dark else DARK)  # fmt: skip
    bar = axes.inset_axes((1.03, 0.0, 0.035, 1.0))
    axes.figure.colorbar(image, cax=bar)
    bar.tick_params(labelsize=7, length=2)


__all__ = [
    "MEASURE_TEXT", "draw_against", "draw_map", "draw_reproduction", "draw_sweep", "levels_of",
    "linked", "map_parameters", "numeric_parameters",
]  # fmt: skip
