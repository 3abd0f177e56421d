"""How fast devices are: milliseconds per network-trial against networks and size."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from lateralnet.figures.style import DARK, OTHER_COLOUR, Page

_COLOUR = {"cpp": "#0072B2", "cuda": "#009E73", "genn": "#D55E00", "runtime": "#AA3377"}
_DASHES = {"float64": "-", "float32": "--"}
_MARKERS = "osD^vP"
_AXES = {"replicas": "networks side by side", "n_mon": "MON cells"}
_SHORT = {"replicas": "side by side", "n_mon": "MON"}


def draw_benchmark(found: dict[str, Any]) -> Figure:
    """Draw the rows that ran, a panel for each of replicas and size that was varied.

    Parameters
    ----------
    found : dict
        What `lateralnet.devices.benchmarking.benchmark` returned. Small points are single rounds,
        lines go through their medians.
    """
    rows = [row for row in found["rows"] if row["warm"]]
    varied = [name for name in _AXES if len({row[name] for row in rows}) > 1] or ["replicas"]
    about = found["machine"]
    page = Page(
        "Milliseconds for a trial of one network, by device",
        f"{found['mode']}, trials of {found['trial_s']:g} s; {about['processor']}, "
        f"{about['cores']} cores; {about['time']}",
        width_in=0.7 + 4.3 * len(varied), height_in=3.4,
    )  # fmt: skip
    (panels,) = page.panels(1, len(varied), bottom_in=0.55, gap_x_in=1.7, right_in=1.25)
    for axes, name in zip(panels, varied, strict=True):
        _draw_against(axes, rows, name)
    panels[0].set_ylabel("wall time (ms per network and trial)")
    return page.figure


def _draw_against(axes: Axes, rows: Sequence[dict[str, Any]], name: str) -> None:
    (other,) = (other for other in _AXES if other != name)
    levels = sorted({row[other] for row in rows})
    marker_of = dict(zip(levels, itertools.cycle(_MARKERS), strict=False))
    groups: dict[tuple[str, str, int], list[dict[str, Any]]] = {}
    for row in sorted(rows, key=lambda row: int(row[name])):
        groups.setdefault((row["device"], row["precision"], row[other]), []).append(row)
    for (device, precision, level), group in groups.items():
        colour = _COLOUR.get(device, OTHER_COLOUR)
        axes.plot(
            [row[name] for row in group],
            [row["median"]["wall_ms_per_trial"] for row in group],
            _DASHES[precision], color=colour, marker=marker_of[level], markersize=4.5,
        )  # fmt: skip
        for row in group:
            single = [one["wall_ms_per_trial"] for one in row["warm"]]
            axes.plot([row[name]] * len(single), single, ".", color=colour, markersize=2, alpha=0.6)
    axes.set_xscale("log")
    axes.set_yscale("log")
    places = sorted({row[name] for row in rows})
    axes.set_xticks(places, [f"{place:,}" for place in places])
    axes.minorticks_off()
    axes.set_xlabel(_AXES[name])
    keys = [
        Line2D([], [], color=_COLOUR.get(device, OTHER_COLOUR), lw=2, label=device)
        for device in dict.fromkeys(row["device"] for row in rows)
    ]
    keys += [
        Line2D([], [], color=DARK, ls=_DASHES[precision], label=precision)
        for precision in dict.fromkeys(row["precision"] for row in rows)
    ]
    keys += [
        Line2D(
            [], [], color=DARK, ls="", marker=marker_of[level], label=f"{level:,} {_SHORT[other]}"
        )
        for level in levels
    ]
    axes.legend(handles=keys, loc="upper left", bbox_to_anchor=(1.02, 1.0))
