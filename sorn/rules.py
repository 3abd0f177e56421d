"""The update rules of the network, one source for every array library.

Each function uses only operators and functions of the Python array API standard, so the same
code runs on NumPy, CuPy, PyTorch, JAX and array-api-strict; `xp` is the library's namespace.
Nothing is changed in place and nothing is random.

A weight array holds sources along axis -2 and targets along axis -1, with any leading batch
axes. It is either the dense matrix (sources, ne) or a table of neighbours (slots, ne); the
arguments ``pre_*`` hold the activity of the source of each weight and broadcast against it:
``x[..., :, None]`` for the dense matrix, ``x[sources]`` for the table. Sums over sources run in
ascending order of the source, which makes both forms, and the published loops, equal bit by bit.

Notation: x, y are the excitatory and inhibitory activity (0 or 1), *before* is step t, *now* is
step t + 1; H is the Heaviside step.

References
----------
.. [1] Lazar, Pipa & Triesch 2009, SORN: a self-organizing recurrent neural network.
       Frontiers in Computational Neuroscience 3:23. doi:10.3389/neuro.10.023.2009
.. [2] Zheng, Dimitrakakis & Triesch 2013, Network self-organization explains the statistics and
       dynamics of synaptic connection strengths in cortex. PLoS Computational Biology 9:e1002848.
.. [3] Vogels, Sprekeler, Zenke, Clopath & Gerstner 2011, Inhibitory plasticity balances
       excitation and inhibition in sensory pathways and memory networks. Science 334:1569-1573.
"""

from __future__ import annotations

from typing import Any

Array = Any
WEIGHT_MAX = 1.0
INSERTED_WEIGHT = 0.001
"""Weight of a synapse that structural plasticity creates [2]_."""


def drive(xp: Any, weights: Array, pre: Array) -> Array:
    """Summed input of each target, ``sum_j W[j, i] pre_j``; shape (..., targets)."""
    return xp.sum(weights * pre, axis=-2)


def membrane(excitation: Array, inhibition: Array, noise: Array | None) -> Array:
    """Recurrent drive of the excitatory neurons: excitation - inhibition + noise [1]_ (eq. 1)."""
    recurrent = excitation - inhibition
    return recurrent if noise is None else recurrent + noise


def fires(xp: Any, potential: Array, inclusive: bool) -> Array:
    """``H(potential)`` as 0 or 1 in the precision of `potential`.

    The published package fires above 0; with `inclusive` a potential of exactly 0 fires too.
    """
    above = potential >= 0 if inclusive else potential > 0
    return xp.where(above, xp.ones_like(potential), xp.zeros_like(potential))


def spike_timing_plasticity(
    xp: Any,
    weights: Array,
    pre_before: Array,
    pre_now: Array,
    post_before: Array,
    post_now: Array,
    rate: float,
) -> Array:
    """STDP between excitatory neurons [1]_ (eq. 3).

    ``dW[j, i] = rate (x_i(now) x_j(before) - x_i(before) x_j(now))`` on existing synapses, then
    limited to [0, 1]; a synapse that reaches 0 is gone.
    """
    change = pre_before * post_now - pre_now * post_before
    return _limit(xp, weights, weights + rate * change, 0.0)


def inhibitory_plasticity(
    xp: Any,
    weights: Array,
    pre_before: Array,
    post_now: Array,
    rate: float,
    target_rate: float,
    floor: float,
) -> Array:
    """STDP from inhibitory to excitatory neurons [2]_ (after [3]_).

    ``dW[k, i] = -rate y_k(before) (1 - x_i(now) (1 + 1 / target_rate))`` on existing synapses,
    then limited to [floor, 1]; with a floor of 0 a synapse that reaches it is gone.
    """
    change = -rate * (1.0 - post_now * (1.0 + 1.0 / target_rate))
    return _limit(xp, weights, weights + pre_before * change[..., None, :], floor)


def intrinsic_plasticity(
    xp: Any,
    thresholds: Array,
    post_now: Array,
    target_rate: Any,
    rate: float,
    bounds: tuple[float, float] | None,
) -> Array:
    """Threshold adaptation ``T_i += rate (x_i(now) - target_rate)`` [1]_ (eq. 5).

    `bounds` limits the thresholds, as sorn 0.7.4 does and earlier versions and the papers do not.
    """
    adapted = thresholds + rate * (post_now - target_rate)
    return adapted if bounds is None else xp.clip(adapted, bounds[0], bounds[1])


def synaptic_scaling(xp: Any, weights: Array) -> Array:
    """Weights divided by the summed weight of their target [1]_ (eq. 4).

    A target without any synapse keeps none (the published package made NaN of it).
    """
    return divided(xp, weights, xp.sum(weights, axis=-2))


def divided(xp: Any, weights: Array, sums: Array) -> Array:
    """`weights` divided by the sums of their targets; where the sum is 0 they stay."""
    return weights / xp.where(sums == 0, xp.ones_like(sums), sums)[..., None, :]


def _limit(xp: Any, weights: Array, changed: Array, floor: float) -> Array:
    """`changed`, limited to [floor, 1], where there was a synapse, else `weights`."""
    return xp.where(weights > 0, xp.clip(changed, floor, WEIGHT_MAX), weights)
