"""Does it learn? Maps before and after learning, the learning curve, and the ablations.

Drawn from one run (`lateralnet run --mode ll_learn`) and from the evidence over ten seeds
(`lateralnet.studies.learning.evidence`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from lateralnet.figures.panel_parts import draw_diagonal, letter
from lateralnet.figures.style import DARK, PALE, Page, condition_colour
from lateralnet.measures.body_map import body_fixed_map
from lateralnet.measures.rate_maps import rate_map
from lateralnet.measures.statistics.samples import mean_of
from lateralnet.measures.table import measure_of
from lateralnet.records.results import SeedResult
from lateralnet.records.sweep import Sweep

FloatArray = NDArray[np.float64]

_COLUMNS = (
    ("untrained", "Before learning"),
    ("trained", "After learning"),
    ("rate-matched", "Untrained, as many spikes"),
    ("published", "Published recipe, untrained"),
)
_CURVES = (("rms_error_cm", 1.25), ("cells_near_diagonal", 1.0), ("spearman", 1.0))  # and tops
_CURVE_CONDITIONS = ("rate-matched", "shuffled", "trained")
_HIGHEST_PERCENTILE = 99.0
_LEGEND_NEEDS = 0.3  # of the height of its panel


def draw_learning(
    evidence: dict[str, Any], example: SeedResult, heading: str = "Does it learn?"
) -> Figure:
    """Draw the figure of the page "Does it learn?".

    Parameters
    ----------
    evidence : dict
        What `lateralnet.studies.learning.evidence.reproduce_learning` returns, or its JSON file.
    example : SeedResult
        One seed of a run with all controls.
    heading : str
        Title of the figure.
    """
    seeds = evidence["seeds"]
    page = Page(
        heading,
        f"Maps and decoding: {example.params.test_sweeps} test sweeps of seed {example.seed}; "
        f"below: seeds {seeds[0]} to {seeds[-1]}, thin lines, and their mean",
        width_in=9.6, height_in=9.2,
    )  # fmt: skip
    top = page.panels(3, 4, gap_x_in=0.5, gap_y_in=0.72, bottom_in=0.62, heights=(1.25, 1.0, 1.0))
    record, p = example.record, example.params
    for column, (condition, title) in enumerate(_COLUMNS):
        sweeps = record.tests[condition].sweeps("ts")
        measures = example.measures[condition]
        _draw_rates(top[0][column], sweeps, p.ll_body_length_cm)
        top[0][column].set_title(
            f"{title}\n{measures['ts_rate_hz']:.0f} Hz, Spearman {measures['spearman']:.2f}"
        )
        body = body_fixed_map(sweeps, body_length_cm=p.ll_body_length_cm, n_shuffles=0)
        _draw_decoded(top[1][column], body.x_true_cm, body.x_hat_cm, p.ll_body_length_cm, condition)
        top[1][column].set_title(f"RMS error {measures['rms_error_cm']:.2f} cm")
    top[0][0].set_ylabel("TS cell, head to tail")
    top[1][0].set_ylabel("decoded position (cm)")
    for axes, (measure, highest) in zip(top[2], _CURVES, strict=False):
        _draw_curve(axes, evidence["recipe"]["results"], measure)
        axes.set_title(measure_of(measure).text)
        axes.set_ylabel(measure_of(measure).axis)
        axes.set_ylim(0.0, highest)
    if evidence["ablations"]:
        _draw_ablations(top[2][3], evidence)
    else:
        _draw_conditions(top[2][3], evidence["recipe"]["results"])
    for axes, name in zip((top[0][0], top[1][0], *top[2]), "ABCDEF", strict=True):
        letter(axes, name)
    return page.figure


def _draw_rates(axes: Axes, sweeps: Sequence[Sweep], length_cm: float) -> None:
    """Draw the rate of every cell along the body, each condition up to its own 99th percentile."""
    n = sweeps[0].n_cells
    rate_hz = rate_map(sweeps, body_length_cm=length_cm).smooth_rate_hz
    highest = float(np.nanpercentile(rate_hz, _HIGHEST_PERCENTILE)) or 1.0
    axes.imshow(
        rate_hz, extent=(0.0, length_cm, -0.5, n - 0.5), cmap="viridis", vmin=0.0, vmax=highest
    )
    draw_diagonal(axes, (0.0, length_cm), (0, n - 1))
    axes.text(
        0.97, 0.03, f"0 to {highest:.0f} Hz", transform=axes.transAxes, ha="right", va="bottom",
        size=7, color="white",
    )  # fmt: skip
    axes.set_xlabel("position of the sphere (cm)")


def _draw_decoded(
    axes: Axes, x_true_cm: FloatArray, x_hat_cm: FloatArray, length_cm: float, condition: str
) -> None:
    axes.plot(
        x_true_cm, x_hat_cm, ls="none", marker="o", ms=1.3, mew=0, alpha=0.3,
        color=condition_colour(condition),
    )  # fmt: skip
    draw_diagonal(axes, (0.0, length_cm), (0.0, length_cm))
    axes.set_xlim(0.0, length_cm)
    axes.set_ylim(0.0, length_cm)
    axes.set_xlabel("true position (cm)")


def _draw_curve(axes: Axes, results: Sequence[dict[str, Any]], measure: str) -> None:
    """Draw a measure over training, with controls made anew at every stage."""
    trials = [int(key) for key in results[0]["curve"]]
    places = np.arange(len(trials))
    for condition in _CURVE_CONDITIONS:
        values = np.array(
            [
                [_number(result["curve"][str(t)][condition].get(measure)) for t in trials]
                for result in results
            ]
        )
        colour = condition_colour(condition)
        if condition == "trained":
            axes.plot(places, values.T, color=colour, lw=0.5, alpha=0.35)
        means = [mean_of(column).mean for column in values.T]
        axes.plot(places, means, color=colour, marker="o", ms=3.2, label=condition)
    published = mean_of([_of(result, "published", measure) for result in results]).mean
    axes.axhline(
        published, color=condition_colour("published"), ls=(0, (4, 2)), lw=1.1, label="published"
    )
    by_chance = [_of(result, "trained", f"{measure}_chance") for result in results]
    axes.axhline(mean_of(by_chance).mean, color=PALE, lw=1.1, label="chance")
    axes.set_xticks(places, [str(t) for t in trials])
    axes.set_xlabel("training trials")
    if measure == _CURVES[-1][0]:
        height = 0.0 if published > _LEGEND_NEEDS else 0.4
        axes.legend(
            loc="lower left", bbox_to_anchor=(0.0, height), fontsize=7, ncols=2, columnspacing=0.8
        )


def _draw_ablations(axes: Axes, evidence: dict[str, Any]) -> None:
    """Draw the error without each ingredient, beside its rate-matched control."""
    parts = {"recipe": evidence["recipe"], **evidence["ablations"]}
    places = np.arange(len(parts))[::-1]
    for condition, shift in (("trained", 0.0), ("rate-matched", -0.26)):
        columns = [
            np.array([_of(result, condition, "rms_error_cm") for result in part["results"]])
            for part in parts.values()
        ]
        over_seeds = [mean_of(values) for values in columns]
        axes.barh(
            places + shift, [m.mean for m in over_seeds], 0.24, xerr=[m.sd for m in over_seeds],
            color=condition_colour(condition),
            error_kw={"lw": 0.8, "ecolor": DARK}, label=condition,
        )  # fmt: skip
    for place, name in zip(places, parts, strict=True):
        axes.text(0.0, place + 0.16, name, size=7, va="bottom", color=DARK)
    axes.set_yticks([])
    axes.set_xlabel(measure_of("rms_error_cm").axis)
    axes.set_title("One thing changed")
    axes.set_xlim(0.0, None)
    axes.set_ylim(-0.5, len(parts) - 0.3)
    axes.legend(loc="upper right", fontsize=7, bbox_to_anchor=(1.03, 1.02))


def _draw_conditions(axes: Axes, results: Sequence[dict[str, Any]]) -> None:
    """Draw the error of every seed under every condition."""
    conditions = list(results[0]["conditions"])
    for place, condition in enumerate(conditions):
        values = [_of(result, condition, "rms_error_cm") for result in results]
        axes.plot(
            [place] * len(values), values, ls="none", marker="o", ms=3, alpha=0.6,
            color=condition_colour(condition),
        )  # fmt: skip
    axes.set_xticks(range(len(conditions)), conditions, rotation=25, ha="right", size=7)
    axes.set_xlim(-0.5, len(conditions) - 0.5)
    axes.set_ylim(0.0, None)
    axes.set_title("Decoding error of each seed")
    axes.set_ylabel(measure_of("rms_error_cm").axis)


def _of(result: dict[str, Any], condition: str, measure: str) -> float:
    return _number(result["conditions"].get(condition, {}).get(measure))


def _number(value: float | None) -> float:
    return float("nan") if value is None else float(value)
