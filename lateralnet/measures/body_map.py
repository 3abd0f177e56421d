"""The population vector against the anatomy: a perfect map scores 0 and silence is no map.

The decoder of `lateralnet.measures.decoding` compared with body-fixed angles: position x
stands for theta = 2 pi clip(x, 0, L) / L, the angle of the cell that the anatomy puts there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lateralnet.errors import InputError
from lateralnet.measures.decoding import decoded_angles
from lateralnet.measures.precision import calibrated_rms_of
from lateralnet.measures.statistics.chance import (
    NO_CHANCE,
    Chance,
    blocks,
    chance_among,
    permutations,
)
from lateralnet.measures.statistics.circular import binned_mean, circular_std, wrapped
from lateralnet.parameters.rules import DECODING_WINDOW_S
from lateralnet.records.sweep import Sweep

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

SIGNIFICANT_P = 0.05
_GUESS_RAD = np.pi
_WEAK_SHARE_OF_CHANCE = 0.5
_CONSISTENT_SPREAD_RAD = 0.8  # a turned map decodes the same way everywhere: far below chance


@dataclass(frozen=True)
class BodyFixedMap:
    """Errors of the population vector against the anatomy; all NaN for a silent layer.

    Errors go the shorter way around the ring of cells; the two linear ones do not, so that
    head and tail cannot be taken for each other. A time step without a decoded angle counts
    as a guess of the middle of the body.

    Attributes
    ----------
    rms_error_cm, median_error_cm, mean_error_cm : float
        Root mean square, median and mean of |error|.
    bias_cm : float
        Mean signed error, positive towards the tail.
    sigma_bias_rad : float
        Circular standard deviation of the bias over position bins: blind to a rotation.
    linear_rms_error_cm, linear_median_error_cm : float
        The errors of the decoded position itself.
    calibrated_rms_error_cm : float
        What is left after calibration with the other sweeps, see `lateralnet.measures.precision`.
    valid_fraction : float
        Share of scored time steps with a decoded angle (0 when silent).
    chance, linear_chance, calibrated_chance : Chance
        The three RMS errors with the cells shuffled.
    verdict : str
        What this says, in words.
    x_true_cm, x_hat_cm : ndarray, shape (n_scored,)
        True and decoded position at each scored step of all sweeps; NaN where not decoded.
    error_cm : ndarray, shape (n_scored,)
        Error there, the shorter way around; NaN for a silent layer only.
    bin_cm, bias_by_position_cm : ndarray, shape (min(100, n),)
        Centres of the position bins, and bias in each.
    """

    rms_error_cm: float
    median_error_cm: float
    mean_error_cm: float
    bias_cm: float
    sigma_bias_rad: float
    linear_rms_error_cm: float
    linear_median_error_cm: float
    calibrated_rms_error_cm: float
    valid_fraction: float
    chance: Chance
    linear_chance: Chance
    calibrated_chance: Chance
    verdict: str
    x_true_cm: FloatArray
    x_hat_cm: FloatArray
    error_cm: FloatArray
    bin_cm: FloatArray
    bias_by_position_cm: FloatArray


def body_fixed_map(
    sweeps: Sequence[Sweep],
    *,
    body_length_cm: float,
    n_shuffles: int = 100,
    seed: int = 0,
    window_s: float = DECODING_WINDOW_S,
) -> BodyFixedMap:
    """Compare the population vector with the place on the body, over one or several sweeps.

    Parameters
    ----------
    sweeps : sequence of Sweep
        Test sweeps; scored where the sphere is beside the body, 0 <= x <= L.
    body_length_cm : float
        Length L of the body.
    n_shuffles, seed : int
        Permutations for the chance level (fewer than 2: none), and their seed.
    window_s : float
        Time over which spikes are summed.

    Raises
    ------
    InputError
        When there is no sweep, or none in which the sphere comes beside the body.
    """
    on_body = [sweep.on_body(body_length_cm) for sweep in sweeps]
    if not any(here.any() for here in on_body):
        raise InputError("no sweep in which the sphere comes beside the body.")
    n = sweeps[0].n_cells
    spikes = [sweep.steps_and_cells() for sweep in sweeps]
    x_true_cm = np.concatenate(
        [sweep.x_cm[here] for sweep, here in zip(sweeps, on_body, strict=True)]
    )
    theta_true = 2.0 * np.pi * x_true_cm / body_length_cm
    cm_per_rad = body_length_cm / (2.0 * np.pi)

    def decoded_rad(orders: IntArray) -> FloatArray:
        """Decoded angle with the cells in each order, shape (n_orders, n_scored)."""
        return np.concatenate(
            [
                decoded_angles(step, cell, orders, here=here, dt_s=sweep.dt_s, window_s=window_s)
                for sweep, here, (step, cell) in zip(sweeps, on_body, spikes, strict=True)
            ],
            axis=1,
        )

    def errors_cm(theta_hat: FloatArray) -> FloatArray:
        """RMS error around the ring, along the body, and around the ring once calibrated."""
        filled = np.nan_to_num(theta_hat, nan=_GUESS_RAD)
        delta, linear_cm = wrapped(filled - theta_true), cm_per_rad * filled - x_true_cm
        return np.stack(
            [
                cm_per_rad * np.sqrt(np.mean(delta**2, axis=1)),
                np.sqrt(np.mean(linear_cm**2, axis=1)),
                calibrated_rms_of(x_true_cm, cm_per_rad * delta, len(sweeps), body_length_cm),
            ],
            axis=1,
        )

    (theta_hat,) = decoded_rad(np.arange(n)[None])
    n_bins = min(100, n)
    bin_cm = (np.arange(n_bins) + 0.5) * body_length_cm / n_bins
    if not np.isfinite(theta_hat).any():
        return _silent_map(x_true_cm, bin_cm)
    delta = _error_rad(theta_hat, theta_true)
    error_cm = cm_per_rad * delta
    linear_cm = cm_per_rad * np.nan_to_num(theta_hat, nan=_GUESS_RAD) - x_true_cm
    # Squared in cm, as in every result so far: squared in rad it differs in the last bit.
    measured = (float(np.sqrt(np.mean(error_cm**2))), *errors_cm(theta_hat[None])[0, 1:].tolist())
    orders = permutations(n, max(0, n_shuffles), seed)
    shuffled = np.zeros((len(orders), 3))
    for part in blocks(len(orders), x_true_cm.size):
        shuffled[part] = errors_cm(decoded_rad(orders[part]))
    chance, linear_chance, calibrated_chance = (
        chance_among(values, value, low_is_good=True)
        for values, value in zip(shuffled.T, measured, strict=True)
    )
    position_bin = np.clip((x_true_cm / body_length_cm * n_bins).astype(int), 0, n_bins - 1)
    bias_rad = binned_mean(delta, position_bin, n_bins)
    valid_fraction = float(np.mean(np.isfinite(theta_hat)))
    return BodyFixedMap(
        rms_error_cm=measured[0],
        median_error_cm=float(np.median(np.abs(error_cm))),
        mean_error_cm=float(np.mean(np.abs(error_cm))),
        bias_cm=float(np.mean(error_cm)),
        sigma_bias_rad=circular_std(bias_rad[np.isfinite(bias_rad)]),
        linear_rms_error_cm=measured[1],
        linear_median_error_cm=float(np.median(np.abs(linear_cm))),
        calibrated_rms_error_cm=measured[2],
        valid_fraction=valid_fraction,
        chance=chance,
        linear_chance=linear_chance,
        calibrated_chance=calibrated_chance,
        verdict=_verdict(measured[0], chance, valid_fraction, delta, cm_per_rad),
        x_true_cm=x_true_cm,
        x_hat_cm=cm_per_rad * theta_hat,
        error_cm=error_cm,
        bin_cm=bin_cm,
        bias_by_position_cm=cm_per_rad * bias_rad,
    )


def rms_error_cm(theta_hat: FloatArray, sweep: Sweep, body_length_cm: float) -> tuple[float, float]:
    """Return two measures of `body_fixed_map` for an angle that is decoded already.

    Parameters
    ----------
    theta_hat : ndarray, shape (n_steps,)
        Decoded angle at each step of the sweep, NaN where there is none.
    sweep : Sweep
        The sweep.
    body_length_cm : float
        Length of the body.

    Returns
    -------
    rms_error_cm, valid_fraction : float
        NaN and 0 for a silent layer.
    """
    here = sweep.on_body(body_length_cm)
    if not here.any():
        raise InputError("no sweep in which the sphere comes beside the body.")
    theta_hat, theta_true = theta_hat[here], 2.0 * np.pi * sweep.x_cm[here] / body_length_cm
    decoded = np.isfinite(theta_hat)
    if not decoded.any():
        return float("nan"), 0.0
    error_cm = body_length_cm / (2.0 * np.pi) * _error_rad(theta_hat, theta_true)
    return float(np.sqrt(np.mean(error_cm**2))), float(np.mean(decoded))


def _error_rad(theta_hat: FloatArray, theta_true: FloatArray) -> FloatArray:
    """Return the error in [-pi, pi); an undecoded step is a guess of the middle of the body."""
    return wrapped(np.nan_to_num(theta_hat, nan=_GUESS_RAD) - theta_true)


def _silent_map(x_true_cm: FloatArray, bin_cm: FloatArray) -> BodyFixedMap:
    nan = float("nan")
    return BodyFixedMap(
        rms_error_cm=nan,
        median_error_cm=nan,
        mean_error_cm=nan,
        bias_cm=nan,
        sigma_bias_rad=nan,
        linear_rms_error_cm=nan,
        linear_median_error_cm=nan,
        calibrated_rms_error_cm=nan,
        valid_fraction=0.0,
        chance=NO_CHANCE,
        linear_chance=NO_CHANCE,
        calibrated_chance=NO_CHANCE,
        verdict="no map: the layer is silent while the sphere is beside the body",
        x_true_cm=x_true_cm,
        x_hat_cm=np.full(x_true_cm.size, np.nan),
        error_cm=np.full(x_true_cm.size, np.nan),
        bin_cm=bin_cm,
        bias_by_position_cm=np.full(bin_cm.size, np.nan),
    )


def _verdict(
    rms_error_cm: float,
    chance: Chance,
    valid_fraction: float,
    delta_rad: FloatArray,
    cm_per_rad: float,
) -> str:
    """Say in words whether there is a map."""
    text = f"RMS error {rms_error_cm:.2f} cm"
    if np.isfinite(chance.mean):
        text += f", chance {chance.mean:.2f} ± {chance.sd:.2f} cm"
    if valid_fraction < 0.5:
        text += f"; only {valid_fraction:.0%} of the path decoded"
    if np.isnan(chance.p_value):
        return f"{text}; chance level not computed"
    if chance.p_value <= SIGNIFICANT_P:
        weak = rms_error_cm > _WEAK_SHARE_OF_CHANCE * chance.mean
        return f"weak map: {text}" if weak else f"map: {text}"
    if circular_std(delta_rad) < _CONSISTENT_SPREAD_RAD:
        turn_cm = cm_per_rad * float(np.angle(np.mean(np.exp(1j * delta_rad))))
        return f"turned map: consistent, but {turn_cm:+.2f} cm away from the anatomy; {text}"
    return f"no map: not better than shuffled cells; {text}"
