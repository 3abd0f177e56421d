"""Options that several commands share, made from the table of hyperparameters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any, TypeVar

import click

from sorn.parameters import Parameters

Command = TypeVar("Command", bound=Callable[..., Any])
COMMAND_LINE_TYPES = {"int": int, "float": float, "str": str}


class BadInput(click.ClickException):
    """One sentence on standard error and exit code 2."""

    exit_code = 2


class NumberOrWord(click.ParamType):  # type: ignore[type-arg, unused-ignore]
    """A number, or a word that the hyperparameter knows."""

    name = "number or word"

    def convert(self, value: Any, param: Any, ctx: Any) -> float | str:
        try:
            return float(value)
        except ValueError:
            return str(value)


def hyperparameter_options(command: Command) -> Command:
    """One option per scalar hyperparameter, from the table in `Parameters`."""
    for entry in reversed(fields(Parameters)):
        kind = COMMAND_LINE_TYPES.get(str(entry.type))
        if kind is None and entry.name not in ("h_ip", "sp_rate"):
            continue
        about = entry.metadata
        choices = about["choices"]
        option = click.option(
            f"--{entry.name.replace('_', '-')}",
            entry.name,
            type=click.Choice(choices) if choices else kind or NumberOrWord(),
            help=f"{about['text']} [{about['unit']}; default {entry.default}]",
        )
        command = option(command)
    return command
