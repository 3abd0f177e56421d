"""Command group ``sorn``: simulate a network from the command line.

It only translates: files and flags to arguments of `Simulator.run`, results to files.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import fields
from pathlib import Path
from typing import Any

import click
import numpy as np

from sorn.engines.choice import BACKENDS, DTYPES
from sorn.engines.engine import RULES
from sorn.errors import InputError, SornError
from sorn.parameters import Parameters
from sorn.progress import progress_meter
from sorn.records.inputs import load_inputs
from sorn.published import Simulator, Trainer
from sorn.state import load_state, save_state
from sorn.streams import RandomStreams

HISTORY = ("ExcitatoryActivation", "EEConnectionCounts")
COMMAND_LINE_TYPES = {"int": int, "float": float, "str": str}


def _hyperparameter_options(command: Any) -> Any:
    """One option per scalar hyperparameter, from the table in `Parameters`."""
    for entry in reversed(fields(Parameters)):
        kind = COMMAND_LINE_TYPES.get(str(entry.type))
        if kind is None and entry.name not in ("h_ip", "sp_rate"):
            continue
        about = entry.metadata
        choices = about["choices"]
        command = click.option(
            f"--{entry.name.replace('_', '-')}",
            entry.name,
            type=click.Choice(choices) if choices else kind or NumberOrWord(),
            help=f"{about['text']} [{about['unit']}; default {entry.default}]",
        )(command)
    return command


class NumberOrWord(click.ParamType):
    """A number, or a word that the hyperparameter knows."""

    name = "number or word"

    def convert(self, value: Any, param: Any, ctx: Any) -> float | str:
        try:
            return float(value)
        except ValueError:
            return str(value)


class BadInput(click.ClickException):
    """One sentence on standard error and exit code 2."""

    exit_code = 2


@click.group("sorn")
def sorn() -> None:
    """Self-organising recurrent network with five plasticity rules."""


@sorn.command()
@click.option(
    "--inputs",
    "input_source",
    default="none",
    show_default=True,
    help="Drive, one row per input: a .npy or .csv file of shape (nu, time), or 'uniform' or "
    "'normal' to generate it, or 'none'.",
)
@click.option("--steps", type=int, help="Time steps [default: all columns of the input file].")
@click.option("--phase", type=click.Choice(["plasticity", "training"]), default="plasticity")
@click.option("--freeze", multiple=True, type=click.Choice(RULES), help="Leave a rule out.")
@click.option("--noise/--no-noise", default=True, show_default=True)
@click.option("--clip-te/--no-clip-te", default=True, show_default=True, help="Bound thresholds.")
@click.option("--seed", type=click.IntRange(min=0), help="Seed of all random numbers [default: 0].")
@click.option("--resume", type=click.Path(path_type=Path), help="Go on from this state (.npz).")
@click.option("--output", type=click.Path(path_type=Path), help="Write the state (.npz) here.")
@click.option("--figures", type=click.Path(path_type=Path), help="Write figures to this folder.")
@click.option("--backend", type=click.Choice(BACKENDS), default="numpy", show_default=True)
@click.option("--device", help="Device of the array library, e.g. cuda:0.")
@click.option("--dtype", type=click.Choice(DTYPES), default="float64", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
@click.option("--progress/--no-progress", default=None, help="[default: on a terminal]")
@_hyperparameter_options
def simulate(
    input_source: str,
    steps: int | None,
    phase: str,
    freeze: tuple[str, ...],
    noise: bool,
    clip_te: bool,
    seed: int | None,
    resume: Path | None,
    output: Path | None,
    figures: Path | None,
    backend: str,
    device: str | None,
    dtype: str,
    as_json: bool,
    progress: bool | None,
    **hyperparameters: Any,
) -> None:
    """Run a network and write its state, figures and a summary.

    A state carries its hyperparameters and the position of its random numbers: running n steps
    and resuming for n more equals running 2 n.
    """
    try:
        summary = _simulate(
            input_source, steps, phase, freeze, noise, seed, resume, output, figures,
            {name: value for name, value in hyperparameters.items() if value is not None},
            {"backend": backend, "device": device, "dtype": dtype, "clip_te": clip_te},
            sys.stderr.isatty() if progress is None else progress,
        )  # fmt: skip
    except SornError as error:
        raise BadInput(str(error)) from None
    except OSError as error:
        raise BadInput(f"{error.filename}: {error.strerror}") from None
    if as_json:
        click.echo(json.dumps(summary))
    else:
        for name, value in summary.items():
            click.echo(f"{name:>20}  {value}")


def _simulate(
    input_source: str,
    steps: int | None,
    phase: str,
    freeze: tuple[str, ...],
    noise: bool,
    seed: int | None,
    resume: Path | None,
    output: Path | None,
    figures: Path | None,
    hyperparameters: dict[str, Any],
    options: dict[str, Any],
    shows_progress: bool,
) -> dict[str, Any]:
    """What the command does, with errors as `SornError`."""
    state, streams = None, None
    if resume is not None:
        state, metadata = load_state(resume)
        hyperparameters = metadata.get("hyperparameters", {}) | hyperparameters
        if seed is None:
            seed = metadata.get("seed")
            streams = _restored_streams(resume, seed, metadata.get("streams"))
    seed = 0 if seed is None else seed
    streams = streams or RandomStreams(seed)
    inputs = _load_inputs(input_source, steps, hyperparameters, streams)
    _check_targets(output, figures)
    started = time.perf_counter()
    runner = Simulator if phase == "plasticity" else Trainer
    final, history = runner.run(
        inputs=inputs, phase=phase, state=state, timesteps=steps, noise=noise, freeze=freeze,
        callbacks=HISTORY if figures else None, rng=streams,
        progress=progress_meter() if shows_progress else None, **options, **hyperparameters,
    )  # fmt: skip
    elapsed = time.perf_counter() - started
    count = inputs.shape[1] if steps is None and inputs is not None else int(steps or 0)
    summary: dict[str, Any] = {
        "steps": count,
        "ms_per_step": round(1e3 * elapsed / count, 4),
        "ne": len(final["Wee"]),
        "ni": len(final["Wei"]),
        "ee_connections": int(np.count_nonzero(final["Wee"])),
        "ei_connections": int(np.count_nonzero(final["Wei"])),
        "mean_threshold": float(final["Te"].mean()),
        "seed": seed,
    }
    if output is not None:
        metadata = {
            "hyperparameters": hyperparameters,
            "seed": seed,
            "streams": streams.snapshot(),
            "numpy": np.__version__,
        }
        summary["output"] = str(save_state(output, final, metadata))
    if figures is not None:
        summary["figures"] = _write_figures(figures, final, history)
    return summary


def _restored_streams(path: Path, seed: Any, snapshot: Any) -> RandomStreams | None:
    if seed is None or snapshot is None:
        return None
    streams = RandomStreams(seed)
    try:
        streams.restore(snapshot)
    except (KeyError, TypeError, ValueError):
        raise InputError(f"{path} holds no usable random state; give --seed") from None
    return streams


def _load_inputs(
    source: str, steps: int | None, hyperparameters: dict[str, Any], streams: RandomStreams
) -> np.ndarray | None:
    """Input array of a file, or generated from the seed's own stream."""
    if source == "none":
        if steps is None:
            raise InputError("--steps is needed without an input file")
        return None
    if source in ("uniform", "normal"):
        if steps is None or steps < 1:
            raise InputError(f"--inputs {source} needs --steps of at least 1")
        shape = (hyperparameters.get("nu", Parameters.nu), steps)
        return streams.inputs(source, shape)
    inputs = load_inputs(source)
    if inputs.ndim == 2:
        hyperparameters.setdefault("nu", inputs.shape[0])
    return inputs


def _check_targets(output: Path | None, figures: Path | None) -> None:
    """Refuse unusable targets before the run, not after it."""
    if output is not None and output.suffix != ".npz":
        raise InputError(f"--output {output} must end in .npz")
    if output is not None and not output.resolve().parent.is_dir():
        raise InputError(f"--output {output}: the folder does not exist")
    if figures is not None:
        figures.mkdir(parents=True, exist_ok=True)


def _write_figures(
    folder: Path, state: dict[str, np.ndarray], history: dict[str, list[Any]]
) -> list[str]:
    import matplotlib

    matplotlib.use("Agg")
    from sorn.plots.plotter import Plotter

    spikes = np.asarray(history["ExcitatoryActivation"])
    paths = [folder / f"{name}.png" for name in ("spikes", "connections", "in_degree", "weights")]
    Plotter.scatter_plot(spikes, savefig=paths[0])
    Plotter.network_connection_dynamics(history["EEConnectionCounts"], savefig=paths[1])
    Plotter.hist_incoming_conn(state["Wee"], savefig=paths[2])
    Plotter.weight_distribution(state["Wee"], bin_size=30, savefig=paths[3])
    return [str(path) for path in paths]


if __name__ == "__main__":
    sorn()
