"""The command that runs a published study again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from lateralnet.cli.shared.common import JSON, QUIET, complain, noter, print_json
from lateralnet.cli.shared.options import GroupedCommand, device_options, device_options_of
from lateralnet.cli.shared.workplace import SWEEPS_DIR, place_options, workplace


@click.command(cls=GroupedCommand)
@click.argument("name")
@click.option("--scale", default="small", show_default=True, help="small (minutes) or full.")
@click.option("--recipe", metavar="NAME", help="Of `learning`: sharp, range, both, vibration.")
@click.option("--seeds", metavar="FIRST:STOP", help="In place of the seeds of the study.")
@click.option("--folder", type=Path, help="Default: Sweeps/reproduce-<name>-<scale>.")
@click.option("--retry-failed", is_flag=True, help="Compute again what failed before.")
@place_options
@device_options
@QUIET
@JSON
@click.pass_context
def reproduce(ctx: click.Context, /, name: str, **options: Any) -> None:
    """Run a published study again: topography, distance, multi-distance, mon-size, ...

    The report shows published, reproduced and untrained values side by side, and says where a
    published number cannot be right. NAME `learning` runs the evidence that learning helps, with
    --recipe that of another preset (ll_sharp, ll_range, ll_both, ll_vibration).
    """
    from lateralnet.studies.parsing import parse_seeds
    from lateralnet.studies.recipes import LEARNING, recipe

    note = noter(options["quiet"])
    seeds = None if options["seeds"] is None else parse_seeds(options["seeds"])
    folder = options["folder"] or SWEEPS_DIR / f"reproduce-{name}-{options['scale']}"
    if options["recipe"] is not None:
        _confirm_recipe(name, seeds, options, note)
        return
    if name == LEARNING:
        _reproduce_learning(folder, seeds, options, note)
        return
    chosen = recipe(name)
    from lateralnet.cli.shared.study_progress import SweepProgress
    from lateralnet.figures.studies.drawing import draw_reproduction
    from lateralnet.records.storage import write_json
    from lateralnet.studies.reproduction import report_text
    from lateralnet.studies.reproduction import reproduce as run_recipe
    from lateralnet.studies.results.table import write_tables

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
            make_workplace=lambda: workplace(options, folder, note),
            seeds=seeds,
            retry_failed=options["retry_failed"],
            on_progress=on_progress,
            on_note=note,
        )
    write_tables(table, folder)
    write_json(folder / "reproduction.json", report)
    for path in draw_reproduction(table, report, folder):
        note(str(path))
    if options["as_json"]:
        print_json(report)
    else:
        click.echo(report_text(report))
    for point_id, error in list(report["failed"].items())[:5]:
        complain(f"point {point_id} failed: {error}")
    if report["failed"]:
        ctx.exit(1)


def _confirm_recipe(name: str, seeds: Any, options: dict[str, Any], note: Any) -> None:
    from lateralnet.errors import InputError
    from lateralnet.studies.learning.beyond import SEEDS, learning_recipe
    from lateralnet.studies.recipes import LEARNING

    if name != LEARNING:
        raise InputError(f"--recipe goes with `reproduce {LEARNING}`, not with `reproduce {name}`.")
    chosen = learning_recipe(options["recipe"])
    from lateralnet.cli.shared.progress import ProgressLine
    from lateralnet.records.storage import write_json
    from lateralnet.studies.learning.confirmation import confirm
    from lateralnet.studies.learning.confirmation_report import render_confirmation

    small = options["scale"] == "small"
    folder = options["folder"] or SWEEPS_DIR / f"reproduce-{name}-{chosen.name}"
    with ProgressLine(quiet=options["quiet"]) as progress:
        evidence = confirm(
            chosen,
            seeds or (SEEDS[:3] if small else SEEDS),
            device_options_of(options),
            jobs=options["jobs"],
            ablation_seeds=() if small else None,
            folder=folder,
            on_progress=progress,
        )
    path = folder / f"recipe-{chosen.name}.json"
    write_json(path, evidence)
    note(f"evidence in {path}")
    if options["as_json"]:
        print_json(evidence)
    else:
        click.echo(render_confirmation(evidence))


def _reproduce_learning(folder: Path, seeds: Any, options: dict[str, Any], note: Any) -> None:
    from lateralnet.cli.shared.progress import ProgressLine
    from lateralnet.records.storage import write_json
    from lateralnet.studies.learning.evidence import CONFIRMATION_SEEDS, reproduce_learning
    from lateralnet.studies.learning.report import render_learning

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
        print_json(evidence)
    else:
        click.echo(render_learning(evidence))
