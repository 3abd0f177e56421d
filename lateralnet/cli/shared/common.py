"""What all commands share: switches, notes on stderr, JSON on stdout."""

from __future__ import annotations

import json
import shutil
import sys
import textwrap
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from backends.errors import BackendWarning
from lateralnet.cli.shared.parameter_types import ANY_PATH
from lateralnet.errors import InputError, OwnPartsWarning

QUIET = click.option(
    "--quiet", is_flag=True, help="No progress and no notes on stderr; errors are still told."
)
OWN = click.option(
    "--own", type=ANY_PATH, metavar="FILE",
    help="Python file with measures, controls, figures, a stimulus or a model of your own.",
)  # fmt: skip


def _refuse_own(ctx: click.Context, _option: click.Parameter, given: Path | None) -> None:
    if given is not None:
        raise InputError(
            f"{ctx.info_name} takes no --own, run and evaluate do: call lateralnet.run(params, "
            f"own={str(given)!r}) in a loop over parameters and seeds instead."
        )


NO_OWN = click.option(
    "--own",
    type=ANY_PATH,
    hidden=True,
    is_eager=True,
    expose_value=False,
    callback=_refuse_own,
)
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout.")


def noter(quiet: bool) -> Callable[[str], None]:
    """Return the function that says something on stderr, or nothing when `quiet`."""
    return lambda text: None if quiet else _talk(f"note: {text}")


def tell_missing(run_folder: Path) -> None:
    """Say on stderr which seeds of a run are not there."""
    from lateralnet.records.results import load  # loads NumPy, which help does without

    if completeness := load(run_folder).completeness:
        click.echo(f"note: {run_folder}: {completeness}", err=True)


def complain(text: str) -> None:
    """Say on stderr what went wrong; ``--quiet`` does not silence it."""
    _talk(f"Error: {text}")


def _talk(text: str) -> None:
    """Write to stderr; on a terminal, lines end between words."""
    if sys.stderr.isatty():
        width = shutil.get_terminal_size().columns
        lines = text.splitlines()
        text = "\n".join(
            textwrap.fill(line, width, break_long_words=False, break_on_hyphens=False)
            for line in lines
        )
    click.echo(text, err=True)


def show_warnings() -> None:
    """Say warnings of ours as notes on stderr, whatever the filters of Python."""
    show, ours = warnings.showwarning, (BackendWarning, OwnPartsWarning)

    def say(message: Any, category: Any, *place: Any, **rest: Any) -> None:
        if issubclass(category, ours):
            _talk(f"note: {message}")
        else:
            show(message, category, *place, **rest)

    for category in ours:
        warnings.simplefilter("default", category)
    warnings.showwarning = say


def print_json(content: Any) -> None:
    """Print plain values; NaN and infinities, which JSON has not, become null."""
    from lateralnet.records.storage import plain  # loads NumPy, which help does without

    click.echo(json.dumps(plain(content), indent=2, default=str))
