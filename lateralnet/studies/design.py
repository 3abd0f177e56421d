"""What a sweep varies, as one value: axes, seeds, and what stays fixed."""

from __future__ import annotations

import hashlib
import itertools
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lateralnet.errors import InputError, ParameterError, nearest_names
from lateralnet.learning.controls import checked_controls
from lateralnet.parameters.keywords import checked_fields
from lateralnet.parameters.presets import preset
from lateralnet.studies.parsing import TEST_ONLY, field_of, parse_seeds, parse_values, resolve_name

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_TOML_KEYS = ("mode", "seeds", "zip", "set", "vary", "controls", "disable_all_stdp")
EXTRACT = "published extract"  # trained MON->TS with the initial LL->MON weights
MOST_POINTS = 10_000_000


@dataclass(frozen=True)
class Axis:
    """One varied parameter.

    Attributes
    ----------
    name : str
        Field of `NetworkParams`; with ``test.`` in front, it changes the test alone.
    values : tuple
        Its values, in the order given.
    """

    name: str
    values: tuple[Any, ...]


@checked_fields
@dataclass(frozen=True)
class Design:
    """A set of points: axes crossed or zipped, times seeds.

    Attributes
    ----------
    mode : str
        Preset that all points start from.
    fixed : dict
        Parameters set for all points; ``test.`` as for an axis.
    axes : tuple of Axis
        What varies.
    seeds : tuple of int
        Seeds of every combination.
    zipped : bool
        Whether the axes go together instead of being crossed.
    plastic : bool
        False: no weight changes, as ``--disable-all-stdp``.
    controls : tuple of str
        Conditions to test beside untrained and trained.
    """

    mode: str = "ll_thesis"
    fixed: dict[str, Any] = field(default_factory=dict)
    axes: tuple[Axis, ...] = ()
    seeds: tuple[int, ...] = (123,)
    zipped: bool = False
    plastic: bool = True
    controls: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        preset(self.mode)
        checked_controls([name for name in self.controls if name != EXTRACT])
        tested = tuple(name for name in self.controls if name != "untrained")
        object.__setattr__(self, "controls", tested)
        names = [axis.name for axis in self.axes]
        for name in names:
            if names.count(name) > 1:
                raise InputError(f"--vary names {name} twice.")
            if name in self.fixed:
                raise InputError(f"{name} is both fixed and varied; leave one of them out.")
        lengths = {axis.name: len(axis.values) for axis in self.axes}
        if self.zipped and len(set(lengths.values())) > 1:
            shown = ", ".join(f"{name}: {n}" for name, n in lengths.items())
            raise InputError(f"--zip needs axes of equal length, not {shown} values.")
        if self.n_points > MOST_POINTS:
            raise InputError(
                f"the sweep has {self.n_points} points, more than {MOST_POINTS}; split it."
            )

    @property
    def n_combinations(self) -> int:
        """Combinations of the axes."""
        lengths = [len(axis.values) for axis in self.axes]
        if self.zipped:
            return lengths[0] if lengths else 1
        product = 1
        for length in lengths:
            product *= length
        return product

    @property
    def n_points(self) -> int:
        """Combinations times seeds."""
        return self.n_combinations * len(self.seeds)

    @property
    def short_hash(self) -> str:
        """Name of what varies; more seeds of the same belong together."""
        content = {**self.as_dict(), "seeds": None}
        text = json.dumps(content, sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()[:8]

    def combinations(self) -> Iterator[dict[str, Any]]:
        """Yield name -> value of every combination; axes of the test change fastest."""
        axes = sorted(self.axes, key=lambda axis: is_test(axis.name))
        join = zip if self.zipped else itertools.product
        for values in join(*(axis.values for axis in axes)) if axes else [()]:
            yield dict(zip([axis.name for axis in axes], values, strict=True))

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {
            "mode": self.mode,
            "fixed": dict(self.fixed),
            "axes": [{"name": axis.name, "values": list(axis.values)} for axis in self.axes],
            "seeds": list(self.seeds),
            "zipped": self.zipped,
            "plastic": self.plastic,
            "controls": list(self.controls),
        }


def is_test(name: str) -> bool:
    """Whether an axis or a fixed value concerns the test alone."""
    return name in TEST_ONLY or field_of(name) != name


def design_from_dict(stored: dict[str, Any]) -> Design:
    """Return the design that `Design.as_dict` described."""
    return Design(
        mode=stored["mode"],
        fixed=dict(stored["fixed"]),
        axes=tuple(Axis(axis["name"], tuple(axis["values"])) for axis in stored["axes"]),
        seeds=tuple(stored["seeds"]),
        zipped=stored["zipped"],
        plastic=stored["plastic"],
        controls=tuple(stored["controls"]),
    )


def read_toml(path: Path) -> dict[str, Any]:
    """Return the arguments of a `Design` that a TOML file gives.

    Raises
    ------
    InputError
        When it cannot be read, or holds keys or parameters that do not exist.
    """
    try:
        content = tomllib.loads(path.read_text())
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path} is not a TOML file: {error}.") from None
    for key in content:
        if key not in _TOML_KEYS:
            raise InputError(
                f"{path}: unknown key {key!r}.{nearest_names(key, _TOML_KEYS)} "
                f"Known: {', '.join(_TOML_KEYS)}."
            )
    try:
        return _design_arguments(content)
    except ParameterError as error:
        raise ParameterError(f"{path}: {error}") from None
    except InputError as error:
        raise InputError(f"{path}: {error}") from None


def _design_arguments(content: dict[str, Any]) -> dict[str, Any]:
    arguments: dict[str, Any] = {}
    for key, name in (("mode", "mode"), ("zip", "zipped")):
        if key in content:
            arguments[name] = content[key]
    if content.get("disable_all_stdp"):
        arguments["plastic"] = False
    if "seeds" in content:
        arguments["seeds"] = parse_seeds(content["seeds"])
    if "controls" in content:
        arguments["controls"] = tuple(content["controls"])
    fixed = {}
    for key, value in _flat(content.get("set", {})).items():
        name = resolve_name(key)
        (fixed[name],) = parse_values(name, [value])
    axes = []
    for key, values in _flat(content.get("vary", {})).items():
        name = resolve_name(key)
        axes.append(Axis(name, parse_values(name, values)))
    return {**arguments, "fixed": fixed, "axes": tuple(axes)}


def _flat(table: Any) -> dict[str, Any]:
    """Return a table with ``test.x`` as one key, however TOML nests it."""
    if not isinstance(table, dict):
        raise InputError("[set] and [vary] are tables: name = value.")
    flat: dict[str, Any] = {}
    for key, value in table.items():
        if isinstance(value, dict):
            flat |= {f"{key}.{inner}": held for inner, held in value.items()}
        else:
            flat[key] = value
    return flat
