"""The whole run on one page."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lateralnet.figures.panel_parts import (
    LETTERS,
    draw_spikes,
    hide_x_labels,
    letter,
    time_bins,
)
from lateralnet.figures.runs.learning import draw_frozen_tests, draw_weight_spread
from lateralnet.figures.runs.test_sweeps import draw_joined_rate, tail_steps
from lateralnet.figures.runs.weights import draw_weight_histogram
from lateralnet.figures.seed_data import Scene
from lateralnet.figures.style import (
    CONDITION_COLOUR,
    LAYER_COLOUR,
    LAYER_NAME,
    REFERENCE,
    Page,
)
from lateralnet.records.record import OWN_STIMULUS
from lateralnet.simulation.spikes import LAYERS, SpikeTrain
from lateralnet.stimulus.afferents import neuromast_positions_cm

_PARTS = "end of training | test"


def draw_summary(scene: Scene) -> Figure:
    """Draw stimulus, spikes and rates around the end of training, weights and map quality."""
    page = Page("Summary of the run", scene.context, width_in=9.6, height_in=11.0)
    grid = page.panels(4, 2, gap_x_in=0.80, gap_y_in=0.62, left_in=0.70)
    panels = [axes for row in grid for axes in row]
    for axes, name in zip(panels, LETTERS, strict=False):
        letter(axes, name)
    draw_stimulus(panels[0], scene)
    for axes, layer in zip(panels[1:4], LAYERS, strict=True):
        draw_joined_raster(axes, scene, layer)
    _draw_rates(page, panels[4], scene)
    draw_weight_histogram(panels[5], scene)
    for axes, draw in zip(panels[6:], (draw_weight_spread, draw_frozen_tests), strict=True):
        draw(axes, scene)
        axes.set_xlim(0.0, scene.training_end_s or 1.0)
        axes.set_xlabel(f"training time (s); a trial is {scene.params.trial_duration_s:g} s")
    return page.figure


_IN_TRAINING = {
    "held": "held in training",
    "moving": "passed in training",
    "vibrating": "vibrating in training",
}


def draw_stimulus(axes: Axes, scene: Scene) -> None:
    """Draw the fish's neuromasts, where the sphere was held in training, and the test path."""
    p, training = scene.params, scene.record.training
    neuromasts = neuromast_positions_cm(p)
    axes.plot(neuromasts, np.zeros(neuromasts.size), "|", color=LAYER_COLOUR["ll"], ms=7, mew=0.8)
    if OWN_STIMULUS in scene.trained.facts:
        _draw_own_stimulus(axes, scene)
        return
    count = f"{neuromasts.size} neuromast{'s' * (neuromasts.size != 1)}"
    if p.ll_polarity == "opposed":
        count += f", {p.n_ll} hair cells of two polarities"
    axes.text(scene.body_cm, -0.06, count, size=7.5, color=LAYER_COLOUR["ll"], ha="right", va="top")
    shown = slice(0, 4 * neuromasts.size)
    axes.plot(
        training["x_cm"][shown], training["distance_cm"][shown], "o", ms=5, mew=0, alpha=0.35,
        color="#E69F00", label=_IN_TRAINING[p.training_stimulus],
    )  # fmt: skip
    test = scene.trained
    x_cm, y_cm = test.x_cm[0], test.y_cm[0]
    if p.test_is_held:
        axes.plot(
            x_cm, y_cm, "x", ms=4, color=CONDITION_COLOUR["trained"], label="held in the test"
        )
    else:
        axes.annotate(
            "", (x_cm[-1], y_cm[-1]), (x_cm[0], y_cm[0]),
            arrowprops={"arrowstyle": "-|>", "color": CONDITION_COLOUR["trained"], "lw": 1.4},
        )  # fmt: skip
        axes.plot(
            [], [], color=CONDITION_COLOUR["trained"],
            label=f"test path, {abs(x_cm[-1] - x_cm[0]):.1f} cm at {p.speed_cm_s:g} cm/s",
        )  # fmt: skip
    farthest = max(float(y_cm.max()), float(training["distance_cm"].max(initial=0.0)))
    axes.set_xlim(scene.path_cm[0] - 0.1, scene.path_cm[1] + 0.1)
    axes.set_ylim(-0.25 * farthest, 1.7 * farthest)
    axes.set_xlabel("position along the body (cm)")
    axes.set_ylabel("distance (cm)")
    axes.set_title(f"Sphere of {p.sphere_radius_cm:g} cm radius")
    axes.legend(loc="upper left", ncols=2)


def _draw_own_stimulus(axes: Axes, scene: Scene) -> None:
    """Draw where a stimulus of one's own was in training and in the test; it has no distance."""
    training, test = scene.record.training, scene.trained
    axes.plot(
        training["x_cm"], np.full(training["x_cm"].size, 1.0), "o", ms=5, mew=0, alpha=0.35,
        color="#E69F00", label="in training",
    )  # fmt: skip
    axes.plot(
        test.x_cm[0], np.full(test.x_cm.shape[1], 0.6), color=CONDITION_COLOUR["trained"],
        label="in the test",
    )  # fmt: skip
    axes.set_xlim(scene.path_cm[0] - 0.1, scene.path_cm[1] + 0.1)
    axes.set_ylim(-0.25, 1.9)
    axes.set_yticks([])
    axes.set_xlabel("position along the body (cm)")
    axes.set_title("A stimulus of one's own")
    axes.legend(loc="upper left", ncols=2)


def draw_joined_raster(axes: Axes, scene: Scene, layer: str) -> None:
    """Draw a layer's spikes at the end of training and in the test that follows."""
    (start, stop), dt_s = tail_steps(scene), scene.params.dt_s
    tail, test = scene.record.tail[layer], scene.trained.spikes[0][layer]
    spikes = SpikeTrain.join([tail, test.shifted(stop)]).shifted(-start)
    n_steps = stop - start + scene.trained.t_s.size
    edges, occupancy_s = time_bins(n_steps, dt_s, len(spikes))
    shift_s = (stop - start) * dt_s
    draw_spikes(
        axes, spikes.times_s - shift_s, spikes.cell, scene.sizes[layer], layer=layer,
        edges=edges - shift_s, occupancy_s=occupancy_s,
        silence=f"{LAYER_NAME[layer]} is silent here",
    )  # fmt: skip
    if stop:
        axes.axvline(0.0, color=REFERENCE, ls="--", lw=1.0)
    axes.set_xlim(-shift_s, scene.trained.duration_s)
    axes.set_title(f"{LAYER_NAME[layer]} spikes: {_PARTS if stop else 'test'}")
    axes.set_xlabel("time since the end of training (s)")


def _draw_rates(page: Page, place: Axes, scene: Scene) -> None:
    """Draw the rates of MON and TS in two halves of a panel: one axis would hide TS."""
    box = place.get_position()
    half = 0.44 * box.height
    upper = page.figure.add_axes((box.x0, box.y1 - half, box.width, half))
    place.set_position((box.x0, box.y0, box.width, half))
    place.texts[0].remove()
    letter(upper, LETTERS[4])
    for axes, layer in ((upper, "mon"), (place, "ts")):
        draw_joined_rate(axes, scene, layer)
        axes.set_ylabel(f"{LAYER_NAME[layer]} (Hz)")
    upper.set_title(f"Population rates, 20 ms: {_PARTS if scene.training_end_s else 'test'}")
    hide_x_labels(upper)
    upper.legend(handles=upper.get_lines()[1:3], loc="upper left", ncols=2)
    place.set_xlabel("time since the end of training (s)")
