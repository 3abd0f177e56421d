"""Self-organising recurrent network (SORN) with plasticity, after Lazar 2009 and Zheng 2013.

>>> from sorn import Simulator
>>> state, recordings = Simulator.run(inputs=None, timesteps=100, seed=1)

Importing the package loads NumPy only; matplotlib is loaded when `Plotter` is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sorn.errors import BackendError, InputError, ParameterError, SornError, StateError
from sorn.measures.spike_statistics import Statistics
from sorn.parameters import Parameters
from sorn.sorn import Simulator, Trainer
from sorn.state import load_state, save_state
from sorn.streams import RandomStreams, network_seeds
from sorn.utils import Initializer

if TYPE_CHECKING:
    from sorn.plots.plotter import Plotter

__all__ = [
    "BackendError",
    "Initializer",
    "InputError",
    "ParameterError",
    "Parameters",
    "Plotter",
    "RandomStreams",
    "Simulator",
    "SornError",
    "StateError",
    "Statistics",
    "Trainer",
    "load_state",
    "network_seeds",
    "save_state",
]


def __getattr__(name: str) -> Any:
    if name == "Plotter":
        from sorn.plots.plotter import Plotter

        return Plotter
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
