"""Learning curves of a sweep: one line for each training, coloured by what was varied."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.figure import Figure

from lateralnet.figures.panel_parts import LETTERS, letter, say
from lateralnet.figures.style import Page
from lateralnet.measures.table import measure_of
from lateralnet.parameters.params import spec_of
from lateralnet.studies.design import is_test
from lateralnet.studies.results.store import SweepStore
from lateralnet.studies.results.table import Table
from lateralnet.studies.tasks import points_of, unique

MOST_CURVES = 200
_PANELS = (
    (
        "pass_t_s",
        "pass_rms_error_cm_series",
        measure_of("rms_error_cm").axis,
        "Map over whole passes",
    ),
    (
        "pass_t_s",
        "pass_sigma_theta_series",
        measure_of("sigma_theta_rad").axis,
        "Published measure, per pass",
    ),
    (
        "checkpoint_t_s",
        "w_mean_abs_delta_series",
        "mean |w − w₀| (no unit)",
        "Change of MON→TS weights",
    ),
    ("checkpoint_t_s", "ts_ckpt_rate_series", "TS rate (Hz)", "TS rate in training"),
)


@dataclass(frozen=True)
class Curve:
    """The learning curves of one training.

    Attributes
    ----------
    label : str
        What was varied, in words.
    seed : int
        Of the network.
    series : dict
        Name -> values, see `lateralnet.learning.learning_curve`.
    """

    label: str
    seed: int
    series: dict[str, np.ndarray]

    @property
    def is_a_line(self) -> bool:
        """Whether any panel has two points of it: a short training has not."""
        return any(np.isfinite(self.series.get(name, ())).sum() > 1 for _, name, _, _ in _PANELS)


def read_curves(folder: Path, table: Table) -> list[Curve]:
    """Return the curves that a sweep has kept, of `MOST_CURVES` trainings at most."""
    store = SweepStore(folder)
    facts = store.manifest()["facts"]
    names = [name for name in table.varied if not is_test(name)]
    seen: set[str] = set()
    curves: list[Curve] = []
    for point in unique(p for design in table.designs for p in points_of(design, facts)):
        if point.training_id in seen or len(curves) == MOST_CURVES:
            continue
        seen.add(point.training_id)
        stored = store.read_trained(point.training_id)
        if stored is None or not point.base.n_training_trials:
            continue
        series = {k.removeprefix("curves/"): v for k, v in stored.items() if "curves/" in k}
        curves.append(Curve(_label(point.base, names), point.seed, series))
    return [curve for curve in curves if curve.is_a_line]


def _label(params: Any, names: Sequence[str]) -> str:
    values = (getattr(params, name) for name in names)
    return ", ".join(f"{v:g}" if isinstance(v, float) else str(v) for v in values)


def draw_curves(curves: Sequence[Curve], varied: Sequence[str] = ()) -> Figure:
    """Draw map error, published measure, weight change and rate against training time."""
    labels = list(dict.fromkeys(curve.label for curve in curves))
    colour = ", ".join(spec_of(name).flag.lstrip("-") for name in varied)
    page = Page(
        "Learning curves",
        f"{len(curves)} trainings, a line for each" + (f"; colour: {colour}" if colour else ""),
        width_in=8.8, height_in=6.3,
    )  # fmt: skip
    panels = [a for row in page.panels(2, 2, gap_x_in=0.75, top_in=1.05) for a in row]
    colours = {
        label: colormaps["viridis"](0.8 * k / max(1, len(labels) - 1))
        for k, label in enumerate(labels)
    }
    for axes, mark, (time, name, unit, title) in zip(panels, LETTERS, _PANELS, strict=False):
        letter(axes, mark)
        axes.set_title(title)
        axes.set_ylabel(unit)
        axes.set_xlabel("training time (s)")
        seen: set[str] = set()
        for curve in curves:
            x, y = curve.series.get(time), curve.series.get(name)
            if x is None or y is None or not np.isfinite(y).any():
                continue
            known = curve.label in seen
            axes.plot(x, y, lw=0.8, alpha=0.8, color=colours[curve.label],
                      marker="o" if len(x) < 40 else None, ms=1.5,
                      label="_" if known else curve.label)  # fmt: skip
            seen.add(curve.label)
        if not seen:
            say(axes, "training too short\nfor a whole pass" if time == "pass_t_s" else "no data")
        axes.set_ylim(bottom=0.0)
    if 1 < len(labels) <= 12:
        handles, texts = panels[2].get_legend_handles_labels()
        page.figure.legend(
            handles, texts, loc="upper left", ncols=6, bbox_to_anchor=(0.01, 1 - 0.46 / 6.3),
            fontsize=7.5,
        )  # fmt: skip
    return page.figure
