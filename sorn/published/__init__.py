"""The room of the published package's interface (PyPI ``sorn``), as thin faces over the network.

It knows both spellings of that interface, its classes, and its lists of recordings.
It must not know how a step is computed; no other room imports it.
"""

from sorn.published.classes import MatrixCollection, NetworkState, Plasticity, Sorn
from sorn.published.histories import CALLBACK_NAMES
from sorn.published.initializer import Initializer
from sorn.published.runner import Simulator, Simulator_, Trainer, Trainer_

__all__ = [
    "CALLBACK_NAMES",
    "Initializer",
    "MatrixCollection",
    "NetworkState",
    "Plasticity",
    "Simulator",
    "Simulator_",
    "Sorn",
    "Trainer",
    "Trainer_",
]
