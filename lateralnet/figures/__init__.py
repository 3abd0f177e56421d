"""All figures of a run, drawn from its files alone; see ``docs/figures.md``."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from lateralnet.figures.names import KINDS
from lateralnet.records.results import RunResult

__all__ = ["KINDS", "draw_run"]


def draw_run(
    result: RunResult, *, jobs: int = 1, only: Collection[str] | None = None
) -> list[Path]:
    """Draw the figures of a finished run into its folder ``figures``.

    A run of several seeds gets one set per seed, the first one's also under the names without
    a seed, and a figure over all seeds.

    Parameters
    ----------
    result : RunResult
        The run, as `lateralnet.run` returns or `lateralnet.load` reads it.
    jobs : int
        Processes that draw at once.
    only : collection of str, optional
        Some of `KINDS`; all by default.

    Returns
    -------
    list of Path
        The files.

    Raises
    ------
    InputError
        For a figure that there is not.
    StorageError
        When a record is missing or damaged, or a file cannot be written.
    """
    from lateralnet.figures.drawing import draw_run as draw  # loads Matplotlib

    return draw(result, jobs=jobs, only=only)
