"""Progress of a sweep on stderr: points, failures, and when it will be done."""

from __future__ import annotations

import sys
import time

import click

_LINE_EVERY_S = 10.0  # where stderr is a file, not a terminal
_DRAW_EVERY_S = 0.2


class SweepProgress:
    """A line that says where a sweep stands; a context manager.

    Parameters
    ----------
    total : int
        Points to compute.
    quiet : bool
        Whether to say nothing.
    """

    def __init__(self, total: int, *, quiet: bool) -> None:
        self.total, self._quiet = total, quiet or sys.stderr is None
        self._began = self._shown = time.monotonic()
        self._width = 0

    def __call__(self, done: int, failed: int) -> None:
        """Show that `done` points are computed and `failed` are not."""
        if self._quiet:
            return
        now = time.monotonic()
        terminal = sys.stderr.isatty()
        finished = done + failed
        wait_s = _DRAW_EVERY_S if terminal else _LINE_EVERY_S
        if now - self._shown < wait_s and finished < self.total:
            return
        self._shown = now
        text = progress_text(self.total, done, failed, now - self._began)
        if terminal:
            click.echo("\r" + text.ljust(self._width), err=True, nl=False)
            self._width = len(text)
        else:
            click.echo(text, err=True)

    def __enter__(self) -> SweepProgress:
        return self

    def __exit__(self, *exception: object) -> None:
        if self._width:
            click.echo("", err=True)


def progress_text(total: int, done: int, failed: int, elapsed_s: float) -> str:
    """Return one line: counts, and the time left by the mean time of a point so far."""
    finished = done + failed
    text = f"{finished} of {total} points"
    if failed:
        text += f", {failed} failed"
    if 0 < finished < total:
        text += f", about {duration_text((total - finished) * elapsed_s / finished)} left"
    return f"{text}, {duration_text(elapsed_s)} so far"


def duration_text(seconds: float) -> str:
    """Return a duration in the unit that fits."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    if seconds < 172_800:
        return f"{seconds / 3600:.1f} h"
    return f"{seconds / 86_400:.1f} days"
