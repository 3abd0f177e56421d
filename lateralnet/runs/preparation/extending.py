"""What a run has of one's own: checked, described, recognised and found again."""

from __future__ import annotations

import pickle
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from backends.host.portable import own_user
from lateralnet.errors import InputError, OwnPartsWarning
from lateralnet.network.own_model import OwnModel
from lateralnet.parameters.params import NetworkParams
from lateralnet.records.storage import content_of, read_json
from lateralnet.runs.own.reading import Own, fingerprint_of, own_file
from lateralnet.stimulus.own import Stimulus, checked_stimulus, described

KEYS = ("stimulus", "model")
NOTHING = Own()


def own_parts(
    stimulus: Stimulus | None,
    model: OwnModel | None,
    params: NetworkParams,
    *,
    in_children: bool,
    own: Own = NOTHING,
) -> dict[str, Any]:
    """Check what is one's own; return what ``params.json`` says of it, {} without any.

    Raises
    ------
    InputError
        For what cannot drive or be part of the network, or not be handed to a child process.
    """
    found: dict[str, Any] = {}
    if stimulus is not None:
        checked_stimulus(stimulus, params)
        if in_children:
            _refuse_unless_importable(stimulus, "stimulus")
        found["stimulus"] = described(stimulus, params)
    if model is not None:
        if not isinstance(model, OwnModel):
            raise InputError(f"model must be an OwnModel, not {type(model).__name__}.")
        _refuse_wrong_equations(model)
        found["model"] = model.as_dict()
    if own != NOTHING:
        if in_children:
            _refuse_unless_importable(own, "own")
        found["own"] = own.described()
    return found


def _refuse_unless_importable(value: Any, what: str) -> None:
    """Seeds run in processes of their own, which must be able to import what they are handed."""
    try:
        written = pickle.dumps(value)
    except Exception as error:  # whatever its class does when it is pickled
        raise InputError(f"{what}: it cannot be handed to another process ({error}).") from None
    if b"__main__" in written:
        raise InputError(
            f"{what}: several seeds run in processes of their own, which cannot see what this "
            "script defines; move it to a file for --own (own=), or run one seed at a time."
        )


def with_parts_of(
    own: Own, stimulus: Stimulus | None, model: OwnModel | None
) -> tuple[Stimulus | None, OwnModel | None]:
    """Return stimulus and model as given, or those of the file.

    Raises
    ------
    InputError
        When there are two of them.
    """
    for name, given in (("stimulus", stimulus), ("model", model)):
        if given is not None and getattr(own, name) is not None:
            raise InputError(f"{name}: {own.file} has one already; leave one of them out.")
    return stimulus or own.stimulus, model or own.model


def remembered_of(folder: Path) -> Own:
    """Return what a run had of one's own; see `remembered`."""
    path = folder / "params.json"
    return remembered(read_json(path), path) if path.is_file() else NOTHING


def remembered(stored: Mapping[str, Any], source: Path) -> Own:
    """Return what a run had of one's own, read again from where its file lay.

    A file runs again only where it lay, with the text that it had, and if it belongs to the user.
    Else, or where the run was given objects, a warning says what is missing, and there is none.
    """
    had = stored.get("own")
    if had is None:
        return NOTHING
    with content_of(source):
        names = ", ".join([*had["measures"], *had["controls"], *had["figures"]]) or "its stimulus"
        file, fingerprint = Path(had["file"]), str(had["fingerprint"])
    if not had["file"]:
        why = "was given as objects; give it again (own=)"
    elif not file.is_file():
        why = f"lay in {file}, which is not there; give the file with --own"
    elif own_user() not in (None, file.stat().st_uid):
        why = f"lies in {file}, which belongs to another user; give it with --own to run it"
    elif fingerprint_of(file) != fingerprint:
        why = f"lay in {file}, which has changed since; give it with --own to use it so"
    else:
        return own_file(file)
    warnings.warn(f"{source}: what the run had of its own ({names}) {why}.", OwnPartsWarning, 3)
    return NOTHING


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
    folder = Path(resume_from)
    stored = read_json(folder / "params.json")
    # Before there are results, a file with a mistake may be put right.
    mixed = any((folder / "artifacts").glob("seed_*_results.json"))
    for key in (*KEYS, "own"):
        theirs, ours = _plain(stored.get(key)), _plain(own.get(key))
        if key == "own":
            theirs, ours = (_compared(value, whole=mixed) for value in (theirs, ours))
        if theirs != ours:
            had = "another one" if theirs is not None else "none"
            raise InputError(
                f"--resume-from {resume_from}: this run has {had} for {key}; go on with what it "
                "had, or start a new run."
            )


def _compared(own: Any, *, whole: bool) -> Any:
    """Return what must be the same of two descriptions: not where the file lies."""
    if own is None:
        return None
    names = [sorted(own[kind]) for kind in ("measures", "controls")]
    return (own["fingerprint"], names) if whole else names


def _plain(value: Any) -> Any:
    """Return a value as JSON gives it back: tuples are lists."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, (list, tuple)) else value
