"""Commands about devices: devices, doctor, build, compare, benchmark."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from lateralnet.cli.foreign_sorn import foreign_sorn
from lateralnet.cli.shared.common import JSON, print_json
from lateralnet.cli.shared.options import (
    GroupedCommand,
    checked_mode,
    device_options,
    device_options_of,
    given_values,
    mode_option,
    parameter_options,
)
from lateralnet.cli.shared.parameter_types import OUTPUT_FOLDER
from lateralnet.cli.shared.progress import ProgressLine, working
from lateralnet.errors import InputError
from lateralnet.parameters.presets import preset
from lateralnet.text_table import wrapped

_PYTHON = click.option(
    "--python", default=None, metavar="PATH", help="Interpreter that has Brian2 and extensions."
)


@click.command()
@_PYTHON
@JSON
def devices(python: str | None, as_json: bool) -> None:
    """Show which runtimes are usable here, and why the others are not."""
    from backends.doctor import devices_table, render_devices

    reports = devices_table(_build_options(python))
    if as_json:
        print_json([{**asdict(report), "usable": report.usable} for report in reports])
    else:
        click.echo(render_devices(reports))


@click.command()
@click.option("--device", default=None, metavar="DEVICE", help="Examine this device only.")
@click.option("--no-smoke-test", is_flag=True, help="Do not build and run ten neurons.")
@_PYTHON
@JSON
@click.pass_context
def doctor(
    ctx: click.Context, device: str | None, no_smoke_test: bool, python: str | None, as_json: bool
) -> None:
    """Examine this machine for each device; exit code 1 when the one asked for is not usable."""
    from backends.doctor import examine, is_usable, render_examination
    from backends.registry import device_names

    if device is not None and device not in device_names():
        raise InputError(f"unknown device {device!r}; known devices: {', '.join(device_names())}.")
    with working("examining this machine"):
        found = examine(_build_options(python), device=device, smoke=not no_smoke_test)
    if as_json:
        print_json(found)
    else:
        click.echo(render_examination(found))
        if foreign_sorn():
            click.echo(f"\nnote: {foreign_sorn()}")
    if device is not None and not is_usable(found, device):
        ctx.exit(1)


@click.command(cls=GroupedCommand)
@mode_option()
@click.option("--replicas", type=click.IntRange(1), default=1, help="Seeds per program.")
@device_options
@JSON
@parameter_options()
def build(**options: Any) -> None:
    """Build the program of a preset and flags ahead of its first run.

    For device cuda this compiles and links for --cuda-arch without needing a GPU.
    """
    from backends.cuda.device import compile_only
    from lateralnet.network.wiring import make_replica
    from lateralnet.runs.job import with_seed
    from lateralnet.simulation.session import (
        Session,
        definition_of,
        program_spec,
        resolve_device,
        translated_errors,
    )

    params = preset(checked_mode(options["mode"]), **given_values(options))
    wanted = device_options_of(options)
    replicas = [
        make_replica(with_seed(params, params.seed + k)) for k in range(options["replicas"])
    ]
    if wanted.device == "cuda" and wanted.cuda_arch:
        with working("compiling"), translated_errors():
            definition = definition_of(replicas, "cuda", wanted.precision)
            info = compile_only(program_spec(definition), wanted.build_options())
    else:
        definite, reason = resolve_device(wanted, params, len(replicas), 1)
        click.echo(f"note: {reason}", err=True)
        with working("building the program"), Session(replicas, definite) as session:
            info = session.info
    if options["as_json"]:
        print_json(info)
        return
    for name in ("device", "built", "build_wall_s", "build_cpu_s", "folder", "versions"):
        if name in info:
            value = info[name]
            if isinstance(value, dict):
                value = ", ".join(f"{key} {text}" for key, text in value.items())
            click.echo(wrapped(f"{name.ljust(13)}{value}"))


@click.command()
@click.option("--devices", default="cpp,runtime", show_default=True, help="Separated by commas.")
@click.option("--seeds", type=click.IntRange(0), default=8, show_default=True, help="Number.")
@click.option("--mode", default="ll_thesis", show_default=True, metavar="MODE", help="Preset.")
@click.option("--trials", type=click.IntRange(1), default=10, show_default=True)
@_PYTHON
@JSON
@click.pass_context
def compare(
    ctx: click.Context,
    devices: str,
    seeds: int,
    mode: str,
    trials: int,
    python: str | None,
    as_json: bool,
) -> None:
    """Run the same networks on several devices and compare spikes, weights and measures.

    Exit code 1 when a device failed or differs where it must not, 3 when none can run.
    """
    from lateralnet.devices.comparison import agrees, render_comparison
    from lateralnet.devices.comparison import compare as compare_devices

    with ProgressLine(quiet=False) as progress:
        found = compare_devices(
            _names(devices), seeds=seeds, mode=checked_mode(mode), trials=trials, python=python,
            on_progress=progress,
        )  # fmt: skip
    if as_json:
        print_json(found)
    else:
        click.echo(render_comparison(found))
    if found["reference"] is None:
        ctx.exit(3)
    if not agrees(found):
        ctx.exit(1)


@click.command()
@click.option("--devices", default="cpp", show_default=True, help="Separated by commas.")
@click.option("--mode", default="ll_thesis", show_default=True, metavar="MODE", help="Preset.")
@click.option("--trials", type=click.IntRange(1), default=50, show_default=True)
@click.option("--repeats", type=click.IntRange(1), default=5, show_default=True)
@click.option("--replicas", default="1", show_default=True, help="Networks side by side: 1,4,16.")
@click.option("--precision", default="float64", show_default=True, help="One or both, by commas.")
@click.option("--n-mon", default="", metavar="N,N", help="Sizes of the MON layer: 800,3200.")
@click.option(
    "--cuda-arch", default="", metavar="X.Y", help="Compile for it where cuda cannot run."
)
@click.option(
    "--output",
    type=OUTPUT_FOLDER,
    metavar="FOLDER",
    default=None,
    help="Write a picture, the table and all numbers there.",
)
@click.option("--quiet", is_flag=True, help="No progress.")
@_PYTHON
@JSON
def benchmark(
    devices: str,
    mode: str,
    trials: int,
    repeats: int,
    replicas: str,
    precision: str,
    n_mon: str,
    cuda_arch: str,
    output: Path | None,
    quiet: bool,
    python: str | None,
    as_json: bool,
) -> None:
    """Time generate, compile, start, simulate and collect on several devices.

    What a trial of one network takes is remembered on this machine: --device auto takes a GPU
    only where it was measured to be faster.
    """
    from lateralnet.cli.shared.progress import ProgressLine
    from lateralnet.devices.benchmark_table import render_benchmark
    from lateralnet.devices.benchmarking import benchmark as time_devices

    with ProgressLine(quiet=quiet) as progress:
        found = time_devices(
            _names(devices), mode=checked_mode(mode), trials=trials, repeats=repeats,
            replicas=_counts("--replicas", replicas), precisions=precision.split(","),
            n_mon=_counts("--n-mon", n_mon) if n_mon else (), cuda_arch=cuda_arch,
            python=python, on_progress=progress,
        )  # fmt: skip
    if output is not None:
        _write_benchmark(output, found)
    if as_json:
        print_json(found)
    else:
        click.echo(render_benchmark(found))


def _write_benchmark(folder: Path, found: dict[str, Any]) -> None:
    from lateralnet.devices.benchmark_table import render_benchmark
    from lateralnet.figures.benchmark import draw_benchmark
    from lateralnet.figures.style import save, styled
    from lateralnet.records.storage import make_folder, write_bytes, write_json

    make_folder(folder)
    write_json(folder / "benchmark.json", found)
    write_bytes(folder / "benchmark.txt", f"{render_benchmark(found)}\n".encode())
    if any(row["warm"] for row in found["rows"]):
        with styled():
            save(draw_benchmark(found), folder / "benchmark.png")


def _counts(flag: str, text: str) -> list[int]:
    words = [word.strip() for word in text.split(",")]
    if not all(word.isdigit() and int(word) > 0 for word in words):
        raise InputError(f"{flag} {text!r}: give whole numbers from 1, such as 1,4,16.")
    return [int(word) for word in words]


def _names(text: str) -> list[str]:
    from backends.registry import device_names

    names = [name.strip() for name in text.split(",") if name.strip()]
    for name in names:
        if name not in device_names():
            raise InputError(
                f"--devices {name!r} is unknown; known devices: {', '.join(device_names())}."
            )
    if not names:
        raise InputError("--devices names no device.")
    return names


def _build_options(python: str | None) -> Any:
    import sys

    from lateralnet.simulation.session import DeviceOptions

    return DeviceOptions(python=python or sys.executable).build_options()
