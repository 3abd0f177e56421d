"""A measure against a varied parameter: every seed a dot, the untrained control beside it."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lateralnet.figures.panel_parts import LETTERS, letter, say
from lateralnet.figures.style import DARK, REFERENCE, Page, condition_colour
from lateralnet.measures.statistics.samples import mean_of
from lateralnet.measures.table import PERFECT_SIGMA_THETA_RAD, measure_of
from lateralnet.parameters.params import spec_of
from lateralnet.studies.design import EXTRACT
from lateralnet.studies.parsing import field_of
from lateralnet.studies.results.summarise import CONTROL, heard
from lateralnet.studies.results.table import Table

_COLOUR = {EXTRACT: "#332288"}
_MARKER = {CONTROL: "o", "trained": "s", EXTRACT: "^"}
_MOST_COLUMNS = 4
_PER_ROW = 24  # letters of a label beside a small panel
_FEWEST_FOR_INTERVAL = 3  # of two seeds an interval is wider than any figure

Group = tuple[Any, ...]


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


def context(table: Table) -> str:
    seeds = sorted({row["seed"] for row in table.rows})
    shown = ", ".join(map(str, seeds)) if len(seeds) < 8 else f"{seeds[0]} to {seeds[-1]}"
    text = f"{table.designs[0].mode}, seeds {shown}; each dot is a seed"
    if len(seeds) >= _FEWEST_FOR_INTERVAL:
        text += ", bars are 95 % intervals"
    return f"{text}; {table.missing} points missing" if table.missing else text


def draw_against(
    table: Table, name: str, measures: Sequence[str], report: dict[str, Any] | None = None
) -> Figure:
    """Draw measures against one parameter.

    What else was varied stands side by side, in columns; with nothing else, measures do.
    """
    others = [n for n in table.varied if n != name and n not in linked(table, name)]
    groups: list[Group] = list(
        dict.fromkeys(tuple(one[other] for other in others) for one in table.combinations)
    )
    measures, groups = _with_values(table, measures, others, groups)
    title = report["title"] if report else f"Measures against: {parameter_in_words(name, 99)}"
    text = context(table)
    if len(groups) > _MOST_COLUMNS:
        text += f"; {len(groups) - _MOST_COLUMNS} further combinations are not shown"
        groups = groups[:_MOST_COLUMNS]
    side_by_side = len(groups) > 1
    columns = len(groups) if side_by_side else min(2, len(measures))
    rows = len(measures) if side_by_side else -(-len(measures) // columns)
    width_in = 1.0 + (2.35 if side_by_side else 3.8) * columns
    page = Page(
        title, text, width_in=max(6.4, width_in),
        height_in=0.95 + (2.15 if side_by_side else 2.75) * rows,
    )  # fmt: skip
    grid = page.panels(
        rows, columns, left_in=0.72, gap_x_in=0.3 if side_by_side else 0.75,
        gap_y_in=0.45 if side_by_side else 0.75, top_in=1.05, bottom_in=0.62,
    )  # fmt: skip
    panels = [axes for row in grid for axes in row]
    wanted = (
        [(measure, group) for measure in measures for group in groups]
        if side_by_side
        else [(measure, groups[0]) for measure in measures]
    )
    for axes, (measure, group) in zip(panels, wanted, strict=False):
        _draw_panel(axes, table, name, (others, group), measure, report)
    for axes in panels[len(wanted) :]:
        axes.set_axis_off()
    if side_by_side:
        _arrange(grid, measures, [_words(table, others, group) for group in groups])
    else:
        for axes, mark, measure in zip(panels, LETTERS, measures, strict=False):
            letter(axes, mark)
            axes.set_title(measure_of(measure).judged)
    _legend(page.figure, panels)
    return page.figure


def _with_values(
    table: Table, measures: Sequence[str], others: Sequence[str], groups: Sequence[Group]
) -> tuple[list[str], list[Group]]:
    """Leave out measures and columns in which no point has a value; all, where none has."""
    full = {
        (measure, tuple(one[other] for other in others))
        for measure in measures
        for condition in table.conditions
        for one in table.combinations
        if mean_of(list(heard(table, measure, condition, one).values())).n
    }
    kept = [measure for measure in measures if any(m == measure for m, _ in full)]
    columns = [group for group in groups if any(g == group for _, g in full)]
    return (kept, columns) if full else (list(measures), list(groups))


def _arrange(grid: Sequence[Sequence[Axes]], measures: Sequence[str], words: Sequence[str]) -> None:
    """Give the panels of a row one scale, and label only the outer ones."""
    left = min(axes.get_xlim()[0] for row in grid for axes in row)
    right = max(axes.get_xlim()[1] for row in grid for axes in row)
    for number, (row, measure) in enumerate(zip(grid, measures, strict=True)):
        low = min(axes.get_ylim()[0] for axes in row)
        high = max(axes.get_ylim()[1] for axes in row)
        letter(row[0], LETTERS[number % len(LETTERS)])
        for axes, text in zip(row, words, strict=True):
            axes.set_xlim(left, right)
            axes.set_ylim(low, high)
            if number == 0:
                axes.set_title(text)
            if axes is not row[0]:
                axes.set_ylabel("")
                axes.tick_params(labelleft=False)
            if number < len(measures) - 1:
                axes.set_xlabel("")
        label = measure_of(measure).axis
        row[0].set_ylabel(label if len(label) <= _PER_ROW else label.replace(" (", "\n("))


def _words(table: Table, others: Sequence[str], group: Group) -> str:
    """Return what a column shows; parameters by their flags, of linked ones the first."""
    shown: list[str] = []
    texts = []
    for other, value in zip(others, group, strict=True):
        if not any(other in linked(table, earlier) for earlier in shown):
            shown.append(other)
            flag = spec_of(field_of(other)).flag.lstrip("-")
            texts.append(f"{flag} {value:g}" if isinstance(value, float) else f"{flag} {value}")
    return ",\n".join(texts)


def _draw_panel(
    axes: Axes, table: Table, name: str, which: tuple[Sequence[str], Group], measure: str,
    report: dict[str, Any] | None,
) -> None:  # fmt: skip
    others, group = which
    members = sorted(
        (one for one in table.combinations if tuple(one[o] for o in others) == group),
        key=lambda one: one[name],
    )
    axes.set_ylabel(measure_of(measure).axis)
    _label_x(axes, table, name, 44 if not others else 30)
    drawn = [
        _draw_line(axes, table, name, members, measure, condition) for condition in table.conditions
    ]
    if not any(drawn):
        say(axes, "no map in any point")
    if report:
        _draw_published(axes, report, name, measure, members)
    if measure == "sigma_theta_rad":
        axes.axhline(PERFECT_SIGMA_THETA_RAD, color=REFERENCE, lw=0.8, ls=":", label="perfect map")


def _legend(figure: Figure, panels: Sequence[Axes]) -> None:
    """Put one legend above all panels."""
    entries: dict[str, Any] = {}
    for axes in panels:
        for handle, label in zip(*axes.get_legend_handles_labels(), strict=True):
            entries.setdefault(label, handle)
    height_in = figure.get_size_inches()[1]
    figure.legend(
        list(entries.values()), list(entries), loc="upper left", ncols=len(entries) or 1,
        bbox_to_anchor=(0.01, 1.0 - 0.44 / height_in), columnspacing=1.0, handletextpad=0.4,
        fontsize=7.5,
    )  # fmt: skip


def parameter_in_words(name: str, width: int) -> str:
    """Return what a parameter is, with its unit, in lines of `width`; two of them at most."""
    spec = spec_of(field_of(name))
    words = spec.text.partition(":")[0].replace("->", "→")
    test = " in the test" if field_of(name) != name and "test" not in words else ""
    unit = f" ({spec.unit})" if spec.unit else ""
    lines = textwrap.wrap(f"{words}{test}{unit}", width)
    return "\n".join(lines) if len(lines) < 3 else f"{spec.flag.lstrip('-')}{test}{unit}"


def _label_x(axes: Axes, table: Table, name: str, width: int) -> None:
    axes.set_xlabel(parameter_in_words(name, width))
    levels = levels_of(table, name)
    if levels and levels[0] > 0 and levels[-1] / levels[0] >= 6:
        axes.set_xscale("log")
        axes.minorticks_off()
        axes.set_xticks(levels, [f"{v:g}" for v in levels], rotation=45 if len(levels) > 6 else 0)
    elif len(levels) < 7:
        axes.set_xticks(levels, [f"{v:g}" for v in levels])


def _draw_line(
    axes: Axes, table: Table, name: str, members: Sequence[dict[str, Any]], measure: str,
    condition: str,
) -> bool:  # fmt: skip
    """Draw one condition; False where nothing has a value."""
    colour = _COLOUR.get(condition, condition_colour(condition))
    marker = _MARKER.get(condition, "D")
    log = axes.get_xscale() == "log"
    levels = levels_of(table, name)
    # Conditions side by side, so that none hides another.
    rank = table.conditions.index(condition) - (len(table.conditions) - 1) / 2
    width = (levels[-1] - levels[0]) or 1.0
    x, mean = [], []
    for one in members:
        values = list(heard(table, measure, condition, one).values())
        found = mean_of(values, measure_of(measure).bounds)
        if not found.n:
            continue
        at = one[name] * 10 ** (0.014 * rank) if log else one[name] + 0.012 * rank * width
        axes.plot([at] * len(values), values, ls="none", marker=marker, ms=2.8, color=colour,
                  alpha=0.45, mew=0)  # fmt: skip
        if found.n >= _FEWEST_FOR_INTERVAL:
            axes.vlines(at, found.low, found.high, color=colour, lw=0.8)
        x.append(at)
        mean.append(found.mean)
    axes.plot(
        x, mean, marker=marker, ms=3.8, color=colour, lw=1.1, label=condition if x else "_",
        ls="--" if condition == CONTROL else "-",
    )  # fmt: skip
    return bool(x)


def _draw_published(
    axes: Axes, report: dict[str, Any], name: str, measure: str, members: Sequence[dict[str, Any]]
) -> None:
    labelled = set()
    for row in report["rows"]:
        if row["measure"] != measure or not row["published"] or row["parameters"] not in members:
            continue
        extract = row["condition"] == EXTRACT
        label = "published, extract" if extract else "published, training mode"
        axes.errorbar(
            row["parameters"][name], row["published"]["mean"], row["published"].get("sd") or None,
            marker="*" if extract else "x", ms=6, mew=0.5 if extract else 1.2, ls="none",
            color=DARK, lw=0.8, zorder=3, label="_" if label in labelled else label,
        )  # fmt: skip
        labelled.add(label)
