"""What decides how a training goes on, as a short hash: stored beside everything trained."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from typing import Any

from lateralnet.parameters.params import NetworkParams, parameter_names, spec_of
from lateralnet.parameters.spec import TEST

# May differ between a run and the one that goes on from it.
FREE = {
    "n_training_trials",
    "checkpoint_trials",
    "pv_eval_every_checkpoints",
    "checkpoint_save_every_n_checkpoints",
    *(name for name in parameter_names() if spec_of(name).read_by == TEST),
}


def fingerprint(
    params: NetworkParams, precision: str, names: Collection[str] = parameter_names()
) -> str:
    """Return a hash of everything that decides how training goes on.

    Parameters
    ----------
    params : NetworkParams
        The network.
    precision : str
        ``"float64"`` or ``"float32"``.
    names : collection of str
        Parameters that the version knew which the hash is compared with.
    """
    values = {
        name: value
        for name, value in params.as_dict().items()
        if name not in FREE and name in names
    }
    text = json.dumps({**values, "precision": precision}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def fits(stored: str, theirs: Mapping[str, Any], params: NetworkParams, precision: str) -> bool:
    """Whether a stored fingerprint is that of `params`.

    Parameters
    ----------
    stored : str
        The fingerprint.
    theirs : mapping
        The parameters it was made of; those of a later version are missing, and must have their
        defaults.
    params : NetworkParams
        The parameters in question.
    precision : str
        Their precision.
    """
    usual, ours = NetworkParams().as_dict(), params.as_dict()
    later = [name for name in ours if name not in theirs and name not in FREE]
    return stored == fingerprint(params, precision, theirs) and all(
        ours[name] == usual[name] for name in later
    )


def differences(theirs: Mapping[str, Any], ours: Mapping[str, Any], *, free: bool = False) -> str:
    """Return ``name theirs -> ours`` for up to five parameters that differ, ``""`` for none.

    Parameters
    ----------
    theirs, ours : mapping
        Parameters as `NetworkParams.as_dict` gives them; missing ones have their defaults.
    free : bool
        Whether those count, too, that a longer training or another test may change.
    """
    known = {**NetworkParams().as_dict(), **theirs}
    differing = [
        f"{name} {known.get(name)!r} -> {value!r}"
        for name, value in ours.items()
        if (free or name not in FREE) and known.get(name) != value
    ]
    more = f" and {len(differing) - 5} more" if len(differing) > 5 else ""
    return ", ".join(differing[:5]) + more
