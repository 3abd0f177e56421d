"""What a run will cost: CPU time, memory and disk, from its sizes, before anything is built.

The constants were measured (see docs/studies.md) on one core of an AMD EPYC of 2024 with device
cpp; they are right within a factor of two or three.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from backends.host.machine import memory_allowed_bytes
from lateralnet.errors import InputError
from lateralnet.parameters.params import NetworkParams

# Seconds on device cpp. A step costs every cell its state update, and the spikes their synapses.
S_PER_CELL_STEP = 3.0e-9
S_PER_TRIAL = 2.0e-3  # starting a segment, stimulus, files
S_PER_TEST_SWEEP = 0.04  # decoding and shuffles included
S_PER_BUILD = 5.0
SLOWER = {"runtime": 100.0, "genn": 3.0}
MEMORY_MB, MEMORY_MB_PER_SYNAPSE = 110.0, 6e-4
_USUAL_RATE_HZ = {"ll": 60.0, "mon": 30.0, "ts": 10.0}
_MB_PER_SPIKE, _MB_PER_STEP = 24e-6, 24e-6  # of tests, which are kept; step and cell, x and y
_MB_PER_TRIAL = 200e-6  # learning curves
_BYTES_PER_SPIKE, _BYTES_PER_STEP, _BYTES_PER_SYNAPSE, _BYTES_PER_TRIAL = 3, 16, 30, 60
_LONGEST_S = 365.25 * 86400.0
_CONDITIONS = ("untrained", "trained")
# Controls that are searched for take several tests each, about.
_SEARCHED = {"rate-matched": 8, "best-untrained": 11, "best-untrained-rate": 8}


@dataclass(frozen=True)
class Cost:
    """Expected cost of a run.

    Attributes
    ----------
    cpu_s : float
        Seconds of one core, for all seeds.
    wall_s : float
        Seconds with the processes asked for.
    memory_mb : float
        Of all processes together.
    disk_mb : float
        Of all files.
    """

    cpu_s: float
    wall_s: float
    memory_mb: float
    disk_mb: float


def training_s(p: NetworkParams, device: str) -> float:
    """Return the expected CPU time of a training, in s."""
    steps = p.n_training_trials * p.steps_per_trial
    simulated = steps * (p.n_mon + p.n_ts) * S_PER_CELL_STEP
    return (simulated + p.n_training_trials * S_PER_TRIAL) * SLOWER.get(device, 1.0)


def tests_s(p: NetworkParams, device: str, controls: Sequence[str] = ()) -> float:
    """Return the expected CPU time of all tests of a network, in s."""
    tests = len(_CONDITIONS) + sum(_SEARCHED.get(name, 1) for name in controls)
    steps = p.test_path_cm / p.speed_cm_s / p.dt_s
    sweep_s = steps * (p.n_mon + p.n_ts) * S_PER_CELL_STEP * SLOWER.get(device, 1.0)
    return p.test_sweeps * tests * (sweep_s + S_PER_TEST_SWEEP)


def n_synapses(p: NetworkParams) -> int:
    """Return the plastic and fixed synapses between the layers, about."""
    return p.n_mon * (
        min(p.mon_to_ts_out_degree, p.n_ts) + min(p.ll_to_mon_in_degree, max(p.n_ll, 1))
    )


def cost_of(
    params: NetworkParams,
    device: str,
    *,
    n_seeds: int = 1,
    jobs: int = 1,
    replicas: int = 1,
    controls: Sequence[str] = (),
) -> Cost:
    """Return the expected cost of a run.

    Examples
    --------
    >>> import lateralnet
    >>> cost = cost_of(lateralnet.preset("ll_thesis"), "cpp")
    >>> 5 < cost.cpu_s < 60 and 100 < cost.memory_mb < 400
    True
    """
    p = params
    steps = p.test_path_cm / p.speed_cm_s / p.dt_s
    conditions = len(_CONDITIONS) + len(controls)
    cells = {"ll": p.n_ll, "mon": p.n_mon, "ts": p.n_ts}
    rate_hz = sum(_USUAL_RATE_HZ[layer] * n for layer, n in cells.items())
    sweeps = p.test_sweeps * conditions
    kept_steps, spikes = sweeps * steps, sweeps * steps * p.dt_s * rate_hz
    memory_mb = (
        n_synapses(p) * MEMORY_MB_PER_SYNAPSE
        + spikes * _MB_PER_SPIKE
        + kept_steps * _MB_PER_STEP
        + p.n_training_trials * _MB_PER_TRIAL
    )
    disk_bytes = (
        n_synapses(p) * _BYTES_PER_SYNAPSE
        + spikes * _BYTES_PER_SPIKE
        + kept_steps * _BYTES_PER_STEP
        + 2 * p.n_training_trials * _BYTES_PER_TRIAL
        + 5e6  # figures
    )
    processes = min(jobs, -(-n_seeds // replicas))
    cpu_s = n_seeds * (training_s(p, device) + tests_s(p, device, controls)) + S_PER_BUILD
    return Cost(
        cpu_s=cpu_s,
        wall_s=S_PER_BUILD + (cpu_s - S_PER_BUILD) / processes,
        memory_mb=processes * (MEMORY_MB + min(replicas, n_seeds) * memory_mb),
        disk_mb=n_seeds * disk_bytes / 1e6,
    )


def allowed_mb() -> float:
    """Return the memory that may be used here, in MB; infinite where nothing says."""
    return (memory_allowed_bytes() or math.inf) / 1e6


def refuse_what_cannot_fit(cost: Cost) -> None:
    """Refuse a run that this machine has not the memory for, or nobody the time.

    Raises
    ------
    InputError
        With what it needs and what there is.
    """
    memory_mb = allowed_mb()
    if cost.memory_mb > memory_mb:
        raise InputError(
            f"this run needs about {cost.memory_mb / 1e3:.3g} GB of memory, of which "
            f"{memory_mb / 1e3:.3g} GB may be used here: make the network, its test or the number "
            "of trials smaller, or lower --jobs or --replicas."
        )
    if cost.wall_s > _LONGEST_S:
        raise InputError(
            f"this run would take about {cost.wall_s / _LONGEST_S:.3g} years: lower "
            "--n-training-trials, --trial-duration-s or the sizes."
        )
