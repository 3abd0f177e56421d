"""The test sweep in time, alone and after the end of training, and against the sphere's place."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from lateralnet.figures.panel_parts import (
    LETTERS,
    bin_of,
    draw_diagonal,
    draw_spikes,
    hide_x_labels,
    letter,
    rate_bar,
    say,
    time_bins,
)
from lateralnet.figures.seed_data import Scene, population_rate_hz
from lateralnet.figures.style import (
    CONDITION_COLOUR,
    DARK,
    LAYER_COLOUR,
    LAYER_NAME,
    REFERENCE,
    Page,
)
from lateralnet.records.record import TAIL_S
from lateralnet.simulation.spikes import LAYERS

_BODY_SHADE = "#E8F1F8"
_POSITION_BINS = 100


def draw_test_phase(scene: Scene) -> Figure:
    """Draw the first test sweep of the trained network: place, spikes and rates over time."""
    test = scene.trained
    which = "Test sweep" if len(test.spikes) == 1 else f"First of {len(test.spikes)} test sweeps"
    if scene.params.test_is_held:
        which = which.replace("sweep", "series of held positions")
    page = Page(f"{which} of the trained network", scene.context, width_in=7.4, height_in=9.2)
    grid = page.panels(
        6, 1, heights=[0.8, 1.2, 1.6, 1.6, 0.75, 0.75], gap_y_in=0.30, right_in=0.75, left_in=0.70
    )
    panels = [row[0] for row in grid]
    n_steps = test.x_cm.shape[1]
    _draw_position(panels[0], scene)
    for axes, layer in zip(panels[1:4], LAYERS, strict=True):
        spikes = test.spikes[0][layer]
        edges, occupancy_s = time_bins(n_steps, test.dt_s, len(spikes))
        image = draw_spikes(
            axes, spikes.times_s, spikes.cell, scene.sizes[layer], layer=layer,
            edges=edges, occupancy_s=occupancy_s,
            silence=f"{LAYER_NAME[layer]} is silent in this test",
        )  # fmt: skip
        if image is not None:
            rate_bar(axes, image, "rate (Hz)")
        axes.set_title(f"{LAYER_NAME[layer]} spikes ({len(spikes):,})")
    for axes, layer in zip(panels[4:], ("mon", "ts"), strict=True):
        n = scene.sizes[layer]
        rate_hz = population_rate_hz(test.spikes[0][layer].step, n, n_steps, test.dt_s)
        axes.plot(test.t_s, rate_hz, color=LAYER_COLOUR[layer])
        axes.set_ylabel("rate (Hz)")
        axes.set_title(f"{LAYER_NAME[layer]} population rate, 20 ms")
        axes.set_ylim(0.0, max(1.0, 1.08 * float(rate_hz.max(initial=0.0))))
        if not rate_hz.any():
            say(axes, f"{LAYER_NAME[layer]} is silent in this test")
    for axes, name in zip(panels, LETTERS, strict=False):
        letter(axes, name)
        axes.set_xlim(0.0, n_steps * test.dt_s)
        if axes is not panels[-1]:
            hide_x_labels(axes)
    panels[-1].set_xlabel("time since the start of the test (s)")
    return page.figure


def _draw_position(axes: Axes, scene: Scene) -> None:
    test = scene.trained
    axes.axhspan(0.0, scene.body_cm, color=_BODY_SHADE, lw=0)
    axes.text(
        0.005, 0.95 * scene.body_cm, "beside the body", transform=axes.get_yaxis_transform(),
        ha="left", va="top", size=7.5, color="#5580A0",
    )  # fmt: skip
    axes.plot(test.t_s, test.x_cm[0], color=DARK)
    axes.set_ylim(*scene.path_cm)
    axes.set_ylabel("x (cm)")
    low, high = float(test.y_cm[0].min()), float(test.y_cm[0].max())
    distance = f"{low:g} cm" if low == high else f"{low:.2g} to {high:.2g} cm"
    away = f", {distance} away from it" if np.isfinite(low) else ""
    axes.set_title(f"Position x along the body{away}")


def draw_transition(scene: Scene) -> Figure:
    """Draw the TS population rate over the end of training and the test."""
    page = Page(
        "TS population rate from training to test", scene.context, width_in=7.4, height_in=2.9
    )
    axes = page.panels(1, 1)[0][0]
    draw_joined_rate(axes, scene, "ts")
    axes.set_xlabel("time since the end of training (s)")
    axes.set_ylabel("TS rate (Hz), 20 ms")
    axes.legend(loc="upper left", ncols=3)
    return page.figure


def tail_steps(scene: Scene) -> tuple[int, int]:
    """Return first and last step of the end of training that the record holds."""
    stop = round(scene.training_end_s / scene.params.dt_s)
    return max(0, stop - round(TAIL_S / scene.params.dt_s)), stop


def draw_joined_rate(axes: Axes, scene: Scene, layer: str) -> None:
    """Draw a layer's rate before and after the end of training, the untrained test beside it."""
    dt_s, n = scene.params.dt_s, scene.sizes[layer]
    start, stop = tail_steps(scene)
    tail_hz = population_rate_hz(scene.record.tail[layer].step - start, n, stop - start, dt_s)
    axes.plot((np.arange(start, stop) - stop) * dt_s, tail_hz, color=LAYER_COLOUR[layer])
    top = float(tail_hz.max(initial=0.0))
    for condition in scene.compared:
        test = scene.record.tests[condition]
        rate_hz = population_rate_hz(test.spikes[0][layer].step, n, test.t_s.size, dt_s)
        colour = CONDITION_COLOUR[condition]
        width, name = (0.9, "untrained, same test") if condition == "untrained" else (1.2, "test")
        axes.plot(test.t_s, rate_hz, color=colour, lw=width, label=name)
        top = max(top, float(rate_hz.max(initial=0.0)))
    if stop:
        axes.axvline(0.0, color=REFERENCE, ls="--", lw=1.0, label="end of training")
    axes.set_xlim((start - stop) * dt_s, scene.trained.duration_s)
    axes.set_ylim(0.0, max(1.0, 1.25 * top))
    if top == 0.0:
        say(axes, f"{LAYER_NAME[layer]} is silent here")


