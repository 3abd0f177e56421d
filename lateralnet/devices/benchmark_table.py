"""What `lateralnet benchmark` found, as two tables of at most 80 columns and what they mean."""

from __future__ import annotations

import textwrap
from typing import Any

from lateralnet.devices.benchmarking import COMPILED
from lateralnet.text_table import WIDTH, aligned

_NAME = ["device", "type", "MON", "nets"]
_TIMES = ("before", "after")
LEGEND = (
    "start: opening a built program and one step; simulate: waiting for the program; collect: all "
    "else; x real: wall over simulated time, all networks together; M ev/s: million synaptic "
    "events (spikes times synapses) a second."
)
COMPARISON = (
    "For comparison, the cortical microcircuit PD14 with steps of 0.1 ms and delays: NEST 11 M "
    "events/s on a core, GeNN 3.6 G on an RTX 4090, as published. Here a step is {dt_ms:g} ms and "
    "nothing is delayed, so an event costs less."
)


def render_benchmark(found: dict[str, Any]) -> str:
    """Return the medians as tables, and below them where they come from."""
    built = [[*_NAME, "generate", "compile", "library", "CPU s"]]
    ran = [[*_NAME, "start", "simulate", "collect", "ms", "CPU ms", "x real", "M ev/s"]]
    refused = {}
    for row in found["rows"]:
        median = row["median"]
        if row["status"] not in ("ready", COMPILED):
            refused[row["device"]] = f"{row['device']} {row['status']}: {row['reason']}"
            continue
        cold = ("generate_s", "compile_s", "library_s", "build_cpu_s")
        built.append([*_name(row), *(_number(median.get(name)) for name in cold)])
        if row["status"] == "ready":
            speed = speed_of(row, found["trial_s"])
            warm = ("start_s", "simulate_s", "collect_s", "wall_ms_per_trial", "cpu_ms_per_trial")
            numbers = [*(median.get(name) for name in warm), speed["real_time_factor"],
                       speed["events_per_s"] / 1e6]  # fmt: skip
            ran.append([*_name(row), *map(_number, numbers)])
        else:
            refused[row["device"]] = f"{row['device']} only compiled: {row['reason']}"
    about, rounds = found["machine"], max((len(row["warm"]) for row in found["rows"]), default=0)
    before, after = (_number(next(iter(found[f"load_{when}"]), None)) for when in _TIMES)
    lines = []
    if len(built) > 1:
        lines += ["Building, seconds", aligned(built, words=(0, 1), width=WIDTH), ""]
    if len(ran) > 1:
        lines += [
            f"Training, {found['trials']} trials of {found['trial_s']:g} s; seconds; ms: of a "
            "network's trial",
            aligned(ran, words=(0, 1), width=WIDTH),
            *_wrapped(LEGEND),
            *_wrapped(COMPARISON.format(dt_ms=found["dt_ms"])),
            "",
        ]
    lines += [line for text in refused.values() for line in _wrapped(text)]
    lines += _wrapped(
        f"{found['mode']}; wall time, medians of {rounds} rounds in turn; {about['processor']}, "
        f"{about['cores']} cores, {about['compiler']}; "
        f"load {before} before, {after} after"
    )
    return "\n".join(lines)


def speed_of(row: dict[str, Any], trial_s: float) -> dict[str, float]:
    """Return how fast a row is in the terms in which the field compares.

    Returns
    -------
    dict
        ``real_time_factor``: seconds for a simulated second of all networks together;
        ``events_per_s``: synaptic events of one network by the seconds that it takes.
    """
    ms = row["median"]["wall_ms_per_trial"]
    return {
        "real_time_factor": ms * row["replicas"] / (1e3 * trial_s),
        "events_per_s": row["median"]["events_per_trial"] / (1e-3 * ms),
    }


def _name(row: dict[str, Any]) -> list[str]:
    short = {"float64": "f64", "float32": "f32"}[row["precision"]]
    return [row["device"], short, str(row["n_mon"]), str(row["replicas"])]


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3g}" if value < 1e3 else f"{value:.0f}"


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH)
