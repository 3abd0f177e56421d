"""One or more seeds from wiring to files: what a run does for each of its programs."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from backends.host.portable import peak_memory_mb
from backends.host.server import children_usage
from lateralnet.learning.checkpoint import Checkpoint, load_checkpoint
from lateralnet.learning.controls import run_controls
from lateralnet.learning.learning_curve import stabilisation_time_s
from lateralnet.learning.test_sweeps import run_test
from lateralnet.learning.training import Trained, train
from lateralnet.learning.weights import weight_statistics
from lateralnet.network.own_model import OwnModel
from lateralnet.network.wiring import Replica, make_replica
from lateralnet.parameters.fingerprint import fingerprint
from lateralnet.parameters.params import NetworkParams
from lateralnet.records.folders import RunFolder
from lateralnet.records.record import SeedRecord, TestRecord
from lateralnet.records.results import SeedResult
from lateralnet.records.storage import write_json, write_npz
from lateralnet.runs.outcome.result import measured
from lateralnet.runs.own import Own
from lateralnet.runs.preparation.extending import NOTHING
from lateralnet.runs.saving import CheckpointWriter
from lateralnet.runs.shares import Shares
from lateralnet.simulation.session import DeviceOptions, Session
from lateralnet.stimulus.afferents import n_places
from lateralnet.stimulus.drives import TrainingStimulus
from lateralnet.stimulus.own import Stimulus, own_piece

Progress = Callable[[str, float], None]  # (what is being done, fraction of this job)


@dataclass(frozen=True)
class Job:
    """Seeds that run side by side in one program.

    Attributes
    ----------
    params : tuple of NetworkParams
        One for each seed.
    mode : str
        Preset they started from.
    folder : RunFolder
        Where their files go.
    options : DeviceOptions
        With a definite device.
    plastic : bool
        False for the control without learning.
    alone : bool
        Whether the run has this seed only (names of files).
    resume_from : tuple of Path, optional
        Checkpoints to go on from.
    controls : tuple of str
        Conditions to test beside untrained and trained.
    stimulus, model
        A stimulus and a model of one's own, if there are.
    own : Own
        Measures, controls and figures of one's own.
    """

    params: tuple[NetworkParams, ...]
    mode: str
    folder: RunFolder
    options: DeviceOptions
    plastic: bool = True
    alone: bool = True
    resume_from: tuple[Path, ...] | None = None
    controls: tuple[str, ...] = ()
    stimulus: Stimulus | None = None
    model: OwnModel | None = None
    own: Own = NOTHING


def run_job(job: Job, progress: Progress = lambda what, fraction: None) -> list[SeedResult]:
    """Train, test, measure and write all files of some seeds.

    Raises
    ------
    LateralnetError
        What went wrong, in words; files written before stay whole.
    """
    started = time.perf_counter()
    progress("wiring", 0.0)
    replicas = [
        replace(make_replica(params), stimulus=job.stimulus, model=job.model)
        for params in job.params
    ]
    resume = None
    if job.resume_from is not None:
        resume = [
            load_checkpoint(path, replica, job.options.precision)
            for path, replica in zip(job.resume_from, replicas, strict=True)
        ]
    p = job.params[0]
    shares = Shares(p, resume[0].trials_done if resume else 0, job.controls)
    progress("building the program", 0.0)
    with Session(replicas, job.options) as session:
        progress("testing the untrained network", 0.0)
        tests = [{"untrained": test} for test in run_test(session.simulation, replicas)]
        _try_own(job.own, replicas, tests)
        trained, train_facts = _train(job, session, replicas, resume, shares, progress)
        progress("testing", shares.at(tests=1, trials=p.n_training_trials))
        learned = [r.with_weights_of(t.state) for r, t in zip(replicas, trained, strict=True)]
        for found, test in zip(tests, run_test(session.simulation, learned), strict=True):
            found["trained"] = test
        if job.controls:
            progress("testing controls", shares.at(tests=2, trials=p.n_training_trials))
        for found, extra in zip(
            tests, run_controls(job.controls, session, replicas, learned, tests), strict=True
        ):
            found |= extra
        for found, extra in zip(
            tests, job.own.test_controls(session, replicas, learned), strict=True
        ):
            found |= extra
        facts = {**session.info, **train_facts}
    facts["wall_s"] = round(time.perf_counter() - started, 3)
    progress("measuring", shares.at(tests=2 + len(job.controls), trials=p.n_training_trials))
    return [
        _write(job, replica, result, conditions, facts)
        for replica, result, conditions in zip(replicas, trained, tests, strict=True)
    ]


def _try_own(own: Own, replicas: Sequence[Replica], tests: list[dict[str, TestRecord]]) -> None:
    """Let functions of the user fail before the training, not after it."""
    for control in own.controls:
        own.network(control, replicas[0], replicas[0])
    if own.measures:
        measured("untrained", tests[0]["untrained"], replicas[0].params, own)


def _train(
    job: Job,
    session: Session,
    replicas: Sequence[Replica],
    resume: Sequence[Checkpoint] | None,
    shares: Shares,
    progress: Progress,
) -> tuple[list[Trained], dict[str, Any]]:
    p = replicas[0].params
    start = shares.first_trial
    who = "" if job.alone else f"seed {p.seed}, "
    began, cpu_before = time.perf_counter(), children_usage()[0]

    def tell(trial: int) -> None:
        what = f"training, {who}trial {trial} of {p.n_training_trials}"
        progress(what, shares.at(tests=1, trials=trial))

    writer = CheckpointWriter(job.folder, job.params, job.options.precision, alone=job.alone)

    def keep(trials_done: int, checkpoints: Sequence[Checkpoint]) -> None:
        tell(trials_done)
        writer.offer(trials_done, checkpoints)

    tell(start)
    trained = train(
        session.simulation, replicas, plastic=job.plastic, resume=resume, on_segment=keep
    )
    trials = max(1, (p.n_training_trials - start) * len(replicas))
    wall_s, cpu_s = time.perf_counter() - began, children_usage()[0] - cpu_before
    return trained, {
        "trials_run": p.n_training_trials - start,
        "training_wall_s": round(wall_s, 3),
        "training_wall_s_per_trial": round(wall_s / trials, 5),
        "simulation_cpu_s_per_trial": round(cpu_s / trials, 5),
        "peak_memory_mb": round(_peak_memory_mb(), 1),
        "process_id": os.getpid(),
    }


def _write(
    job: Job,
    replica: Replica,
    trained: Trained,
    tests: dict[str, TestRecord],
    facts: dict[str, Any],
) -> SeedResult:
    params, seed = replica.params, replica.params.seed
    measures = {name: measured(name, test, params, job.own) for name, test in tests.items()}
    learned = replica.with_weights_of(trained.state)
    weights = {
        "mon_ts_w": np.asarray(learned.mon_ts.w, dtype=float),
        "mon_ts_i": replica.mon_ts.i,
        "mon_ts_j": replica.mon_ts.j,
        "ll_mon_i": replica.ll_mon.i,
        "ll_mon_j": replica.ll_mon.j,
        "ll_mon_w_mV": np.asarray(learned.ll_mon.w, dtype=float),
        "mon_ts_w_initial": replica.mon_ts.w,
        "ll_mon_w_initial_mV": replica.ll_mon.w,
    }
    curves = trained.curves
    record = SeedRecord(
        seed=seed,
        weights=weights,
        curves=curves,
        training=_training_overview(params, job.stimulus),
        tail=trained.tail,
        tests=tests,
    )
    folder = job.folder
    record.save(folder.record(seed))
    write_npz(folder.weights(seed), weights)
    write_json(folder.weights_params(seed), _sidecar(job, params))
    stable_s = stabilisation_time_s(curves["checkpoint_t_s"], curves["w_mean_series"])
    published = {key: value for key, value in measures["trained"].items() if key in _PUBLISHED}
    write_json(
        folder.results(seed),
        {
            "seed": seed,
            **published,
            "mode": job.mode,
            "network_params": params.as_dict(),  # written last: these results are of these
            "stabilisation_time_s": stable_s,
            "weights": _weight_statistics(weights, params),
            "training_rates_hz": _training_rates_hz(curves),
            "maps": measures,
            "facts": facts,
        },
    )
    return SeedResult(params, measures, facts, folder.record(seed))


_PUBLISHED = frozenset(
    {
        "distance_cm",
        "test_ll_noise_hz",
        "sigma_theta_rad",
        "valid_fraction",
        "delta_trial_rad",
        "sigma_theta_ll_rad",
        "delta_trial_ll_rad",
        "sigma_w_ll_cm",
        "sigma_w_mon_cm",
        "sigma_w_ts_cm",
    }
)


def _sidecar(job: Job, params: NetworkParams) -> dict[str, Any]:
    names = (
        "n_ll", "n_mon", "n_ts", "speed_cm_s", "distance_cm", "direction",
        "training_noise_scale_early", "training_noise_scale_late", "mon_ts_apre", "mon_ts_apost",
        "mon_ts_wmax",
    )  # fmt: skip
    return {
        "mode": job.mode,
        **{name: getattr(params, name) for name in names},
        "fingerprint": fingerprint(params, job.options.precision),
        "precision": job.options.precision,
        "network_params": params.as_dict(),
    }


def _weight_statistics(weights: dict[str, np.ndarray], params: NetworkParams) -> dict[str, float]:
    """Mean, SD, fractions at the bounds and mean change of the MON->TS weights."""
    change_mV = weights["ll_mon_w_mV"] - weights["ll_mon_w_initial_mV"]
    found = weight_statistics(weights["mon_ts_w"], weights["mon_ts_w_initial"], params.mon_ts_wmax)
    return {
        "mean": found.mean,
        "std": found.sd,
        "frac_wmax": found.share_at_max,
        "frac_zero": found.share_at_zero,
        "mean_abs_change": found.mean_abs_change,
        "ll_mon_mean_abs_change_mV": float(np.abs(change_mV).mean()) if change_mV.size else 0.0,
    }


def _training_rates_hz(curves: dict[str, np.ndarray]) -> dict[str, float | None]:
    rates = curves["trial_rate_hz_series"]
    means = rates.mean(axis=0) if rates.size else [None] * 3
    return dict(zip(("ll", "mon", "ts"), means, strict=True))


def _training_overview(params: NetworkParams, own: Stimulus | None = None) -> dict[str, np.ndarray]:
    """Where the sphere was held in the first two sweep cycles, and how long training lasted."""
    if own is not None:
        stop = params.trial_start_step(min(params.n_training_trials, 8))
        piece = own_piece(own, params, 0, stop)
        every = max(1, round(params.training_position_hold_s / params.dt_s))
        t_s = np.arange(0, stop, every) * params.dt_s
        return {
            "x_cm": piece.x_cm[::every],
            "distance_cm": np.full(t_s.size, np.nan),
            "t_s": t_s,
            "end_s": np.array(params.trial_start_step(params.n_training_trials) * params.dt_s),
        }
    stimulus = TrainingStimulus(params)
    shown = stimulus.snapshots(0, min(stimulus.n_snapshots, 4 * n_places(params)))
    return {
        "x_cm": shown.x_cm,
        "distance_cm": shown.distance_cm,
        "t_s": shown.t_start_s,
        "end_s": np.array(params.trial_start_step(params.n_training_trials) * params.dt_s),
    }


def _peak_memory_mb() -> float:
    """Largest resident memory of this process and of its largest child."""
    own_mb = peak_memory_mb(children=False)
    return max(own_mb, children_usage()[1])


def with_seed(params: NetworkParams, seed: int) -> NetworkParams:
    """Return the parameters of another seed."""
    return replace(params, seed=seed)
