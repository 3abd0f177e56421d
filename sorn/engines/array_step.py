"""One step on any library of the array API standard, as a function of arrays only.

Nothing here reads a value back to the host, writes through a mask or depends on the value of an
array, so a GPU never waits, and `jax.jit` and `torch.compile` can fuse the whole step. Each line
is about one kernel launch; the rules are those of `sorn.rules`, put so that they take few of them:
a neuron that fires or not picks one of two numbers, and the change of STDP is a product of two
narrow matrices. Sums over sources are matrix products, whose order of addition is the library's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from sorn import rules
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
    """Arrays that no step changes, in the precision of the run; see `make_constants`."""

    zero: Array
    one: Array
    smallest: Array
    inserted: Array
    nothing: Array
    te_up: Array
    te_down: Array
    te_low: Array
    te_high: Array
    ei_up: Array
    ei_down: Array
    ei_floor: Array
    off_diagonal: Array


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
    x_now = xp.astype(fired, x.dtype)
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
    return _learn(xp, setting, c, now, given, fired), more


def _learn(
    xp: Any, setting: Setting, c: Constants, now: Arrays, given: StepInputs, fired: Array
) -> Arrays:  # fmt: skip
    """Plasticity of one step, in the order of the setting's rules."""
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
            wee = xp.where(wee > 0, xp.minimum(wee + change, c.one), c.zero)
            wee = xp.maximum(wee, c.zero)
        elif rule == "ip":
            te = te + xp.where(fired, c.te_up, c.te_down)
            if setting.threshold_bounds is not None:
                te = xp.minimum(xp.maximum(te, c.te_low), c.te_high)
        elif rule == "sp":
            if given.sites is not None:
                for number in range(given.sites.shape[0]):
                    asked = isinstance(given.sites, AskedSites)
                    pick = given.sites.pick(wee, number) if asked else given.sites[number, ...]
                    wee = insert_synapse(xp, c, wee, pick)
        elif rule == "istdp":
            change = xp.where(fired, c.ei_up, c.ei_down)[..., None, :]
            moved = xp.maximum(wei + now.y_before[..., :, None] * change, c.ei_floor)
            wei = xp.where(wei > 0, xp.minimum(moved, c.one), c.zero)
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
    vacant = (wee <= 0) & c.off_diagonal
    counts = xp.sum(xp.astype(vacant, xp.uint8), axis=-1, dtype=xp.int64)
    per_row = xp.astype(counts, fraction.dtype)  # whole numbers, exact in float64
    up_to = _cumulative_sum(xp, per_row)
    before = up_to - per_row
    total = up_to[..., -1]
    place = xp.minimum(xp.floor(fraction * total) + 1, total)[..., None]  # counted from 1
    passed = before < place
    in_row = passed & (up_to >= place)
    within = place - xp.max(xp.where(passed, before, c.nothing), axis=-1, keepdims=True)
    row = xp.any(vacant & in_row[..., None], axis=-2)
    in_column = row & (_cumulative_sum(xp, xp.astype(row, fraction.dtype)) == within)
    return xp.where(in_row[..., None] & in_column[..., None, :], c.inserted, wee)


def make_constants(upload: Any, setting: Setting, eye: Any, nothing: Any) -> Constants:
    """The constants of a run.

    Parameters
    ----------
    upload : callable
        Puts numbers or an array on the device in the precision of the run.
    nothing : array
        A 0 in double precision, on the device.
    eye : array of bool, shape (ne, ne)
        On the device; True on the diagonal.
    """
    parameters = setting.parameters
    low, high = setting.threshold_bounds or (0.0, 0.0)
    target, gain = upload(setting.target_rate), 1.0 + 1.0 / parameters.mu_ip
    return Constants(
        zero=upload(0.0),
        one=upload(rules.WEIGHT_MAX),
        smallest=upload(1e-30),
        inserted=upload(rules.INSERTED_WEIGHT),
        nothing=nothing,
        te_up=parameters.eta_ip * (1.0 - target),
        te_down=parameters.eta_ip * (0.0 - target),
        te_low=upload(low),
        te_high=upload(high),
        ei_up=upload(-parameters.eta_inhib * (1.0 - gain)),
        ei_down=upload(-parameters.eta_inhib),
        ei_floor=upload(parameters.istdp_floor),
        off_diagonal=~eye,
    )


def _sum_of_sources(xp: Any, activity: Array, weights: Array) -> Array:
    """Summed drive of each target, shape (..., targets)."""
    return xp.matmul(activity[..., None, :], weights)[..., 0, :]


def _fires(setting: Setting, potential: Array, threshold: Array) -> Array:
    return potential >= threshold if setting.inclusive else potential > threshold


def _cumulative_sum(xp: Any, values: Array) -> Array:
    cumulative_sum = getattr(xp, "cumulative_sum", None) or xp.cumsum  # NumPy before 2.1
    return cumulative_sum(values, axis=-1)
