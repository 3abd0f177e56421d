"""A network told, saved, loaded and copied: methods of `sorn.Network` that do not run it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from sorn.errors import StateError
from sorn.parameters import Parameters, parameter_names
from sorn.records.files import CONDUCT_KEYS, read_network, write_network
from sorn.streams import RandomStreams, Streams, restored_streams

Self = TypeVar("Self", bound="SavedNetwork")


class SavedNetwork:
    """What a network needs to be saved; `sorn.Network` sets the attributes."""

    parameters: Parameters
    seed: Any
    streams: list[Streams]
    batch: int | None
    steps_done: int
    note: dict[str, Any]
    _conduct: Any
    _computing: dict[str, Any]

    def __init__(self, **options: Any) -> None:
        raise NotImplementedError

    def __repr__(self) -> str:
        networks = "" if self.batch is None else f", batch={self.batch}"
        backend = self._computing["backend"]
        return (
            f"Network(ne={self.parameters.ne}, nu={self.parameters.nu}, seed={self.seed}{networks},"
            f" phase={self._conduct.phase!r}, backend={backend!r}; {self.steps_done} steps done)"
        )

    @property
    def state(self) -> dict[str, np.ndarray]:
        """See `sorn.Network.state`."""
        raise NotImplementedError

    def copy(self: Self, **changes: Any) -> Self:
        """Another network in the same state, that differs in the given keywords of `Network`.

        Its random numbers are the same objects unless ``seed`` or ``rng`` is given.
        """
        conduct, parameters = self._conduct, self.parameters
        options = {name: getattr(parameters, name) for name in parameter_names()}
        options |= {name: getattr(conduct, name) for name in (*CONDUCT_KEYS, "rules")}
        options |= {"state": self.state, "batch": self.batch} | self._computing
        if "seed" not in changes:
            options["rng"] = self.streams[0] if self.batch is None else list(self.streams)
        network = type(self)(**(options | changes))
        network.steps_done, network.note = self.steps_done, dict(self.note)
        return network

    def save(self, path: str | Path) -> Path:
        """Write the network to an ``.npz`` file, whole or not at all.

        State, hyperparameters, phase, frozen rules, noise, bounds, seed and the position of the
        random numbers: `load` goes on as if the run had not stopped.
        """
        streams = [stream for stream in self.streams if isinstance(stream, RandomStreams)]
        about = self._conduct.described() | {
            "batch": self.batch,
            "seed": self.seed if isinstance(self.seed, int) else None,
            "streams": [stream.snapshot() for stream in streams],
            "entropy": [stream.entropy for stream in streams],
            "steps_done": self.steps_done,
            "note": self.note,
        }
        return write_network(path, self.state, self.parameters, about)

    @classmethod
    def load(cls: type[Self], path: str | Path, **changes: Any) -> Self:
        """The network that `save` wrote, at the step where it stopped.

        Parameters
        ----------
        path : path
        **changes
            Keywords of `Network` that are to differ from the file's, e.g. ``backend='numba'`` or
            ``phase='training'``. Own rules are not in the file and must be given as ``rules=``.

        Raises
        ------
        StateError
            If it is no such file, or holds own rules and none are given.

        Examples
        --------
        >>> import sorn, tempfile, os
        >>> net = sorn.Network(ne=50, nu=2, seed=1)
        >>> path = net.save(os.path.join(tempfile.mkdtemp(), "net.npz"))
        >>> again = sorn.Network.load(path)
        >>> bool((again.step([1, 0]) == net.step([1, 0])).all())
        True
        """
        state, values, about = read_network(path)
        own_rules = about["own_rules"]
        if own_rules and "rules" not in changes:
            raise StateError(
                f"{path} was run with own rules ({', '.join(own_rules)}); give them as rules=[...]"
            )
        batch, seed = about.get("batch"), about.get("seed")
        options: dict[str, Any] = {"state": state, "batch": batch, "seed": seed} | values | changes
        if about.get("streams") and "seed" not in changes and "rng" not in changes:
            streams = restored_streams(about.get("entropy", [seed]), about["streams"])
            options |= {"seed": None, "rng": streams[0] if batch is None else streams}
        network = cls(**options)
        network.seed = changes.get("seed", seed)
        network.steps_done, network.note = about.get("steps_done", 0), about.get("note", {})
        return network
