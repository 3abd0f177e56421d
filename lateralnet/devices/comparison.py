"""`lateralnet compare`: do all devices run the same network alike?

Two questions. Exactly: small networks, with and without noise, must give equal spikes and
weights to 1e-12 (float64). Statistically: rates, weights and measures over seeds of a preset
must agree in mean and variance. As all devices draw the same noise (`counter_noise`), most
seeds agree exactly there too; in float32 they need not, since rounding makes trajectories part.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
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
    found["exact"] = _exact(usable, reference, found["errors"])
    if seeds > 1:
        networks = [
            preset(mode, **{**overrides, "n_training_trials": trials, "seed": FIRST_SEED + k})
            for k in range(seeds)
        ]
        found["statistics"] = _statistics(usable, reference, networks, found["errors"])
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
    usable: dict[str, DeviceOptions], reference: str, errors: dict[str, str]
) -> list[dict[str, Any]]:
    rows = []
    for case_name, case in exact_cases().items():
        results: dict[str, CaseResult] = {}
        for name, options in usable.items():
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
) -> list[dict[str, Any]]:
    values: dict[str, dict[str, list[float]]] = {}
    for name, options in usable.items():
        if name in errors:
            continue
        values[name] = {measure: [] for measure in MEASURES}
        for params in networks:
            for measure, value in _measured(params, options).items():
                values[name][measure].append(value)
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
    """Return a comparison as text."""
    lines = [f"{'device':16}{'status':9}version"]
    for name, row in found["devices"].items():
        lines.append(f"{name:16}{row['status']:9}{row['version'] or '-'}")
        if row["status"] != "ready":
            lines.append(f"{'':16}{row['reason']}")
    lines += [f"{name}: FAILED: {error}" for name, error in found["errors"].items()]
    if found["reference"] is None:
        return "\n".join([*lines, "", "No device of these can run here."])
    lines += ["", f"Small networks against {found['reference']}"]
    lines.append(
        f"  {'case':28}{'device':16}{'LL, MON, TS spikes':22}{'spikes':18}largest difference"
    )
    for row in found["exact"]:
        spikes = ", ".join(str(count) for count in row["spikes"].values())
        equal = f"{'+'.join(row['unequal_spikes'])} differ" if row["unequal_spikes"] else "equal"
        lines.append(
            f"  {row['case']:28}{row['device']:16}{spikes:22}{equal:18}"
            f"{row['largest_difference']:.1e}{'' if row['alike'] else '  NOT ALIKE'}"
        )
    if found["statistics"]:
        lines += ["", f"{found['mode']}, {found['trials']} trials, {found['seeds']} seeds"]
        lines.append(
            f"  {'measure':28}{'device':16}{'mean':>10}{'sd':>10}{'t':>7}{'p':>6}{'F':>7}{'p':>6}"
            f"{'d':>7}{'equal seeds':>13}"
        )
        for row in found["statistics"]:
            lines.append(
                f"  {MEASURES[row['measure']]:28}{row['device']:16}{row['mean']:10.4g}"
                f"{row['sd']:10.3g}{row['t']:7.2f}{row['p_mean']:6.2f}{row['f']:7.2f}"
                f"{row['p_variance']:6.2f}{row['effect']:7.2f}{row['n_equal']:13d}"
            )
    return "\n".join(lines)
