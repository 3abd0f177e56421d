"""What a network needs of an engine, what an engine hands back, and what an own rule sees."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np

from sorn.errors import ParameterError
from sorn.parameters import Parameters
from sorn.streams import StepDraws

RULES = ("stdp", "ip", "sp", "istdp", "ss")
"""The five plasticity rules in their order within a step; the names that ``freeze`` takes."""

Reward = Any
"""Factor on the rate of STDP in each step, shape (steps,), or None for 1."""


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
    target_rate: float | np.ndarray
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

    excitatory: np.ndarray
    inhibitory: np.ndarray
    recurrent: np.ndarray
    ee_counts: np.ndarray
    ei_counts: np.ndarray


class Engine(Protocol):
    """Runs a network; knows nothing of inputs, recording or random generators."""

    def advance(
        self,
        drive: np.ndarray | None,
        draws: list[StepDraws],
        reward: Reward = None,
        details: bool = True,
    ) -> Activity:
        """Run as many steps as `draws` hold.

        Parameters
        ----------
        drive : ndarray, shape (steps, ..., ne), or None
            External drive of the excitatory neurons.
        draws : list of StepDraws
            One per network.
        reward : ndarray, shape (steps,), or None
        details : bool
            Whether recurrent activity and connection counts are wanted; an engine for which they
            cost something may leave them empty otherwise.
        """

    def step(
        self, drive: np.ndarray | None, draws: list[StepDraws], reward: float | None = None
    ) -> np.ndarray:
        """Run the one step that `draws` hold; `drive` has shape (..., ne).

        Returns
        -------
        ndarray of bool, shape (..., ne)
            The excitatory activity.
        """

    def read(self, name: str) -> np.ndarray:
        """Float64 copy of one of the seven documented arrays as it is now."""

    def set_activity(self, x: np.ndarray, y: np.ndarray) -> None:
        """Put the activities of the last two steps, shape (..., ne, 2) and (..., ni, 2)."""


SiteChooser = Callable[[int, int], int]
"""``choose(network, vacant)``: index of the vacant site that gets a synapse."""


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
