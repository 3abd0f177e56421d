"""The command `decode`: how well the layers of a trained network tell where the sphere is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from lateralnet.cli.shared.common import JSON, QUIET, noter, print_json
from lateralnet.cli.shared.options import GroupedCommand, device_options, device_options_of
from lateralnet.cli.shared.parameter_types import OUTPUT_FOLDER, RUN_FOLDER
from lateralnet.errors import InputError

_WAYS = {"forwards": (1.0,), "backwards": (-1.0,), "both": (1.0, -1.0)}


@click.command(cls=GroupedCommand)
@click.argument("source", type=RUN_FOLDER)
@click.option("--seed", type=int, help="Which seed of the run; default: the first.")
@click.option("--condition", default="trained", show_default=True, help="trained or untrained.")
@click.option(
    "--distances-cm",
    default="0.5,0.6,0.8,1,1.2,1.4,1.6,2",
    show_default=True,
    metavar="D,...",
    help="Distances of the sphere.",
)
@click.option(
    "--window-ms", default="20", show_default=True, metavar="T,...", help="Observation times."
)
@click.option("--direction", default="both", show_default=True, help="forwards, backwards or both.")
@click.option("--test-stimulus", default="moving", show_default=True, help="moving or vibrating.")
@click.option("--sweeps", default=6, show_default=True, help="Sweeps; the first half teaches.")
@click.option("--decoders", metavar="NAME,...", help="Default: all; an unknown name lists them.")
@click.option("--output", type=OUTPUT_FOLDER, help="Folder; default: decoding in the run folder.")
@device_options
@QUIET
@JSON
def decode(source: Path, **options: Any) -> None:
    """Decode place and distance of the sphere from LL, MON and TS, beside the bound.

    SOURCE is a run folder. A table goes to stdout, decoding.json and a figure for each direction
    into --output.
    """  # fmt: skip
    from lateralnet.cli.shared.progress import ProgressLine
    from lateralnet.decoders.benchmark import chosen_decoders, decode_network
    from lateralnet.decoders.text import benchmark_table
    from lateralnet.figures.studies.decoding import draw_decoding
    from lateralnet.figures.style import save, styled
    from lateralnet.records.storage import make_folder, write_json
    from lateralnet.simulation.session import resolve_device

    note = noter(options["quiet"])
    if options["direction"] not in _WAYS:
        raise InputError(f"--direction {options['direction']!r}: it must be {', '.join(_WAYS)}.")
    if options["test_stimulus"] not in ("moving", "vibrating"):
        raise InputError(
            f"--test-stimulus {options['test_stimulus']!r}: `decode` has moving and vibrating."
        )
    names = options["decoders"]
    decoders = chosen_decoders(None if names is None else [n.strip() for n in names.split(",")])
    distances_cm = _numbers("--distances-cm", options["distances_cm"])
    windows_ms = _numbers("--window-ms", options["window_ms"])
    network = _network(source, options["seed"], options["condition"])
    network = replace(
        network, params=replace(network.params, test_stimulus=options["test_stimulus"])
    )
    device, reason = resolve_device(device_options_of(options), network.params, 1, 1)
    note(reason)
    with ProgressLine(quiet=options["quiet"]) as progress:
        benchmark = decode_network(
            network, device, distances_cm=distances_cm, directions=_WAYS[options["direction"]],
            windows_s=[1e-3 * window for window in windows_ms], sweeps=options["sweeps"],
            decoders=decoders, on_progress=progress,
        )  # fmt: skip
    folder = options["output"] or source / "decoding"
    make_folder(folder)
    content = {
        "seed": network.params.seed, "condition": options["condition"],
        "test_stimulus": options["test_stimulus"], "distances_cm": list(benchmark.distances_cm),
        "place_cm": benchmark.place_cm.tolist(), "scores": benchmark.rows(),
    }  # fmt: skip
    write_json(folder / "decoding.json", content)
    context = f"{source.resolve().name}, seed {network.params.seed}, {options['condition']}"
    note(str(folder / "decoding.json"))
    with styled():
        for way in benchmark.directions:
            path = folder / f"decoding-{way}.png"
            save(draw_decoding(benchmark, context, way), path)
            note(str(path))
    if options["as_json"]:
        print_json(content)
    else:
        click.echo(benchmark_table(benchmark))


def _numbers(flag: str, text: str) -> tuple[float, ...]:
    try:
        found = tuple(float(part) for part in text.split(","))
    except ValueError:
        raise InputError(
            f"{flag} {text!r}: give numbers with commas between, as 0.6,0.8."
        ) from None
    if not all(0.0 < number < 1e3 for number in found):
        raise InputError(f"{flag} {text!r}: every number must be above 0 (and below 1000).")
    return found


def _network(source: Path, seed: int | None, condition: str) -> Any:
    """Return the network of a run with the weights of a condition."""
    from lateralnet.network.wiring import make_replica
    from lateralnet.records.results import load

    if condition not in ("trained", "untrained"):
        raise InputError(f"--condition {condition!r}: it must be trained or untrained.")
    chosen = load(source).of_seed(seed)
    replica = make_replica(chosen.params)
    if condition == "untrained":
        return replica
    weights = chosen.record.weights
    state = {"mon_ts.w": weights["mon_ts_w"]}
    if chosen.params.ll_mon_use_stdp:
        state["ll_mon.w"] = weights["ll_mon_w_mV"] * 1e-3
    return replica.with_weights_of(state)
