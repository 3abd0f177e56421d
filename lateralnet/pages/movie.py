"""The moving picture as a file: MP4 where ffmpeg is, GIF with Pillow."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from lateralnet.errors import InputError
from lateralnet.pages.film import Film
from lateralnet.records.storage import write_bytes

FORMATS = (".mp4", ".gif")
_SLOWER = 10.0  # as the page plays it at first
_FRAMES_PER_S = 10


def write_movie(film: Film, output: Path) -> None:
    """Write a film as ``.mp4`` or ``.gif``, ten times slower than it was.

    Raises
    ------
    InputError
        For another ending, or where ffmpeg, which writes MP4, is missing.
    StorageError
        When the file cannot be written.
    """
    from matplotlib.animation import FFMpegWriter, PillowWriter

    from lateralnet.figures.style import styled

    if output.suffix not in FORMATS:
        raise InputError(f"{output.name}: a film ends in {' or '.join(FORMATS)}.")
    if output.suffix == ".mp4" and shutil.which("ffmpeg") is None:
        raise InputError("ffmpeg, which writes MP4, was not found; install it, or write a .gif.")
    dt_s = film.t_s[1] - film.t_s[0]
    skip = max(1, round(1.0 / (_FRAMES_PER_S * _SLOWER * dt_s)))
    make: Any = FFMpegWriter if output.suffix == ".mp4" else PillowWriter
    writer = make(fps=round(1.0 / (skip * dt_s * _SLOWER)))
    with styled(), tempfile.TemporaryDirectory() as place:
        figure, update = _stage(film)
        update(0)
        figure.canvas.draw()
        figure.set_layout_engine("none")  # laid out once, not for every frame
        path = Path(place) / f"film{output.suffix}"
        with writer.saving(figure, str(path), dpi=90):
            for frame in range(0, film.t_s.size, skip):
                update(frame)
                writer.grab_frame()
        write_bytes(output, path.read_bytes())


def _stage(film: Film) -> tuple[Any, Any]:
    """Return a figure and the function that sets it to a frame."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.patches import Circle

    from lateralnet.figures.style import LAYER_MAP, condition_colour

    names = list(film.passes)
    figure = Figure(figsize=(8.0, 7.6), layout="constrained")
    FigureCanvasAgg(figure)
    grid = figure.add_gridspec(4, len(names), height_ratios=[3.6, 0.5, 0.5, 3])
    low, high = min(0.0, film.x_cm.min()), max(film.body_cm, film.x_cm.max())
    water = figure.add_subplot(grid[0, :])
    water.set_xlim(low, high)
    is_sphere = film.radius_cm > 0
    water.set_ylim(-0.25, (film.y_cm.max() if is_sphere else 0.0) + 1.2)
    water.set_xlabel("position along the body (cm)")
    water.set_ylabel("distance (cm)")
    body = water.imshow(
        film.passes[names[-1]].rates_hz["ll"][:1], extent=(0, film.body_cm, -0.2, 0),
        cmap=LAYER_MAP["ll"], vmin=0, vmax=_top(film, "ll"), aspect="auto",
    )  # fmt: skip
    water.set_aspect("equal", adjustable="box")  # a picture above it would stretch the sphere
    sphere = Circle(
        (0, 0), film.radius_cm or 0.08, facecolor="#f3e3b3", edgecolor="#8a6d1d", zorder=3
    )
    water.add_patch(sphere)
    speed = np.hypot(*film.flow.T)
    arrow = film.direction * film.flow / np.sqrt(speed)[:, None]
    arrow = arrow if is_sphere else 0.0 * arrow
    flow = water.quiver(*film.arrows_cm.T, *arrow.T, color="#6b8fb3", scale=14, width=0.002)
    strips, lines = [], []
    for column, name in enumerate(names):
        one = film.passes[name]
        for row, layer in ((1, "mon"), (2, "ts")):
            axes = figure.add_subplot(grid[row, column])
            image = axes.imshow(
                one.rates_hz[layer][:1], extent=(0, film.body_cm, 0, 1), aspect="auto",
                cmap=LAYER_MAP[layer], vmin=0, vmax=_top(film, layer),
            )  # fmt: skip
            axes.set_yticks([])
            axes.set_xticks([])
            axes.set_ylabel(layer.upper(), rotation=0, ha="right", va="center")
            if row == 1:
                axes.set_title(name)
            strips.append((image, one.rates_hz[layer]))
        axes = figure.add_subplot(grid[3, column])
        axes.set_xlim(0, film.body_cm)
        axes.set_ylim(0, film.body_cm)
        axes.axline((0, 0), slope=1, color="#222222", lw=0.8, ls="--")
        axes.set_xlabel("true position (cm)")
        axes.set_ylabel("decoded position (cm)" if column == 0 else "")
        (line,) = axes.plot([], [], ".", color=condition_colour(name))
        lines.append((line, one.decoded_cm))

    def update(frame: int) -> None:
        water.set_title(f"{film.title}; {film.t_s[frame] * 1e3:.0f} ms")
        y_cm = film.y_cm[frame] if is_sphere else 0.3
        sphere.center = (film.x_cm[frame], y_cm)
        flow.set_offsets(film.arrows_cm + np.array([film.x_cm[frame], y_cm]))
        body.set_data(film.passes[names[-1]].rates_hz["ll"][frame : frame + 1])
        for image, rates_hz in strips:
            image.set_data(rates_hz[frame : frame + 1])
        for line, decoded_cm in lines:
            line.set_data(film.x_cm[: frame + 1], decoded_cm[: frame + 1])

    return figure, update


def _top(film: Film, layer: str) -> float:
    return max(1.0, *(float(np.percentile(p.rates_hz[layer], 99.5)) for p in film.passes.values()))
