"""Our network against whole runs of the published program, and float32 against float64.

    python benchmarks/agreement_published.py
    python benchmarks/agreement_published.py --seeds 8     # fewer, in a minute

The published runs are in ``tests/golden/published_runs.json``. They read the weights after the
test, with both STDP increments set to 0: what is left of the traces still changes weights for
some 60 ms. So the weights here are read after such a stretch too.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from measuring import write_result

from lateralnet import preset
from lateralnet.learning.test_sweeps import run_test
from lateralnet.learning.training import train
from lateralnet.measures.evaluation import published_measures
from lateralnet.measures.statistics.samples import welch_t
from lateralnet.network.batch import Phase
from lateralnet.network.wiring import Replica, State, make_replica
from lateralnet.parameters.params import NetworkParams
from lateralnet.simulation.segment import Drive
from lateralnet.simulation.session import DeviceOptions, Session

ROOT = Path(__file__).parent.parent
PUBLISHED = ROOT / "tests" / "golden" / "published_runs.json"
FIRST_SEED = 123
SEEDS = {0: 24, 30: 120, 200: 40, 1000: 24}  # by training trials
RUN_OUT_S = 0.3  # fifteen time constants of the traces
TRAINED = ("ll_hz", "mon_hz", "ts_hz", "w_mean", "w_sd", "w_frac_wmax", "w_frac_zero")
TESTED = ("ll_test_hz", "mon_test_hz", "ts_test_hz")
MAP = (*TESTED, "sigma_theta_rad", "valid_fraction")
NAMES = {
    "ll_hz": "LL rate in training, Hz",
    "mon_hz": "MON rate in training, Hz",
    "ts_hz": "TS rate in training, Hz",
    "w_mean": "mean w",
    "w_sd": "SD of w",
    "w_frac_wmax": "fraction at w_max",
    "w_frac_zero": "fraction at 0",
    "ll_test_hz": "LL rate in the test, Hz",
    "mon_test_hz": "MON rate in the test, Hz",
    "ts_test_hz": "TS rate in the test, Hz",
    "sigma_theta_rad": "sigma_theta, rad",
    "valid_fraction": "valid_fraction",
}


def main() -> None:
    """Run all groups, print the tables, write the numbers."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=max(SEEDS.values()), help="at most")
    parser.add_argument("--device", default="cpp")
    options = parser.parse_args()
    published = json.loads(PUBLISHED.read_text())["runs"]
    ours: dict[str, dict[str, list[dict[str, float]]]] = {}
    for group in sorted(published):
        params = group_params(group)
        n_seeds = min(SEEDS[params.n_training_trials], options.seeds)
        ours[group] = {
            precision: [
                one_run(
                    replace(params, seed=FIRST_SEED + k),
                    DeviceOptions(device=options.device, precision=precision),
                )
                for k in range(n_seeds)
            ]
            for precision in ("float64", "float32")
        }
        print("\n".join(group_table(group, ours[group], published[group])), "\n", flush=True)
    write_result("agreement", {"runs": ours})


def group_params(group: str) -> NetworkParams:
    """Return the parameters of the published runs of a group."""
    name, _, rest = group.partition(", ")
    if name == "ll_thesis":
        return preset("ll_thesis", n_training_trials=int(rest.split()[0]), test_sweeps=1)
    topography = float(rest.split()[1])
    return preset(
        "ll_map",
        n_training_trials=0,
        test_sweeps=1,
        keep_ll_mon_stdp_during_test=True,  # as the published test does
        ll_to_mon_topography_strength=topography,
        mon_to_ts_topography_strength=topography,
    )


