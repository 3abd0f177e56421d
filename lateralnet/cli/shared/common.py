"""What all commands share: switches, notes on stderr, JSON on stdout."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from typing import Any

import click

from backends.errors import BackendWarning

QUIET = click.option(
    "--quiet", is_flag=True, help="No progress and no notes on stderr; errors are still told."
)
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout.")


def noter(quiet: bool) -> Callable[[str], None]:
    """Return the function that says something on stderr, or nothing when `quiet`."""
    return lambda text: None if quiet else click.echo(f"note: {text}", err=True)


def complain(text: str) -> None:
    """Say on stderr what went wrong; ``--quiet`` does not silence it."""
    click.echo(f"Error: {text}", err=True)


def show_warnings() -> None:
    """Say warnings of `backends` as notes on stderr, whatever the filters of Python."""
    show = warnings.showwarning

    def say(message: Any, category: Any, *place: Any, **rest: Any) -> None:
        if issubclass(category, BackendWarning):
            click.echo(f"note: {message}", err=True)
        else:
            show(message, category, *place, **rest)

    warnings.simplefilter("default", BackendWarning)
    warnings.showwarning = say


def print_json(content: Any) -> None:
    """Print plain values; NaN and infinities, which JSON has not, become null."""
    from lateralnet.records.storage import plain  # loads NumPy, which help does without

    click.echo(json.dumps(plain(content), indent=2, default=str))
