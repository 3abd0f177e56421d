"""The numbers of a test: published measures, honest ones beside them, and rates."""

from __future__ import annotations

from typing import Any

import numpy as np

from lateralnet.measures.decoding import decoded_sweep
from lateralnet.measures.ideal_observer import sweep_bound_cm
from lateralnet.measures.quality import MapQuality, map_quality
from lateralnet.measures.tuning_width import tuning_width_of
from lateralnet.parameters.params import NetworkParams
from lateralnet.records.record import OWN_STIMULUS, TestRecord
from lateralnet.simulation.spikes import LAYERS

N_SHUFFLES = 50


def published_measures(test: TestRecord, params: NetworkParams) -> dict[str, Any]:
    """Return the measures of the published program, with its keys, as means over the sweeps.

    With one sweep they are the published ones. A silent TS scores pi there; `map_measures`
    says "no map" instead.
    """
    each = [_published_measures(test, params, sweep) for sweep in range(len(test.spikes))]
    measures = {name: _mean([one[name] for one in each]) for name in each[0]}
    return {
        "distance_cm": params.distance_cm,
        "test_ll_noise_hz": params.test_ll_noise_hz,
        **measures,
        "ts_spikes_during_test_window": round(measures["ts_spikes_during_test_window"]),
    }


def _published_measures(test: TestRecord, params: NetworkParams, number: int) -> dict[str, float]:
    """Return the published measures of one sweep."""
    window = None
    if params.eval_x_min_cm is not None and params.eval_x_max_cm is not None:
        window = (params.eval_x_min_cm, params.eval_x_max_cm)
    measures: dict[str, float] = {}
    for layer, suffix in (("ts", ""), ("ll", "_ll")):
        sweep = test.sweeps(layer)[number]
        pv = decoded_sweep(
            sweep,
            n_bins=min(100, sweep.n_cells),
            window_cm=window,
            window_s=params.decoding_window_s,
        )
        measures[f"sigma_theta{suffix}_rad"] = pv.sigma_theta
        measures[f"delta_trial{suffix}_rad"] = pv.delta_trial
        if layer == "ts":
            measures["valid_fraction"] = pv.valid_fraction
    for layer in LAYERS:
        mean_cm, sd_cm, count = tuning_width_of(test.sweeps(layer)[number])
        measures[f"sigma_w_{layer}_cm"] = mean_cm
        measures[f"sigma_w_{layer}_sd_cm"], measures[f"sigma_w_{layer}_count"] = sd_cm, count
    measures["ts_spikes_during_test_window"] = len(test.spikes[number]["ts"])
    return measures


def _mean(values: list[float]) -> float:
    """Mean of the finite values, NaN without any."""
    finite = [value for value in values if np.isfinite(value)]
    return float(np.mean(finite)) if finite else float("nan")


def map_of(
    test: TestRecord, params: NetworkParams, layer: str = "ts", *, n_shuffles: int = N_SHUFFLES
) -> MapQuality:
    """Return all map measures of one layer; fewer than two shuffles: without chance levels."""
    return map_quality(
        test.sweeps(layer),
        body_length_cm=params.ll_body_length_cm,
        n_shuffles=n_shuffles,
        seed=params.seed,
        coupled_cells=params.ts_lateral_exc_radius if layer == "ts" else 1,
        window_s=params.decoding_window_s,
    )


def map_measures(
    test: TestRecord, params: NetworkParams, *, n_shuffles: int = N_SHUFFLES
) -> dict[str, Any]:
    """Return the measures of the TS map over all sweeps, with rates and the ideal observer.

    `efficiency` is the ideal observer's error over the decoder's.
    """
    quality = map_of(test, params, n_shuffles=n_shuffles)
    # The bound is that of the sphere's flow; of another stimulus it is not known.
    known = OWN_STIMULUS not in test.facts
    bound_cm = sweep_bound_cm(params, window_s=params.decoding_window_s) if known else np.nan
    error_cm = quality.body.linear_rms_error_cm
    return {
        "verdict": quality.body.verdict,
        **{f"{layer}_rate_hz": test.rate_hz(layer) for layer in LAYERS},
        **quality.scalars(),
        "ideal_observer_cm": bound_cm,
        "efficiency": bound_cm / error_cm if np.isfinite(error_cm) and error_cm > 0 else np.nan,
    }


def measures_of(test: TestRecord, params: NetworkParams) -> dict[str, Any]:
    """Return the published measures and the map measures of a test, and its facts."""
    return {**published_measures(test, params), **map_measures(test, params), **test.facts}
