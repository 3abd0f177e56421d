"""The parameters of one network and its run: the table, checked."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from lateralnet.errors import ParameterError, nearest_names
from lateralnet.parameters.rules import check_together
from lateralnet.parameters.spec import Spec
from lateralnet.parameters.table import ParameterTable


@dataclass(frozen=True)
class NetworkParams(ParameterTable):
    """All parameters of one network and its run; units and ranges stand in the table.

    Raises
    ------
    ParameterError
        When a value is outside its range, naming the flag, the value and the range.
    """

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            checked = spec_of(field.name).check(field.name, getattr(self, field.name))
            object.__setattr__(self, field.name, checked)
        check_together(self)

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
        return dataclasses.asdict(self)


_SPECS: dict[str, Spec] = {
    field.name: field.metadata["spec"] for field in dataclasses.fields(NetworkParams)
}


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


def params_from_dict(values: dict[str, Any], *, source: str) -> NetworkParams:
    """Build parameters from a stored dictionary, naming `source` in every complaint.

    Names that this version does not know are refused; missing ones take their default, so
    that files of the published program load.
    """
    for name in values:
        if name not in _SPECS:
            raise ParameterError(
                f"{source}: unknown parameter {name!r}.{nearest_names(name, _SPECS)}"
            )
    try:
        return NetworkParams(**values)
    except ParameterError as error:
        raise ParameterError(f"{source}: {error}") from None
