"""Plots of spikes: when neurons fire, how often, and together with whom."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sorn.arrays import NumpyArray
from sorn.errors import InputError
from sorn.measures.spike_statistics import Statistics, one_train, two_dimensional
from sorn.plots.support import BLUE, VERMILLION, Saving, finish, integer_edges, open_axes

MOST_DOTTED_STEPS = 2000
DENSITY_COLUMNS = 800
"""Bins of a long spike train, about the pixels of the figure's width."""


def hist_firing_rate_network(
    spike_train: Any, bin_size: int = 10, savefig: Saving = False, ax: Axes | None = None
) -> Figure:
    """Histogram of the number of neurons that fire in a step; silent steps count as 0.

    Parameters
    ----------
    spike_train : array_like, shape (time, neurons)
    bin_size : int
        Largest number of bins.
    savefig : bool or path
        True writes ``hist_firing_rate_network.png``.
    """
    rates = Statistics.firing_rate_network(spike_train)
    edges = integer_edges(rates, bin_size) - 0.5
    axes = open_axes(ax, 6.4, 4.4)
    axes.hist(rates, bins=edges.tolist(), color=BLUE, alpha=0.8, edgecolor="white")
    axes.set(
        title="Distribution of population activity",
        xlabel="Active neurons per step",
        ylabel="Steps",
    )
    return finish(axes, ax, savefig, "hist_firing_rate_network.png")


