"""What a network needs of an engine, what an engine hands back, and what an own rule sees."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np

from sorn.arrays import NumpyArray
from sorn.errors import ParameterError
from sorn.parameters import Parameters
from sorn.streams import StepDraws, chosen_site

RULES = ("stdp", "ip", "sp", "istdp", "ss")
"""The five plasticity rules in their order within a step; the names that ``freeze`` takes."""


@dataclass
class StepView:
    """What an own rule sees of one step, in the arrays of the engine that runs it.

    A weight array holds sources along axis -2 and targets along axis -1; it is a dense matrix or
    a table of neighbours (`sorn.rules`), so write rules with the ``pre_*`` arrays, which fit it.

    Attributes
    ----------
    xp : module
        Array API namespace of the engine's library.
    Wee, Wei : array, shape (..., sources, ne)
        Weights onto excitatory neurons, from excitatory and from inhibitory ones.
    Te, Ti : array, shape (..., ne) and (..., ni)
        Thresholds.
    x_before, x_now : array of 0 and 1, shape (..., ne)
        Excitatory activity of step t and t + 1.
    y_before, y_now : array of 0 and 1, shape (..., ni)
    pre_before, pre_now : array of 0 and 1, fits `Wee`
        Activity of the source of each E-E weight.
    reward : float
        As handed to the step; 1 if none was.
    parameters : Parameters
    """

    xp: Any
    Wee: Any
    Wei: Any
    Te: Any
    Ti: Any
    x_before: Any
    x_now: Any
    y_before: Any
    y_now: Any
    pre_before: Any
    pre_now: Any
    reward: float
    parameters: Parameters


OwnRule = Callable[[StepView], Mapping[str, Any] | None]
"""A rule of the user: returns new arrays under ``'Wee'``, ``'Wei'``, ``'Te'`` or ``'Ti'``."""
Rule = str | OwnRule


@dataclass(frozen=True)
class Setting:
    """One network's constants: hyperparameters, active rules, thresholds' bounds.

    Attributes
    ----------
    parameters : Parameters
    rules : tuple
        Rules that run, in their order: names out of `RULES`, and functions (`OwnRule`).
    target_rate : float or ndarray, shape (ne,)
        Target of intrinsic plasticity, spikes per step.
    threshold_bounds : tuple of float, or None
        Bounds of the excitatory thresholds; None leaves them free.
    """

    parameters: Parameters
    rules: tuple[Rule, ...]
    target_rate: float | NumpyArray
    threshold_bounds: tuple[float, float] | None

    @property
    def inclusive(self) -> bool:
        """Whether a neuron fires at a potential of exactly 0."""
        return self.parameters.threshold == ">="

    @property
    def fast_inhibition(self) -> bool:
        """Whether inhibitory neurons answer to the excitatory activity of the same step."""
        return self.parameters.inhibition == "fast"

    def scales(self, matrix: str) -> bool:
        """Whether synaptic scaling runs on ``'ee'`` or ``'ei'``."""
        return "ss" in self.rules and matrix in self.parameters.normalise


class Activity(NamedTuple):
    """Spikes and connection counts of consecutive steps.

    Attributes
    ----------
    excitatory, recurrent : ndarray of bool, shape (steps, ..., ne)
    inhibitory : ndarray of bool, shape (steps, ..., ni)
    ee_counts, ei_counts : ndarray of int64, shape (steps, ...)
        Synapses at the start of each step, before its plasticity.
    """

    excitatory: NumpyArray
    inhibitory: NumpyArray
    recurrent: NumpyArray
    ee_counts: NumpyArray
    ei_counts: NumpyArray


NO_DETAILS = np.empty(0, np.bool_), np.empty(0, np.int64), np.empty(0, np.int64)
"""Recurrent activity and connection counts where nobody wants them."""


class Stretch(NamedTuple):
    """What an engine is given to run consecutive steps.

    Attributes
    ----------
    steps : int
    drive : ndarray, shape (steps, ..., ne), or None
        External drive of the excitatory neurons.
    draws : callable
        ``draws(network)``: the random numbers of a network, drawn when asked for, once.
    reward : ndarray, shape (steps,), or None
        Factor on the rate of STDP; None for 1.
    details : bool
        Whether recurrent activity and connection counts are wanted; an engine for which they
        cost something may leave them empty otherwise.
    """

    steps: int
    drive: NumpyArray | None
    draws: Callable[[int], StepDraws]
    reward: NumpyArray | None = None
    details: bool = True


class Engine(Protocol):
    """Runs a network; knows nothing of inputs, recording or random generators."""

    def advance(self, stretch: Stretch) -> Activity:
        """Run the steps of a stretch; the arrays returned are the caller's."""

    def read(self, name: str) -> NumpyArray:
        """Float64 copy of one of the seven documented arrays as it is now."""

    def set_activity(self, x: NumpyArray, y: NumpyArray) -> None:
        """Put the activities of the last two steps, shape (..., ne, 2) and (..., ni, 2)."""


SiteChooser = Callable[[int, int], int]
"""``choose(network, vacant)``: index of the vacant site that gets a synapse."""


def site_of(fraction: float | None, vacant: int, choose_site: SiteChooser) -> int:
    """Vacant site of one insertion: as its number says, or where none was drawn as chosen now."""
    return choose_site(0, vacant) if fraction is None else chosen_site(fraction, vacant)


def from_columns(pairs: NumpyArray) -> tuple[NumpyArray, NumpyArray]:
    """Copies of the columns of a documented activity, shape (..., n, 2): before and now."""
    return pairs[..., 0].copy(), pairs[..., 1].copy()


def as_columns(*parts: NumpyArray) -> NumpyArray:
    """The documented array, shape (..., n, parts), of vectors of thresholds or activity."""
    array = np.empty((*parts[0].shape, len(parts)))  # np.stack takes twice the time
    for column, part in enumerate(parts):
        array[..., column] = part
    return array


def empty_activity(steps: int, ne: int, ni: int) -> Activity:
    """`Activity` of one network to be filled in step by step."""
    return Activity(
        excitatory=np.empty((steps, ne), dtype=np.bool_),
        inhibitory=np.empty((steps, ni), dtype=np.bool_),
        recurrent=np.empty((steps, ne), dtype=np.bool_),
        ee_counts=np.empty(steps, dtype=np.int64),
        ei_counts=np.empty(steps, dtype=np.int64),
    )


def run_own_rule(rule: OwnRule, view: StepView) -> Mapping[str, Any]:
    """What an own rule returns, checked: names that may change, in unchanged shapes."""
    changed = rule(view) or {}
    for name, array in changed.items():
        if name not in ("Wee", "Wei", "Te", "Ti"):
            raise ParameterError(
                f"rule {rule_name(rule)} returned {name!r}; it may return Wee, Wei, Te and Ti"
            )
        if array.shape != getattr(view, name).shape:
            raise ParameterError(
                f"rule {rule_name(rule)} returned {name} of shape {tuple(array.shape)}, but it "
                f"has shape {tuple(getattr(view, name).shape)}"
            )
    return changed


def rule_name(rule: Rule) -> str:
    """Name of a rule, as files and messages give it."""
    return rule if isinstance(rule, str) else getattr(rule, "__name__", repr(rule))
