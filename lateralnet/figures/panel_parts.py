"""The parts that figures share: spikes as dots or density, the diagonal, words for silence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.image import AxesImage
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from lateralnet.figures.style import LAYER_COLOUR, LAYER_MAP, LAYER_NAME

FloatArray = NDArray[np.float64]

MOST_DOTS = 5000  # more spikes than this cannot be told apart as dots
MOST_ROWS, MOST_COLUMNS = 160, 300
_SPIKES_PER_PIXEL = 1.2  # far fewer would be dots again, only coarser
LETTERS = "ABCDEFGH"
_BRIGHTEST_SHARE = 99.5  # percentile of the density that gets the darkest colour


def letter(axes: Axes, which: str) -> None:
    """Put a panel's letter at the upper left, outside the axes."""
    axes.annotate(
        which, (0, 1), xytext=(-29, 5), xycoords="axes fraction", textcoords="offset points",
        weight="bold", size=10, annotation_clip=False,
    )  # fmt: skip


def say(axes: Axes, text: str) -> None:
    """Say in the middle of the axes why they are empty."""
    axes.text(
        0.5, 0.5, text, transform=axes.transAxes, ha="center", va="center",
        style="italic", color="#555555", bbox={"facecolor": "white", "alpha": 0.85, "linewidth": 0},
    )  # fmt: skip


def hide_x_labels(axes: Axes) -> None:
    """Leave the numbers of a shared x axis to the panel below."""
    axes.tick_params(labelbottom=False)


def number_cells(axis: Axis, label: str) -> None:
    """Label an axis of cell indices, with whole numbers even for a single cell."""
    axis.set_label_text(label)
    axis.set_major_locator(MaxNLocator(4, steps=(1, 2, 5, 10), integer=True, min_n_ticks=1))


def with_minus(number: str) -> str:
    """Return a formatted number with the minus sign that the axes have, and none before 0."""
    return number.replace("-", "−" if float(number) else "")


def draw_diagonal(axes: Axes, x: Sequence[float], y: Sequence[float], label: str = "") -> None:
    """Draw where the anatomy puts the map, readable on dark and on pale."""
    axes.plot(x, y, color="white", lw=2.4, alpha=0.8, solid_capstyle="butt")
    axes.plot(x, y, color="black", lw=1.0, ls=(0, (5, 3)), label=label or "_")


def rate_bar(axes: Axes, image: AxesImage, label: str) -> None:
    """Draw a slim colour scale to the right of `axes`: an image and three texts, no axes."""
    low, high = image.get_clim()
    bar = AxesImage(
        axes, cmap=image.get_cmap(), extent=(1.015, 1.033, 0.0, 1.0), origin="lower",
        interpolation="bilinear", transform=axes.transAxes, clip_on=False,
    )  # fmt: skip
    bar.set_data(np.linspace(0.0, 1.0, 64)[:, None])
    axes.add_artist(bar)
    for text, y, align in ((with_minus(f"{low:.3g}"), 0.0, "bottom"), (f"{high:.3g}", 1.0, "top")):
        axes.text(1.042, y, text, transform=axes.transAxes, size=7.5, ha="left", va=align)
    axes.text(
        1.045, 0.5, label, transform=axes.transAxes, size=7.5, rotation=90, ha="left", va="center"
    )