def one_run(params: NetworkParams, options: DeviceOptions) -> dict[str, float]:
    """Return the statistics of one seed."""
    replica = make_replica(params)
    statistics: dict[str, float] = {"seed": params.seed}
    learned = replica
    if params.n_training_trials:
        with Session([replica], options) as session:
            (trained,) = train(session.simulation, [replica])
        rates = trained.curves["trial_rate_hz_series"].mean(axis=0)
        statistics |= dict(zip(("ll_hz", "mon_hz", "ts_hz"), map(float, rates), strict=True))
        w = _run_out(replica, trained.state, options)["mon_ts.w"]
        statistics |= {
            "w_mean": float(w.mean()),
            "w_sd": float(w.std()),
            "w_frac_wmax": float(np.isclose(w, params.mon_ts_wmax).mean()),
            "w_frac_zero": float(np.isclose(w, 0.0).mean()),
        }
        learned = replica.with_weights_of(trained.state)
    with Session([learned], options) as session:
        (test,) = run_test(session.simulation, [learned])
    measures = published_measures(test, params)
    return {
        **statistics,
        **{f"{layer}_test_hz": test.rate_hz(layer) for layer in params.n_cells},
        "sigma_theta_rad": measures["sigma_theta_rad"],
        "valid_fraction": measures["valid_fraction"],
    }


def _run_out(replica: Replica, state: State, options: DeviceOptions) -> State:
    """Go on without increments until the traces are gone, with the afferents at rest."""
    params = replica.params
    still = replace(
        replica,
        params=replace(params, mon_ts_apre=0.0, mon_ts_apost=0.0, mon_ts_stdp_offset=0.0),
    )
    n_steps = round(RUN_OUT_S / params.dt_s)
    drive = Drive(np.full((1, params.n_ll), 35.0), np.zeros(n_steps, dtype=np.int64))
    with Session([still], options) as session:
        ((after, _),) = session.simulation.advance(
            [state], [drive], Phase("run out", mon_ts_learns=True, ll_mon_learns=False), 0
        )
    return after


def group_table(
    group: str, ours: dict[str, list[dict[str, float]]], published: list[dict[str, float]]
) -> Iterator[str]:
    """Yield the lines of a Markdown table."""
    single = len(published) == 1
    yield f"### {group}"
    yield ""
    seeds = ", ".join(f"{name} ({len(runs)})" for name, runs in ours.items())
    last = "published, in SD of ours" if single else "t"
    both = "float32" in ours
    heading = ["", f"published ({len(published)})", *seeds.split(", "), last]
    if both:
        heading += [f"{last}, float32", "float32 - float64", "its t", "F"]
    yield "| " + " | ".join(heading) + " |"
    yield "|" + "---|" * len(heading)
    for key in (*TRAINED, *TESTED) if "w_mean" in published[0] else MAP:
        theirs = np.array([run[key] for run in published])
        samples = {name: np.array([run[key] for run in runs]) for name, runs in ours.items()}
        double = samples["float64"]
        cells = [NAMES[key], _shown(theirs), *map(_shown, samples.values())]
        cells.append(f"{distance(double, theirs):+.2f}")
        if both:
            single_precision = samples["float32"]
            cells += [
                f"{distance(single_precision, theirs):+.2f}",
                f"{(single_precision - double).mean():+.2g}",
                f"{welch_t(single_precision, double)[0]:+.2f}",
                f"{single_precision.var() / double.var():.2f}" if double.var() else "-",
            ]
        yield "| " + " | ".join(cells) + " |"


def distance(ours: np.ndarray, theirs: np.ndarray) -> float:
    """Welch's t, or where a single run of theirs lies, in standard deviations of ours."""
    if theirs.size == 1:
        return float((theirs[0] - ours.mean()) / ours.std(ddof=1))
    return welch_t(ours, theirs)[0]


def _shown(values: np.ndarray) -> str:
    if values.size == 1:
        return f"{values[0]:.4g}"
    digits = max(0, 2 - math.floor(math.log10(values.std(ddof=1) or 1.0)) - 1)
    return f"{values.mean():.{digits}f} ± {values.std(ddof=1):.{digits}f}"


if __name__ == "__main__":
    main()
