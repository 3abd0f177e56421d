"""Commands of runs: run, evaluate, params."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Any

import click

from lateralnet.cli.shared.common import (
    JSON,
    OWN,
    QUIET,
    complain,
    noter,
    print_json,
)
from lateralnet.cli.shared.options import (
    GroupedCommand,
    checked_mode,
    device_options,
    device_options_of,
    given_values,
    mode_option,
    parameter_options,
)
from lateralnet.cli.shared.parameter_types import ANY_PATH, OUTPUT_FILE, OUTPUT_FOLDER, RUN_FOLDER
from lateralnet.errors import InputError, Interrupted
from lateralnet.parameters.params import parameter_names, spec_of
from lateralnet.parameters.presets import preset
from lateralnet.text_table import WIDTH, aligned

_DEFAULT_WEIGHTS_DIR = "SavedModels/ll_thesis_no_noise"


@click.command(
    cls=GroupedCommand,
    examples=(
        "lateralnet run --mode ll_learn --run-name mine",
        "lateralnet run --mode ll_fast --multi-seed 4 --jobs 2 --distance-cm 1.0",
    ),
)
@mode_option()
@click.option("--run-name", help="Folder under Runs/; default: date and time.")
@click.option("--save-tag", help="Base name of weight files.  [default: latest]")
@click.option("--multi-seed", type=int, default=1, show_default=True, help="Consecutive seeds.")
@click.option("--jobs", type=int, default=1, show_default=True, help="Seeds at once.")
@click.option("--replicas", type=int, default=1, show_default=True, help="Seeds per program.")
@click.option("--disable-all-stdp", is_flag=True, help="No weight changes: the control.")
@click.option(
    "--controls",
    help="Further conditions to test, separated by commas: rate-matched, shuffled, published, "
    "best-untrained, best-untrained-rate; or none. Default: those of the preset.",
)
@click.option(
    "--resume-from",
    type=RUN_FOLDER,
    metavar="RUN_FOLDER",
    help="Run folder whose training goes on.",
)
@click.option(
    "--params", "params_file", type=ANY_PATH, metavar="FILE",
    help="Repeat the run of this params.json, or of a TOML file with the same names; flags win.",
)  # fmt: skip
@OWN
@click.option("--overwrite", is_flag=True, help="Replace an existing run folder.")
@click.option(
    "--save-weights-dir", type=OUTPUT_FOLDER, default=None,
    help=f"Also copy the learned weights here (published default: {_DEFAULT_WEIGHTS_DIR}).",
)  # fmt: skip
@click.option("--no-figures", is_flag=True, help="Draw no figures.")
@click.option("--dry-run", is_flag=True, help="Print time, memory and disk; run nothing.")
@device_options
@QUIET
@JSON
@parameter_options()
@click.pass_context
def run(ctx: click.Context, /, **options: Any) -> None:
    """Train and test one or several seeds, and write files and figures to Runs/<name>/."""
    from lateralnet.cli.shared.progress import ProgressLine
    from lateralnet.parameters.remarks import notes_on
    from lateralnet.runs.running import run as run_all

    note = noter(options["quiet"])
    given = given_values(options)
    params = _resolve(ctx, options, given)
    for remark in notes_on(params, given):
        note(remark)
    if options["multi_seed"] == 1 and options["jobs"] > 1:
        note("--jobs has no effect with one seed.")
    if options["dry_run"]:
        _dry_run(params, options)
        return
    with ProgressLine(quiet=options["quiet"]) as progress:
        result = run_all(
            params,
            device_options_of(options),
            on_progress=progress,
            on_note=note,
            run_name=options["run_name"],
            save_tag=options["save_tag"],
            n_seeds=options["multi_seed"],
            jobs=options["jobs"],
            replicas=options["replicas"],
            plastic=not options["disable_all_stdp"],
            controls=_controls(options["controls"]),
            overwrite=options["overwrite"],
            resume_from=options["resume_from"],
            save_weights_dir=options["save_weights_dir"],
            own=options["own"],
            model=options.get("model"),
            command=shlex.join(["lateralnet", *sys.argv[1:]]),
        )
        if not options["no_figures"]:
            _draw(result, options, progress)
    _print_run(result, options["as_json"])
    note(f"files in {result.folder}")
    for seed, message in result.failed.items():
        complain(f"seed {seed} failed: {message}")
    if result.failed:
        ctx.exit(1)


@click.command(cls=GroupedCommand)
@click.argument("source", type=RUN_FOLDER)
@click.option(
    "--seed", "stimulus_seed", type=int, help="Seed of stimulus and noise; default: the network's."
)
@mode_option()
@click.option("--output", type=OUTPUT_FILE, help="Write the measures to this JSON file.")
@OWN
@device_options
@QUIET
@JSON
@parameter_options()
def evaluate(source: Path, **options: Any) -> None:
    """Test the saved weights of a run folder or an .npz file under another stimulus."""
    from lateralnet.cli.shared.progress import ProgressLine
    from lateralnet.records.storage import write_json
    from lateralnet.runs.outcome.summary import measures_table
    from lateralnet.runs.retest import evaluate as evaluate_weights

    note = noter(options["quiet"])
    given = given_values(options)
    with ProgressLine(quiet=options["quiet"]) as progress:
        done = evaluate_weights(
            source,
            device_options_of(options),
            stimulus_seed=options["stimulus_seed"],
            mode=checked_mode(options["mode"]),
            own=options["own"],
            on_progress=progress,
            **given,
        )
    content = {
        "source": str(source),
        "changed": given,
        "evaluations": [
            {"weights": str(e.source), "seed": e.params.seed, **e.measures} for e in done
        ],
    }
    for remark in dict.fromkeys(e.note for e in done if e.note):
        note(remark)
    if options["output"]:
        write_json(options["output"], content)
    if options["as_json"]:
        print_json(content)
    else:
        rows = [(e.params.seed, e.source.stem, e.measures) for e in done]
        click.echo(measures_table(rows, done[0].own))


@click.command(cls=GroupedCommand)
@mode_option()
@JSON
@parameter_options()
def params(mode: str, as_json: bool, **options: Any) -> None:
    """Print the resolved parameters of a preset and flags; --json has the names of fields."""
    resolved = preset(checked_mode(mode), **given_values(options))
    if as_json:
        print_json(resolved.as_dict())
        return
    rows = [("flag", "value", "unit", "allowed")]
    for name in parameter_names():
        spec, value = spec_of(name), getattr(resolved, name)
        rows.append(
            (spec.flag, "none" if value is None else str(value), spec.unit, spec.range_text)
        )
    click.echo(aligned(rows, heads=0, width=WIDTH))


def _resolve(ctx: click.Context, options: dict[str, Any], given: dict[str, Any]) -> Any:
    """Return the parameters; a run that goes on or is repeated starts from those it had."""
    from lateralnet.runs.preparation.description import OPTIONS, read_description
    from lateralnet.runs.preparation.resuming import resumed_params

    mode = checked_mode(options["mode"])
    folder, file = options["resume_from"], options["params_file"]
    if file is not None:
        for name, excluded in (("mode", _given(ctx, "mode")), ("resume_from", folder is not None)):
            if excluded:
                flag = f"--{name.replace('_', '-')}"
                raise InputError(f"--params and {flag} exclude each other: leave one of them out.")
        described = read_description(file, options["own"], **given)
        params, stored = described.params, described.options
        takes = (*OPTIONS, "own", "model")
    elif folder is None or _given(ctx, "mode"):
        return preset(mode, **given)
    else:
        params, stored = resumed_params(folder, **given)
        takes = ("multi_seed", "precision", "disable_all_stdp", "controls")
        if "seed" in given:
            takes = takes[1:]
    for name in takes:
        if name in stored and (name == "model" or not _given(ctx, name)):
            options[name] = stored[name]
    if isinstance(options["controls"], list):
        options["controls"] = ",".join(options["controls"]) or "none"
    return params


def _dry_run(params: Any, options: dict[str, Any]) -> None:
    from lateralnet.cli.dry_run import print_cost
    from lateralnet.runs.preparation.options import RunOptions

    chosen = RunOptions(
        mode=params.preset,
        n_seeds=options["multi_seed"],
        jobs=options["jobs"],
        replicas=options["replicas"],
        plastic=not options["disable_all_stdp"],
        controls=_controls(options["controls"]),
    )
    print_cost(params, device_options_of(options), chosen, as_json=options["as_json"])


def _given(ctx: click.Context, name: str) -> bool:
    """Whether the user set an option."""
    from click.core import ParameterSource

    return ctx.get_parameter_source(name) is not ParameterSource.DEFAULT


def _controls(text: str | None) -> tuple[str, ...] | None:
    if text is None:
        return None
    return tuple(name.strip() for name in text.split(",") if name.strip() not in ("", "none"))


def _draw(result: Any, options: dict[str, Any], progress: Any) -> None:
    from backends.host.toolchain import available_cores
    from lateralnet.figures import draw_run

    try:
        draw_run(
            result,
            jobs=max(options["jobs"], min(2, available_cores())),
            own=options["own"],
            on_progress=lambda what, fraction: progress(what, 1.0),
        )
    except KeyboardInterrupt as stopped:
        raise Interrupted(
            f"{str(stopped) or 'interrupted'} while drawing; the results in {result.folder} are "
            f"whole. lateralnet plot {result.folder} draws its figures.",
            getattr(stopped, "signal", 2),
        ) from None


def _print_run(result: Any, as_json: bool) -> None:
    from lateralnet.records.storage import read_json
    from lateralnet.runs.outcome.summary import summary_table

    if as_json:
        print_json(read_json(result.folder / "run_summary.json"))
    else:
        click.echo(summary_table(result))
