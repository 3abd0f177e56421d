"""Search beyond the learning recipe: weaker topography, and LL->MON plastic as well.

Every configuration that was tried stands in this file, so that their number is known. The
seeds of the search (501 to 504) are kept apart from those that confirm a winner (511 to 520)
and from those of the main evidence (401 to 410).

    python benchmarks/learning_search.py topography-0.1 --seeds 501:503
    python benchmarks/learning_search.py topography-0.1 --only "wide" --seeds 511:521

One file per network goes to ``--folder``; what is there is not computed again.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lateralnet import preset
from lateralnet.measures.table import OF_EVIDENCE
from lateralnet.records.storage import make_folder, write_json
from lateralnet.simulation.session import DeviceOptions
from lateralnet.studies.learning.evidence import compared
from lateralnet.studies.learning.experiment import stored_learn_and_test

# Connections are whole: of 10 LL inputs and 16 TS targets, 0.1 makes 1 and 2 topographic.
TOPOGRAPHY_10 = {"ll_to_mon_topography_strength": 0.1, "mon_to_ts_topography_strength": 0.1}
# 0.05 would leave no LL input topographic (0.5 rounds to 0); 0.06 makes 1 and 1.
TOPOGRAPHY_5 = {"ll_to_mon_topography_strength": 0.06, "mon_to_ts_topography_strength": 0.06}
PLASTIC_LL = {"ll_mon_use_stdp": True, "ll_mon_w_init_mV": 9.6, "ll_mon_w_jitter_stdp_mV": 8.0}


def _cooperation(radius: int, peak_mV: float, **more: Any) -> dict[str, Any]:
    return {"ts_lateral_exc_radius": radius, "ts_lateral_exc_peak_mV": peak_mV, **more}


def _step(factor: float, **more: Any) -> dict[str, Any]:
    recipe = preset("ll_learn")
    return {
        "mon_ts_apre": factor * recipe.mon_ts_apre,
        "mon_ts_apost": factor * recipe.mon_ts_apost,
        **more,
    }


_OFFSET = {"mon_ts_apost": 0.0, "mon_ts_stdp_offset": 4e-5, "mon_to_global_inh_drive_mV": 8.0}

_WEAK: dict[str, dict[str, Any]] = {
    "recipe": {},
    "400 trials": {"n_training_trials": 400},
    "ordered sweeps": {"training_ordered_sweeps": True},
    "gain 100": {"mon_ts_gain_mV": 100.0},
    "wide": _cooperation(100, 1.5),
    "wide, inhibition 1.4": _cooperation(100, 1.5, ts_local_inh_peak_mV=1.4),
    "strong": _cooperation(60, 2.2, ts_local_inh_peak_mV=1.4),
    "narrow": _cooperation(30, 2.2),
    "local inhibition": _cooperation(40, 1.5, ts_lateral_radius=100, ts_local_inh_peak_mV=1.4),
    "wmax 0.24": {"mon_ts_wmax": 0.24},
    "step x 0.5, 400 trials": _step(0.5, n_training_trials=400),
    "step x 2": _step(2.0),
    "offset": dict(_OFFSET),
    "offset, wide": _cooperation(100, 1.5, **_OFFSET),
    "offset, strong": _cooperation(60, 2.2, ts_local_inh_peak_mV=1.4, **_OFFSET),
    "more LTD": {"mon_ts_apost": -1.0 * 1.2e-4 * 1.3},
    "sigma 5": {"mon_to_ts_sigma": 5.0, "ll_to_mon_sigma": 5.0},
    # Second round, after "wide" had done best of the first on seeds 501 and 502.
    "radius 80": _cooperation(80, 1.5),
    "radius 80, peak 1.8": _cooperation(80, 1.8),
    "radius 150": _cooperation(150, 1.5),
    "radius 150, peak 1": _cooperation(150, 1.0),
    "wide, peak 1.2": _cooperation(100, 1.2),
    "wide, 400 trials": _cooperation(100, 1.5, n_training_trials=400),
    "wide, gain 100": _cooperation(100, 1.5, mon_ts_gain_mV=100.0),
    "wide, step x 2": _cooperation(100, 1.5, **_step(2.0)),
    # Third round, around "radius 80, peak 1.8".
    "radius 70, peak 1.8": _cooperation(70, 1.8),
    "radius 80, peak 2.1": _cooperation(80, 2.1),
    "radius 90, peak 1.8": _cooperation(90, 1.8),
    "in-degree 5": {"ll_to_mon_in_degree": 5, "ll_mon_w_mean_mV": 16.0},
}


def _plastic(apre: float, ratio: float, wmax_mV: float, homeo: bool, **more: Any) -> dict[str, Any]:
    changes = {
        "ll_mon_apre": apre,
        "ll_mon_apost": -ratio * apre,
        "ll_mon_wmax_mV": wmax_mV,
        "ll_mon_homeo_eta": 1.0 if homeo else 0.0,
        "ll_mon_homeo_every_trials": 1,
    }
    return {**changes, **more}


# A multiplicative rule rests where LTP (wmax - w) = ratio LTD w: near wmax / (1 + ratio).
_BOTH: dict[str, dict[str, Any]] = {
    "recipe, LL->MON fixed": {"ll_mon_use_stdp": False},
    "published LL->MON rule": _plastic(0.01, 1.05, 20.0, False, ll_mon_homeo_eta=0.005),
    "published step, homeostasis": _plastic(0.01, 1.05, 20.0, True),
    "wmax 28, homeostasis": _plastic(0.01, 1.05, 28.0, True),
    "step 1e-3, wmax 28, homeostasis": _plastic(1e-3, 1.05, 28.0, True),
    "step 2e-4, wmax 28, homeostasis": _plastic(2e-4, 1.05, 28.0, True),
    "step 1e-3, wmax 28, no homeostasis": _plastic(1e-3, 1.05, 28.0, False),
    "step 1e-3, wmax 40, ratio 1.9, homeostasis": _plastic(1e-3, 1.9, 40.0, True),
    "step 1e-3, wmax 28, homeostasis, MON->TS fixed": _plastic(
        1e-3, 1.05, 28.0, True, mon_ts_apre=0.0, mon_ts_apost=0.0, mon_ts_homeo_eta=0.0
    ),
}

# Does the winner at weak topography help at the recipe's own 0.2?
_STRONG: dict[str, dict[str, Any]] = {
    name: _WEAK[name] for name in ("recipe", "radius 80, peak 1.8")
}

GOALS: dict[str, tuple[dict[str, Any], dict[str, dict[str, Any]]]] = {
    "topography-0.1": (TOPOGRAPHY_10, _WEAK),
    "topography-0.05": (TOPOGRAPHY_5, _WEAK),
    "topography-0.2": ({}, _STRONG),
    "both-plastic": (PLASTIC_LL, _BOTH),
}
_SHOWN = ("rms_error_cm", "spearman", "cells_near_diagonal", "bayes_rms_error_cm")


def search(
    goal: str, names: Sequence[str], seeds: Sequence[int], folder: Path, controls: Sequence[str]
) -> dict[str, Any]:
    """Train every named configuration on every seed; return what they gave."""
    base, configurations = GOALS[goal]
    make_folder(folder)
    found = {}
    for name in names:
        changes = {**base, **configurations[name]}
        results = []
        for seed in seeds:
            slug = "".join(c if c.isalnum() or c in ".-" else "_" for c in f"{goal}-{name}")
            results.append(
                stored_learn_and_test(
                    folder / f"{slug}_seed_{seed}.json",
                    preset("ll_learn", seed=seed, **changes),
                    DeviceOptions(device="cpp"),
                    controls=tuple(controls),
                )
            )
        others = [condition for condition in results[0]["conditions"] if condition != "trained"]
        found[name] = {
            "changes": changes,
            "results": results,
            "comparisons": {
                measure: {
                    other: compared(results, measure, "trained", other).as_dict()
                    for other in others
                }
                for measure in OF_EVIDENCE
            },
        }
        print(line(name, found[name]), file=sys.stderr, flush=True)
    return {"goal": goal, "seeds": list(seeds), "configurations": found}


def line(name: str, found: dict[str, Any]) -> str:
    """Return one configuration as one line: trained / each control, t in brackets."""
    parts = [f"{name:44s}"]
    for measure in _SHOWN:
        numbers = found["comparisons"][measure]
        first = next(iter(numbers.values()))
        others = " ".join(f"{n['other_mean']:.3f}({n['t']:+.1f})" for n in numbers.values())
        parts.append(f"{measure.split('_')[0]} {first['mean']:.3f} / {others}")
    rates = [result["conditions"]["trained"] for result in found["results"]]
    parts.append("TS " + " ".join(f"{rate['ts_rate_hz']:.0f}" for rate in rates))
    parts.append("MON " + " ".join(f"{rate['mon_rate_hz']:.0f}" for rate in rates))
    return " | ".join(parts)


def main() -> None:
    """Search for one goal and store what was found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("goal", choices=list(GOALS))
    parser.add_argument("--only", action="append", help="A configuration; may be repeated.")
    parser.add_argument("--seeds", default="501:503", help="FIRST:STOP")
    parser.add_argument("--controls", default="rate-matched")
    parser.add_argument("--folder", type=Path, default=Path("Runs/learning-search"))
    parser.add_argument("--output", type=Path)
    given = parser.parse_args()
    first, stop = (int(part) for part in given.seeds.split(":"))
    names = given.only or list(GOALS[given.goal][1])
    found = search(given.goal, names, range(first, stop), given.folder, given.controls.split(","))
    if given.output:
        write_json(given.output, found)


if __name__ == "__main__":
    main()
