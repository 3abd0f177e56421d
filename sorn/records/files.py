"""Files of whole networks: the arrays, and beside them all that decides how a run goes on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from sorn.arrays import NumpyArray
from sorn.engines.engine import RULES
from sorn.errors import StateError
from sorn.parameters import Parameters, parameter_names
from sorn.state import load_state, save_state
from sorn.streams import RandomStreams, Streams, restored_streams

CONDUCT_KEYS = ("phase", "freeze", "noise", "clip_te")


def write_network(
    path: str | Path,
    state: Mapping[str, Any],
    parameters: Parameters,
    seed: Any,
    streams: Sequence[Streams],
    about: Mapping[str, Any],
) -> Path:
    """Write the arrays with every hyperparameter, the position of the random numbers, and `about`.

    The published generators have no position here; `about` is any JSON data.
    """
    own = [stream for stream in streams if isinstance(stream, RandomStreams)]
    metadata = {
        "hyperparameters": {
            entry.name: _plain(getattr(parameters, entry.name)) for entry in fields(parameters)
        },
        "numpy": np.__version__,
        "seed": seed if isinstance(seed, int) else None,
        "streams": [stream.snapshot() for stream in own],
        "entropy": [stream.entropy for stream in own],
    }
    return save_state(path, state, metadata | dict(about))


def network_keywords(
    path: str | Path, changes: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Keywords of `sorn.Network` that go on from a file, with `changes`; and its metadata.

    Raises
    ------
    StateError
        If it is no such file, or holds own rules and none are given.
    """
    state, values, about = read_network(path)
    if about["own_rules"] and "rules" not in changes:
        raise StateError(
            f"{path} was run with own rules ({', '.join(about['own_rules'])}); "
            "give them as rules=[...]"
        )
    batch, seed = about.get("batch"), about.get("seed")
    options: dict[str, Any] = {"state": state, "batch": batch, "seed": seed} | values
    if about.get("streams") and "seed" not in changes and "rng" not in changes:
        streams = restored_streams(about.get("entropy", [seed]), about["streams"])
        options |= {"seed": None, "rng": streams[0] if batch is None else streams}
    return options | dict(changes), about


def read_network(
    path: str | Path,
) -> tuple[dict[str, NumpyArray], dict[str, Any], dict[str, Any]]:
    """State, keywords of `sorn.Network`, and the other metadata of a file.

    Files of the first version hold only the hyperparameters that were given; the rest of their
    keywords have the defaults.

    Raises
    ------
    StateError
        If the file is no such file, or names a hyperparameter that is not known here.
    """
    state, about = load_state(path)
    values = dict(about.get("hyperparameters", {}))
    unknown = [name for name in values if name not in parameter_names()]
    if unknown:
        raise StateError(f"{path} holds the hyperparameter {unknown[0]!r}, which is not known here")
    values |= {name: about[name] for name in CONDUCT_KEYS if name in about}
    if isinstance(about.get("streams"), dict):
        about["streams"] = [about["streams"]]
    rules = about.get("rules", list(RULES))
    about["own_rules"] = [name for name in rules if name not in RULES]
    if not about["own_rules"]:
        values["rules"] = rules
    return state, values, about


def _plain(value: Any) -> Any:
    """A hyperparameter as JSON holds it."""
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, tuple):
        return [_plain(entry) for entry in value]
    return value.item() if isinstance(value, np.generic) else value
