"""Command ``simulate``: run a network from files or generated inputs, stop it, and go on."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click
import numpy as np

from sorn.arrays import NumpyArray
from sorn.cli.job import INTERRUPTED_FILE, Job, write_figures
from sorn.cli.options import BadInput, hyperparameter_options
from sorn.engines.choice import BACKENDS, DTYPES
from sorn.engines.engine import RULES
from sorn.errors import InputError, ParameterError, SornError
from sorn.network import Network
from sorn.parameters import PRESETS, Parameters
from sorn.records.inputs import load_inputs
from sorn.records.recorder import RECORD_NAMES, Recording
from sorn.streams import RandomStreams
from sorn.wiring import input_pools


@click.command()
@click.option(
    "--inputs",
    "source",
    help="Drive, one row per input: a .npy or .csv file of shape (nu, time), or 'uniform' or "
    "'normal' to generate it, or 'none' [default: none, or as in the resumed run].",
)
@click.option("--steps", type=int, help="Time steps [default: the columns of the input file].")
@click.option("--preset", type=click.Choice(list(PRESETS)), help="Network of a paper.")
@click.option("--phase", type=click.Choice(["plasticity", "training"]))
@click.option("--freeze", multiple=True, type=click.Choice(RULES), help="Leave a rule out.")
@click.option("--noise/--no-noise", default=None, help="[default: noise]")
@click.option("--clip-te/--no-clip-te", default=None, help="Bound thresholds [default: yes].")
@click.option(
    "--normalise",
    multiple=True,
    type=click.Choice(["ee", "ei", "none"]),
    help="Matrices that synaptic scaling keeps at 1 [default: ee and ei].",
)
@click.option("--pools", type=click.IntRange(min=1), help="Random neurons driven by each input.")
@click.option("--batch", type=click.IntRange(min=1), help="Independent networks side by side.")
@click.option("--seed", type=click.IntRange(min=0), help="Seed of all random numbers [default: 0].")
@click.option("--resume", type=click.Path(path_type=Path), help="Go on from this state (.npz).")
@click.option("--output", type=click.Path(path_type=Path), help="Write the state (.npz) here.")
@click.option("--checkpoint", type=click.IntRange(min=1), help="Write it every so many steps, too.")
@click.option("--recordings", type=click.Path(path_type=Path), help="Folder for recordings (.npy).")
@click.option(
    "--record",
    multiple=True,
    type=click.Choice(RECORD_NAMES),
    metavar="NAME",
    help=f"Out of {', '.join(RECORD_NAMES)}; may be repeated [default: excitatory].",
)
@click.option("--every", type=click.IntRange(min=1), default=1, help="Record every so many steps.")
@click.option("--figures", type=click.Path(path_type=Path), help="Write figures to this folder.")
@click.option("--backend", type=click.Choice(BACKENDS), default="numpy", show_default=True)
@click.option("--device", help="Device of the array library, e.g. cuda:0.")
@click.option("--dtype", type=click.Choice(DTYPES), default="float64", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
@click.option("--progress/--no-progress", default=None, help="[default: on a terminal]")
@hyperparameter_options
def simulate(
    source: str | None,
    steps: int | None,
    preset: str | None,
    phase: str | None,
    freeze: tuple[str, ...],
    noise: bool | None,
    clip_te: bool | None,
    normalise: tuple[str, ...],
    pools: int | None,
    batch: int | None,
    seed: int | None,
    resume: Path | None,
    output: Path | None,
    checkpoint: int | None,
    recordings: Path | None,
    record: tuple[str, ...],
    every: int,
    figures: Path | None,
    backend: str,
    device: str | None,
    dtype: str,
    as_json: bool,
    progress: bool | None,
    **hyperparameters: Any,
) -> None:
    """Run a network and write its state, recordings, figures and a summary.

    A state carries its hyperparameters, phase, frozen rules, noise, the position of its random
    numbers and the column of its inputs: running n steps and resuming for m more equals running
    n + m. Control-C stops after some steps, keeps the state and says how to go on.
    """
    try:
        _check_targets(output, recordings, figures, record, every, checkpoint)
        given = {name: value for name, value in hyperparameters.items() if value is not None}
        options = {"phase": phase, "noise": noise, "clip_te": clip_te, "freeze": freeze or None}
        given |= {name: value for name, value in options.items() if value is not None}
        if "none" in normalise and len(normalise) > 1:
            raise ParameterError("--normalise none stands alone; leave the others out, or it")
        if normalise:
            given["normalise"] = tuple(name for name in normalise if name != "none")
        where = {"backend": backend, "device": device, "dtype": dtype}
        if resume is None:
            source = source or "none"
            inputs = _read_inputs(source)
            if inputs is not None:
                given.setdefault("nu", inputs.shape[0])
            network = _build(preset, pools, batch, 0 if seed is None else seed, given, where)
            column = 0
        else:
            for name, value in (("preset", preset), ("pools", pools), ("batch", batch)):
                if value is not None:
                    raise InputError(f"--{name} is part of the resumed network; leave it out")
            network, column = _resumed(resume, seed, given, where)
            source = source or network.note.get("inputs", "none")
            inputs = _read_inputs(source)
            column = column if source == network.note.get("inputs") else 0
        if figures is not None and network.batch is not None:
            raise InputError("--figures draws one network; leave --batch out")
        job = Job(
            network, source, *_cut(inputs, column, steps, source), output, recordings, figures,
            record or ("excitatory",) if recordings else (), every, checkpoint or 0,
            sys.stderr.isatty() if progress is None else progress,
        )  # fmt: skip
        if every > job.steps:
            raise InputError(f"--every {every} keeps nothing of {job.steps} steps; lower it")
        if figures is not None:
            figures.mkdir(parents=True, exist_ok=True)
        if source in ("uniform", "normal"):
            job.draw()
        recording, elapsed_s = job.run()
        summary = _summary(job, recording, elapsed_s)
    except SornError as error:
        raise BadInput(str(error)) from None
    except OSError as error:
        raise BadInput(f"{error.filename}: {error.strerror}") from None
    except MemoryError as error:
        raise BadInput(f"this run does not fit into memory ({error}); lower --steps") from None
    if as_json:
        click.echo(json.dumps(summary))
    else:
        for name, value in summary.items():
            click.echo(f"{name:>20}  {f'{value:.4g}' if isinstance(value, float) else value}")
    if job.stopped:
        _say_how_to_go_on(job, recording.steps)
        sys.exit(130)


def _build(
    preset: str | None, pools: int | None, batch: int | None, seed: int, given: dict[str, Any],
    where: dict[str, Any],
) -> Network:  # fmt: skip
    if pools is not None:
        ne, nu = given.get("ne", Parameters.ne), given.get("nu", Parameters.nu)
        given["input_pools"] = input_pools(ne, nu, pools, rng=RandomStreams(seed))
    return Network(preset, seed=seed, batch=batch, **where, **given)


def _resumed(
    path: Path, seed: int | None, given: dict[str, Any], where: dict[str, Any]
) -> tuple[Network, int]:
    """The network of a file; what is asked to differ from it is said."""
    network = Network.load(path, **({} if seed is None else {"seed": seed}), **where)
    changes, loaded = [], network
    for name, value in given.items():
        owner = loaded if name in ("phase", "noise", "clip_te", "freeze") else loaded.parameters
        before = getattr(owner, name)
        if not np.array_equal(before, value):
            changes.append(f"{name} {before} -> {value}")
    if changes:
        seeded = {} if seed is None else {"seed": seed}
        network = Network.load(path, **seeded, **where, **given)
        click.echo(f"changed on resuming {path}: {', '.join(changes)}", err=True)
    return network, int(network.note.get("column", 0))


def _read_inputs(source: str) -> NumpyArray | None:
    if source in ("none", "uniform", "normal"):
        return None
    inputs = load_inputs(source)
    if inputs.ndim != 2 or inputs.size == 0:
        raise InputError(f"{source} has shape {inputs.shape}; it must be (nu, time), not empty")
    return inputs


def _cut(
    inputs: NumpyArray | None, column: int, steps: int | None, source: str
) -> tuple[NumpyArray | None, int, int]:
    """Inputs from `column` on, that column, and the number of steps."""
    if inputs is None:
        if steps is None or steps < 1:
            raise InputError(
                f"--steps is needed without an input file, a whole number >= 1, not {steps}"
                if source == "none"
                else f"--inputs {source} needs --steps of at least 1"
            )
        return None, 0, steps
    left = inputs[:, column:]
    if left.shape[1] == 0:
        raise InputError(f"the resumed run ended at column {column}, the last one of {source}")
    return left, column, left.shape[1] if steps is None else steps


def _check_targets(
    output: Path | None, recordings: Path | None, figures: Path | None, record: tuple[str, ...],
    every: int, checkpoint: int | None,
) -> None:  # fmt: skip
    """Refuse unusable targets before the run, not after it."""
    if output is not None and output.suffix != ".npz":
        raise InputError(f"--output {output} must end in .npz")
    if output is not None and not output.resolve().parent.is_dir():
        raise InputError(f"--output {output}: the folder does not exist")
    if checkpoint is not None and output is None:
        raise InputError("--checkpoint needs --output FILE.npz to write to")
    if (record or every > 1) and recordings is None:
        raise InputError("--record and --every need --recordings FOLDER to write to")
    if figures is not None and recordings is not None:
        raise ParameterError("give --figures or --recordings, not both in one run")
    if output is not None and output.is_dir():
        raise InputError(f"--output {output} is a folder; name a file in it")


def _summary(job: Job, recording: Recording, elapsed_s: float) -> dict[str, Any]:
    network, done = job.network, recording.steps
    summary: dict[str, Any] = {
        "steps": done,
        "ms_per_step": round(1e3 * elapsed_s / done, 4),
        "ne": network.parameters.ne,
        "ni": network.parameters.ni,
        "ee_connections": int(np.count_nonzero(network.read("Wee"))),
        "ei_connections": int(np.count_nonzero(network.read("Wei"))),
        "mean_threshold": float(network.read("Te").mean()),
        "seed": network.seed,
    }
    if network.batch is not None:
        summary["batch"] = network.batch
    if job.output is not None or job.stopped:
        summary["output"] = str(job.save(done))
    if job.recordings is not None:
        summary["recordings"] = [str(job.recordings / f"{name}.npy") for name in recording]
    if job.figures is not None:
        summary["figures"] = write_figures(job.figures, network, recording)
    return summary


def _say_how_to_go_on(job: Job, done: int) -> None:
    path = job.output or INTERRUPTED_FILE
    steps = (
        "" if job.source not in ("none", "uniform", "normal") else f" --steps {job.steps - done}"
    )
    click.echo(
        f"stopped after {done} of {job.steps} steps; go on with: "
        f"lateralnet sorn simulate --resume {path}{steps} --output {path}",
        err=True,
    )