def scatter_plot(spike_train: Any, savefig: Saving = False, ax: Axes | None = None) -> Figure:
    """Spikes over time, below the number of active neurons.

    Up to 2000 steps each spike is a dot; of longer trains means over bins are drawn in grey.

    Parameters
    ----------
    spike_train : array_like, shape (time, neurons)
    savefig : bool or path
        True writes ``ScatterSpikeTrain.png``.
    """
    spikes = two_dimensional(spike_train)
    axes = open_axes(ax, 8, 5.4, margin_above=0.03)
    steps, neurons = spikes.shape
    above = axes.inset_axes((0.0, 1.03, 1.0, 0.28), sharex=axes)
    if steps <= MOST_DOTTED_STEPS:
        times, cells = np.nonzero(spikes)
        size = float(np.clip(2e4 / max(len(times), 1), 0.5, 6.0))
        axes.scatter(times, cells, s=size, color="black", linewidths=0, rasterized=True)
        above.plot(np.count_nonzero(spikes, axis=1), color=VERMILLION, linewidth=0.7)
        axes.set(xlim=(0, steps), ylim=(-0.5, neurons - 0.5), ylabel="Neuron index")
        unit = ""
    else:
        width = -(-steps // DENSITY_COLUMNS)
        rates = _rates(spikes, width)
        axes.imshow(
            rates.T, cmap="Greys", aspect="auto", origin="lower", vmin=0.0,
            interpolation="nearest", extent=(0, len(rates) * width, -0.5, neurons - 0.5),
        )  # fmt: skip
        middles = (np.arange(len(rates)) + 0.5) * width
        above.plot(middles, rates.sum(axis=1), color=VERMILLION, linewidth=0.7)
        axes.set(xlim=(0, steps), ylabel="Neuron index (darker: more spikes)")
        unit = f" (means of {width} steps)"
    above.set_title(f"Population activity and spikes{unit}")
    above.set_ylabel("Active neurons")
    above.set_ylim(bottom=0)
    above.tick_params(labelbottom=False)
    axes.set_xlabel("Time (steps)")
    return finish(axes, ax, savefig, "ScatterSpikeTrain.png")


def _rates(spikes: NumpyArray, width: int) -> NumpyArray:
    """Spikes per step of each neuron in bins of `width` steps, shape (bins, neurons)."""
    starts = np.arange(0, len(spikes), width)
    counts = np.add.reduceat(spikes != 0, starts, axis=0, dtype=np.int64)
    lengths = np.diff(np.append(starts, len(spikes)))
    return np.asarray(counts / lengths[:, None])


def raster_plot(spike_train: Any, savefig: Saving = False, ax: Axes | None = None) -> Figure:
    """One row of ticks per neuron.

    Parameters
    ----------
    spike_train : array_like, shape (time, neurons)
    savefig : bool or path
        True writes ``RasterSpikeTrain.png``.
    """
    spikes = two_dimensional(spike_train)
    axes = open_axes(ax, 11, 6)
    trains = [np.flatnonzero(train) for train in spikes.T]
    axes.eventplot(trains, colors=BLUE, linelengths=0.8, linewidths=0.8)
    axes.set(
        title="Raster plot",
        xlabel="Time (steps)",
        ylabel="Neuron index",
        xlim=(-0.5, len(spikes) - 0.5),
        ylim=(-0.7, spikes.shape[1] - 0.3),
    )
    axes.locator_params(integer=True)  # neurons and steps are counted
    return finish(axes, ax, savefig, "RasterSpikeTrain.png")


def correlation(corr: Any, savefig: Saving = False, ax: Axes | None = None) -> Figure:
    """Heat map of a correlation matrix below its diagonal.

    Parameters
    ----------
    corr : array_like, shape (neurons, neurons)
        As from `Statistics.avg_corr_coeff`.
    savefig : bool or path
        True writes ``correlation_between_neurons.png``.
    """
    matrix = np.asarray(corr, dtype=np.float64)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise InputError(f"a correlation matrix is square, not of shape {matrix.shape}")
    axes = open_axes(ax, 8, 6.6)
    shown = np.ma.array(matrix, mask=np.triu(np.ones_like(matrix, dtype=bool)))
    limit = float(np.abs(shown).max()) if shown.count() else 1.0
    image = axes.imshow(shown, cmap="PuOr_r", vmin=-limit, vmax=limit, interpolation="nearest")
    axes.figure.colorbar(image, ax=axes, label="Pearson correlation", shrink=0.8)
    axes.set(title="Correlation between neurons", xlabel="Neuron index", ylabel="Neuron index")
    axes.locator_params(integer=True)
    return finish(axes, ax, savefig, "correlation_between_neurons.png")


def isi_exponential_fit(
    spike_train: Any,
    neuron: int,
    bin_size: int = 10,
    savefig: Saving = False,
    ax: Axes | None = None,
) -> Figure:
    """Histogram of a neuron's inter-spike intervals with an exponential decay.

    Intervals are whole steps, so the decay is the geometric law
    ``P(interval >= m + k) = (1 - p)^k`` above the shortest interval m, with the maximum
    likelihood ``p = 1 / (mean - m + 1)``; it cannot fail to converge.

    Parameters
    ----------
    spike_train : array_like, shape (time, neurons)
    neuron : int
    bin_size : int
        Largest number of bins.
    savefig : bool or path
        True writes ``isi_exponential_fit.png``.

    Raises
    ------
    InputError
        If the neuron fires fewer than three times.
    """
    intervals = Statistics.spike_time_intervals(one_train(spike_train, neuron))
    if len(intervals) < 2:
        raise InputError(f"neuron {neuron} has {len(intervals)} inter-spike intervals; needs 2")
    axes = open_axes(ax, 6.4, 4.4)
    edges = integer_edges(intervals, bin_size)
    shortest, width = int(edges[0]), int(edges[1] - edges[0])
    counts, _ = np.histogram(intervals, bins=edges)
    survival = 1.0 - 1.0 / (intervals.mean() - shortest + 1.0)
    expected = -np.diff(survival ** (edges - shortest).astype(float)) * len(intervals)
    middle = (edges[:-1] + edges[1:] - 1) / 2
    axes.bar(
        middle, counts, width=0.9 * width, color=BLUE, alpha=0.6, label=f"{len(intervals)} ISIs"
    )
    rate = -np.log(survival) if survival > 0 else np.inf
    axes.plot(
        middle, expected, "o-", color=VERMILLION, label=f"Exponential fit, {rate:.3g} per step"
    )
    axes.set(
        title=f"Inter-spike intervals of neuron {neuron}",
        xlabel="Interval (steps)",
        ylabel=f"Intervals per bin of {width} step" + ("s" if width > 1 else ""),
    )
    axes.legend()
    return finish(axes, ax, savefig, "isi_exponential_fit.png")


def hamming_distance(hamming_dist: Any, savefig: Saving = False, ax: Axes | None = None) -> Figure:
    """Hamming distance between two spike trains over time.

    Parameters
    ----------
    hamming_dist : sequence of int
        As from `Statistics.hamming_distance`.
    savefig : bool or path
        True writes ``HammingDistance.png``.
    """
    axes = open_axes(ax, 11, 4.4)
    axes.plot(np.asarray(hamming_dist), color=BLUE, linewidth=1.2)
    axes.set(
        title="Distance between actual and perturbed activity",
        xlabel="Time (steps)",
        ylabel="Neurons that differ",
    )
    axes.locator_params(integer=True)
    return finish(axes, ax, savefig, "HammingDistance.png")
