"""A run described by a file: its ``params.json``, or TOML with the same names."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from lateralnet.errors import InputError, ParameterError, StorageError, nearest_names
from lateralnet.network.own_model import OwnModel
from lateralnet.parameters.params import NetworkParams, parameter_named, params_from_dict
from lateralnet.parameters.presets import preset
from lateralnet.records.storage import SCHEMA_VERSION, make_folder, read_json, write_json
from lateralnet.runs.own.reading import own_file
from lateralnet.runs.preparation.claim import Claim
from lateralnet.runs.preparation.extending import NOTHING, remembered
from lateralnet.runs.preparation.options import RunOptions
from lateralnet.runs.preparation.provenance import provenance
from lateralnet.simulation.session import DeviceOptions

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

# What `lateralnet run` takes from a file, beside the preset and its parameters, and its kind.
OPTIONS: dict[str, type] = {
    "multi_seed": int,
    "replicas": int,
    "disable_all_stdp": bool,
    "controls": list,
    "device": str,
    "precision": str,
}
_KEYS = ("mode", "seed_start", "network_params", "own", *OPTIONS)
_OF_THE_RUN_ALONE = (
    "stimulus", "model",
    "schema_version", "run_folder", "save_tag", "device_reason", "provenance",
)  # fmt: skip


@dataclass(frozen=True)
class Description:
    """A run to repeat.

    Attributes
    ----------
    params : NetworkParams
        All parameters.
    options : dict
        Those of `OPTIONS` that the file names, and what is one's own.
    """

    params: NetworkParams
    options: dict[str, Any] = field(default_factory=dict)


def read_description(path: Path, own: Path | None = None, **overrides: Any) -> Description:
    """Read what a run was, or shall be.

    Parameters
    ----------
    path : Path
        ``params.json`` of a run, or a TOML file with the same names; there, parameters that
        ``[network_params]`` leaves out are those of the preset ``mode``.
    own : Path, optional
        File with what is one's own, in place of that of the run.
    **overrides
        Fields of `NetworkParams` that win over the file.

    Raises
    ------
    InputError
        When the file cannot be read, or names what does not exist.
    """
    is_toml = path.suffix == ".toml"
    content = _read_toml(path) if is_toml else _read_json(path)
    for key in content:
        if key not in _KEYS and (is_toml or key not in _OF_THE_RUN_ALONE):
            raise InputError(
                f"{path}: unknown key {key!r}.{nearest_names(key, _KEYS)} "
                f"Known: {', '.join(_KEYS)}."
            )
    options = {name: content[name] for name in OPTIONS if name in content}
    for name, value in options.items():
        if type(value) is not OPTIONS[name]:
            raise InputError(
                f"{path}: {name} = {value!r} is not {OPTIONS[name].__name__}, which it must be."
            )
    options |= _own(content, path, own)
    values = content.get("network_params", {})
    if not isinstance(values, dict):
        raise InputError(f"{path}: network_params is a table of parameters, not {values!r}.")
    mode = content.get("mode", "ll_thesis" if is_toml else "custom")
    try:
        named = {parameter_named(name): value for name, value in values.items()}
        if "seed_start" in content:
            named.setdefault("seed", content["seed_start"])
        if is_toml:
            params = preset(mode, **named)
        else:
            params = params_from_dict(named, source=str(path), mode=mode)
    except ParameterError as error:
        text = str(error)
        raise ParameterError(text if text.startswith(str(path)) else f"{path}: {text}") from None
    return Description(replace(params, **overrides), options)


def _own(content: dict[str, Any], path: Path, given: Path | None) -> dict[str, Any]:
    """Return what the run has of its own; a stimulus must be there, a model is in the file."""
    told = content.get("own")
    if given is not None:
        own = own_file(given)
    elif isinstance(told, str):
        own = own_file(path.parent / told)
    elif told is None or isinstance(told, dict):
        own = remembered(content, path)
    else:
        raise InputError(f"{path}: own = {told!r} is not the name of a file.")
    if "stimulus" in content and own.stimulus is None:
        raise InputError(
            f"--params: {path} had a stimulus of its own; give the "
            "file that has it as `stimulus` with --own."
        )
    found: dict[str, Any] = {} if own == NOTHING else {"own": own}
    if "model" in content and own.model is None:
        found["model"] = OwnModel.from_dict(content["model"])
    return found


def _read_json(path: Path) -> dict[str, Any]:
    try:
        return read_json(path)
    except StorageError as error:
        raise InputError(f"--params: {error}") from None


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return dict(tomllib.loads(path.read_text()))
    except OSError as error:
        raise InputError(f"--params: {path} cannot be read: {error.strerror}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"--params: {path} is not a TOML file: {error}.") from None


def write_description(
    claim: Claim,
    options: RunOptions,
    params: NetworkParams,
    device: DeviceOptions,
    reason: str,
    command: str,
    own: dict[str, Any],
) -> None:
    """Write ``params.json``; figures of a shorter run go."""
    folder = claim.folder
    folder.remove_figures()
    before = read_json(folder.params) if folder.params.is_file() else {}
    for path in (folder.artifacts, folder.figures):
        make_folder(path)
    write_json(
        folder.params,
        {
            "schema_version": SCHEMA_VERSION,
            "mode": options.mode,
            "seed_start": params.seed,
            "multi_seed": options.n_seeds,
            "run_folder": claim.name,
            "save_tag": folder.save_tag,
            "device": device.device,
            "device_reason": reason,
            "precision": device.precision,
            "replicas": options.replicas,
            "disable_all_stdp": not options.plastic,
            "controls": list(options.chosen_controls),
            "network_params": params.as_dict(),
            **own,
            "provenance": [*before.get("provenance", []), provenance(command)],
        },
    )
