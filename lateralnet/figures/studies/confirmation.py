"""Every seed of a confirmed recipe: trained beside its controls, and the recipe's variants."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lateralnet.figures.panel_parts import LETTERS, letter
from lateralnet.figures.style import DARK, REFERENCE, Page, condition_colour
from lateralnet.measures.statistics.samples import mean_of
from lateralnet.measures.table import measure_of
from lateralnet.studies.learning.beyond import learning_recipe
from lateralnet.studies.learning.confirmation import values_of

_MEASURE = "rms_error_cm"
_CONDITIONS = ("trained", "rate-matched", "best-untrained-rate", "best-untrained")
_COLUMNS = 4


def draw_confirmation(evidences: Sequence[dict[str, Any]]) -> Figure:
    """Draw the error of every seed, one panel for each test that has controls.

    Parameters
    ----------
    evidences : sequence of dict
        What `lateralnet.studies.learning.confirmation.confirm` returns, one for each recipe.
    """
    panels = [
        (evidence, test)
        for evidence in evidences
        for test, conditions in evidence["results"][0]["tests"].items()
        if _CONDITIONS[1] in conditions
    ]
    rows = -(-len(panels) // _COLUMNS)
    columns = min(len(panels), _COLUMNS)
    page = Page(
        "Trained networks and their controls, seed by seed",
        "line: a network; bar: mean, 95 % interval; dotted: asked of the mean; dashed: bound of LL",
        width_in=max(5.2, 0.6 + 2.25 * columns), height_in=1.2 + 2.35 * rows,
    )  # fmt: skip
    grid = page.panels(rows, columns, bottom_in=0.95, gap_x_in=0.32, gap_y_in=0.42)
    axes_of = [axes for row in grid for axes in row]
    for unused in axes_of[len(panels) :]:
        unused.remove()
    highest = np.nanmax(
        [
            np.nanmax(values_of(evidence["results"], test, name, _MEASURE))
            for evidence, test in panels
            for name in _CONDITIONS
        ]
    )
    for number, (axes, (evidence, test)) in enumerate(zip(axes_of, panels, strict=False)):
        letter(axes, LETTERS[number])
        _draw(axes, evidence, test)
        axes.set_ylim(0.0, 1.1 * highest)
        if number % _COLUMNS == 0:
            axes.set_ylabel(measure_of(_MEASURE).axis)
        else:
            axes.tick_params(labelleft=False)
        if number + _COLUMNS < len(panels):
            axes.tick_params(labelbottom=False)
    return page.figure


def _draw(axes: Axes, evidence: dict[str, Any], test: str) -> None:
    """Draw the seeds of one test."""
    results = evidence["results"]
    values = np.array([values_of(results, test, name, _MEASURE) for name in _CONDITIONS])
    places = np.arange(len(_CONDITIONS))
    axes.plot(places, values, color=DARK, lw=0.4, alpha=0.25)
    for place, name, of_seeds in zip(places, _CONDITIONS, values, strict=True):
        colour, found = condition_colour(name), mean_of(of_seeds)
        axes.plot([place] * of_seeds.size, of_seeds, ls="none", marker="o", ms=3, alpha=0.6,
                  color=colour, mew=0)  # fmt: skip
        half_width = [0.0 if found.n < 2 else found.half_width]
        axes.errorbar([place + 0.24], [found.mean], half_width, color=colour, marker="_", ms=9,
                      mew=1.8, lw=1.2)  # fmt: skip
    axes.axhline(
        mean_of(values_of(results, test, "trained", "ideal_observer_cm")).mean,
        color=DARK, lw=0.8, ls=(0, (4, 2)),
    )  # fmt: skip
    for limit_cm in _limits_cm(evidence, test):
        axes.axhline(limit_cm, xmax=0.25, color=REFERENCE, lw=1.1, ls=":")
    axes.set_title(f"{evidence['mode']}, {test}")
    axes.text(0.97, 0.97, f"{len(results)} seeds", transform=axes.transAxes, size=7,
              ha="right", va="top")  # fmt: skip
    axes.set_xticks(places, _CONDITIONS, rotation=30, ha="right", size=7)
    axes.set_xlim(-0.4, len(_CONDITIONS) - 0.4)


def _limits_cm(evidence: dict[str, Any], test: str) -> list[float]:
    """Return the largest mean errors that the recipe allows in this test."""
    return [
        claim.at_most
        for claim in learning_recipe(evidence["recipe"]).claims
        if claim.test == test and claim.measure == _MEASURE and claim.at_most is not None
    ]
