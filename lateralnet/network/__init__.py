"""Network: cells, wiring and noise of the LL->MON->TS network as values, and its Brian2 definition.

Knows who is connected to whom, what is drawn from a seed, and how networks stand side by side;
it must not know stimuli, devices or files. Only `brian2_model` loads Brian2.
"""

from lateralnet.network.batch import Batch, Phase
from lateralnet.network.definition import Definition
from lateralnet.network.own_model import CellModel, OwnModel, SynapseModel
from lateralnet.network.topology import ll_to_mon, mon_to_ts
from lateralnet.network.wiring import Replica, make_replica

__all__ = [
    "Batch",
    "CellModel",
    "Definition",
    "OwnModel",
    "Phase",
    "Replica",
    "SynapseModel",
    "ll_to_mon",
    "make_replica",
    "mon_to_ts",
]