def draw_spikes(
    axes: Axes,
    place: FloatArray,
    cell: NDArray[np.integer],
    n: int,
    *,
    layer: str,
    edges: FloatArray,
    occupancy_s: Any,
    silence: str,
) -> AxesImage | None:
    """Draw all spikes of a layer: few as dots, many as their rate.

    Parameters
    ----------
    place : ndarray, shape (n_spikes,)
        Time or position of each spike.
    cell : ndarray of int, shape (n_spikes,)
        Index of its cell.
    n : int
        Cells in the layer; all are represented, several to a row where there are many.
    edges : ndarray, shape (n_bins + 1,)
        Equal bins of `place`.
    occupancy_s : ndarray, shape (n_bins,)
        Time that the test spent in each bin.
    silence : str
        What to say when there is no spike.

    Returns
    -------
    AxesImage or None
        The image of rates, None for dots and for silence.
    """
    colour = LAYER_COLOUR[layer]
    axes.set_xlim(edges[0], edges[-1])
    axes.set_ylim(-0.5, n - 0.5)
    number_cells(axes.yaxis, f"{LAYER_NAME[layer]} index")
    if not cell.size:
        say(axes, silence)
        return None
    if cell.size <= MOST_DOTS:
        size = 3.0 if cell.size < 400 else 2.0 if cell.size < 1500 else 1.6
        axes.plot(place, cell, ls="none", marker="o", ms=size, mew=0, color=colour)
        return None
    rate_hz = density_hz(place, cell, n, edges, occupancy_s)
    seen = rate_hz[np.isfinite(rate_hz)]
    largest = float(np.percentile(seen, _BRIGHTEST_SHARE)) or float(seen.max())
    return axes.imshow(
        rate_hz,
        extent=(edges[0], edges[-1], -0.5, n - 0.5),
        cmap=LAYER_MAP[layer],
        vmin=0.0,
        vmax=largest,
        aspect="auto",
        origin="lower",
        interpolation="nearest",
    )


def density_hz(
    place: FloatArray,
    cell: NDArray[np.integer],
    n: int,
    edges: FloatArray,
    occupancy_s: FloatArray,
) -> FloatArray:
    """Return the mean rate per cell, shape (n_rows, n_bins); NaN where no time was spent.

    Up to 160 rows of equally many cells (give or take one) stand for all `n` cells; fewer when
    the spikes are few, so that a pixel holds about one.
    """
    n_bins = edges.size - 1
    n_rows = min(n, MOST_ROWS, max(20, round(cell.size / (_SPIKES_PER_PIXEL * n_bins))))
    row_of_cell = np.arange(n) * n_rows // n
    cells_in_row = np.bincount(row_of_cell, minlength=n_rows)
    flat = row_of_cell[cell] * n_bins + bin_of(place, edges)
    counts = np.bincount(flat, minlength=n_rows * n_bins)
    with np.errstate(invalid="ignore", divide="ignore"):
        rate_hz = counts.reshape(n_rows, n_bins) / (cells_in_row[:, None] * occupancy_s)
    rate_hz[:, occupancy_s <= 0] = np.nan
    return rate_hz


def bin_of(place: FloatArray, edges: FloatArray) -> NDArray[np.int64]:
    """Return which of the equal bins each place falls into, the ends included."""
    n_bins = edges.size - 1
    scaled = (place - edges[0]) / (edges[-1] - edges[0]) * n_bins
    return np.asarray(np.clip(scaled.astype(np.int64), 0, n_bins - 1))


def time_bins(n_steps: int, dt_s: float, n_spikes: int) -> tuple[FloatArray, FloatArray]:
    """Return edges (s) of bins of whole time steps, and the time in each.

    Bins are narrower where more spikes fill them.
    """
    most = min(MOST_COLUMNS, max(60, round(np.sqrt(1.5 * n_spikes / _SPIKES_PER_PIXEL))))
    width = max(1, -(-n_steps // most))
    n_bins = max(1, -(-n_steps // width))
    edges = np.arange(n_bins + 1) * width * dt_s
    occupancy_s = np.full(n_bins, width * dt_s)
    occupancy_s[-1] = (n_steps - (n_bins - 1) * width) * dt_s
    return edges, occupancy_s


def running_mean(values: FloatArray, width: int) -> FloatArray:
    """Return the mean over `width` neighbours, fewer at the ends, of finite values."""
    finite = np.isfinite(values)
    box = np.ones(max(1, min(width, values.size)))
    if not values.size:
        return values
    total = np.convolve(np.where(finite, values, 0.0), box, mode="same")
    count = np.convolve(finite.astype(float), box, mode="same")
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(count > 0, total / np.maximum(count, 1.0), np.nan))


def spread(values: Any, most: int) -> slice:
    """Return a slice that keeps at most about `most` of a long series."""
    return slice(None, None, max(1, len(values) // most))
