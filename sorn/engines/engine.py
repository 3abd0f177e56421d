"""What the simulation needs of an engine, and what an engine hands back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from sorn.parameters import Parameters
from sorn.streams import StepDraws

RULES = ("stdp", "ip", "sp", "istdp", "ss")
"""Plasticity rules in their order within a step; the names that ``freeze`` takes."""


@dataclass(frozen=True)
class Setting:
    """One network's constants: hyperparameters, active rules, thresholds' bounds.

    Attributes
    ----------
    parameters : Parameters
    active : frozenset of str
        Rules that run, out of `RULES`.
    target_rate : float or ndarray, shape (ne,)
        Target of intrinsic plasticity, spikes per step.
    threshold_bounds : tuple of float, or None
        Bounds of the excitatory thresholds; None leaves them free.
    """

    parameters: Parameters
    active: frozenset[str]
    target_rate: float | np.ndarray
    threshold_bounds: tuple[float, float] | None

    @property
    def inclusive(self) -> bool:
        """Whether a neuron fires at a potential of exactly 0."""
        return self.parameters.threshold == ">="

    def scales(self, matrix: str) -> bool:
        """Whether synaptic scaling runs on ``'ee'`` or ``'ei'``."""
        return "ss" in self.active and matrix in self.parameters.normalise


@dataclass(frozen=True)
class Activity:
    """Spikes and connection counts of consecutive steps.

    Attributes
    ----------
    excitatory, recurrent : ndarray of uint8, shape (steps, ..., ne)
    inhibitory : ndarray of uint8, shape (steps, ..., ni)
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

    def advance(self, drive: np.ndarray | None, draws: list[StepDraws]) -> Activity:
        """Run as many steps as `draws` hold.

        Parameters
        ----------
        drive : ndarray, shape (steps, ..., ne), or None
            External drive of the excitatory neurons.
        draws : list of StepDraws
            One per network.
        """

    def read(self, name: str) -> np.ndarray:
        """Float64 copy of one of the seven documented arrays as it is now."""


SiteChooser = Callable[[int, int], int]
"""``choose(network, vacant)``: index of the vacant site that gets a synapse."""


def empty_activity(steps: int, ne: int, ni: int) -> Activity:
    """`Activity` of one network to be filled in step by step."""
    return Activity(
        excitatory=np.empty((steps, ne), dtype=np.uint8),
        inhibitory=np.empty((steps, ni), dtype=np.uint8),
        recurrent=np.empty((steps, ne), dtype=np.uint8),
        ee_counts=np.empty(steps, dtype=np.int64),
        ei_counts=np.empty(steps, dtype=np.int64),
    )
