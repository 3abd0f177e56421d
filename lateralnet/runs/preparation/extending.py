"""A stimulus and a model of one's own in a run: checked, described, recognised again."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

from lateralnet.errors import InputError
from lateralnet.network.own_model import OwnModel
from lateralnet.parameters.params import NetworkParams
from lateralnet.records.storage import read_json
from lateralnet.stimulus.own import Stimulus, checked_stimulus, described

KEYS = ("stimulus", "model")


def own_parts(
    stimulus: Stimulus | None, model: OwnModel | None, params: NetworkParams, *, in_children: bool
) -> dict[str, Any]:
    """Check a stimulus and a model; return what ``params.json`` says of them, {} without any.

    Raises
    ------
    InputError
        For what cannot drive or be part of the network, or not be handed to a child process.
    """
    found: dict[str, Any] = {}
    if stimulus is not None:
        checked_stimulus(stimulus, params)
        if in_children:
            _refuse_unless_importable(stimulus)
        found["stimulus"] = described(stimulus, params)
    if model is not None:
        if not isinstance(model, OwnModel):
            raise InputError(f"model must be an OwnModel, not {type(model).__name__}.")
        _refuse_wrong_equations(model)
        found["model"] = model.as_dict()
    return found


def _refuse_unless_importable(stimulus: Stimulus) -> None:
    """Seeds run in processes of their own, which must be able to import the stimulus."""
    try:
        written = pickle.dumps(stimulus)
    except Exception as error:  # whatever its class does when it is pickled
        raise InputError(f"stimulus: it cannot be handed to another process ({error}).") from None
    if b"__main__" in written:
        raise InputError(
            "stimulus: several seeds run in processes of their own, which cannot see a class of "
            "this script; move it to a module that can be imported, or run one seed at a time."
        )


def _refuse_wrong_equations(model: OwnModel) -> None:
    """Let Brian2 read the equations here, where its complaint can be said in a sentence."""
    from brian2 import Equations

    texts = [model.cell.equations] if model.cell else []
    for text in [*texts, *(synapse.equations for synapse in model.synapses)]:
        try:
            Equations(text)
        except Exception as error:  # Brian2 raises many kinds
            reason = " ".join(str(error).split())
            raise InputError(f"model: Brian2 does not accept the equations: {reason}") from None


def refuse_other_parts(own: dict[str, Any], resume_from: Path | None) -> None:
    """Refuse to go on with another stimulus or model than a run had.

    Raises
    ------
    InputError
        When they differ, or one of them is missing.
    """
    if resume_from is None or not (Path(resume_from) / "params.json").is_file():
        return
    stored = read_json(Path(resume_from) / "params.json")
    for key in KEYS:
        theirs, ours = _plain(stored.get(key)), _plain(own.get(key))
        if theirs != ours:
            had = "another one" if theirs is not None else "none"
            raise InputError(
                f"--resume-from {resume_from}: this run has {had} for {key}; go on with what it "
                "had, or start a new run."
            )


def _plain(value: Any) -> Any:
    """Return a value as JSON gives it back: tuples are lists."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, (list, tuple)) else value
