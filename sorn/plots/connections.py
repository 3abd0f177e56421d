"""Plots of synapses: how many there are, how strong, and between whom."""

from __future__ import annotations

from os import PathLike
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from sorn.arrays import NumpyArray
from sorn.errors import InputError
from sorn.plots.support import (
    BLUE,
    GREEN,
    GREY,
    SMALLEST_WEIGHT,
    VERMILLION,
    Saving,
    check_bins,
    finish,
    force_layout,
    integer_edges,
    lognormal_density,
    normal_density,
    open_axes,
    visible_weights,
)

MOST_LABELLED_NODES = 60
EDGE_TINTS = 0.25, 0.9


def hist_incoming_conn(
    weights: Any,
    bin_size: int = 10,
    histtype: str = "bar",
    savefig: Saving = False,
    ax: Axes | None = None,
) -> Figure:
    """Histogram of the number of presynaptic partners, beside a normal distribution.

    The curve has the mean and the standard deviation of the counts; it is drawn for comparison and
    says nothing about whether the counts are normal (learned networks' are not).

    Parameters
    ----------
    weights : array_like, shape (sources, targets)
        A synapse is a weight above 0.
    bin_size : int
        Largest number of bins.
    histtype : str
        As in `matplotlib.axes.Axes.hist`.
    savefig : bool or path
        True writes ``hist_incoming_conn.png``.
    """
    counts = np.count_nonzero(np.asarray(weights) > 0, axis=0)
    axes = _partner_histogram(counts, "presynaptic", bin_size, histtype, ax)
    return finish(axes, ax, savefig, "hist_incoming_conn.png")


def hist_outgoing_conn(
    weights: Any,
    bin_size: int = 10,
    histtype: str = "bar",
    savefig: Saving = False,
    ax: Axes | None = None,
) -> Figure:
    """As `hist_incoming_conn`, for postsynaptic partners; ``hist_outgoing_conn.png``."""
    counts = np.count_nonzero(np.asarray(weights) > 0, axis=1)
    axes = _partner_histogram(counts, "postsynaptic", bin_size, histtype, ax)
    return finish(axes, ax, savefig, "hist_outgoing_conn.png")


def network_connection_dynamics(
    connection_counts: Any, savefig: Saving = False, ax: Axes | None = None
) -> Figure:
    """Number of excitatory synapses over time.

    Parameters
    ----------
    connection_counts : sequence of int
        As the ``C`` of a simulation.
    savefig : bool or path
        True writes ``connection_dynamics.png``.
    """
    axes = open_axes(ax, 8, 4.4)
    axes.plot(np.asarray(connection_counts), color=BLUE)
    axes.set(title="Network connection dynamics", xlabel="Time (steps)", ylabel="Synapses E to E")
    axes.locator_params(integer=True)  # steps and synapses are counted
    return finish(axes, ax, savefig, "connection_dynamics.png")


def weight_distribution(
    weights: Any, bin_size: int = 10, savefig: Saving = False, ax: Axes | None = None
) -> Figure:
    """Histogram of weights of at least 0.01, as dots at the middle of each bin.

    Parameters
    ----------
    weights : array_like
    bin_size : int
        Number of bins.
    savefig : bool or path
        True writes ``weight_distribution.png``.
    """
    check_bins(bin_size)
    counts, edges = np.histogram(visible_weights(weights, 1), bins=bin_size)
    axes = open_axes(ax, 6.4, 4.4)
    axes.plot((edges[:-1] + edges[1:]) / 2, counts, "o", color=BLUE, clip_on=False)
    axes.set(
        title=f"Synaptic weights of at least {SMALLEST_WEIGHT}",
        xlabel="Weight",
        ylabel=f"Synapses per bin of {edges[1] - edges[0]:.2g}",
    )
    axes.set_ylim(bottom=0)
    return finish(axes, ax, savefig, "weight_distribution.png")


def linear_lognormal_fit(
    weights: Any,
    num_points: int = 100,
    savefig: Saving = False,
    ax: tuple[Axes, Axes] | None = None,
) -> Figure:
    """Weights of at least 0.01 and their lognormal fit, on a linear and a logarithmic axis.

    The fit has the mean and standard deviation of the logarithms (maximum likelihood).

    Parameters
    ----------
    weights : array_like
    num_points : int
        Points of the curve.
    savefig : bool or path
        True writes ``LinearLognormalFit.png``.
    ax : pair of Axes, optional
        For the linear and the logarithmic panel.
    """
    values = visible_weights(weights, 2)
    mu, sigma = float(np.log(values).mean()), float(np.log(values).std())
    if sigma == 0.0:
        raise InputError("all weights are equal; a lognormal fit needs different ones")
    panels = plt.subplots(1, 2, figsize=(11, 4.6), layout="constrained")[1] if ax is None else ax
    low, high = float(values.min()), float(values.max())
    for panel, scale, space in (
        (panels[0], "linear", np.linspace),
        (panels[1], "log", np.geomspace),
    ):
        points, edges = space(low, high, num_points), space(low, high, 31)
        panel.hist(
            values, bins=edges.tolist(), density=True, color=GREY, alpha=0.4, label="Weights"
        )
        panel.plot(points, lognormal_density(points, mu, sigma), color=BLUE, label="Lognormal fit")
        for name, position, style, colour in (
            ("mode", np.exp(mu - sigma**2), ":", "black"),
            ("median", np.exp(mu), "-.", VERMILLION),
            ("mean", np.exp(mu + sigma**2 / 2), "--", GREEN),
        ):
            panel.axvline(position, linestyle=style, color=colour, label=f"{name} {position:.3g}")
        panel.set(
            xscale=scale, xlabel="Weight", ylabel="Density (1 / weight)", title=f"{scale} axis"
        )
    panels[0].legend()
    return finish(panels[0], ax, savefig, "LinearLognormalFit.png")


