"""Commands of studies: sweep, summarise, reproduce, report, export."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from lateralnet.cli_options import (
    GroupedCommand,
    checked_mode,
    device_options,
    device_options_of,
    given_values,
    mode_option,
    parameter_options,
)
from lateralnet.errors import InputError
from lateralnet.params import parameter_names

_QUIET = click.option("--quiet", is_flag=True, help="No progress and no notes on stderr.")
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout.")
_FIXED = tuple(name for name in parameter_names() if name != "seed")
_SHOWN_POINTS = 200
_SWEEPS_DIR = Path("Sweeps")


def _place_options(command: Any) -> Any:
    """Add the options that say where tasks run."""
    for option in reversed(
        (
            click.option(
                "--jobs", type=click.IntRange(1), default=1, show_default=True, metavar="N",
                help="Processes at once on this machine.",
            ),
            click.option(
                "--scheduler", metavar="ADDRESS",
                help="Run on the workers of this Dask scheduler (tcp://... or tls://...). Whoever "
                "reaches a tcp:// scheduler can run code there: see docs/studies.md.",
            ),
            click.option(
                "--cluster", metavar="KIND",
                help="Start a Dask cluster for this sweep: local or slurm.",
            ),
            click.option(
                "--workers", type=click.IntRange(1), default=2, show_default=True, metavar="N",
                help="Workers of --cluster (slurm: batch jobs).",
            ),
            click.option(
                "--cluster-option", multiple=True, metavar="NAME=VALUE",
                help="For --cluster slurm: queue=, walltime=, memory=, cores=, account=, ...",
            ),
            click.option(
                "--resource", multiple=True, metavar="NAME=N",
                help="What a task occupies of a Dask worker, such as GPU=1.",
            ),
            click.option(
                "--patience", type=click.FloatRange(0), default=30.0, show_default=True,
                metavar="SECONDS", help="How long to wait for a scheduler that is away.",
            ),
        )
    ):  # fmt: skip
        command = option(command)
    return command


@click.command(cls=GroupedCommand)
@click.argument("file", type=Path, required=False)
@click.option(
    "--vary", multiple=True, metavar="NAME=VALUES",
    help="Parameter (field or flag name) and a,b,c or start:stop:step, stop left out; "
    "test.NAME varies it in the test alone.",
)  # fmt: skip
@click.option("--zip", "zipped", is_flag=True, help="Axes go together instead of being crossed.")
@click.option("--seeds", metavar="FIRST:STOP", help="Such as 123:133 (ten seeds) or 123,125.")
@click.option("--name", help="Folder under Sweeps/; default: the TOML file's name, else sweep.")
@click.option("--controls", default="", help="Further conditions to test, separated by commas.")
@click.option("--disable-all-stdp", is_flag=True, help="No weight changes: the control.")
@click.option("--dry-run", is_flag=True, help="Print points, CPU time, memory; run nothing.")
@click.option("--retry-failed", is_flag=True, help="Compute again what failed before.")
@click.option(
    "--retries", type=click.IntRange(0), default=1, show_default=True,
    help="How often a killed process is tried again.",
)  # fmt: skip
@mode_option()
@_place_options
@device_options
@_QUIET
@_JSON
@parameter_options(_FIXED)
@click.pass_context
def sweep(ctx: click.Context, file: Path | None, **options: Any) -> None:
    """Compute every combination of varied parameters and seeds that is missing in Sweeps/<name>/.

    Parameters that only the test reads (distance, direction, noise of the test, ...) never cause
    another training. FILE is TOML: mode, seeds, zip, controls, [set] and [vary].
    """
    from lateralnet.studies.sweep import plan
    from lateralnet.studies.sweep import sweep as run_sweep

    note = _noter(options["quiet"])
    design = _design(ctx, file, options)
    folder = _SWEEPS_DIR / _name(options["name"], file)
    device = device_options_of(options)
    if options["dry_run"]:
        planned = plan(
            design, folder, device, jobs=options["jobs"], retry_failed=options["retry_failed"]
        )
        _print_plan(design, planned, options["jobs"], options["as_json"])
        return
    from lateralnet.studies.progress import SweepProgress

    progress: list[Any] = []

    def on_progress(done: int, failed: int, total: int) -> None:
        if not progress:
            progress.append(SweepProgress(total, quiet=options["quiet"]).__enter__())
        progress[0](done, failed)

    try:
        outcome = run_sweep(
            design,
            folder,
            device,
            workplace=_workplace(options, folder, note),
            retries=options["retries"],
            retry_failed=options["retry_failed"],
            on_progress=on_progress,
            on_note=note,
        )
    except KeyboardInterrupt:
        click.echo(
            "interrupted; finished points are stored, the same command goes on with the rest.",
            err=True,
        )
        sys.exit(130)
    finally:
        if progress:
            progress[0].__exit__()
    _finish_sweep(folder, outcome, options["as_json"], note)
    if outcome.failed or outcome.failed_before:
        ctx.exit(1)


@click.command()
@click.argument("folder", type=Path)
@click.option("--measure", multiple=True, help="Measure to show; may be repeated.")
@click.option("--no-figures", is_flag=True, help="Draw no figures.")
@_JSON
def summarise(folder: Path, measure: tuple[str, ...], no_figures: bool, as_json: bool) -> None:
    """Print means with 95 % intervals per condition, paired with the untrained control.

    The table of all points goes to FOLDER/table.csv (and .parquet, .nc where pyarrow and xarray
    are installed), figures to FOLDER/figures/.
    """
    from lateralnet.studies.summarise import summary_json, summary_text
    from lateralnet.studies.table import read_table

    table = read_table(_sweep_folder(folder))
    for path in _write_tables(table, _sweep_folder(folder)):
        click.echo(f"note: {path}", err=True)
    if not no_figures:
        from lateralnet.studies.figures import draw_sweep

        for path in draw_sweep(table, _sweep_folder(folder), measure):
            click.echo(f"note: {path}", err=True)
    if as_json:
        _print_json(summary_json(table, measure))
    else:
        click.echo(summary_text(table, measure))


def _sweep_folder(folder: Path) -> Path:
    """Return the folder of a sweep, also where its name alone was given."""
    if not folder.exists() and len(folder.parts) == 1 and (_SWEEPS_DIR / folder).is_dir():
        return _SWEEPS_DIR / folder
    return folder


def _design(ctx: click.Context, file: Path | None, options: dict[str, Any]) -> Any:
    """Return the design of a TOML file and the options, which win."""
    from click.core import ParameterSource

    from lateralnet.controls import CONTROLS
    from lateralnet.studies.design import EXTRACT, Axis, Design, read_toml
    from lateralnet.studies.names import parse_seeds, parse_vary

    arguments: dict[str, Any] = {} if file is None else read_toml(file)
    mode_given = ctx.get_parameter_source("mode") is not ParameterSource.DEFAULT
    if mode_given or "mode" not in arguments:
        arguments["mode"] = options["mode"]
    checked_mode(arguments["mode"])
    axes = {axis.name: axis for axis in arguments.get("axes", ())}
    seen = set()
    for text in options["vary"]:
        name, values = parse_vary(text)
        if name in seen:
            raise InputError(f"--vary names {name} twice.")
        seen.add(name)
        axes[name] = Axis(name, values)
    fixed = {**arguments.get("fixed", {}), **given_values(options)}
    arguments |= {"axes": tuple(axes.values()), "fixed": fixed}
    if options["seeds"] is not None:
        arguments["seeds"] = parse_seeds(options["seeds"])
    if options["zipped"]:
        arguments["zipped"] = True
    if options["disable_all_stdp"]:
        arguments["plastic"] = False
    if options["controls"]:
        names = (name.strip() for name in options["controls"].split(","))
        arguments["controls"] = tuple(name for name in names if name and name != "untrained")
    for name in arguments.get("controls", ()):
        if name not in (*CONTROLS, EXTRACT):
            raise InputError(
                f"--controls {name!r} is unknown; known controls: "
                f"{', '.join((*CONTROLS, EXTRACT))}."
            )
    return Design(**arguments)


def _name(given: str | None, file: Path | None) -> str:
    from lateralnet.folders import safe_name

    if given is not None:
        return safe_name(given, "--name")
    return safe_name(file.stem, "FILE") if file is not None else "sweep"


def _workplace(options: dict[str, Any], folder: Path, note: Any) -> Any:
    """Return where tasks run."""
    if options["scheduler"] and options["cluster"]:
        raise InputError("--scheduler and --cluster exclude each other.")
    resources = {name: float(value) for name, value in _pairs("--resource", options["resource"])}
    rest = {"resources": resources, "patience_s": options["patience"], "on_note": note}
    if options["scheduler"]:
        from lateralnet.studies.dask_workplace import DaskWorkplace

        return DaskWorkplace(options["scheduler"], **rest)
    if options["cluster"]:
        from lateralnet.studies.dask_workplace import start_cluster

        return start_cluster(
            options["cluster"],
            options["workers"],
            dict(_pairs("--cluster-option", options["cluster_option"])),
            private_folder=folder.absolute().parent / f".{folder.name}.dask",
            **rest,
        )
    from lateralnet.studies.workplaces import LocalWorkplace

    return LocalWorkplace(options["jobs"])


def _pairs(flag: str, texts: tuple[str, ...]) -> list[tuple[str, str]]:
    pairs = []
    for text in texts:
        name, equals, value = text.partition("=")
        if not (name and equals and value):
            raise InputError(f"{flag} {text!r} is not understood: write NAME=VALUE.")
        if flag == "--resource" and not value.replace(".", "", 1).isdigit():
            raise InputError(f"{flag} {text!r}: {value!r} is not a number.")
        pairs.append((name, value))
    return pairs


def _print_plan(design: Any, planned: Any, jobs: int, as_json: bool) -> None:
    from lateralnet.studies.progress import duration_text
    from lateralnet.studies.summarise import aligned

    cost = planned.estimate
    facts = {
        "points": len(planned.points),
        "there": planned.n_there,
        "failed_before": planned.n_failed_before,
        "missing": planned.n_missing,
        "trainings": len(planned.tasks),
        "cpu_s": round(cost.cpu_s, 1),
        "memory_mb_per_process": round(cost.memory_mb),
        "disk_bytes": cost.disk_bytes,
        "device": planned.device.device,
        "versions": planned.facts,
    }
    if as_json:
        points = [
            {"id": p.id, "training": p.training_id, "seed": p.seed, **p.varied}
            for p in planned.points
        ]
        _print_json({**facts, "design": design.as_dict(), "list": points})
        return
    missing = {point.id for task in planned.tasks for point in task.points}
    names = list(dict.fromkeys(name for point in planned.points for name in point.varied))
    rows = [["point", "seed", *names, "state"]]
    for point in planned.points[:_SHOWN_POINTS]:
        values = [str(point.varied.get(name, "")) for name in names]
        state = "to do" if point.id in missing else "there or failed"
        rows.append([point.id[:10], str(point.seed), *values, state])
    click.echo(aligned(rows))
    if len(planned.points) > _SHOWN_POINTS:
        click.echo(f"... and {len(planned.points) - _SHOWN_POINTS} more (--json lists all)")
    source = "times of this folder" if cost.measured else "measured constants, within a factor 2-3"
    click.echo(
        f"{facts['points']} points, {facts['missing']} to compute in {facts['trainings']} "
        f"trainings on device {facts['device']}: about {duration_text(cost.cpu_s)} of CPU, "
        f"{duration_text(cost.cpu_s / jobs)} with --jobs {jobs}; {cost.memory_mb:.0f} MB each, "
        f"{cost.disk_bytes / 1e6:.1f} MB of disk ({source})."
    )


def _finish_sweep(folder: Path, outcome: Any, as_json: bool, note: Any) -> None:
    """Say what was done, and write the table."""
    from lateralnet.studies.summarise import summary_json, summary_text
    from lateralnet.studies.table import read_table

    for point_id, error in list(outcome.failed.items())[:5]:
        note(f"point {point_id} failed: {error}")
    note(
        f"{outcome.computed} points computed, {outcome.there} were there, "
        f"{len(outcome.failed)} failed; results in {folder}"
    )
    if not (outcome.computed or outcome.there):
        return
    table = read_table(folder)
    _write_tables(table, folder)
    if as_json:
        _print_json({"folder": str(folder), "computed": outcome.computed, **summary_json(table)})
    else:
        click.echo(summary_text(table))


def _write_tables(table: Any, folder: Path) -> list[Path]:
    """Write the table in every form that the installed packages allow."""
    from lateralnet.studies.labelled import write_netcdf
    from lateralnet.studies.table import write_csv, write_parquet

    write_csv(table, folder / "table.csv")
    written = [folder / "table.csv"]
    for write, name in ((write_parquet, "table.parquet"), (write_netcdf, "table.nc")):
        try:
            write(table, folder / name)
        except InputError:
            continue  # an extra that is not installed; the CSV holds the same numbers
        written.append(folder / name)
    return written


def _noter(quiet: bool) -> Any:
    return lambda text: None if quiet else click.echo(f"note: {text}", err=True)


def _print_json(content: dict[str, Any]) -> None:
    from lateralnet.storage import _plain

    click.echo(json.dumps(_plain(content), indent=2, default=str))


@click.command(cls=GroupedCommand)
@click.argument("name")
@click.option("--scale", default="small", show_default=True, help="small (minutes) or full.")
@click.option("--seeds", metavar="FIRST:STOP", help="In place of the seeds of the study.")
@click.option("--folder", type=Path, help="Default: Sweeps/reproduce-<name>-<scale>.")
@click.option("--retry-failed", is_flag=True, help="Compute again what failed before.")
@_place_options
@device_options
@_QUIET
@_JSON
@click.pass_context
def reproduce(ctx: click.Context, name: str, **options: Any) -> None:
    """Run a published study again: topography, distance, multi-distance, mon-size, ...

    The report shows published, reproduced and untrained values side by side, and says where a
    published number cannot be right. NAME `learning` runs the evidence that learning helps.
    """
    from lateralnet.studies.names import parse_seeds
    from lateralnet.studies.recipes import LEARNING, recipe

    note = _noter(options["quiet"])
    seeds = None if options["seeds"] is None else parse_seeds(options["seeds"])
    folder = options["folder"] or _SWEEPS_DIR / f"reproduce-{name}-{options['scale']}"
    if name == LEARNING:
        _reproduce_learning(folder, seeds, options, note)
        return
    chosen = recipe(name)
    from lateralnet.storage import write_json
    from lateralnet.studies.figures import draw_reproduction
    from lateralnet.studies.progress import SweepProgress
    from lateralnet.studies.reproduce import report_text
    from lateralnet.studies.reproduce import reproduce as run_recipe

    progress = SweepProgress(0, quiet=options["quiet"])

    def on_progress(done: int, failed: int, total: int) -> None:
        progress.total = total
        progress(done, failed)

    with progress:
        table, report = run_recipe(
            chosen,
            options["scale"],
            folder,
            device_options_of(options),
            make_workplace=lambda: _workplace(options, folder, note),
            seeds=seeds,
            retry_failed=options["retry_failed"],
            on_progress=on_progress,
            on_note=note,
        )
    _write_tables(table, folder)
    write_json(folder / "reproduction.json", report)
    for path in draw_reproduction(table, report, folder):
        note(str(path))
    if options["as_json"]:
        _print_json(report)
    else:
        click.echo(report_text(report))
    if report["failed"]:
        ctx.exit(1)


def _reproduce_learning(folder: Path, seeds: Any, options: dict[str, Any], note: Any) -> None:
    from lateralnet.learning_evidence import CONFIRMATION_SEEDS, reproduce_learning
    from lateralnet.learning_report import render_learning
    from lateralnet.progress import ProgressLine
    from lateralnet.storage import write_json

    small = options["scale"] == "small"
    chosen = seeds or (CONFIRMATION_SEEDS[:3] if small else CONFIRMATION_SEEDS)
    with ProgressLine(quiet=options["quiet"]) as progress:
        evidence = reproduce_learning(
            chosen,
            device_options_of(options),
            jobs=options["jobs"],
            ablations=not small,
            folder=folder,
            on_progress=progress,
        )
    write_json(folder / "evidence.json", evidence)
    note(f"evidence in {folder / 'evidence.json'}")
    if options["as_json"]:
        _print_json(evidence)
    else:
        click.echo(render_learning(evidence))


@click.command()
@click.argument("folder", type=Path)
@click.option("--output", type=Path, help="File to write; default: report.html in the folder.")
def report(folder: Path, output: Path | None) -> None:
    """Write one HTML file that shows a run or a sweep, readable offline."""
    from lateralnet.report import write_report

    folder = _sweep_folder(folder)
    target = output or folder / "report.html"
    write_report(folder, target)
    click.echo(str(target))


@click.command()
@click.argument("run_folder", type=Path)
@click.option("--format", "kind", default="nwb", show_default=True, help="nwb or neo.")
@click.option("--output", type=Path, required=True, help="File to write.")
@click.option("--seed", type=int, help="Which seed; default: the first.")
@click.option("--overwrite", is_flag=True, help="Replace an existing file.")
def export(run_folder: Path, kind: str, output: Path, seed: int | None, overwrite: bool) -> None:
    """Write the test spikes of a run as NWB (.nwb), or with Neo (.pkl, .mat, .nix by the name)."""
    from lateralnet.export import export_run

    export_run(run_folder, kind, output, seed=seed, overwrite=overwrite)
    click.echo(str(output))
