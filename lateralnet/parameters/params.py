"""The parameters of one network and its run: the table, checked."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lateralnet.errors import ParameterError, nearest_names
from lateralnet.parameters.preset_table import PRESETS
from lateralnet.parameters.rules import check_together
from lateralnet.parameters.spec import Spec
from lateralnet.parameters.table import ParameterTable

CUSTOM = "custom"  # the preset of parameters that started from none
_SHOWN_IN_REPR = 6
_SPECS: dict[str, Spec] = {
    field.name: field.metadata["spec"] for field in dataclasses.fields(ParameterTable)
}


@dataclass(frozen=True, repr=False)
class NetworkParams(ParameterTable):
    """All parameters of one network and its run; units and ranges stand in the table.

    Attributes
    ----------
    preset : str
        Name of the preset that they started from, ``"custom"`` without one. It is no parameter:
        equal networks are equal whatever it says.

    Raises
    ------
    ParameterError
        When a value is outside its range, naming the flag, the value and the range.
    """

    preset: str = dataclasses.field(default=CUSTOM, compare=False, kw_only=True)

    def __post_init__(self) -> None:
        for name, spec in _SPECS.items():
            object.__setattr__(self, name, spec.check(name, getattr(self, name)))
        check_together(self)

    def __repr__(self) -> str:
        return self.as_call(_SHOWN_IN_REPR)

    def _repr_html_(self) -> str:
        changed = self.changes()
        rows = [
            f"<tr><td>{name}</td><td>{getattr(self, name)}</td><td>{spec.unit}</td>"
            f"<td>{spec.text}</td></tr>"
            for name, spec in _SPECS.items()
            if name in changed
        ]
        heads = "".join(f"<th>{head}</th>" for head in ("parameter", "value", "unit", "meaning"))
        what = "preset" if self.preset != CUSTOM else "defaults,"
        return (
            f"<p>{what} {self.preset}, {len(rows)} of {len(_SPECS)} parameters changed</p>"
            f"<table><tr>{heads}</tr>{''.join(rows)}</table>"
        )

    def as_call(self, most: int | None = None) -> str:
        """Return the Python that makes these parameters, at most so many of them.

        Examples
        --------
        >>> import lateralnet
        >>> lateralnet.preset("ll_fast", n_mon=400)
        preset('ll_fast', n_mon=400)
        """
        changed = self.changes()
        given = [f"{name}={value!r}" for name, value in list(changed.items())[:most]]
        if len(given) < len(changed):
            given.append(f"... {len(changed) - len(given)} more")
        if self.preset == CUSTOM:
            return f"NetworkParams({', '.join(given)})"
        return f"preset({', '.join([repr(self.preset), *given])})"

    def changes(self) -> dict[str, Any]:
        """Return the parameters that differ from those of their preset."""
        usual = NetworkParams(**PRESETS.get(self.preset, {})).as_dict()
        return {name: value for name, value in self.as_dict().items() if value != usual[name]}

    @property
    def n_cells(self) -> dict[str, int]:
        """Cells of each layer."""
        return {"ll": self.n_ll, "mon": self.n_mon, "ts": self.n_ts}

    @property
    def steps_per_trial(self) -> float:
        """Trial duration in time steps (whole for the presets)."""
        return self.trial_duration_s / self.dt_s

    @property
    def test_is_held(self) -> bool:
        """Whether the test shows held snapshots: by either of the two flags that say so."""
        return self.test_using_held_snapshots or self.test_stimulus == "held"

    @property
    def decoding_window_s(self) -> float:
        """Time over which spikes are summed to decode them."""
        return self.decoding_window_ms * 1e-3

    @property
    def anneals_cooperation(self) -> bool:
        """Whether lateral excitation changes in training."""
        return (
            self.ts_lateral_exc_radius_start is not None
            or self.ts_lateral_exc_peak_start_mV is not None
        )

    def trial_start_step(self, trial: int) -> int:
        """First time step of training trial `trial`; trial `n` starts where trial `n - 1` ends."""
        return round(trial * self.trial_duration_s / self.dt_s)

    def as_dict(self) -> dict[str, Any]:
        """All fields as a flat dictionary, as ``params.json`` stores them."""
        return {name: getattr(self, name) for name in _SPECS}


def spec_of(name: str) -> Spec:
    """Return the `Spec` of a parameter; raise `ParameterError` naming close ones if unknown."""
    try:
        return _SPECS[name]
    except KeyError:
        raise ParameterError(
            f"unknown parameter {name!r}.{nearest_names(name, _SPECS)} "
            "`lateralnet params` lists them all."
        ) from None


def parameter_names() -> tuple[str, ...]:
    """Names of all parameters in the order of the published table."""
    return tuple(_SPECS)


def parameter_named(text: str) -> str:
    """Return the parameter that `text` names: a field, or its flag with dashes or underscores.

    Raises
    ------
    ParameterError
        Naming the nearest parameters.

    Examples
    --------
    >>> parameter_named("mon-ts-topo")
    'mon_to_ts_topography_strength'
    """
    known = spellings()
    name = known.get(text.strip().lstrip("-").replace("-", "_").lower())
    if name is None:
        raise ParameterError(
            f"unknown parameter {text.strip()!r}.{nearest_names(text.strip().lower(), known)} "
            "`lateralnet params` lists them all."
        )
    return name


@functools.cache
def spellings() -> dict[str, str]:
    """Return every way to write a parameter, lower case with underscores, and the parameter."""
    known = {}
    for name, spec in _SPECS.items():
        for flag in (spec.flag, *spec.aliases):
            known[flag.lstrip("-").replace("-", "_").lower()] = name
        known[name.lower()] = name
    return known


def params_from_dict(
    values: Mapping[str, Any], *, source: str, mode: str = CUSTOM
) -> NetworkParams:
    """Build parameters from a stored dictionary, naming `source` in every complaint.

    `mode` is the preset that they started from. Names that this version does not know are
    refused; missing ones take their default, so that files of the published program load.
    """
    for name in values:
        if name not in _SPECS:
            raise ParameterError(
                f"{source}: unknown parameter {name!r}.{nearest_names(name, _SPECS)}"
            )
    try:
        return NetworkParams(**values, preset=mode)
    except ParameterError as error:
        raise ParameterError(f"{source}: {error}") from None
