"""Figures of one's own: drawn by functions of the user's file, named and saved like ours."""

from __future__ import annotations

import sys
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from lateralnet.errors import InputError
from lateralnet.records.results import RunResult
from lateralnet.runs.outcome.result import as_run
from lateralnet.runs.own.parts import said
from lateralnet.runs.own.reading import Own

if TYPE_CHECKING:
    from lateralnet.figures.output import Output

PREFIX = "own_"


def own_kinds(own: Own) -> tuple[str, ...]:
    """Return the names that ``--only`` knows the figures by."""
    return tuple(PREFIX + one.name for one in own.figures)


def draw_own(
    result: RunResult, own: Own, output: Output, kinds: Collection[str], *, several: bool
) -> list[Path]:
    """Draw the figures of one's own of every seed; return the files.

    Raises
    ------
    InputError
        When a function fails, or returns no figure.
    """
    run, drawn = as_run(result), []
    for one in own.figures:
        if PREFIX + one.name not in kinds:
            continue
        for seed in result.seeds:
            with said(f"own figure {one.name} (the results are safe)", InputError):
                figure = one.draw(run, seed.seed)
                if not isinstance(figure, Figure):
                    raise TypeError(f"it returned {type(figure).__name__}, not a figure")
            name = f"{PREFIX}{one.name}_seed_{seed.seed}" if several else PREFIX + one.name
            drawn += output.save(figure, f"{name}.png")
            if pyplot := sys.modules.get("matplotlib.pyplot"):
                pyplot.close(figure)  # a function that used it need not
    return drawn