def plot_network(
    corr: Any,
    corr_thres: float,
    fig_name: str | PathLike[str] | None = None,
    ax: Axes | None = None,
    max_edges: int = 2000,
) -> Figure:
    """Neurons as nodes, joined where their correlation is above a threshold.

    Neurons without such a partner are left out. Of more than `max_edges` edges the strongest are
    drawn, and the title says so, because thousands of lines cover each other.

    Parameters
    ----------
    corr : array_like, shape (neurons, neurons)
        Symmetric, as from `Statistics.avg_corr_coeff`.
    corr_thres : float
    fig_name : path, optional
        File to write.
    """
    matrix = np.asarray(corr, dtype=np.float64)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise InputError(f"a correlation matrix is square, not of shape {matrix.shape}")
    rows, columns = np.nonzero(np.triu(matrix > corr_thres, k=1))
    found = len(rows)
    strongest = np.argsort(matrix[rows, columns], kind="stable")[-max_edges:]
    rows, columns = rows[strongest], columns[strongest]
    axes = open_axes(ax, 8, 8)
    nodes, ends = np.unique(np.concatenate([rows, columns]), return_inverse=True)
    ends = ends.reshape(2, -1)
    drawn = "" if found == len(rows) else f", the strongest {len(rows)} drawn"
    axes.set_title(
        f"{found} correlations above {corr_thres:g} between {len(matrix)} neurons{drawn}"
    )
    axes.set_axis_off()
    axes.set_aspect("equal")
    if found:
        _draw_graph(axes, nodes, ends, matrix[rows, columns])
    return finish(axes, ax, fig_name or False, "network.png")


def _draw_graph(axes: Axes, nodes: NumpyArray, ends: NumpyArray, strength: NumpyArray) -> None:
    """Edges (stronger is darker) below nodes (more partners is lighter)."""
    attraction = np.zeros((len(nodes), len(nodes)))
    attraction[ends[0], ends[1]] = attraction[ends[1], ends[0]] = 1.0
    position = force_layout(attraction)
    span = float(np.ptp(strength)) or 1.0
    low, high = EDGE_TINTS
    tint = low + (high - low) * (strength - strength.min()) / span
    axes.add_collection(
        LineCollection(
            np.stack([position[ends[0]], position[ends[1]]], axis=1).tolist(),
            colors=plt.get_cmap("Greys")(tint),
            linewidths=0.6,
            zorder=1,
        )
    )
    degree = np.bincount(ends.reshape(-1), minlength=len(nodes))
    labelled = len(nodes) <= MOST_LABELLED_NODES
    x, y = position.T
    size = 220 if labelled else 30
    dots = axes.scatter(x, y, c=degree, cmap="viridis", s=size, zorder=2)
    axes.figure.colorbar(dots, ax=axes, label="Drawn partners", shrink=0.6)
    if labelled:
        light = degree > 0.6 * np.max(degree) + 0.4 * np.min(degree)
        for node, (left, up), on_light in zip(nodes, position, light, strict=True):
            colour = "black" if on_light else "white"
            axes.text(left, up, str(node), ha="center", va="center", fontsize=8, color=colour)


def _partner_histogram(
    counts: NumpyArray, kind: str, bin_size: int, histtype: str, ax: Axes | None
) -> Axes:
    mean, std = float(counts.mean()), float(counts.std())
    style: dict[str, Any] = {"histtype": histtype, "color": BLUE, "alpha": 0.6}
    edges = integer_edges(counts, bin_size) - 0.5
    axes = open_axes(ax, 8, 4.4)
    axes.hist(counts, bins=edges.tolist(), density=True, **style)
    if std > 0:
        points = np.linspace(counts.min(), counts.max(), 200)
        axes.plot(
            points,
            normal_density(points, mean, std),
            color="black",
            label="Normal of the same mean and std",
        )
        axes.legend()
    axes.set(
        title=f"Distribution of {kind} connections: mu = {mean:.2f}, std = {std:.2f}",
        xlabel=f"Number of {kind} connections",
        ylabel="Probability density",
    )
    return axes
