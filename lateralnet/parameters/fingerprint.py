"""What decides how a training goes on, as a short hash: stored beside everything trained."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from typing import Any

from lateralnet.parameters.params import NetworkParams, parameter_names, spec_of
from lateralnet.parameters.spec import TEST

# May differ between a run and the one that goes on from it.
_FREE = {
    "n_training_trials",
    "checkpoint_trials",
    "pv_eval_every_checkpoints",
    "checkpoint_save_every_n_checkpoints",
    *(name for name in parameter_names() if spec_of(name).read_by == TEST),
}


def free(params: NetworkParams) -> set[str]:
    """Return the parameters in which a run and the one that goes on from it may differ."""
    # Annealed cooperation is a schedule over all trials: another number of them is another one.
    return _FREE - {"n_training_trials"} if params.anneals_cooperation else _FREE


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
    left_out = free(params)
    values = {
        name: value
        for name, value in params.as_dict().items()
        if name not in left_out and name in names
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
    return stored == fingerprint(params, precision, theirs) and not differing(theirs, params)


def differing(
    theirs: Mapping[str, Any], params: NetworkParams, *, all_of_them: bool = False
) -> dict[str, tuple[Any, Any]]:
    """Return name -> (theirs, ours) for the parameters that differ.

    Parameters
    ----------
    theirs : mapping
        Stored parameters; those that their version did not know have their defaults.
    params : NetworkParams
        Ours.
    all_of_them : bool
        Whether those count, too, that a longer training or another test may change.
    """
    known = {**NetworkParams().as_dict(), **theirs}
    left_out = set() if all_of_them else free(params)
    return {
        name: (known[name], value)
        for name, value in params.as_dict().items()
        if name not in left_out and known[name] != value
    }


def in_words(what: Mapping[str, tuple[Any, Any]]) -> str:
    """Return ``name theirs -> ours`` for the first five of what `differing` found."""
    shown = [f"{name} {theirs!r} -> {ours!r}" for name, (theirs, ours) in what.items()]
    more = f" and {len(shown) - 5} more" if len(shown) > 5 else ""
    return ", ".join(shown[:5]) + more
