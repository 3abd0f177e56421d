"""What a seed leaves in the folder of its run: weights, record, results."""

from __future__ import annotations

from typing import Any

import numpy as np

from lateralnet.learning.learning_curve import stabilisation_time_s
from lateralnet.learning.training import Trained
from lateralnet.learning.weights import weight_statistics
from lateralnet.network.wiring import Replica
from lateralnet.parameters.fingerprint import fingerprint
from lateralnet.parameters.params import NetworkParams
from lateralnet.records.folders import RunFolder
from lateralnet.records.record import SeedRecord, TestRecord
from lateralnet.records.results import SeedResult
from lateralnet.records.storage import write_json, write_npz
from lateralnet.stimulus.afferents import n_places
from lateralnet.stimulus.drives import TrainingStimulus
from lateralnet.stimulus.own import Stimulus, own_piece


def write_seed(
    folder: RunFolder,
    replica: Replica,
    trained: Trained,
    tests: dict[str, TestRecord],
    measures: dict[str, dict[str, Any]],
    facts: dict[str, Any],
    *,
    mode: str,
    precision: str,
) -> SeedResult:
    """Write weights, record and results of a seed, the results last."""
    params, seed = replica.params, replica.params.seed
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
        training=_training_overview(params, replica.stimulus),
        tail=trained.tail,
        tests=tests,
    )
    record.save(folder.record(seed))
    write_npz(folder.weights(seed), weights)
    write_json(folder.weights_params(seed), _sidecar(params, mode, precision))
    stable_s = stabilisation_time_s(curves["checkpoint_t_s"], curves["w_mean_series"])
    published = {key: value for key, value in measures["trained"].items() if key in _PUBLISHED}
    write_json(
        folder.results(seed),
        {
            "seed": seed,
            **published,
            "mode": mode,
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


def _sidecar(params: NetworkParams, mode: str, precision: str) -> dict[str, Any]:
    names = (
        "n_ll", "n_mon", "n_ts", "speed_cm_s", "distance_cm", "direction",
        "training_noise_scale_early", "training_noise_scale_late", "mon_ts_apre", "mon_ts_apost",
        "mon_ts_wmax",
    )  # fmt: skip
    return {
        "mode": mode,
        **{name: getattr(params, name) for name in names},
        "fingerprint": fingerprint(params, precision),
        "precision": precision,
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
