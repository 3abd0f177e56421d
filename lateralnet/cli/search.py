"""The command that searches a recipe: search."""

from __future__ import annotations

from typing import Any

import click

from lateralnet.cli.shared.common import noter, print_json
from lateralnet.cli.shared.options import (
    GroupedCommand,
    checked_mode,
    device_options_of,
    given_values,
)
from lateralnet.cli.shared.parameter_types import SWEEPS_DIR
from lateralnet.cli.shared.workplace import check_place, study_options, workplace


@click.command(
    cls=GroupedCommand,
    examples=(
        "lateralnet search --mode ll_fast --tune mon_ts_gain_mv=60:110 --seeds 1:4 "
        "--confirm-seeds 101:106 --trials 20 --confirm",
    ),
)
@click.option(
    "--tune", multiple=True, required=True, metavar="NAME=LOW:HIGH",
    help="Parameter (field or flag name) and its range; :log behind it searches in powers.",
)  # fmt: skip
@click.option(
    "--measure", default="rms_error_cm", show_default=True,
    help="What is optimised: its mean over the seeds, trained.",
)  # fmt: skip
@click.option("--seeds", required=True, metavar="FIRST:STOP", help="Seeds of the search.")
@click.option(
    "--confirm-seeds", required=True, metavar="FIRST:STOP",
    help="Seeds that the search never sees.",
)  # fmt: skip
@click.option("--trials", type=click.IntRange(1), default=20, show_default=True)
@click.option(
    "--batch", type=click.IntRange(1), default=1, show_default=True,
    help="Trials proposed together; more use more processes and learn less from each other.",
)  # fmt: skip
@click.option("--confirm", is_flag=True, help="Test the best on --confirm-seeds; ends the search.")
@click.option("--name", default="search", show_default=True, help="Folder under Sweeps/.")
@study_options
def search(**options: Any) -> None:
    """Search a recipe with Optuna: which parameters give the best map?

    The same command goes on with a search that is there. Trials are points of a sweep, so they
    run where sweeps run. Needs the extra `search`.
    """
    from lateralnet.cli.shared.progress import ProgressLine
    from lateralnet.measures.table import measure_of
    from lateralnet.records.folders import safe_name
    from lateralnet.studies.parsing import parse_seeds
    from lateralnet.studies.search import search as run_search
    from lateralnet.studies.search_space import SearchSpace, parse_range

    note = noter(options["quiet"])
    space = SearchSpace(
        mode=checked_mode(options["mode"]),
        ranges=tuple(parse_range(text) for text in options["tune"]),
        measure=options["measure"],
        seeds=parse_seeds(options["seeds"]),
        confirmation_seeds=parse_seeds(options["confirm_seeds"]),
        fixed=given_values(options),
    )
    folder = SWEEPS_DIR / safe_name(options["name"], "--name")
    check_place(options)
    with ProgressLine(quiet=options["quiet"]) as progress:
        found = run_search(
            space,
            folder,
            device_options_of(options),
            trials=options["trials"],
            batch=options["batch"],
            confirm=options["confirm"],
            make_workplace=lambda: workplace(options, folder, note),
            on_trial=lambda done, total, best: progress(f"trial {done} of {total}", done / total),
        )
    note(f"search in {folder}")
    if options["as_json"]:
        print_json(found)
        return
    known = measure_of(space.measure)
    click.echo(f"{found['trials']} trials; best {known.axis}: {known.show(found['best']['value'])}")
    for name, value in found["best"]["params"].items():
        click.echo(f"  {name} = {value:g}")
    confirmed = found.get("confirmation")
    if confirmed:
        click.echo(
            f"on {len(confirmed['seeds'])} seeds that the search never saw: "
            f"{known.show(confirmed['best'])}, the recipe it started from "
            f"{known.show(confirmed['start'])}"
        )
