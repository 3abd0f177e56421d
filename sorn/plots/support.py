"""What all plots share: figures of their own, colours, and curves without SciPy."""

from __future__ import annotations

from numbers import Integral
from os import PathLike
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sorn.arrays import NumpyArray
from sorn.errors import InputError
from sorn.files import whole_file

BLUE, VERMILLION, GREEN, GREY = "#0072B2", "#D55E00", "#009E73", "#666666"
"""Colours that people with colour-blindness can tell apart (Okabe and Ito 2008)."""

SMALLEST_WEIGHT = 0.01
"""Weights below it are left out of distributions, as in Zheng et al. 2013."""

CENTRE_PULL = 5.0

Saving = bool | str | PathLike[str]


def open_axes(ax: Axes | None, width: float, height: float, margin_above: float = 0.0) -> Axes:
    """`ax`, or the axes of a new figure of `width` x `height` inches.

    `margin_above` is the share of the height that stays free for a panel above the axes, whose
    title the layout overlooks.
    """
    if ax is not None:
        return ax
    figure, axes = plt.subplots(figsize=(width, height))
    figure.set_layout_engine("constrained", rect=(0.0, 0.0, 1.0, 1.0 - margin_above))
    return axes


def finish(ax: Axes, given: Any, savefig: Saving, default_name: str) -> Figure:
    """Save if asked, close a figure of our own that was saved, and return the figure.

    Parameters
    ----------
    given : Axes or None
        Axes that the caller passed in; their figure stays open.
    savefig : bool or path
        True saves `default_name` in the working directory.
    """
    figure = ax.get_figure()
    assert isinstance(figure, Figure)
    if savefig is not False and savefig is not None:
        path = Path(default_name if savefig is True else savefig)
        with whole_file(path if path.suffix else path.with_suffix(".png")) as temporary:
            figure.savefig(temporary, dpi=150)
        if given is None:
            plt.close(figure)
    return figure


def normal_density(values: NumpyArray, mean: float, std: float) -> NumpyArray:
    """Density of N(mean, std) at `values`."""
    result: NumpyArray = np.exp(-0.5 * ((values - mean) / std) ** 2) / (std * np.sqrt(2 * np.pi))
    return result


def lognormal_density(values: NumpyArray, mu: float, sigma: float) -> NumpyArray:
    """Density at `values` of a variable whose logarithm is N(mu, sigma)."""
    result: NumpyArray = normal_density(np.log(values), mu, sigma) / values
    return result


def integer_edges(values: NumpyArray, bins: int) -> NumpyArray:
    """Edges of at most `bins` bins of equal whole width around whole numbers.

    Bins of a fractional width would hold different numbers of whole values and look uneven.
    """
    check_bins(bins)
    low, high = int(values.min()), int(values.max())
    width = -(-(high - low + 1) // bins)
    return np.arange(low, high + width + 1, width)


def check_bins(bins: Any) -> None:
    """Raise `InputError` unless `bins` is a number of bins."""
    if isinstance(bins, bool) or not isinstance(bins, Integral) or bins < 1:
        raise InputError(f"bin_size={bins!r}; give the number of bins, a whole number from 1 on")


def visible_weights(weights: Any, least: int) -> NumpyArray:
    """Weights of at least `SMALLEST_WEIGHT`; an error if there are fewer than `least`."""
    values = np.asarray(weights, dtype=np.float64).reshape(-1)
    values = values[values >= SMALLEST_WEIGHT]
    if len(values) < least:
        raise InputError(
            f"{len(values)} weights are at least {SMALLEST_WEIGHT}; the plot needs {least}"
        )
    return values


def force_layout(attraction: NumpyArray, iterations: int = 60) -> NumpyArray:
    """Positions that draw connected nodes together (Fruchterman and Reingold 1991).

    A weak pull to the centre keeps groups without a connection to the rest in the picture.

    Parameters
    ----------
    attraction : ndarray, shape (nodes, nodes)
        Symmetric, zero where two nodes are not connected.

    Returns
    -------
    ndarray, shape (nodes, 2)
        In [-1, 1]; the same at every call, because nodes start on a circle.
    """
    nodes = len(attraction)
    angle = np.linspace(0.0, 2 * np.pi, nodes, endpoint=False)
    position = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    spacing = np.sqrt(4.0 / nodes)
    for temperature in np.linspace(0.2, 0.005, iterations):
        x, y = (position[:, k, None] - position[None, :, k] for k in (0, 1))
        distance = np.maximum(np.sqrt(x * x + y * y), 1e-3)
        pull = spacing**2 / distance**2 - attraction * distance / spacing
        move = np.stack([(x * pull).sum(axis=1), (y * pull).sum(axis=1)], axis=1)
        move -= CENTRE_PULL * position
        length = np.maximum(np.sqrt((move**2).sum(axis=1, keepdims=True)), 1e-9)
        position = position + move / length * np.minimum(length, temperature)
    position -= position.mean(axis=0)
    result: NumpyArray = position / np.abs(position).max(initial=1e-9)
    return result
