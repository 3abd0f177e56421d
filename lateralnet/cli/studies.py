"""The command that runs a published study again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from lateralnet.cli.shared.common import JSON, QUIET, complain, noter, print_json
from lateralnet.cli.shared.options import GroupedCommand, device_options, device_options_of
from lateralnet.cli.shared.parameter_types import OUTPUT_FOLDER, SWEEPS_DIR
from lateralnet.cli.shared.workplace import place_options, workplace


@click.command(cls=GroupedCommand)
@click.argument("name")
@click.option("--scale", default="small", show_default=True, help="small (minutes) or full.")
@click.option(
    "--recipe", metavar="NAME", help="Of `learning`: learn, sharp, range, both or vibration."
)
@click.option("--seeds", metavar="FIRST:STOP", help="In place of the seeds of the study.")
@click.option("--folder", type=OUTPUT_FOLDER, help="Default: Sweeps/reproduce-<name>-<scale>.")
@click.option("--dry-run", is_flag=True, help="Print points, CPU time, memory; run nothing.")
@click.option("--retry-failed", is_flag=True, help="Compute again what failed before.")
@place_options
@device_options
@QUIET
@JSON
@click.pass_context
def reproduce(ctx: click.Context, /, name: str, **options: Any) -> None:
    """Run a published study again.

    NAME: topography, distance, multi-distance, mon-size, training-noise, stimulus, multimodality,
    observation-time, sharpening, lesion or learning.

    The report shows published, reproduced and untrained values side by side, and says where a
    published number cannot be right. `learning` runs the evidence that learning helps, with
    --recipe that of one preset (ll_learn, ll_sharp, ll_range, ll_both, ll_vibration), with the
    hardest controls. Both run on this machine, with --jobs.
    """
    from lateralnet.studies.parsing import parse_seeds
    from lateralnet.studies.recipes import LEARNING, checked_scale, recipe

    checked_scale(options["scale"])
    note = noter(options["quiet"])
    seeds = None if options["seeds"] is None else parse_seeds(options["seeds"])
    of_recipe = f"-{options['recipe']}" if options["recipe"] else ""
    folder = options["folder"] or SWEEPS_DIR / f"reproduce-{name}{of_recipe}-{options['scale']}"
    if name == LEARNING:
        _refuse_elsewhere(ctx)
    if options["recipe"] is not None:
        _confirm_recipe(name, folder, seeds, options, note)
        return
    if name == LEARNING:
        _reproduce_learning(folder, seeds, options, note)
        return
    chosen = recipe(name)
    if options["dry_run"]:
        _print_plans(chosen, folder, seeds, options)
        return
    from lateralnet.cli.shared.study_progress import SweepProgress
    from lateralnet.figures.studies.drawing import draw_reproduction
    from lateralnet.records.storage import write_json
    from lateralnet.studies.reproduction import reproduce as run_recipe
    from lateralnet.studies.reproduction_text import report_text
    from lateralnet.studies.results.labelled import write_tables

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


def _print_plans(chosen: Any, folder: Path, seeds: Any, options: dict[str, Any]) -> None:
    from lateralnet.studies.reproduction import plans

    found = plans(
        chosen, options["scale"], folder, device_options_of(options), seeds=seeds,
        retry_failed=options["retry_failed"],
    )  # fmt: skip
    facts = {
        "points": sum(len(one.points) for one in found),
        "missing": sum(one.n_missing for one in found),
        "trainings": sum(len(one.tasks) for one in found),
        "cpu_s": round(sum(one.estimate.cpu_s for one in found), 1),
        "memory_mb_per_process": round(max(one.estimate.memory_mb for one in found)),
        "disk_bytes": sum(one.estimate.disk_bytes for one in found),
        "device": found[0].device.device,
    }
    _print_cost(facts, options)


def _print_networks(networks: int, cpu_s: float, options: dict[str, Any]) -> None:
    _print_cost({"networks": networks, "cpu_s": round(cpu_s, 1)}, options)


def _print_cost(facts: dict[str, Any], options: dict[str, Any]) -> None:
    from lateralnet.cli.shared.study_progress import duration_text
    from lateralnet.text_table import aligned

    if options["as_json"]:
        print_json(facts)
        return
    shown = dict(facts)
    cpu_s = shown.pop("cpu_s")
    shown["CPU time"] = f"about {duration_text(cpu_s)}"
    shown["time"] = f"about {duration_text(cpu_s / options['jobs'])} with --jobs {options['jobs']}"
    if "disk_bytes" in shown:
        shown["disk"] = f"about {shown.pop('disk_bytes') / 1e6:.1f} MB"
        shown["memory"] = f"about {shown.pop('memory_mb_per_process')} MB for each process"
    click.echo(aligned([[name, str(value)] for name, value in shown.items()], heads=0))
    click.echo("from measured constants, within a factor of 2 to 3; nothing was written")


def _refuse_elsewhere(ctx: click.Context) -> None:
    """Refuse what says where tasks of a sweep run: the evidence for learning is no sweep."""
    from lateralnet.errors import InputError

    for name in ("scheduler", "cluster", "cluster_option", "resource", "retry_failed"):
        if ctx.get_parameter_source(name) is not ParameterSource.DEFAULT:
            raise InputError(
                f"--{name.replace('_', '-')} is not for `reproduce learning`, which runs on this "
                "machine: leave it out, and say --jobs N for several networks at once."
            )


def _confirm_recipe(
    name: str, folder: Path, seeds: Any, options: dict[str, Any], note: Any
) -> None:
    from lateralnet.errors import InputError
    from lateralnet.studies.learning.beyond import SEEDS, learning_recipe
    from lateralnet.studies.recipes import LEARNING

    if name != LEARNING:
        raise InputError(f"--recipe goes with `reproduce {LEARNING}`, not with `reproduce {name}`.")
    chosen = learning_recipe(options["recipe"])
    from lateralnet.cli.shared.progress import ProgressLine
    from lateralnet.figures.studies.confirmation import draw_confirmation
    from lateralnet.figures.style import save, styled
    from lateralnet.records.storage import write_json
    from lateralnet.studies.learning.confirmation import confirm, expected_cpu_s
    from lateralnet.studies.learning.confirmation_report import render_confirmation

    small = options["scale"] == "small"
    trained = seeds or (SEEDS[:2] if small else SEEDS)
    ablated = () if small else None
    if options["dry_run"]:
        networks = len(trained) * (1 if small else 1 + len(chosen.variants))
        cpu_s = expected_cpu_s(chosen, trained, _device_name(options), ablation_seeds=ablated)
        _print_networks(networks, cpu_s, options)
        return
    with ProgressLine(quiet=options["quiet"]) as progress:
        evidence = confirm(
            chosen,
            trained,
            device_options_of(options),
            jobs=options["jobs"],
            ablation_seeds=ablated,
            folder=folder,
            on_progress=progress,
        )
    path = folder / f"recipe-{chosen.name}.json"
    write_json(path, evidence)
    note(f"evidence in {path}")
    with styled():
        save(draw_confirmation([evidence]), path.with_suffix(".png"))
    note(str(path.with_suffix(".png")))
    if options["as_json"]:
        print_json(evidence)
    else:
        click.echo(render_confirmation(evidence))


def _reproduce_learning(folder: Path, seeds: Any, options: dict[str, Any], note: Any) -> None:
    from lateralnet.cli.shared.progress import ProgressLine
    from lateralnet.records.storage import write_json
    from lateralnet.studies.learning import evidence as study
    from lateralnet.studies.learning.report import render_learning

    small = options["scale"] == "small"
    chosen = seeds or (study.CONFIRMATION_SEEDS[:2] if small else study.CONFIRMATION_SEEDS)
    if options["dry_run"]:
        networks = len(chosen) * (1 if small else 1 + len(study.ABLATIONS))
        cpu_s = study.expected_cpu_s(chosen, _device_name(options), ablations=not small)
        _print_networks(networks, cpu_s, options)
        return
    with ProgressLine(quiet=options["quiet"]) as progress:
        evidence = study.reproduce_learning(
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


def _device_name(options: dict[str, Any]) -> str:
    from lateralnet.parameters.params import NetworkParams
    from lateralnet.simulation.session import resolve_device

    definite, _ = resolve_device(device_options_of(options), NetworkParams(), 1, options["jobs"])
    return definite.device
