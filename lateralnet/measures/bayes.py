"""How much a layer tells about position, whatever its order: a Bayesian decoder.

Each cell is a Poisson process with the rate map measured in the *other* sweeps; the prior over
the body is flat; the estimate is the posterior mean (Zhang et al. 1998, J Neurophysiol 79:1017).
Beside its place, a sweep has a gain g that all cells of a window share, g ~ Gamma with mean 1
(Goris et al. 2014, Nat Neurosci 17:858), which is integrated out:

    P(x | n) ~ prod_k r_k(x)^n_k / (mu(x) + shape)^(N + shape),  N = sum_k n_k, mu = T sum_k r_k.

Without it the decoder reads the place from the size of the population's volleys: TS fires 0 to
500 spikes in 20 ms at one place, which independent Poisson cells almost never do, so it would
be sure and wrong, worse than a guess. The shape is measured in the other sweeps too; Poisson
spikes have an infinite one, and the usual decoder comes back. Where all cells are silent and
the gain is wild, the posterior is nearly flat and the estimate is the middle of the body.
Compare the error with the ideal observer of `lateralnet.measures.ideal_observer`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lateralnet.measures.decoding import smoothing_steps
from lateralnet.measures.precision import mid_body
from lateralnet.measures.rate_maps import (
    POSITION_BINS,
    SMOOTHING_CM,
    rate_map_of,
    spike_counts,
)
from lateralnet.measures.statistics.chance import NO_CHANCE, Chance, chance_among, permutations
from lateralnet.parameters.rules import DECODING_WINDOW_S
from lateralnet.records.sweep import Sweep

FloatArray = NDArray[np.float64]

_SMALLEST_RATE_HZ = 0.1  # a cell that was silent somewhere may still fire there
_LARGEST_SHAPE = 1e6


@dataclass(frozen=True)
class BayesDecoding:
    """Cross-validated errors along the body; NaN with fewer than two sweeps or no spikes.

    Attributes
    ----------
    rms_error_cm, median_error_cm : float
        Root mean square and median |error| over all windows of all sweeps.
    mid_rms_error_cm : float
        RMS error over the inner three quarters of the body: over all of it, the few windows at
        head and tail decide.
    chance, median_chance, mid_chance : Chance
        The three errors when the cells of the decoded sweep are shuffled.
    x_true_cm, x_hat_cm : ndarray, shape (n_windows,)
        Mean position in each window, and its estimate.
    """

    rms_error_cm: float
    median_error_cm: float
    mid_rms_error_cm: float
    chance: Chance
    median_chance: Chance
    mid_chance: Chance
    x_true_cm: FloatArray
    x_hat_cm: FloatArray


@dataclass(frozen=True)
class _Fold:
    """One sweep cut into windows, and what the other sweeps say about the cells."""

    counts: FloatArray  # (n_windows, n)
    x_true_cm: FloatArray  # (n_windows,)
    log_rate: FloatArray  # (n, n_places)
    log_evidence: FloatArray  # (n_windows, n_places): what the number of spikes says
    places_cm: FloatArray  # (n_places,)

    def decoded_cm(self, orders: NDArray[np.int64]) -> FloatArray:
        """Return the posterior mean in each window, shape (n_orders, n_windows).

        `orders` has shape (n_orders, n): cell `orders[m, k]` is read as cell k. All orders go
        through one product of matrices, which is far faster than one product for each.
        """
        active = np.flatnonzero(self.counts.any(axis=0))  # the others add nothing
        n_orders = orders.shape[0]
        n_places = self.places_cm.size
        log_rate = np.take(self.log_rate, orders[:, active].T, axis=0)
        log_posterior = self.counts[:, active] @ log_rate.reshape(active.size, n_orders * n_places)
        log_posterior = log_posterior.reshape(-1, n_orders, n_places)
        log_posterior += self.log_evidence[:, None, :]
        log_posterior -= log_posterior.max(axis=2, keepdims=True)
        posterior = np.exp(log_posterior, out=log_posterior)
        return np.asarray((posterior @ self.places_cm / posterior.sum(axis=2)).T)


def bayes_decoding(
    sweeps: Sequence[Sweep],
    *,
    body_length_cm: float,
    n_shuffles: int = 100,
    seed: int = 0,
    window_s: float = DECODING_WINDOW_S,
) -> BayesDecoding:
    """Decode each sweep, window by window, with the rate maps of the other sweeps.

    Parameters
    ----------
    sweeps : sequence of Sweep
        At least two sweeps over the same path; windows that leave the body do not count.
    body_length_cm : float
        Length of the body.
    n_shuffles, seed : int
        Permutations for the chance level, and their seed.
    window_s : float
        Length of a window.
    """
    if len(sweeps) < 2 or not any(sweep.steps_and_cells()[0].size for sweep in sweeps):
        nothing, nan = np.empty(0), float("nan")
        return BayesDecoding(nan, nan, nan, NO_CHANCE, NO_CHANCE, NO_CHANCE, nothing, nothing)
    n = sweeps[0].n_cells
    folds = _folds(sweeps, body_length_cm, window_s)
    x_true_cm = np.concatenate([fold.x_true_cm for fold in folds])

    orders = np.concatenate([np.arange(n)[None], permutations(n, max(0, n_shuffles), seed)])
    decoded_cm = np.concatenate([fold.decoded_cm(orders) for fold in folds], axis=1)
    square_cm2 = (decoded_cm - x_true_cm) ** 2
    inside = mid_body(x_true_cm, body_length_cm=body_length_cm)
    rms_cm = np.sqrt(np.mean(square_cm2, axis=1))
    median_cm = np.median(np.abs(decoded_cm - x_true_cm), axis=1)
    mid_cm = np.full(len(orders), np.nan)
    if inside.any():
        mid_cm = np.sqrt(np.mean(square_cm2[:, inside], axis=1))
    chances = [
        chance_among(values[1:], float(values[0]), low_is_good=True)
        for values in (rms_cm, median_cm, mid_cm)
    ]
    return BayesDecoding(
        rms_error_cm=float(rms_cm[0]),
        median_error_cm=float(median_cm[0]),
        mid_rms_error_cm=float(mid_cm[0]),
        chance=chances[0],
        median_chance=chances[1],
        mid_chance=chances[2],
        x_true_cm=x_true_cm,
        x_hat_cm=decoded_cm[0],
    )


def _folds(sweeps: Sequence[Sweep], body_length_cm: float, window_s: float) -> list[_Fold]:
    """Return one fold for each sweep that has a window on the body."""
    each = [
        spike_counts([sweep], body_length_cm=body_length_cm, n_bins=POSITION_BINS)
        for sweep in sweeps
    ]
    total_counts = sum(counts for counts, _ in each)
    total_s = sum(occupancy_s for _, occupancy_s in each)
    windows = [_windows(sweep, body_length_cm, window_s) for sweep in sweeps]
    folds = []
    for number, (sweep, (own_counts, own_s)) in enumerate(zip(sweeps, each, strict=True)):
        rates = rate_map_of(
            total_counts - own_counts,
            # Time steps add up with rounding: what is left of nothing must be nothing.
            np.where(total_s - own_s < 0.5 * sweep.dt_s, 0.0, total_s - own_s),
            body_length_cm=body_length_cm,
            smoothing_cm=SMOOTHING_CM,
        )
        seen = np.isfinite(rates.smooth_rate_hz[0])
        rate_hz = rates.smooth_rate_hz[:, seen] + _SMALLEST_RATE_HZ
        places_cm = rates.x_cm[seen]
        counts, x_true_cm, length_s = windows[number]
        if x_true_cm.size and seen.any():
            expected = length_s * rate_hz.sum(axis=0)
            others = [window for k, window in enumerate(windows) if k != number]
            shape = _gain_shape(others, places_cm, expected)
            spikes = counts.sum(axis=1)[:, None]
            folds.append(
                _Fold(
                    counts=counts,
                    x_true_cm=x_true_cm,
                    log_rate=np.log(rate_hz),
                    log_evidence=-(spikes + shape) * np.log1p(expected / shape),
                    places_cm=places_cm,
                )
            )
    return folds


def _gain_shape(
    windows: Sequence[tuple[FloatArray, FloatArray, float]],
    places_cm: FloatArray,
    expected: FloatArray,
) -> float:
    """Return the shape of the shared gain: var N = mu + mu^2 / shape, over all windows."""
    spikes = np.concatenate([counts.sum(axis=1) for counts, _, _ in windows])
    x_cm = np.concatenate([x_true_cm for _, x_true_cm, _ in windows])
    mean = np.interp(x_cm, places_cm, expected)
    excess = float(np.sum((spikes - mean) ** 2 - mean))
    shape = float(np.sum(mean**2)) / max(excess, 1e-12)
    return min(shape, _LARGEST_SHAPE) if shape > 0.0 else _LARGEST_SHAPE


def _windows(
    sweep: Sweep, body_length_cm: float, window_s: float
) -> tuple[FloatArray, FloatArray, float]:
    """Return spike counts (n_windows, n), mean positions (n_windows,) and window length."""
    width = smoothing_steps(sweep.dt_s, window_s)
    n, n_windows = sweep.n_cells, sweep.n_steps // width
    x_cm = sweep.x_cm[: n_windows * width].reshape(n_windows, width)
    on_body = np.all((x_cm >= 0.0) & (x_cm <= body_length_cm), axis=1)
    step, cell = sweep.steps_and_cells()
    window = step // width
    kept = window < n_windows
    flat = np.bincount(window[kept] * n + cell[kept], minlength=n_windows * n)
    counts = flat.reshape(n_windows, n).astype(float)
    return counts[on_body], x_cm[on_body].mean(axis=1), width * sweep.dt_s