def draw_spikes_against_x(scene: Scene, layer: str) -> Figure:
    """Draw the spikes of a layer in the test against the position of the sphere."""
    page = Page(
        f"{LAYER_NAME[layer]} spikes against the position of the sphere, trained network",
        scene.context, width_in=7.0, height_in=4.0,
    )  # fmt: skip
    axes = page.panels(1, 1, right_in=0.8, top_in=0.78)[0][0]
    draw_spikes_over_x(axes, scene, layer=layer)
    axes.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0))
    return page.figure


def draw_spikes_over_x(axes: Axes, scene: Scene, *, layer: str) -> None:
    """Draw the spikes of a layer of the trained network over the position of the sphere."""
    test, n, name = scene.trained, scene.sizes[layer], LAYER_NAME[layer]
    edges = np.linspace(*scene.path_cm, _POSITION_BINS + 1)
    visits = np.bincount(bin_of(test.x_cm.ravel(), edges), minlength=_POSITION_BINS)
    place, cell = spikes_at_x(scene, layer)
    image = draw_spikes(
        axes, place, cell, n, layer=layer, edges=edges, occupancy_s=visits * test.dt_s,
        silence=f"{name} is silent in this test",
    )  # fmt: skip
    draw_diagonal(axes, (0.0, scene.body_cm), (0, n - 1), "place of each cell on the body")
    if image is not None:
        rate_bar(axes, image, "rate per cell (Hz)")
    axes.set_title(f"{cell.size:,} spikes of {n:,} cells, {sweeps_text(len(test.spikes))}")
    axes.set_xlabel(f"position of the sphere (cm); the body is 0 to {scene.body_cm:g} cm")


def spikes_at_x(scene: Scene, layer: str) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return position of the sphere and cell of every spike of all sweeps of the test."""
    test = scene.trained
    places = [x_cm[s[layer].step] for s, x_cm in zip(test.spikes, test.x_cm, strict=True)]
    cells = [spikes[layer].cell for spikes in test.spikes]
    return np.concatenate(places), np.concatenate(cells).astype(np.int64)


def sweeps_text(n_sweeps: int) -> str:
    """Say how many sweeps are in a picture."""
    return "one sweep" if n_sweeps == 1 else f"{n_sweeps} sweeps"
