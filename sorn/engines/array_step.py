"""One step on any library of the array API standard, as a function of arrays only.

Nothing here reads a value back to the host, writes through a mask or depends on the value of an
array, so a GPU never waits, and `jax.jit` and `torch.compile` can fuse the whole step. Each line
is about one kernel launch; the rules are those of `sorn.rules`, put so that they take few of them:
a neuron that fires or not picks one of two rows of numbers, and the change of STDP is a product of
two narrow matrices. Sums over sources are matrix products, whose order of addition is the
library's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from sorn import rules
from sorn.arrays import NumpyArray
from sorn.engines.engine import Setting, StepView, run_own_rule

Array = Any


class Arrays(NamedTuple):
    """State of the networks on the device; leading axes, if any, number them."""

    wee: Array
    wei: Array
    wie: Array
    te: Array
    ti: Array
    x_before: Array
    x: Array
    y_before: Array
    y: Array


class StepInputs(NamedTuple):
    """What comes from the host for one step; None where there is none.

    `stdp` is ``[[0, r], [-r, 0]]`` with r the rate of STDP in this step; `sites` has one entry
    per possible insertion, shape (insertions, ...): a number in [0, 1), or -1 for none; or it is
    an `AskedSites`.
    """

    drive: Array | None
    noise_e: Array | None
    noise_i: Array | None
    stdp: Array
    sites: Array | None
    reward: float


@dataclass(frozen=True)
class AskedSites:
    """Sites whose numbers are drawn only when the vacancies are known: the device is waited for.

    Attributes
    ----------
    count : int
        Insertions of the step.
    pick : callable
        ``pick(wee, number)`` gives the numbers of one insertion, shape (...).
    """

    count: int
    pick: Callable[[Array, int], Array]

    @property
    def shape(self) -> tuple[int, ...]:
        """As that of an array of numbers: (count,)."""
        return (self.count,)


class StepDetails(NamedTuple):
    """What only a recording needs: recurrent activity, and synapses before the step."""

    recurrent: Array
    ee_counts: Array
    ei_counts: Array


@dataclass(frozen=True)
class Constants:
    """Arrays that no step changes, in the precision of the run; see `make_constants`.

    `fired` and `silent` have the shape (..., 3, ne): what a neuron adds to its threshold and to
    its inhibitory weights, and its activity, if it fires and if it does not.
    """

    zero: Array
    smallest: Array
    inserted: Array
    te_low: Array
    te_high: Array
    ei_floor: Array
    off_diagonal: Array
    fired: Array
    silent: Array


def run_step(
    xp: Any, setting: Setting, c: Constants, arrays: Arrays, given: StepInputs, details: bool
) -> tuple[Arrays, StepDetails | None]:
    """The next state, and if `details` what a recording of them needs."""
    wee, wei, wie, te, ti, _, x, _, y = arrays
    recurrent = _sum_of_sources(xp, x, wee) - _sum_of_sources(xp, y, wei)
    if given.noise_e is not None:
        recurrent = recurrent + given.noise_e
    potential = recurrent if given.drive is None else recurrent + given.drive
    fired = _fires(setting, potential, te)
    answers = xp.where(fired[..., None, :], c.fired, c.silent)
    x_now = answers[..., 2, :]
    to_inhibitory = _sum_of_sources(xp, x_now if setting.fast_inhibition else x, wie)
    if given.noise_i is not None:
        to_inhibitory = to_inhibitory + given.noise_i
    y_now = xp.astype(_fires(setting, to_inhibitory, ti), y.dtype)
    more = None
    if details:
        more = StepDetails(
            xp.astype(_fires(setting, recurrent, te), x.dtype),
            xp.sum(xp.astype(wee > 0, xp.int32), axis=(-2, -1)),
            xp.sum(xp.astype(wei > 0, xp.int32), axis=(-2, -1)),
        )
    now = Arrays(wee, wei, wie, te, ti, x, x_now, y, y_now)
    return _learn(xp, setting, c, now, given, answers), more


def _learn(
    xp: Any, setting: Setting, c: Constants, now: Arrays, given: StepInputs, answers: Array
) -> Arrays:  # fmt: skip
    """Plasticity of one step, in the order of the setting's rules.

    The sign of a weight, 0 or 1, is its upper limit: where there is no synapse, none appears.
    """
    wee, wei, te, ti = now.wee, now.wei, now.te, now.ti
    for rule in setting.rules:
        if not isinstance(rule, str):
            view = StepView(
                xp, wee, wei, te, ti, now.x_before, now.x, now.y_before, now.y,
                now.x_before[..., :, None], now.x[..., :, None], given.reward, setting.parameters,
            )  # fmt: skip
            changed = run_own_rule(rule, view)
            wee, wei = changed.get("Wee", wee), changed.get("Wei", wei)
            te, ti = changed.get("Te", te), changed.get("Ti", ti)
        elif rule == "stdp":
            pairs = xp.stack([now.x_before, now.x], axis=-2)
            change = xp.matmul(xp.matrix_transpose(pairs), xp.matmul(given.stdp, pairs))
            wee = xp.minimum(xp.maximum(wee + change, c.zero), xp.sign(wee))
        elif rule == "ip":
            te = te + answers[..., 0, :]
            if setting.threshold_bounds is not None:
                te = xp.minimum(xp.maximum(te, c.te_low), c.te_high)
        elif rule == "sp":
            if given.sites is not None:
                for number in range(given.sites.shape[0]):
                    asked = isinstance(given.sites, AskedSites)
                    pick = given.sites.pick(wee, number) if asked else given.sites[number, ...]
                    wee = insert_synapse(xp, c, wee, pick)
        elif rule == "istdp":
            moved = wei + now.y_before[..., :, None] * answers[..., 1:2, :]
            wei = xp.minimum(xp.maximum(moved, c.ei_floor), xp.sign(wei))
        else:
            if "ee" in setting.parameters.normalise:
                wee = wee / xp.maximum(xp.sum(wee, axis=-2, keepdims=True), c.smallest)
            if "ei" in setting.parameters.normalise:
                wei = wei / xp.maximum(xp.sum(wei, axis=-2, keepdims=True), c.smallest)
    return now._replace(wee=wee, wei=wei, te=te, ti=ti)


def insert_synapse(xp: Any, c: Constants, wee: Array, fraction: Array) -> Array:
    """Structural plasticity: a synapse of weight 0.001 at one vacant site of each network.

    Parameters
    ----------
    wee : array, shape (..., ne, ne)
    fraction : array of float64, shape (...)
        Chooses the site ``min(int(fraction * vacant), vacant - 1)`` in row-major order; a negative
        one inserts nothing. Sites are counted in whole numbers, so no size is too large.
    """
    vacant = xp.reshape((wee <= 0) & c.off_diagonal, (*fraction.shape, -1))
    number = _cumulative_sum(xp, xp.astype(vacant, fraction.dtype))  # exact in float64, from 1 on
    total = number[..., -1:]
    place = xp.minimum(xp.floor(fraction[..., None] * total) + 1, total)
    chosen = xp.reshape(vacant & (number == place), wee.shape)
    return xp.where(chosen, c.inserted, wee)


def make_constants(upload: Any, setting: Setting, dtype: Any, eye: Any) -> Constants:
    """The constants of a run.

    Parameters
    ----------
    upload : callable
        Puts numbers or an array on the device in the precision of the run.
    dtype : numpy.dtype
        That precision.
    eye : array of bool, shape (ne, ne)
        On the device; True on the diagonal.
    """
    parameters = setting.parameters
    low, high = setting.threshold_bounds or (0.0, 0.0)
    target, gain = np.asarray(setting.target_rate, dtype=dtype), 1.0 + 1.0 / parameters.mu_ip
    up, down = parameters.eta_ip * (1.0 - target), parameters.eta_ip * (0.0 - target)
    rate = -parameters.eta_inhib
    return Constants(
        zero=upload(0.0),
        smallest=upload(1e-30),
        inserted=upload(rules.INSERTED_WEIGHT),
        te_low=upload(low),
        te_high=upload(high),
        ei_floor=upload(parameters.istdp_floor),
        off_diagonal=~eye,
        fired=upload(_rows(up, rate * (1.0 - gain), 1.0, parameters.ne)),
        silent=upload(_rows(down, rate, 0.0, parameters.ne)),
    )


def _rows(threshold: NumpyArray, inhibitory: float, activity: float, ne: int) -> NumpyArray:
    """Answers of the neurons, shape (..., 3, ne), from numbers or one number for each neuron."""
    shape = np.broadcast_shapes(threshold.shape, (ne,))
    values = (threshold, inhibitory, activity)
    return np.stack([np.broadcast_to(value, shape) for value in values], axis=-2)


def _sum_of_sources(xp: Any, activity: Array, weights: Array) -> Array:
    """Summed drive of each target, shape (..., targets)."""
    return xp.matmul(activity[..., None, :], weights)[..., 0, :]


def _fires(setting: Setting, potential: Array, threshold: Array) -> Array:
    return potential >= threshold if setting.inclusive else potential > threshold


def _cumulative_sum(xp: Any, values: Array) -> Array:
    cumulative_sum = getattr(xp, "cumulative_sum", None) or xp.cumsum  # NumPy before 2.1
    return cumulative_sum(values, axis=-1)
