"""Where the tasks of a study run: the options, and the workplace that they describe."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import click

from lateralnet.cli.shared.common import JSON, NO_OWN, QUIET
from lateralnet.cli.shared.options import device_options, mode_option, parameter_options
from lateralnet.cli.shared.parameter_types import SWEEPS_DIR, FiniteRange
from lateralnet.errors import InputError
from lateralnet.parameters.params import parameter_names

_ADDRESS = re.compile(r"((tcp|tls|ws|wss|ucx)://)?[^\s/]+:\d{1,5}")
_SAME_FOR_ALL = tuple(name for name in parameter_names() if name != "seed")


def study_options(command: Any) -> Any:
    """Add what a study of many points takes: preset, place, device, output, parameters of all."""
    for option in (
        parameter_options(_SAME_FOR_ALL), JSON, QUIET, device_options, place_options, mode_option(),
    ):  # fmt: skip
        command = option(command)
    return command


def place_options(command: Any) -> Any:
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
                "--patience", type=FiniteRange(0), default=30.0, show_default=True,
                metavar="SECONDS", help="How long to wait for a scheduler that is away.",
            ),
            NO_OWN,
        )
    ):  # fmt: skip
        command = option(command)
    return command


def check_place(options: dict[str, Any]) -> None:
    """Refuse options that describe no workplace, before anything is made."""
    scheduler, cluster = options["scheduler"], options["cluster"]
    if scheduler and cluster:
        raise InputError("--scheduler and --cluster exclude each other.")
    if scheduler and not _ADDRESS.fullmatch(scheduler):
        raise InputError(
            f"--scheduler {scheduler!r} is not an address: it is written as tcp://HOST:PORT or "
            "tls://HOST:PORT."
        )
    if cluster:
        from lateralnet.studies.execution.dask_cluster import check_kind

        check_kind(cluster)
    if _pairs("--cluster-option", options["cluster_option"]) and cluster == "local":
        raise InputError("--cluster-option says something of --cluster slurm alone.")
    _pairs("--resource", options["resource"])


def workplace(options: dict[str, Any], folder: Path, note: Any) -> Any:
    """Return where tasks run."""
    check_place(options)
    resources = {name: float(value) for name, value in _pairs("--resource", options["resource"])}
    cluster_options = dict(_pairs("--cluster-option", options["cluster_option"]))
    if cluster_options and not options["cluster"]:
        note("--cluster-option has no effect without --cluster.")
    if resources and not (options["cluster"] or options["scheduler"]):
        note("--resource has no effect without --scheduler or --cluster.")
    rest = {"resources": resources, "patience_s": options["patience"], "on_note": note}
    if options["scheduler"]:
        from lateralnet.studies.execution.dask_cluster import DaskWorkplace

        return DaskWorkplace(options["scheduler"], **rest)
    if options["cluster"]:
        from lateralnet.studies.execution.dask_cluster import start_cluster

        return start_cluster(
            options["cluster"],
            options["workers"],
            cluster_options,
            private_folder=folder.absolute().parent / f".{folder.name}.dask",
            **rest,
        )
    from lateralnet.studies.execution.workplaces import LocalWorkplace

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


def sweep_folder(folder: Path) -> Path:
    """Return the folder of a sweep, also where its name alone was given."""
    if not folder.exists() and len(folder.parts) == 1 and (SWEEPS_DIR / folder).is_dir():
        return SWEEPS_DIR / folder
    return folder
