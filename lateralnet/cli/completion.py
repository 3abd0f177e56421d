"""Completion in a shell: presets, runs and sweeps by name, and the command that installs it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem, get_completion_class

from lateralnet.parameters.presets import PRESET_TEXT

SHELLS = ("bash", "zsh", "fish")
_VARIABLE = "_LATERALNET_COMPLETE"


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


@click.command()
@click.argument("shell", type=click.Choice(SHELLS), required=False)
def completion(shell: str | None) -> None:
    """Print the script that lets a shell complete commands, flags, presets, runs and sweeps.

    For bash: eval "$(lateralnet completion bash)", now or in ~/.bashrc. Without SHELL, the one
    in $SHELL.
    """
    from lateralnet.cli.program import cli
    from lateralnet.errors import InputError

    name = shell or Path(os.environ.get("SHELL", "")).name
    if name not in SHELLS:
        raise InputError(f"SHELL {name!r} is unknown; known shells: {', '.join(SHELLS)}.")
    made = get_completion_class(name)
    assert made is not None  # click has all three
    click.echo(made(cli, {}, "lateralnet", _VARIABLE).source())
