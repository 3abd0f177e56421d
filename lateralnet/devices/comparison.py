"""`lateralnet compare`: do all devices run the same network alike?

Two questions. Exactly: small networks, with and without noise, must give equal spikes and
weights to 1e-12 (float64). Statistically: rates, weights and measures over seeds of a preset
must agree in mean and variance. As all devices draw the same noise (`counter_noise`), most
seeds agree exactly there too; in float32 they need not, since rounding makes trajectories part.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from typing import Any

import numpy as np

from backends.registry import device_names, probe
from lateralnet.devices.cases import (
    EVERY_RULE,
    Case,
    CaseResult,
    deterministic_case,
    largest_difference,
    noisy_case,
    run_case,
    unequal_spikes,
)
from lateralnet.errors import InputError, LateralnetError, nearest_names
from lateralnet.learning.test_sweeps import run_test
from lateralnet.learning.training import train
from lateralnet.measures.evaluation import published_measures
from lateralnet.measures.statistics.samples import agreement
from lateralnet.measures.table import measure_of
from lateralnet.network.wiring import make_replica
from lateralnet.parameters.params import NetworkParams
from lateralnet.parameters.presets import preset
from lateralnet.simulation.session import PRECISIONS, DeviceOptions, Session
from lateralnet.text_table import WIDTH, aligned, grouped, wrapped

OnProgress = Callable[[str, float], None]  # (what is being done, finished fraction)
FIRST_SEED = 123
MEASURES = {
    "mon_rate_hz": "MON rate in training (Hz)",
    "ts_rate_hz": "TS rate in training (Hz)",
    "w_mean": "mean MON->TS weight",
    "w_sd": "SD of MON->TS weights",
    "ts_test_spikes": "TS spikes in the test",
    "sigma_theta_rad": measure_of("sigma_theta_rad").axis,
}
_ALIKE = 1e-12  # in float64; in float32 rounding may move a spike, so nothing is demanded


def exact_cases() -> dict[str, Case]:
    """Return the small networks on which devices must agree spike by spike."""
    return {
        "deterministic": deterministic_case(),
        "deterministic, every rule": deterministic_case(**EVERY_RULE),
        "noisy": noisy_case(),
        "noisy, every rule": noisy_case(**EVERY_RULE),
    }


def compare(
    devices: Sequence[str],
    *,
    seeds: int = 8,
    mode: str = "ll_thesis",
    trials: int = 10,
    python: str | None = None,
    options: DeviceOptions | None = None,
    on_progress: OnProgress = lambda what, fraction: None,
    **overrides: Any,
) -> dict[str, Any]:
    """Run the same networks on several devices.

    Parameters
    ----------
    devices : sequence of str
        Names, each with an optional precision: ``"cpp"``, ``"genn:float32"``. The first usable
        one is the reference.
    seeds : int
        Networks of the statistical comparison; fewer than 2 leave it out.
    mode : str
        Preset of the statistical comparison.
    trials : int
        Training trials of each.
    python : str, optional
        Interpreter for all devices; by default each device's own.
    options : DeviceOptions, optional
        Cache and compilers.
    on_progress : callable
        Called with what is being done and the finished fraction.
    **overrides
        Parameters that replace those of the preset.

    Returns
    -------
    dict
        Plain data; `render_comparison` makes a table of it.
    """
    base = replace(options or DeviceOptions(), python=python or sys.executable)
    wanted = {name: _options_of(name, base) for name in dict.fromkeys(devices)}
    rows: dict[str, dict[str, Any]] = {}
    usable: dict[str, DeviceOptions] = {}
    for name, chosen in wanted.items():
        report = probe(chosen.device, chosen.build_options())
        rows[name] = {"status": report.status, "reason": report.reason, "version": report.version}
        if report.usable:
            usable[name] = chosen
    reference = next(iter(usable), None)
    found: dict[str, Any] = {
        "reference": reference, "mode": mode, "seeds": seeds, "trials": trials,
        "devices": rows, "exact": [], "statistics": [], "errors": {},
    }  # fmt: skip
    if reference is None:
        return found
    total = len(usable) * (len(exact_cases()) + (seeds if seeds > 1 else 0))
    done = 0

    def tell(device: str) -> None:
        nonlocal done
        on_progress(f"comparing, network {done + 1} of {total} on {device}", done / total)
        done += 1

    found["exact"] = _exact(usable, reference, found["errors"], tell)
    if seeds > 1:
        networks = [
            preset(mode, **{**overrides, "n_training_trials": trials, "seed": FIRST_SEED + k})
            for k in range(seeds)
        ]
        found["statistics"] = _statistics(usable, reference, networks, found["errors"], tell)
    return found


def agrees(found: dict[str, Any]) -> bool:
    """Whether every usable device gave the exact results that it should."""
    return not found["errors"] and all(row["alike"] for row in found["exact"])


def _options_of(name: str, base: DeviceOptions) -> DeviceOptions:
    device, _, precision = name.partition(":")
    if device not in device_names():
        raise InputError(
            f"unknown device {device!r}; known devices: {', '.join(device_names())}."
            f"{nearest_names(device, device_names())}"
        )
    if precision and precision not in PRECISIONS:
        raise InputError(f"unknown precision {precision!r} in {name!r}: {', '.join(PRECISIONS)}.")
    return replace(base, device=device, precision=precision or base.precision)


def _exact(
    usable: dict[str, DeviceOptions],
    reference: str,
    errors: dict[str, str],
    tell: Callable[[str], None],
) -> list[dict[str, Any]]:
    rows = []
    for case_name, case in exact_cases().items():
        results: dict[str, CaseResult] = {}
        for name, options in usable.items():
            tell(name)
            try:
                results[name] = run_case(case, options)
            except LateralnetError as error:
                errors[name] = str(error)
        if reference not in results:
            break
        for name, result in results.items():
            difference = largest_difference(results[reference], result)
            unequal = unequal_spikes(results[reference], result)
            exact = usable[name].precision == usable[reference].precision == "float64"
            rows.append(
                {
                    "case": case_name,
                    "device": name,
                    "spikes": {layer: s.step.size for layer, s in result.spikes.items()},
                    "unequal_spikes": unequal,
                    "largest_difference": difference,
                    "alike": not exact or (difference < _ALIKE and not unequal),
                    "versions": result.info.get("versions", {}),
                }
            )
    return rows


def _statistics(
    usable: dict[str, DeviceOptions],
    reference: str,
    networks: Sequence[NetworkParams],
    errors: dict[str, str],
    tell: Callable[[str], None],
) -> list[dict[str, Any]]:
    values: dict[str, dict[str, list[float]]] = {}
    for name, options in usable.items():
        if name in errors:
            continue
        try:
            for params in networks:
                tell(name)
                for measure, value in _measured(params, options).items():
                    values.setdefault(name, {}).setdefault(measure, []).append(value)
        except LateralnetError as error:
            errors[name] = str(error)
            values.pop(name, None)
    if reference not in values:
        return []
    return [
        {
            "measure": measure,
            "device": name,
            "values": values[name][measure],
            **asdict(agreement(values[name][measure], values[reference][measure])),
        }
        for measure in MEASURES
        for name in values
    ]


def _measured(params: NetworkParams, options: DeviceOptions) -> dict[str, float]:
    """Train and test one network and return the numbers that are compared."""
    replica = make_replica(params)
    with Session([replica], options) as session:
        (trained,) = train(session.simulation, [replica])
        (test,) = run_test(session.simulation, [replica.with_weights_of(trained.state)])
    _, mon, ts = np.mean(trained.curves["trial_rate_hz_series"], axis=0)
    w = trained.state["mon_ts.w"]
    measures = published_measures(test, params)
    return {
        "mon_rate_hz": float(mon),
        "ts_rate_hz": float(ts),
        "w_mean": float(w.mean()),
        "w_sd": float(w.std()),
        "ts_test_spikes": float(measures["ts_spikes_during_test_window"]),
        "sigma_theta_rad": float(measures["sigma_theta_rad"]),
    }


def render_comparison(found: dict[str, Any]) -> str:
    """Return a comparison as text of at most 80 columns."""
    rows = [["device", "status", "version"]]
    rows += [[name, r["status"], r["version"] or "-"] for name, r in found["devices"].items()]
    parts = [aligned(rows, heads=0, width=WIDTH)]
    refused = [(n, r["reason"]) for n, r in found["devices"].items() if r["status"] != "ready"]
    parts += [wrapped(f"{name}: {reason}") for name, reason in refused]
    parts += [wrapped(f"{name}: FAILED: {error}") for name, error in found["errors"].items()]
    if found["reference"] is None:
        return "\n".join([*parts, "", "No device of these can run here."])
    if found["exact"]:
        parts += ["", f"Small networks against {found['reference']}", _exact_table(found["exact"])]
    if found["statistics"]:
        head = f"{found['mode']}, {found['trials']} trials, {found['seeds']} seeds"
        parts += ["", head, _statistics_table(found["statistics"])]
    return "\n".join(parts)


def _exact_table(exact: Sequence[dict[str, Any]]) -> str:
    rows = []
    for row in exact:
        counts = ", ".join(str(count) for count in row["spikes"].values())
        spikes = f"{'+'.join(row['unequal_spikes'])} differ" if row["unequal_spikes"] else "equal"
        verdict = "" if row["alike"] else "NOT ALIKE"
        cells = [row["device"], counts, spikes, f"{row['largest_difference']:.1e}", verdict]
        rows.append((row["case"], cells))
    heads = ["", "LL, MON, TS spikes", "spikes", "largest difference", ""]
    return grouped([heads], rows, words=(0, 2, 4))


def _statistics_table(statistics: Sequence[dict[str, Any]]) -> str:
    rows = []
    for row in statistics:
        numbers = [f"{row['mean']:.4g}", f"{row['sd']:.3g}"]
        tests = (row[name] for name in ("t", "p_mean", "f", "p_variance", "effect"))
        cells = [row["device"], *numbers, *(f"{x:.2f}" for x in tests), str(row["n_equal"])]
        rows.append((MEASURES[row["measure"]], cells))
    return grouped([["", "mean", "SD", "t", "p", "F", "p", "d", "equal seeds"]], rows)
