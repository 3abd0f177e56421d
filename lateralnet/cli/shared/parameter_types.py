"""Types of parameters that a shell completes: presets, runs and sweeps by name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from lateralnet.parameters.presets import PRESET_TEXT


class PresetName(click.ParamType):  # type: ignore[type-arg]
    """The name of a preset; it is checked where presets are."""

    name = "mode"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Return the presets that begin so."""
        return [
            CompletionItem(name, help=text)
            for name, text in PRESET_TEXT.items()
            if name.startswith(incomplete)
        ]


class FolderPath(click.ParamType):  # type: ignore[type-arg]
    """A path; folders of `places` that hold `mark` are offered first, then other folders."""

    name = "path"

    def __init__(self, *places: tuple[Path, str]) -> None:
        self._places = places

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """Return the path, whether or not it is there."""
        return Path(value)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Return runs or sweeps whose path begins so; where there is none, any path."""
        found = [
            CompletionItem(str(path.parent))
            for place, mark in self._places
            for path in sorted(place.glob(f"*/{mark}"))
            if str(path.parent).startswith(incomplete)
        ]
        return found or [CompletionItem(incomplete, type="file")]


# `records.folders.RUNS`, whose room loads NumPy; the help of a command must not.
_RUNS, _SWEEPS = (Path("Runs"), "params.json"), (Path("Sweeps"), "sweep.json")
RUN_FOLDER = FolderPath(_RUNS)
SWEEP_FOLDER = FolderPath(_SWEEPS)
ANY_FOLDER = FolderPath(_RUNS, _SWEEPS)
