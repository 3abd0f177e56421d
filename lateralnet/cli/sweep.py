"""Commands of sweeps: sweep and summarise."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from lateralnet.cli.shared.common import JSON, complain, noter, print_json
from lateralnet.cli.shared.options import (
    GroupedCommand,
    checked_mode,
    device_options_of,
    given_values,
)
from lateralnet.cli.shared.parameter_types import ANY_PATH, SWEEP_FOLDER
from lateralnet.cli.shared.progress import working
from lateralnet.cli.shared.workplace import study_options, sweep_folder, workplace
from lateralnet.errors import InputError

_SHOWN_POINTS = 200


@click.command(cls=GroupedCommand)
@click.argument("file", type=ANY_PATH, required=False)
@click.option(
    "--vary", multiple=True, metavar="NAME=VALUES",
    help="Parameter (field or flag name) and a,b,c or start:stop:step, stop left out; "
    "test.NAME varies it in the test alone.",
)  # fmt: skip
@click.option("--zip", "zipped", is_flag=True, help="Axes go together instead of being crossed.")
@click.option("--seeds", metavar="FIRST:STOP", help="Such as 123:133 (ten seeds) or 123,125.")
@click.option(
    "--name",
    help="Folder under Sweeps/; default: the TOML file's name, else sweep-<hash of what varies>.",
)
@click.option("--controls", default="", help="Further conditions to test, separated by commas.")
@click.option("--disable-all-stdp", is_flag=True, help="No weight changes: the control.")
@click.option("--dry-run", is_flag=True, help="Print points, CPU time, memory; run nothing.")
@click.option("--retry-failed", is_flag=True, help="Compute again what failed before.")
@click.option(
    "--retries", type=click.IntRange(0), default=1, show_default=True,
    help="How often a killed process is tried again.",
)  # fmt: skip
@study_options
@click.pass_context
def sweep(ctx: click.Context, /, file: Path | None, **options: Any) -> None:
    """Compute every combination of varied parameters and seeds that is missing in Sweeps/<name>/.

    Parameters that only the test reads (distance, direction, noise of the test, ...) never cause
    another training. FILE is TOML: mode, seeds, zip, controls, [set] and [vary].
    """
    from lateralnet.records.folders import safe_name
    from lateralnet.studies.sweeping import folder_of
    from lateralnet.studies.sweeps import plan, sweep_design

    note = noter(options["quiet"])
    design = _design(ctx, file, options)
    by_file = None if file is None else safe_name(file.stem, "FILE")
    folder = folder_of(design, by_file if options["name"] is None else options["name"])
    device = device_options_of(options)
    if options["dry_run"]:
        planned = plan(
            design, folder, device, jobs=options["jobs"], retry_failed=options["retry_failed"]
        )
        _print_plan(design, planned, options["jobs"], options["as_json"])
        return
    from lateralnet.cli.shared.study_progress import SweepProgress

    progress: list[Any] = []

    def on_progress(done: int, failed: int, total: int) -> None:
        if not progress:
            progress.append(SweepProgress(total, quiet=options["quiet"]).__enter__())
        progress[0](done, failed)

    try:
        outcome = sweep_design(
            design,
            folder,
            device,
            workplace=workplace(options, folder, note),
            retries=options["retries"],
            retry_failed=options["retry_failed"],
            on_progress=on_progress,
            on_note=note,
        )
    finally:
        if progress:
            progress[0].__exit__()
    _finish_sweep(folder, outcome, options["as_json"], note)
    if outcome.failed or outcome.failed_before:
        ctx.exit(1)


@click.command()
@click.argument("folder", type=SWEEP_FOLDER)
@click.option("--measure", multiple=True, help="Measure to show; may be repeated.")
@click.option("--no-figures", is_flag=True, help="Draw no figures.")
@JSON
def summarise(folder: Path, measure: tuple[str, ...], no_figures: bool, as_json: bool) -> None:
    """Print means with 95 % intervals per condition, paired with the untrained control.

    The table of all points goes to FOLDER/table.csv (and .parquet, .nc where pyarrow and xarray
    are installed), figures to FOLDER/figures/.
    """
    from lateralnet.studies.results.labelled import write_tables
    from lateralnet.studies.results.summarise import summary_json, summary_text
    from lateralnet.studies.results.table import read_table

    table = read_table(sweep_folder(folder))
    # Before anything is written: a measure may be unknown.
    shown = summary_json(table, measure) if as_json else summary_text(table, measure)
    for path in write_tables(table, sweep_folder(folder)):
        click.echo(f"note: {path}", err=True)
    if not no_figures:
        from lateralnet.figures.studies.drawing import draw_sweep

        with working("drawing figures"):
            paths = draw_sweep(table, sweep_folder(folder), measure)
        for path in paths:
            click.echo(f"note: {path}", err=True)
    if as_json:
        print_json(shown)
    else:
        click.echo(shown)


def _design(ctx: click.Context, file: Path | None, options: dict[str, Any]) -> Any:
    """Return the design of a TOML file and the options, which win."""
    from click.core import ParameterSource

    from lateralnet.studies.design import Axis, Design, read_toml
    from lateralnet.studies.parsing import parse_seeds, parse_vary

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
        arguments["controls"] = tuple(name for name in names if name)
    return Design(**arguments)


def _print_plan(design: Any, planned: Any, jobs: int, as_json: bool) -> None:
    from lateralnet.cli.shared.study_progress import duration_text
    from lateralnet.text_table import WIDTH, aligned, wrapped

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
        print_json({**facts, "design": design.as_dict(), "list": points})
        return
    missing = {point.id for task in planned.tasks for point in task.points}
    names = list(dict.fromkeys(name for point in planned.points for name in point.varied))
    rows = [["point", "seed", *names, "state"]]
    for point in planned.points[:_SHOWN_POINTS]:
        values = [str(point.varied.get(name, "")) for name in names]
        state = "to do" if point.id in missing else "there or failed"
        rows.append([point.id[:10], str(point.seed), *values, state])
    click.echo(aligned(rows, width=WIDTH))
    if len(planned.points) > _SHOWN_POINTS:
        click.echo(f"... and {len(planned.points) - _SHOWN_POINTS} more (--json lists all)")
    source = "times of this folder" if cost.measured else "measured constants, within a factor 2-3"
    told = (
        f"{facts['points']} points, {facts['missing']} to compute in {facts['trainings']} "
        f"trainings on device {facts['device']}: about {duration_text(cost.cpu_s)} of CPU, "
        f"{duration_text(cost.cpu_s / jobs)} with --jobs {jobs}; {cost.memory_mb:.0f} MB each, "
        f"{cost.disk_bytes / 1e6:.1f} MB of disk ({source})."
    )
    click.echo(wrapped(told))


def _finish_sweep(folder: Path, outcome: Any, as_json: bool, note: Any) -> None:
    """Say what was done, and write the table."""
    from lateralnet.studies.results.labelled import write_tables
    from lateralnet.studies.results.summarise import summary_json, summary_text
    from lateralnet.studies.results.table import read_table

    for point_id, error in list(outcome.failed.items())[:5]:
        complain(f"point {point_id} failed: {error}")
    note(
        f"{outcome.computed} points computed, {outcome.there} were there, "
        f"{len(outcome.failed)} failed; results in {folder}"
    )
    if not (outcome.computed or outcome.there):
        return
    table = read_table(folder)
    write_tables(table, folder)
    if as_json:
        print_json({"folder": str(folder), "computed": outcome.computed, **summary_json(table)})
    else:
        click.echo(summary_text(table))
