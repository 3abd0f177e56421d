"""Command ``task``: a task of the literature, with the static reservoir as control."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from sorn.cli.options import BadInput
from sorn.engines.choice import BACKENDS
from sorn.errors import InputError, SornError
from sorn.parameters import PRESETS
from sorn.runs.progress import progress_meter
from sorn.tasks import TASKS, TaskResult, run_task

FIGURE_SUFFIXES = (".png", ".pdf", ".svg")


@click.command()
@click.argument("name", type=click.Choice(list(TASKS)))
@click.option("--seeds", type=click.IntRange(min=1), default=10, show_default=True)
@click.option("--level", "levels", type=int, multiple=True, help="Difficulty, may be repeated.")
@click.option("--plastic-steps", type=int, default=50_000, show_default=True)
@click.option("--frozen-steps", type=int, default=10_000, show_default=True)
@click.option("--preset", type=click.Choice(list(PRESETS)), default="lazar2009", show_default=True)
@click.option("--backend", type=click.Choice(BACKENDS), default="numpy", show_default=True)
@click.option("--figure", type=click.Path(path_type=Path), help="Write a figure (.png, .pdf) here.")
@click.option("--json", "as_json", is_flag=True, help="Print every seed as JSON.")
@click.option("--progress/--no-progress", default=None, help="[default: on a terminal]")
def task(
    name: str,
    seeds: int,
    levels: tuple[int, ...],
    plastic_steps: int,
    frozen_steps: int,
    preset: str,
    backend: str,
    figure: Path | None,
    as_json: bool,
    progress: bool | None,
) -> None:
    """Run a task: how often is the answer right, with plasticity and without?

    The network learns, is frozen, and a linear readout answers from its activity; the control is
    the same network that has not learned.
    """
    shows_progress = sys.stderr.isatty() if progress is None else progress
    try:
        if figure is not None:
            _check_figure(figure)
        result = run_task(
            name,
            levels=levels or None,
            seeds=seeds,
            plastic_steps=plastic_steps,
            frozen_steps=frozen_steps,
            preset=preset,
            backend=backend,
            progress=progress_meter("runs") if shows_progress else None,
        )
    except SornError as error:
        raise BadInput(str(error)) from None
    except KeyboardInterrupt:
        click.echo("\nstopped; a task keeps nothing of runs that did not end", err=True)
        sys.exit(130)
    click.echo(_as_json(result) if as_json else _table(result))
    if figure is not None:
        import matplotlib

        matplotlib.use("Agg")
        from sorn.plots.tasks import task_accuracy

        try:
            task_accuracy(result, savefig=figure)
        except OSError as error:
            raise BadInput(f"{error.filename}: {error.strerror}") from None
        click.echo(f"wrote {figure}", err=True)


def _check_figure(path: Path) -> None:
    """Refuse an unusable file before the runs, not after them."""
    if path.suffix not in FIGURE_SUFFIXES:
        raise InputError(f"--figure {path} must end in {', '.join(FIGURE_SUFFIXES)}")
    if not path.resolve().parent.is_dir() or path.is_dir():
        raise InputError(f"--figure {path}: the folder does not exist, or this is one")


def _table(result: TaskResult) -> str:
    """Means over the seeds; the level's meaning in the heading."""
    lines = [
        f"{result.task.name}: {result.task.about} ({result.seeds_text})",
        f"level: {result.task.level}",
        "",
        f"{'level':>6}  {'SORN':>6}  {'static':>6}  {'difference':>16}  {'chance':>6}",
    ]
    for row in result.rows():
        error = row["standard_error"]
        difference = f"{row['difference']:+.3f}" + ("" if error is None else f" ± {error:.3f}")
        lines.append(
            f"{row['level']:>6.0f}  {row['sorn']:>6.3f}  {row['static']:>6.3f}  {difference:>16}  "
            f"{row['chance']:>6.2f}"
        )
    return "\n".join(lines)


def _as_json(result: TaskResult) -> str:
    return json.dumps(
        {
            "task": result.task.name,
            "levels": result.levels,
            "seeds": result.seeds,
            "sorn": result.sorn.tolist(),
            "static": result.static.tolist(),
            "summary": result.rows(),
        }
    )
