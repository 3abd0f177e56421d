"""The command that installs completion in a shell."""

from __future__ import annotations

import os
from pathlib import Path

import click
from click.shell_completion import get_completion_class

SHELLS = ("bash", "zsh", "fish")
_VARIABLE = "_LATERALNET_COMPLETE"


@click.command()
@click.argument("shell", type=click.Choice(SHELLS), required=False)
def completion(shell: str | None) -> None:
    """Print the script that lets a shell complete commands, flags, presets, runs and sweeps.

    For bash: eval "$(lateralnet completion bash)", now or in ~/.bashrc. Without SHELL, the one
    in $SHELL.
    """
    from lateralnet.errors import InputError

    name = shell or Path(os.environ.get("SHELL", "")).name
    if name not in SHELLS:
        raise InputError(f"SHELL {name!r} is unknown; known shells: {', '.join(SHELLS)}.")
    made = get_completion_class(name)
    assert made is not None  # click has all three
    click.echo(
        made(click.get_current_context().find_root().command, {}, "lateralnet", _VARIABLE).source()
    )
