"""Commands that show what is there: report, watch, export, cite."""

from __future__ import annotations

from pathlib import Path

import click

from lateralnet.cli.shared.parameter_types import ANY_FOLDER, RUN_FOLDER
from lateralnet.cli.shared.workplace import sweep_folder
from lateralnet.errors import InputError


@click.command()
@click.argument("folder", type=ANY_FOLDER)
@click.option("--output", type=Path, help="File to write; default: report.html in the folder.")
def report(folder: Path, output: Path | None) -> None:
    """Write one HTML file that shows a run or a sweep, readable offline."""
    from lateralnet.pages.report import write_report

    folder = sweep_folder(folder)
    target = output or folder / "report.html"
    write_report(folder, target)
    click.echo(str(target))


@click.command()
@click.argument("run_folder", type=RUN_FOLDER)
@click.option(
    "--output",
    type=Path,
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
    if target.suffix in FORMATS:
        write_movie(film_of(load(run_folder), seed), target)
    elif target.suffix == ".html":
        write_watch(run_folder, target, seed=seed)
    else:
        raise InputError(f"--output {target}: the file must end in .html, .mp4 or .gif.")
    click.echo(str(target))


@click.command()
@click.argument("run_folder", type=RUN_FOLDER)
@click.option("--format", "kind", default="nwb", show_default=True, help="nwb, neo or sonata.")
@click.option("--output", type=Path, required=True, help="File to write.")
@click.option("--seed", type=int, help="Which seed; default: the first.")
@click.option("--overwrite", is_flag=True, help="Replace an existing file.")
def export(run_folder: Path, kind: str, output: Path, seed: int | None, overwrite: bool) -> None:
    """Write the test spikes of a run as NWB (.nwb), SONATA (.h5), or with Neo (.pkl, .mat, .nix).

    A .pkl file is a pickle and runs code when it is opened: open none that somebody else sent.
    """
    from lateralnet.runs.outcome.export import export_run

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
