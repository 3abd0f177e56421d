"""Progress with an ETA on stderr, for anything that takes more than two seconds."""

from __future__ import annotations

import sys
import time
from typing import Any

import click

_QUIET_S = 2.0
_RESOLUTION = 1000


class ProgressLine:
    """A callback ``(what, fraction)`` that draws one line; a context manager.

    Nothing is drawn in the first two seconds, nor when `quiet`, nor when stderr is not a
    terminal; there, a plain line tells each new stage.
    """

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._began = time.monotonic()
        self._bar: Any = None
        self._shown = 0
        self._stage = ""

    def __call__(self, what: str, fraction: float) -> None:
        """Show that `fraction` of the work is done."""
        if self._quiet:
            return
        if not sys.stderr.isatty():
            if what != self._stage:
                click.echo(f"{what} ...", err=True)
            self._stage = what
            return
        if self._bar is None:
            if what != "building the program" and time.monotonic() - self._began < _QUIET_S:
                return
            self._bar = click.progressbar(
                length=_RESOLUTION, label=what, file=sys.stderr, show_eta=True, show_percent=True
            )
            self._bar.__enter__()
        self._bar.label = what.ljust(20)
        done = int(fraction * _RESOLUTION)
        self._bar.update(max(0, done - self._shown))
        self._shown = max(done, self._shown)
        self._bar.render_progress()

    def __enter__(self) -> ProgressLine:
        return self

    def __exit__(self, *exception: object) -> None:
        if self._bar is not None:
            self._bar.__exit__(None, None, None)
