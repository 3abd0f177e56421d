"""``lateralnet run --dry-run``: what a run would cost, and whether it would be refused."""

from __future__ import annotations

import math
from typing import Any

import click

from lateralnet.cli.shared.common import print_json
from lateralnet.parameters.params import NetworkParams
from lateralnet.text_table import aligned


def print_cost(params: NetworkParams, device: Any, options: Any, *, as_json: bool) -> None:
    """Print time, memory and disk of a run; raise what the run itself would raise."""
    from lateralnet.cli.shared.study_progress import duration_text
    from lateralnet.runs.preparation.cost import allowed_mb, cost_of, refuse_what_cannot_fit
    from lateralnet.simulation.session import resolve_device

    cost = cost_of(
        params, device.device, n_seeds=options.n_seeds, jobs=options.jobs,
        replicas=options.replicas, controls=options.chosen_controls,
    )  # fmt: skip
    refuse_what_cannot_fit(cost)
    allowed = allowed_mb()
    definite, reason = resolve_device(device, params, options.replicas, options.jobs)
    if as_json:
        content = {
            "preset": params.preset,
            "seeds": list(range(params.seed, params.seed + options.n_seeds)),
            "training_trials": params.n_training_trials,
            "device": definite.device,
            "cpu_s": round(cost.cpu_s, 1),
            "wall_s": round(cost.wall_s, 1),
            "memory_mb": round(cost.memory_mb),
            "memory_allowed_mb": round(allowed) if math.isfinite(allowed) else None,
            "disk_mb": round(cost.disk_mb, 1),
        }
        print_json(content)
        return
    rows = [
        ["preset", params.preset],
        ["network", f"{params.n_ll} LL, {params.n_mon} MON, {params.n_ts} TS cells"],
        ["seeds", str(options.n_seeds)],
        ["training trials", f"{params.n_training_trials} of {params.trial_duration_s:g} s"],
        ["device", f"{definite.device} ({reason})"],
        ["CPU time", f"about {duration_text(cost.cpu_s)}"],
        ["time", f"about {duration_text(cost.wall_s)} with --jobs {options.jobs}"],
        ["memory", f"about {cost.memory_mb:.0f} MB of {allowed:.0f} MB"],
        ["disk", f"about {cost.disk_mb:.0f} MB"],
    ]
    click.echo(aligned(rows, heads=0))
    click.echo("from measured constants, within a factor of 2 to 3; nothing was written")
