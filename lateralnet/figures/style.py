"""How all figures look: one palette, one set of sizes, one way to lay out and to save.

Figures are plain `matplotlib.figure.Figure` objects with an Agg canvas: nothing is shown, no
global state is kept, and a saved figure is gone with its last reference.
"""

from __future__ import annotations

import contextlib
import io
import struct
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import rc_context, rcdefaults, rcParams
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from lateralnet.records.storage import write_bytes

# Colours that stay apart for colour-blind readers (Okabe and Ito; purple of Tol).
LAYER_COLOUR = {"ll": "#0072B2", "mon": "#AA3377", "ts": "#00805E"}
LAYER_NAME = {"ll": "LL", "mon": "MON", "ts": "TS"}
CONDITION_COLOUR = {
    "untrained": "#7A7A7A",
    "trained": "#D55E00",
    "rate-matched": "#E69F00",
    "shuffled": "#56B4E9",
    "published": "#332288",
    "best-untrained": "#009E73",
    "best-untrained-rate": "#CC79A7",
}
OTHER_COLOUR = "#000000"
DARK, PALE, REFERENCE = "#222222", "#BBBBBB", "#CC0000"

DPI = 140
_STEPS = [1, 2, 2.5, 5, 10]
STYLE: dict[Any, Any] = {
    "svg.hashsalt": "lateralnet",  # the same file from the same figure
    "text.hinting": "none",  # hinting takes a tenth of the time and shows only on coarse screens
    "font.family": "DejaVu Sans",
    "font.size": 8.5,
    "axes.titlesize": 9.0,
    "axes.titlelocation": "left",
    "axes.titlepad": 4.0,
    "axes.titley": 1.0,  # no axis has ticks above, where Matplotlib would look for them
    "axes.labelsize": 8.5,
    "axes.labelpad": 2.5,
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.formatter.useoffset": False,
    "axes.formatter.limits": (-4, 6),
    "xtick.labelsize": 8.0,
    "ytick.labelsize": 8.0,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "legend.fontsize": 8.0,
    "legend.frameon": False,
    "legend.handlelength": 1.4,
    "legend.borderaxespad": 0.2,
    "legend.labelspacing": 0.25,
    "lines.linewidth": 1.2,
    "image.aspect": "auto",
    "image.interpolation": "nearest",
    "image.origin": "lower",
}


def density_map(colour: str) -> LinearSegmentedColormap:
    """Return a colour map from white over `colour` to nearly black."""
    return LinearSegmentedColormap.from_list(colour, ["#FFFFFF", colour, "#101018"])


LAYER_MAP = {layer: density_map(colour) for layer, colour in LAYER_COLOUR.items()}


@contextlib.contextmanager
def styled() -> Iterator[None]:
    """Make and save figures in our style, whatever the user's own Matplotlib settings are."""
    with rc_context():
        rcdefaults()
        rcParams.update(STYLE)
        yield


def condition_colour(condition: str) -> str:
    """Return the colour of a condition, also of one without a place in the palette."""
    return CONDITION_COLOUR.get(condition, OTHER_COLOUR)


# Width of a letter of running text, in inches per point of its size: plain and bold.
_EM_IN = (0.0072, 0.0083)


class Page:
    """A figure with a heading, laid out in inches so that nothing is ever cut.

    Parameters
    ----------
    heading : str
        What the figure shows.
    context : str
        Of which run, in one line.
    width_in, height_in : float
        Size.
    """

    HEAD_IN = 0.50  # above the panels and their titles

    def __init__(self, heading: str, context: str, *, width_in: float, height_in: float) -> None:
        self.figure = Figure(figsize=(width_in, height_in), dpi=DPI)
        self._width_in, self._height_in = width_in, height_in
        for text, down_in, size, colour in (
            (heading, 0.09, 10.5, DARK),
            (context, 0.29, 7.5, "#555555"),
        ):
            bold = size > 10
            free = (width_in - 0.24) / (max(1, len(text)) * size * _EM_IN[bold])
            self.figure.text(
                0.12 / width_in, 1.0 - down_in / height_in, text,
                size=size * min(1.0, free), color=colour, va="top", ha="left",
                weight="bold" if bold else "normal",
            )  # fmt: skip

    def panels(
        self,
        rows: int,
        columns: int,
        *,
        left_in: float = 0.62,
        right_in: float = 0.15,
        top_in: float = HEAD_IN + 0.27,
        bottom_in: float = 0.45,
        gap_x_in: float = 0.62,
        gap_y_in: float = 0.62,
        heights: Sequence[float] | None = None,
        widths: Sequence[float] | None = None,
    ) -> list[list[Axes]]:
        """Return a grid of axes; `heights` and `widths` are relative."""
        free_x = self._width_in - left_in - right_in - gap_x_in * (columns - 1)
        free_y = self._height_in - top_in - bottom_in - gap_y_in * (rows - 1)
        width_in = _shares(free_x, widths or [1.0] * columns)
        height_in = _shares(free_y, heights or [1.0] * rows)
        grid = []
        for row in range(rows):
            top = top_in + sum(height_in[:row]) + gap_y_in * row
            y0 = self._height_in - top - height_in[row]
            grid.append(
                [
                    self.axes(
                        left_in + sum(width_in[:column]) + gap_x_in * column,
                        y0,
                        width_in[column],
                        height_in[row],
                    )
                    for column in range(columns)
                ]
            )
        return grid

    def axes(self, x_in: float, y_in: float, width_in: float, height_in: float) -> Axes:
        """Return axes at a place in inches from the lower left corner."""
        w, h = self._width_in, self._height_in
        axes = self.figure.add_axes((x_in / w, y_in / h, width_in / w, height_in / h))
        # A tick costs a millisecond; about four intervals an axis are enough to read it.
        axes.xaxis.set_major_locator(MaxNLocator(5, steps=_STEPS))
        axes.yaxis.set_major_locator(MaxNLocator(4, steps=_STEPS))
        return axes


def _shares(total: float, weights: Sequence[float]) -> list[float]:
    return [total * weight / sum(weights) for weight in weights]


def save(figure: Figure, path: Path, dpi: int | None = None) -> None:
    """Draw a figure and write it as PNG, PDF or SVG by its name, whole or not at all."""
    canvas = FigureCanvasAgg(figure)
    if dpi is not None:
        figure.set_dpi(dpi)
    if path.suffix != ".png":
        stream = io.BytesIO()
        stamp = {"Date": None} if path.suffix == ".svg" else {"CreationDate": None}
        figure.savefig(stream, format=path.suffix[1:], metadata=stamp)  # the same on every day
        write_bytes(path, stream.getvalue(), durable=False)
        return
    canvas.draw()
    rgb = np.asarray(canvas.buffer_rgba())[:, :, :3]
    write_bytes(path, png_bytes(rgb, dpi or DPI), durable=False)


def png_bytes(rgb: NDArray[np.uint8], dpi: int = DPI) -> bytes:
    """Return an image of shape (height, width, 3) as PNG.

    Without the row filters that photographs need, and with the fastest compression, a set of
    figures takes half the time to encode that Pillow takes, in files of the same size.
    """
    height, width, _ = rgb.shape
    rows = np.zeros((height, 1 + 3 * width), dtype=np.uint8)  # each begins with "no filter"
    rows[:, 1:] = rgb.reshape(height, -1)
    pixels_per_metre = round(dpi / 0.0254)
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
        (b"pHYs", struct.pack(">IIB", pixels_per_metre, pixels_per_metre, 1)),
        (b"IDAT", zlib.compress(rows.data, 1)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )
