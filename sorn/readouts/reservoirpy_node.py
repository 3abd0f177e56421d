"""A network as a node of ReservoirPy, to be joined with its readouts: ``node >> Ridge()``.

Needs ReservoirPy 0.4 or newer.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from reservoirpy.node import Node

from sorn.arrays import NumpyArray
from sorn.errors import ParameterError
from sorn.network import Network


class ReservoirNode(Node):  # type: ignore[misc]
    """Excitatory activity of a network that has learned; the node itself learns nothing.

    Parameters
    ----------
    network : Network
        Is copied in phase 'training'; the one handed in stays as it is.
    name : str, optional

    Examples
    --------
    >>> import numpy as np
    >>> from reservoirpy.nodes import Ridge
    >>> from sorn import Network
    >>> from sorn.readouts.reservoirpy_node import ReservoirNode
    >>> network = Network(ne=50, nu=1, seed=1, noise=False)
    >>> recording = network.run(np.random.default_rng(1).random((1, 200)))
    >>> model = ReservoirNode(network) >> Ridge(ridge=1e-3)
    >>> x = np.random.default_rng(2).random((100, 1))
    >>> model.fit(x[:-1], x[1:], warmup=10).run(x).shape
    (100, 1)
    """

    def __init__(self, network: Network, name: str | None = None) -> None:
        if network.batch is not None:
            raise ParameterError("a node is one network; this one is a batch")
        self.network = network.copy(phase="training")
        self.name = name
        self.input_dim = network.parameters.nu
        self.output_dim = network.parameters.ne

    def initialize(self, x: Any, y: Any = None) -> None:
        """Start at rest."""
        self._set_input_dim(x)
        parameters = self.network.parameters
        self.state = {"out": np.zeros(parameters.ne), "inhibitory": np.zeros(parameters.ni)}
        self.initialized = True

    def _step(self, state: dict[str, NumpyArray], x: NumpyArray) -> dict[str, NumpyArray]:
        self.network.set_activity(state["out"], state["inhibitory"])
        spikes = self.network.observe(x, ("excitatory", "inhibitory"))
        return {name: spikes[kind][0].astype(float) for name, kind in _KINDS.items()}


_KINDS = {"out": "excitatory", "inhibitory": "inhibitory"}
