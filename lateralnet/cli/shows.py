"""Commands that show what is there: plot, report, watch, export, cite."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from lateralnet.cli.shared.common import OWN, QUIET, tell_missing
from lateralnet.cli.shared.parameter_types import ANY_FOLDER, OUTPUT_FILE, OUTPUT_FOLDER, RUN_FOLDER
from lateralnet.cli.shared.progress import ProgressLine, working
from lateralnet.cli.shared.workplace import sweep_folder
from lateralnet.errors import InputError


@click.command()
@click.argument("run_folder", type=RUN_FOLDER)
@click.option("--only", multiple=True, metavar="NAME", help="A figure to draw; may be repeated.")
@click.option(
    "--format", "formats", default="png", show_default=True, metavar="KINDS",
    help="png, pdf or svg, several separated by commas.",
)  # fmt: skip
@click.option("--dpi", type=int, help="Points per inch of PNG files, 10 to 1200; default: 140.")
@click.option("--output", type=OUTPUT_FOLDER, help="Folder; default: figures/ in the run's.")
@OWN
@click.option("--jobs", type=click.IntRange(1), default=1, help="Figures at once.")
@QUIET
def plot(run_folder: Path, quiet: bool, **options: Any) -> None:
    """Redraw the figures of a run from its files alone.

    `--only decoded_position --format pdf` draws one of them for a paper.
    """
    from lateralnet.figures import draw_run
    from lateralnet.records.results import load

    only = [name.strip() for text in options["only"] for name in text.split(",") if name.strip()]
    if not quiet:
        tell_missing(run_folder)
    with ProgressLine(quiet=quiet) as progress:
        paths = draw_run(
            load(run_folder),
            jobs=options["jobs"],
            only=only or None,
            formats=[name.strip() for name in options["formats"].split(",") if name.strip()],
            dpi=options["dpi"],
            output=options["output"],
            own=options["own"],
            on_progress=progress,
        )
    for path in paths:
        click.echo(str(path))


@click.command()
@click.argument("folder", type=ANY_FOLDER)
@click.option(
    "--output", type=OUTPUT_FILE, help="File to write; default: report.html in the folder."
)
def report(folder: Path, output: Path | None) -> None:
    """Write one HTML file that shows a run or a sweep, readable offline."""
    from lateralnet.pages.report import write_report

    folder = sweep_folder(folder)
    target = output or folder / "report.html"
    with working("writing the report"):
        write_report(folder, target)
    click.echo(str(target))


@click.command()
@click.argument("run_folder", type=RUN_FOLDER)
@click.option(
    "--output",
    type=OUTPUT_FILE,
    help="File to write, .html, .mp4 or .gif; default: watch.html in the folder.",
)
@click.option("--seed", type=int, help="Which seed; default: the first.")
def watch(run_folder: Path, output: Path | None, seed: int | None) -> None:
    """Write a moving picture of a test: the sphere passes, the layers fire, TS tells where it is.

    An HTML file plays in any browser, offline; MP4 needs ffmpeg.
    """
    from lateralnet.pages.film import film_of
    from lateralnet.pages.movie import FORMATS, write_movie
    from lateralnet.pages.watch import write_watch
    from lateralnet.records.results import load

    target = output or run_folder / "watch.html"
    if target.suffix not in (*FORMATS, ".html"):
        raise InputError(f"--output {target}: the file must end in .html, .mp4 or .gif.")
    tell_missing(run_folder)
    with working(f"writing {target.name}"):
        if target.suffix in FORMATS:
            write_movie(film_of(load(run_folder), seed), target)
        else:
            write_watch(run_folder, target, seed=seed)
    click.echo(str(target))


@click.command()
@click.argument("run_folder", type=RUN_FOLDER)
@click.option("--format", "kind", default="nwb", show_default=True, help="nwb, neo or sonata.")
@click.option("--output", type=OUTPUT_FILE, required=True, help="File to write.")
@click.option("--seed", type=int, help="Which seed; default: the first.")
@click.option("--overwrite", is_flag=True, help="Replace an existing file.")
def export(run_folder: Path, kind: str, output: Path, seed: int | None, overwrite: bool) -> None:
    """Write the test spikes of a run as NWB (.nwb), SONATA (.h5), or with Neo (.pkl, .mat, .nix).

    A .pkl file is a pickle and runs code when it is opened: open none that somebody else sent.
    """
    from lateralnet.runs.outcome.export import export_run

    tell_missing(run_folder)  # before the file: once it is there, nothing may fail any more
    with working(f"writing {output.name}"):
        export_run(run_folder, kind, output, seed=seed, overwrite=overwrite)
    click.echo(str(output))


@click.command()
@click.argument("run_folder", type=RUN_FOLDER, required=False)
@click.option(
    "--format", "kind", type=click.Choice(("text", "bibtex")), default="text", show_default=True
)
def cite(run_folder: Path | None, kind: str) -> None:
    """Print what to cite: the papers behind what a run used, and this software by its version."""
    from lateralnet.pages.citing import bibtex, cited, text
    from lateralnet.records.results import load

    works = cited(None if run_folder is None else load(run_folder))
    click.echo(bibtex(works) if kind == "bibtex" else text(works))
