"""Figure of a task: every seed with and without plasticity, at every level."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sorn.plots.support import BLUE, GREY, VERMILLION, Saving, finish, open_axes

if TYPE_CHECKING:
    from sorn.tasks.experiment import TaskResult

OFFSET = 0.15


def task_accuracy(result: TaskResult, savefig: Saving = False, ax: Axes | None = None) -> Figure:
    """Accuracy of each seed with plasticity (dots, left) and without (dots, right), and means.

    Parameters
    ----------
    result : TaskResult
    savefig : bool or path
        True writes ``task.png``.
    """
    axes = open_axes(ax, 6.4, 4.4)
    places = np.arange(len(result.levels))
    for values, shift, colour, marker, name in (
        (result.sorn, -OFFSET, BLUE, "o", "SORN"),
        (result.static, OFFSET, VERMILLION, "s", "Static reservoir"),
    ):
        for place, seeds in zip(places, values, strict=True):
            spread = place + shift + np.linspace(-0.06, 0.06, len(seeds) + 2)[1:-1]
            axes.plot(spread, seeds, marker, color=colour, alpha=0.45, markersize=4, mew=0)
        axes.plot(
            places + shift, values.mean(axis=1), marker, color=colour, markersize=9,
            markeredgecolor="black", linestyle="-", linewidth=0.8, label=f"{name} (mean)",
        )  # fmt: skip
    chance = [result.task.chance(level) for level in result.levels]
    ends = places - 0.4, places + 0.4  # a line for each level, seen where there is only one too
    axes.hlines(chance, *ends, color=GREY, linestyle="--", linewidth=1, label="Without memory")
    axes.set(
        title=f"{result.task.name}: {result.task.about}  ({result.seeds_text})",
        xlabel=result.task.level.capitalize(),
        ylabel="Share of right answers",
        xticks=places,
        xticklabels=[str(level) for level in result.levels],
        xlim=(-0.5, len(places) - 0.5),
        ylim=(-0.03, 1.03),
    )
    axes.legend(loc="best", fontsize="small")
    return finish(axes, ax, savefig, "task.png")
