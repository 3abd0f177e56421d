"""Figures: a run or a sweep as pictures, drawn from its files alone; ``guide.md`` reads them.

Knows records, colours and panels; it must not know how to simulate, nor pages or commands.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lateralnet.figures.names import KINDS
from lateralnet.records.results import RunResult

if TYPE_CHECKING:
    from lateralnet.runs.own.reading import OwnGiven

__all__ = ["KINDS", "draw", "draw_run"]


def draw_run(
    result: RunResult,
    *,
    jobs: int = 1,
    only: Collection[str] | None = None,
    formats: Collection[str] = ("png",),
    dpi: int | None = None,
    output: Path | None = None,
    on_progress: Callable[[str, float], None] = lambda what, fraction: None,
    own: OwnGiven = None,
) -> list[Path]:
    """Draw the figures of a finished run into files.

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
    formats : collection of str
        Some of ``"png"``, ``"pdf"`` and ``"svg"``.
    dpi : int, optional
        Points per inch, 10 to 1200; 140 by default.
    output : Path, optional
        Folder; ``figures`` in the run's by default.
    on_progress : callable
        Called with what is being done and the finished fraction.
    own : path, or iterable of figures, optional
        Figures of `lateralnet.runs.own`; those that the run had by default.

    Returns
    -------
    list of Path
        The files.

    Raises
    ------
    InputError
        For a figure or a format that there is not.
    StorageError
        When a record is missing or damaged, or a file cannot be written.
    """
    from lateralnet.figures.drawing import draw_run as draw_files  # loads Matplotlib

    return draw_files(
        result, jobs=jobs, only=only, formats=formats, dpi=dpi, output=output,
        on_progress=on_progress, own=own,
    )  # fmt: skip


def draw(
    result: RunResult, kind: str | None = None, *, ax: Any = None, seed: int | None = None,
    **files: Any,
) -> Any:  # fmt: skip
    """Draw a run: all figures into files, one as a Matplotlib figure, or one panel into axes.

    Parameters
    ----------
    result : RunResult
        The run.
    kind : str, optional
        One of `KINDS`; without it, all figures go to files.
    ax : matplotlib.axes.Axes, optional
        Where the main panel of `kind` is drawn, in the style of its figure's owner.
    seed : int, optional
        Which seed; the first by default.
    **files
        Without `kind`: arguments of `draw_run`.

    Returns
    -------
    list of Path, matplotlib.figure.Figure or matplotlib.axes.Axes
        The files; or the figure; or `ax`.

    Raises
    ------
    InputError
        For a figure that there is not, or one without a panel that stands alone.

    Examples
    --------
    >>> import lateralnet
    >>> result = lateralnet.load("Runs/mine")  # doctest: +SKIP
    >>> lateralnet.draw(result, "decoded_position", ax=ax)  # doctest: +SKIP
    """
    if kind is None:
        return draw_run(result, **files)
    from lateralnet.figures.drawing import draw_one

    return draw_one(result, kind, seed=seed, ax=ax)
