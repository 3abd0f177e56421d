"""The state of a network: the seven documented arrays, checked, copied, saved and loaded."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from sorn.arrays import NumpyArray
from sorn.errors import StateError
from sorn.files import whole_file
from sorn.parameters import Parameters
from sorn.parameters.checks import refuse_masked

SCHEMA_VERSION = 2
STATE_KEYS = ("Wee", "Wei", "Wie", "Te", "Ti", "X", "Y")
"""Names of the arrays of a state, in the documented order."""


def state_shapes(ne: int, ni: int) -> dict[str, tuple[int, int]]:
    """Shape of each array of a state with `ne` excitatory and `ni` inhibitory neurons."""
    return {
        "Wee": (ne, ne),
        "Wei": (ni, ne),
        "Wie": (ne, ni),
        "Te": (ne, 1),
        "Ti": (ni, 1),
        "X": (ne, 2),
        "Y": (ni, 2),
    }


def infer_ne(state: Any) -> int:
    """Number of excitatory neurons of a state, from its ``Wee``."""
    shape = np.shape(_require_mapping(state)["Wee"])
    if len(shape) < 2:
        raise StateError(f"state['Wee'] has shape {shape}; it must be a square matrix (ne, ne)")
    return int(shape[-1])


def copy_state(
    state: Any, parameters: Parameters, batch: int | None = None
) -> dict[str, NumpyArray]:
    """Float64 copy of `state`, checked.

    Parameters
    ----------
    state : mapping
        The seven arrays; with `batch`, each with a leading axis of that length.

    Raises
    ------
    StateError
        If a key is missing or unknown, a shape does not fit, a value is NaN or infinite, a
        weight is negative, or an activity is neither 0 nor 1.
    """
    _require_mapping(state)
    ne, ni = parameters.ne, parameters.ni
    copied = {}
    for name, shape in state_shapes(ne, ni).items():
        wanted = shape if batch is None else (batch, *shape)
        try:
            given = np.asarray(state[name])
        except ValueError:  # rows of different lengths
            raise StateError(f"state[{name!r}] is not an array of numbers") from None
        refuse_masked(f"state[{name!r}]", state[name], StateError)
        if given.dtype.kind not in "biuf":
            raise StateError(
                f"state[{name!r}] is not an array of real numbers but of {given.dtype}"
            )
        values = given.astype(np.float64)
        if values.shape != wanted:
            raise StateError(
                f"state[{name!r}] has shape {values.shape}, but a network with ne={ne}, ni={ni} "
                f"needs {wanted}"
            )
        _check_values(name, values)
        copied[name] = values
    return copied


def activity_columns(name: str, values: Any, shape: tuple[int, ...]) -> NumpyArray:
    """Activity of the last step as the two columns of a state, the one before silent.

    Raises
    ------
    StateError
        If it has another shape, or holds anything but 0 and 1.
    """
    try:
        array = np.asarray(values, dtype=np.float64)
        fits = array.shape == shape and np.isin(array, (0.0, 1.0)).all()
    except (TypeError, ValueError):
        fits = False
    if not fits:
        raise StateError(f"{name} must hold 0 or 1 in the shape {shape}")
    return np.stack([np.zeros_like(array), array], axis=-1)


def save_state(
    path: str | Path, state: Mapping[str, Any], metadata: Mapping[str, Any] | None = None
) -> Path:
    """Write a state to an ``.npz`` file, whole or not at all.

    `metadata` (any JSON data) and a schema version travel with it. `sorn.Network.save` keeps the
    random numbers and hyperparameters too.

    Raises
    ------
    StateError
        If the folder does not exist.
    OSError
        If it cannot be written; an older file of the name stays as it is.

    Examples
    --------
    >>> import os, sorn, tempfile
    >>> state = sorn.Network(ne=50, seed=1).state
    >>> path = sorn.save_state(os.path.join(tempfile.mkdtemp(), "s.npz"), state, {"day": 1})
    >>> again, metadata = sorn.load_state(path)
    >>> again["Wee"].shape, metadata["day"]
    ((50, 50), 1)
    """
    target = Path(path)
    if not target.parent.is_dir():
        raise StateError(f"{target}: the folder does not exist")
    header = json.dumps({"schema_version": SCHEMA_VERSION} | dict(metadata or {}))
    arrays: dict[str, Any] = {
        name: np.asarray(state[name], dtype=np.float64) for name in STATE_KEYS
    }
    arrays["metadata"] = np.array(header)
    with whole_file(target) as temporary:
        np.savez_compressed(temporary, **arrays)
    return target


def load_state(path: str | Path) -> tuple[dict[str, NumpyArray], dict[str, Any]]:
    """State and metadata of a file that `save_state` or `sorn.Network.save` wrote.

    The state holds the arrays of `sorn.Network.state`; `save_state` has an example.

    Raises
    ------
    StateError
        If the file is not such a file or comes from a newer version.
    """
    try:
        file = np.load(path, allow_pickle=False)
        if isinstance(file, np.ndarray):  # a .npy file
            raise ValueError
        with file:
            state = {name: file[name] for name in STATE_KEYS}
            metadata = json.loads(str(file["metadata"])) if "metadata" in file.files else {}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        why = f": {error.strerror}" if isinstance(error, OSError) and error.strerror else ""
        raise StateError(f"{path} is not a readable sorn state (.npz){why}") from None
    if metadata.get("schema_version", SCHEMA_VERSION) > SCHEMA_VERSION:
        raise StateError(f"{path} has schema version {metadata['schema_version']}, newer than this")
    return state, metadata


def _require_mapping(state: Any) -> Mapping[str, Any]:
    if not isinstance(state, Mapping):
        raise StateError(
            f"the state must be the dictionary that a simulation returned, not "
            f"{type(state).__name__}"
        )
    missing = [name for name in STATE_KEYS if name not in state]
    unknown = [name for name in state if name not in STATE_KEYS]
    if missing or unknown:
        complaint = f"misses {missing}" if missing else f"has unknown keys {unknown}"
        raise StateError(f"the state {complaint}; it needs exactly {', '.join(STATE_KEYS)}")
    return state


def _check_values(name: str, values: NumpyArray) -> None:
    if not np.isfinite(values).all():
        where = np.argwhere(~np.isfinite(values))[0].tolist()
        raise StateError(f"state[{name!r}] contains NaN or infinity, first at index {where}")
    if name.startswith("W") and (values < 0).any():
        raise StateError(f"state[{name!r}] contains negative weights; weights are magnitudes")
    if name in ("X", "Y") and not np.isin(values, (0.0, 1.0)).all():
        raise StateError(f"state[{name!r}] must hold activities 0 or 1")
