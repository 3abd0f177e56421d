"""The published measure of a map: the population vector.

Cell k of n stands for the angle 2 pi k / n, and the path of the sphere is laid around the
same circle. It keeps the definitions of the published program (J. Goulet,
LateralLine, 2026) so that numbers compare; what it cannot see (a rotated map, silence, and
a perfect map that scores 0.3) is measured in `lateralnet.measures.quality`.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lateralnet.errors import InputError
from lateralnet.measures.statistics.circular import (
    binned_mean,
    binned_spread,
    circular_std,
    within_turn,
    wrapped,
)
from lateralnet.parameters.rules import DECODING_WINDOW_S
from lateralnet.records.sweep import Sweep
from lateralnet.simulation.spikes import SpikeTrain

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True)
class PopulationVector:
    """What the population vector says about a map.

    Attributes
    ----------
    sigma_theta : float
        Circular standard deviation of the bias over positions, rad (pi for a silent layer).
    delta_trial : float
        Root mean square of the spread within each position bin, rad (pi when silent).
    valid_fraction : float
        Share of all time steps with a decoded angle inside the window.
    theta_true, theta_hat, delta_theta : ndarray, shape (n_t,)
        True angle, decoded angle and their difference in [-pi, pi); NaN where undefined.
    position_bin : ndarray of int, shape (n_t,)
        Position bin of each step, -1 where the difference is undefined.
    theta_bins, bias_theta, sigma_trial_theta : ndarray, shape (n_bins,)
        Centres of the position bins, and circular mean and spread of the difference there.
    """

    sigma_theta: float
    valid_fraction: float
    theta_true: FloatArray
    theta_hat: FloatArray
    delta_theta: FloatArray
    position_bin: IntArray
    theta_bins: FloatArray
    bias_theta: FloatArray

    @functools.cached_property
    def sigma_trial_theta(self) -> FloatArray:
        """Not everybody who decodes wants to know how much trials differ."""
        binned = self.position_bin >= 0
        return binned_spread(self.delta_theta[binned], self.position_bin[binned], self.bias_theta)

    @functools.cached_property
    def delta_trial(self) -> float:
        """From `sigma_trial_theta`."""
        spread = self.sigma_trial_theta[np.isfinite(self.bias_theta)]
        return float(np.sqrt(np.mean(spread**2))) if spread.size else np.pi


def population_vector(
    spike_t_s: ArrayLike,
    spike_i: ArrayLike,
    n: int,
    t_s: ArrayLike,
    x_cm: ArrayLike,
    *,
    start_s: float,
    dt_s: float,
    n_bins: int,
    window_cm: tuple[float, float] | None = None,
    window_s: float = DECODING_WINDOW_S,
) -> PopulationVector:
    """Decode the position of the sphere with the population vector of a layer.

    Parameters
    ----------
    spike_t_s, spike_i : array_like, shape (n_spikes,)
        Spike times and cell indices; spikes before the start or after the end do not count.
    n : int
        Number of cells in the layer.
    t_s, x_cm : array_like, shape (n_t,)
        Time steps of the stimulus and position of the sphere at each.
    start_s : float
        Time, on the clock of the spikes, at which the stimulus begins.
    dt_s : float
        Time step.
    n_bins : int
        Position bins; the published measure takes min(100, n).
    window_cm : (float, float), optional
        Positions outside are left out, and the window spans the whole circle.
    window_s : float
        Time over which spikes are summed; 20 ms in the published measure.

    Returns
    -------
    PopulationVector
        The published measures and the arrays behind them.

    Raises
    ------
    InputError
        When the stimulus is shorter than `window_s`, or the arrays do not match.
    """
    x = np.asarray(x_cm, dtype=float)
    if x.shape != np.shape(t_s):
        raise InputError(f"t_s {np.shape(t_s)} and x_cm {x.shape} must have the same shape.")
    spikes = SpikeTrain.from_times(spike_t_s, spike_i, n, start_s=start_s, dt_s=dt_s)
    return decoded_sweep(Sweep(spikes, x), n_bins=n_bins, window_cm=window_cm, window_s=window_s)


def decoded_sweep(
    sweep: Sweep,
    *,
    n_bins: int,
    window_cm: tuple[float, float] | None = None,
    window_s: float = DECODING_WINDOW_S,
) -> PopulationVector:
    """Decode a sweep; see `population_vector`."""
    x, n, dt_s = sweep.x_cm, sweep.n_cells, sweep.dt_s
    step, cell = sweep.steps_and_cells()
    low_cm, high_cm = (-np.inf, np.inf) if window_cm is None else window_cm
    if not high_cm > low_cm:
        raise InputError(f"the window {low_cm:g} to {high_cm:g} cm is empty.")
    inside = (x >= low_cm) & (x <= high_cm)
    kept = inside[step]
    theta_hat = decoded_angle(
        step[kept], cell[kept], n, n_steps=x.size, dt_s=dt_s, window_s=window_s
    )
    theta_true = _true_angle(x, inside, window_cm)
    valid = np.isfinite(theta_hat) & inside
    delta = np.full(x.size, np.nan)
    delta[valid] = wrapped(theta_hat[valid] - theta_true[valid])

    edges = np.linspace(0.0, 2.0 * np.pi, n_bins + 1)
    position_bin = np.full(x.size, -1)
    position_bin[valid] = np.searchsorted(edges, theta_true[valid], side="right") - 1
    # The far end of a window is the angle 2 pi itself, which belongs to no bin.
    position_bin[position_bin == n_bins] = -1
    binned = position_bin >= 0
    bias = binned_mean(delta[binned], position_bin[binned], n_bins)
    filled = np.isfinite(bias)
    return PopulationVector(
        sigma_theta=circular_std(bias[filled]) if filled.any() else np.pi,
        valid_fraction=float(np.mean(valid)),
        theta_true=theta_true,
        theta_hat=theta_hat,
        delta_theta=delta,
        position_bin=position_bin,
        theta_bins=0.5 * (edges[:-1] + edges[1:]),
        bias_theta=bias,
    )


def decoded_angle(
    step: IntArray,
    cell: IntArray,
    n: int,
    *,
    n_steps: int,
    dt_s: float,
    window_s: float = DECODING_WINDOW_S,
) -> FloatArray:
    """Return the angle of the smoothed population vector at each time step, in [0, 2 pi).

    Only the sum of unit vectors and the spike count are smoothed, not the rate of each cell:
    smoothing is linear. NaN where no spike falls into the window around a step.
    """
    everywhere = np.ones(n_steps, dtype=bool)
    as_is = np.arange(n)[None]
    (found,) = decoded_angles(step, cell, as_is, here=everywhere, dt_s=dt_s, window_s=window_s)
    return np.asarray(found)


def decoded_angles(
    step: IntArray,
    cell: IntArray,
    orders: IntArray,
    *,
    here: BoolArray,
    dt_s: float,
    window_s: float = DECODING_WINDOW_S,
) -> FloatArray:
    """Return `decoded_angle` with the cells in several orders, at some steps.

    Parameters
    ----------
    step, cell : ndarray, shape (n_spikes,)
        Spikes within the `n_steps` steps.
    orders : ndarray of int, shape (n_orders, n)
        Cell k is read as cell ``orders[m, k]``.
    here : ndarray of bool, shape (n_steps,)
        Which steps are wanted.

    Returns
    -------
    ndarray, shape (n_orders, count of `here`)
        In [0, 2 pi), NaN where nothing is decoded.
    """
    n_steps, n = here.size, orders.shape[1]
    width = smoothing_steps(dt_s, window_s)
    if n_steps < width:
        raise InputError(
            f"the stimulus lasts {n_steps * dt_s * 1e3:g} ms, less than the "
            f"{window_s * 1e3:g} ms in which rates are smoothed."
        )
    box = np.ones(width)
    count = np.bincount(step, minlength=n_steps).astype(float)
    decoded = (np.convolve(count, box, mode="same") > 0.5)[here]  # counts are whole
    wanted = np.flatnonzero(here)[decoded]
    angle = 2.0 * np.pi * np.arange(n) / n
    cosine, sine = np.cos(angle), np.sin(angle)
    vector, smooth = np.empty(n_steps, dtype=complex), np.empty((len(orders), wanted.size), complex)
    for order, found in zip(orders, smooth, strict=True):
        vector.real = np.bincount(step, cosine[order][cell], n_steps)
        vector.imag = np.bincount(step, sine[order][cell], n_steps)
        found[:] = np.convolve(vector, box, mode="same")[wanted]
    theta_hat = np.full((len(orders), decoded.size), np.nan)
    theta_hat[:, decoded] = within_turn(np.angle(smooth))
    return theta_hat


def smoothing_steps(dt_s: float, window_s: float = DECODING_WINDOW_S) -> int:
    """Return the length of the decoding window in time steps."""
    return max(1, round(window_s / dt_s))


def _true_angle(
    x_cm: FloatArray, inside: BoolArray, window_cm: tuple[float, float] | None
) -> FloatArray:
    """Return the angle of the position at each step, NaN outside the window."""
    if window_cm is None:
        # A hair wider than the path, so that its end does not fall onto its beginning.
        low_cm, span_cm = float(x_cm.min()), float(np.ptp(x_cm)) + 1e-12
    else:
        low_cm, span_cm = window_cm[0], window_cm[1] - window_cm[0]
    return np.where(inside, 2.0 * np.pi * (x_cm - low_cm) / span_cm, np.nan)
