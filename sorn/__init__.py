"""Self-organising recurrent network (SORN) with plasticity, after Lazar 2009 and Zheng 2013.

>>> import sorn
>>> net = sorn.Network(ne=100, nu=4, seed=1)
>>> spikes = net.run([[1.0] * 50] * 4)["excitatory"]

Importing the package loads NumPy only; matplotlib is loaded when `Plotter` is first used.
"""

from __future__ import annotations

import glob
import importlib
import os
import sys
import warnings
from typing import TYPE_CHECKING, Any

from sorn.errors import BackendError, InputError, ParameterError, SornError, StateError
from sorn.measures.spike_statistics import Statistics
from sorn.network import Network
from sorn.parameters import PRESETS, Parameters, preset
from sorn.published import Initializer, Simulator, Trainer
from sorn.records.recorder import Recording
from sorn.state import load_state, save_state
from sorn.streams import RandomStreams, network_seeds

if TYPE_CHECKING:
    from sorn.plots.plotter import Plotter
    from sorn.readouts.reservoir import Reservoir

__all__ = [
    "PRESETS",
    "BackendError",
    "Initializer",
    "InputError",
    "Network",
    "ParameterError",
    "Parameters",
    "Plotter",
    "RandomStreams",
    "Recording",
    "Reservoir",
    "Simulator",
    "SornError",
    "StateError",
    "Statistics",
    "Trainer",
    "__version__",
    "load_state",
    "network_seeds",
    "preset",
    "save_state",
]
_PUBLISHED_MODULES = ("callbacks", "sorn", "utils")


def __getattr__(name: str) -> Any:
    if name == "Plotter":
        from sorn.plots.plotter import Plotter

        return Plotter
    if name == "Reservoir":
        try:
            from sorn.readouts.reservoir import Reservoir
        except ImportError as error:
            raise BackendError(
                f"Reservoir needs scikit-learn ({error}); install it with: "
                "pip install lateralnet[readout]"
            ) from None
        return Reservoir
    if name in _PUBLISHED_MODULES:
        return importlib.import_module(f"sorn.{name}")
    if name == "__version__":
        from importlib.metadata import version

        return version("lateralnet")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*__all__, *_PUBLISHED_MODULES])


def _warn_of_the_other_package() -> None:
    """Two packages of one name share a folder, and removing one breaks the other."""
    for folder in sys.path:
        if glob.glob(os.path.join(glob.escape(folder), "sorn-[0-9]*.dist-info")):
            warnings.warn(
                f"the package 'sorn' of PyPI is installed in {folder} beside this one of the same "
                "name; remove both and install lateralnet again, or use two environments",
                stacklevel=3,
            )
            return


_warn_of_the_other_package()
