"""How a run is carried out, beside its parameters."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lateralnet.errors import InputError
from lateralnet.learning.controls import checked_controls
from lateralnet.network.own_model import OwnModel
from lateralnet.parameters.params import CUSTOM
from lateralnet.parameters.preset_table import DEFAULT_CONTROLS
from lateralnet.records.folders import RUNS, safe_name
from lateralnet.runs.own import Own
from lateralnet.runs.preparation.extending import KEYS, NOTHING
from lateralnet.stimulus.own import Stimulus


@dataclass(frozen=True)
class RunOptions:
    """How a run is carried out, beside its parameters.

    The fields are the keywords of `lateralnet.run`, explained there, and `mode`: the preset that
    the parameters started from, stored with the results.
    """

    mode: str = CUSTOM
    run_name: str | None = None
    save_tag: str | None = None
    n_seeds: int = 1
    jobs: int = 1
    replicas: int = 1
    plastic: bool = True
    controls: tuple[str, ...] | None = None
    overwrite: bool = False
    resume_from: Path | None = None
    save_weights_dir: Path | None = None
    runs_dir: Path = RUNS
    stimulus: Stimulus | None = None
    model: OwnModel | None = None
    own: Own = NOTHING

    def __post_init__(self) -> None:
        for flag, value in (
            ("--multi-seed", self.n_seeds),
            ("--jobs", self.jobs),
            ("--replicas", self.replicas),
        ):
            if value < 1:
                raise InputError(f"{flag} = {value} is not allowed: it must be at least 1.")
        for flag, name in (("--run-name", self.run_name), ("--save-tag", self.save_tag)):
            if name is not None:
                safe_name(name, flag)  # before devices are looked at, which takes seconds
        if self.controls is not None:
            checked_controls(self.controls)

    @property
    def chosen_controls(self) -> tuple[str, ...]:
        """The controls to test, by default those of the preset."""
        if self.controls is not None:
            return checked_controls(self.controls)
        return DEFAULT_CONTROLS.get(self.mode, ()) if self.plastic else ()

    @property
    def conditions(self) -> tuple[str, ...]:
        """What is tested beside untrained and trained, one's own controls last."""
        return (*self.chosen_controls, *(control.name for control in self.own.controls))

    @property
    def given(self) -> dict[str, Any]:
        """What differs from the defaults, by name; the mode belongs to the parameters."""
        return {
            field.name: _shown(field.name, value)
            for field in dataclasses.fields(self)
            if (value := getattr(self, field.name)) != field.default and field.name != "mode"
        }


def _shown(name: str, value: Any) -> Any:
    """Return a value as the text of a call shows it; objects by their class."""
    if name == "own" and value.file:
        return value.file
    return f"<{type(value).__name__}>" if name in (*KEYS, "own") else value
