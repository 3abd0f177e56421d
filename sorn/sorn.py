"""Names of the published module ``sorn.sorn``."""

from sorn.published import (
    Initializer,
    MatrixCollection,
    NetworkState,
    Plasticity,
    Simulator,
    Simulator_,
    Sorn,
    Trainer,
    Trainer_,
)

__all__ = [
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
