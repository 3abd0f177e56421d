"""What a run was given as its own: a file that is run, or parts."""

from __future__ import annotations

import hashlib
import importlib.util
import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from lateralnet.errors import InputError
from lateralnet.runs.own.values import Own, OwnControl, OwnFigure, OwnMeasure, Part, said

OwnGiven = Own | str | Path | Iterable[Part] | None  # what `run`, `evaluate` and `draw` take


def own_of(given: OwnGiven) -> Own:
    """Return what a run was given as its own: a file, or parts.

    Raises
    ------
    InputError
        For a file that cannot be read or run, or for what is no measure, control or figure.
    """
    if isinstance(given, Own):
        return given
    if given is None or isinstance(given, (str, Path)):
        return Own() if given is None else own_file(given)
    parts = list(given)
    for part in parts:
        if not isinstance(part, Part):
            raise InputError(
                f"own: {part!r} is neither measure, control nor figure; decorate a function with "
                "lateralnet.runs.own.measure, .control or .figure."
            )
    return _own(parts)


def fingerprint_of(path: Path) -> str:
    """Return what tells the text of a file from another one, without running it.

    Raises
    ------
    InputError
        When it cannot be read.
    """
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()[:16]
    except OSError as error:
        raise InputError(f"--own {path}: {error.strerror}.") from None


def own_file(path: str | Path) -> Own:
    """Run a file and return what it defines.

    Raises
    ------
    InputError
        When it cannot be read, raises an error, or defines nothing of use.
    """
    file = Path(path).absolute()
    fingerprint = fingerprint_of(file)
    name = f"lateralnet_own_{fingerprint}"
    if file.suffix != ".py":
        raise InputError(f"--own {path}: it must be a Python file, .py.")
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses and pickle look for it there
    with said(f"--own {path}", InputError):
        spec.loader.exec_module(module)
    values = vars(module)
    parts = [value for value in values.values() if isinstance(value, Part)]
    own = replace(
        _own(parts), file=str(file), fingerprint=fingerprint,
        stimulus=values.get("stimulus"), model=values.get("model"),
    )  # fmt: skip
    if not parts and own.stimulus is None and own.model is None:
        raise InputError(
            f"--own {path}: it defines no measure, control or figure, and no `stimulus` or `model`."
        )
    return own


def _own(parts: Sequence[Part]) -> Own:
    measures = tuple(part for part in parts if isinstance(part, OwnMeasure))
    controls = tuple(part for part in parts if isinstance(part, OwnControl))
    figures = tuple(part for part in parts if isinstance(part, OwnFigure))
    names = [m.row.key for m in measures], [c.name for c in controls], [f.name for f in figures]
    for kind, found in zip(("measure", "control", "figure"), names, strict=True):
        for name in found:
            if found.count(name) > 1:
                raise InputError(f"own {kind} {name!r} is there twice; give it another name.")
    return Own(measures, controls, figures)
