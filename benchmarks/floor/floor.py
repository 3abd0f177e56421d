"""Drive ``lateral_floor.cpp``: write its input, build it, run it, check its statistics.

    python benchmarks/floor/floor.py --trials 50 --seeds 12 --json

prints the user CPU time per trial (whole process, and its loop alone) and the statistics of
every seed. With ``--trials 30`` they can be compared with the runs of the published program:

    python benchmarks/floor/floor.py --trials 30 --seeds 120 --reference runs.json
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from lateralnet import NetworkParams, preset
from lateralnet.network.topology import ll_to_mon, mon_to_ts
from lateralnet.stimulus.drives import training_drive

SOURCE = Path(__file__).with_name("lateral_floor.cpp")
FLAGS = ("-std=c++17", "-O3", "-march=native", "-ffast-math")
STDP_TAU_MS = 20.0


def build(folder: Path, compiler: str = "g++") -> Path:
    """Compile the program into `folder` and return its path."""
    program = folder / "lateral_floor"
    subprocess.run([compiler, *FLAGS, str(SOURCE), "-o", str(program)], check=True)
    return program


def rows(source: np.ndarray, n_sources: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the order that sorts synapses by source, and where each source's row starts."""
    order = np.argsort(source, kind="stable")
    starts = np.concatenate([[0], np.cumsum(np.bincount(source, minlength=n_sources))])
    return order, starts.astype(np.int32)


def draw_network(p: NetworkParams) -> dict[str, np.ndarray]:
    """Wiring, initial values and drive of one seed, under the file names of the program."""
    rng = np.random.default_rng(p.seed)
    ll, mon = ll_to_mon(p)
    ll_order, ll_start = rows(ll, p.n_ll)
    source, target = mon_to_ts(p)
    mon_order, mon_start = rows(source, p.n_mon)
    distance = np.arange(1, p.ts_lateral_radius + 1)
    return {
        "rates.f32": training_drive(p).rates_hz,
        "ll_start.i32": ll_start,
        "ll_target.u16": mon[ll_order],
        "ll_weight.f32": p.ll_mon_w_mean_mV + p.ll_mon_w_jitter_mV * rng.random(len(ll)),
        "mon_start.i32": mon_start,
        "mon_target.u16": target[mon_order],
        "mon_weight.f32": p.mon_ts_w_init + p.mon_ts_w_jitter * rng.random(len(source)),
        "mon_to_inh.u8": rng.random(p.n_mon) < p.mon_to_global_inh_p,
        "ts_to_inh.u8": (rng.random(p.n_ts) < p.ts_to_global_inh_p) & p.use_ts_feedback_inh,
        "lateral.f32": p.ts_local_inh_peak_mV * (1 - distance / p.ts_lateral_radius),
        "v_mon.f32": p.el_mV + 2 * rng.random(p.n_mon),
        "v_ts.f32": p.el_mV + 2 * rng.random(p.n_ts),
    }


def parameters(p: NetworkParams) -> dict[str, float]:
    """The numbers the program reads, by name."""
    return {
        "n_ll": p.n_ll,
        "n_mon": p.n_mon,
        "n_ts": p.n_ts,
        "n_steps": round(p.n_training_trials * p.trial_duration_s / p.dt_s),
        "hold_steps": round(p.training_position_hold_s / p.dt_s),
        "radius": p.ts_lateral_radius,
        "dt_ms": p.dt_s * 1e3,
        "seed": p.seed,
        "tau_m_ms": p.tau_m_ms,
        "tau_s_ms": p.tau_s_ms,
        "tau_stdp_ms": STDP_TAU_MS,
        "el_mV": p.el_mV,
        "vth_mV": p.vth_mV,
        "vreset_mV": p.vreset_mV,
        "refractory_steps": max(1, round(p.tau_ref_ms * 1e-3 / p.dt_s)),
        "gain_mV": p.mon_ts_gain_mV,
        "apre": p.mon_ts_apre,
        "apost": p.mon_ts_apost,
        "wmax": p.mon_ts_wmax,
        "inh_drive_mV": p.mon_to_global_inh_drive_mV,
        "inh_to_mon_mV": p.global_inh_to_mon_mV,
        "feedback_drive_mV": p.ts_to_global_inh_drive_mV,
        "feedback_to_ts_mV": p.global_inh_to_ts_mV,
        "bg_rate_mon_hz": p.bg_rate_mon_hz,
        "bg_rate_ts_hz": p.bg_rate_ts_hz,
        "bg_w_mon_mV": p.bg_w_mon_mV,
        "bg_w_ts_mV": p.bg_w_ts_mV,
    }


TYPES = {"f32": np.float32, "i32": np.int32, "u16": np.uint16, "u8": np.uint8}


def write_input(folder: Path, numbers: dict[str, float], arrays: dict[str, np.ndarray]) -> None:
    """Write everything the program reads."""
    lines = "".join(f"{name} {value!r}\n" for name, value in numbers.items())
    (folder / "parameters.txt").write_text(lines)
    for name, values in arrays.items():
        dtype = TYPES[name.rpartition(".")[2]]
        np.ascontiguousarray(values, dtype).tofile(folder / name)


def run(program: Path, folder: Path) -> dict[str, float]:
    """Run the program on `folder`; return what it prints and its user CPU time."""
    child = subprocess.Popen([str(program), str(folder)], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    printed = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise RuntimeError(f"{program} ended with {child.returncode}")
    return {**json.loads(printed), "user_cpu_s": usage.ru_utime}


def statistics(p: NetworkParams, folder: Path, outcome: dict[str, float]) -> dict[str, float]:
    """Mean rates of the layers, weight statistics and time per trial of one run."""
    seconds = p.n_training_trials * p.trial_duration_s
    weights = np.fromfile(folder / "learned.f32", np.float32).astype(float)
    return {
        "seed": p.seed,
        "ll_hz": outcome["ll_spikes"] / seconds / p.n_ll,
        "mon_hz": outcome["mon_spikes"] / seconds / p.n_mon,
        "ts_hz": outcome["ts_spikes"] / seconds / p.n_ts,
        "w_mean": weights.mean(),
        "w_sd": weights.std(),
        "w_frac_wmax": np.mean(weights > p.mon_ts_wmax - 1e-6),
        "w_frac_zero": np.mean(weights < 1e-6),
        "user_ms_per_trial": outcome["user_cpu_s"] * 1e3 / p.n_training_trials,
        "loop_ms_per_trial": outcome["loop_cpu_s"] * 1e3 / p.n_training_trials,
    }


COMPARED = ("ll_hz", "mon_hz", "ts_hz", "w_mean", "w_sd", "w_frac_wmax", "w_frac_zero")


def reference_runs(path: Path, n_trials: int) -> list[dict[str, float]]:
    """The published program's ll_thesis runs of `n_trials`, one per seed."""
    by_seed: dict[int, dict[str, float]] = {}
    for record in json.loads(path.read_text()):
        if record["mode"] != "ll_thesis" or record["n_training_trials"] != n_trials:
            continue
        if not record["name"].startswith(("th_", "cpp_")):
            continue
        weights, rates = record["w"], record["rates_hz"]
        by_seed[record["seed"]] = {
            "ll_hz": rates["ll_train"],
            "mon_hz": rates["mon_train"],
            "ts_hz": rates["ts_train"],
            "w_mean": weights["mean"],
            "w_sd": weights["std"],
            "w_frac_wmax": weights["frac_wmax"],
            "w_frac_zero": weights["frac_zero"],
        }
    return list(by_seed.values())


def welch(ours: list[dict[str, float]], theirs: list[dict[str, float]]) -> list[dict[str, Any]]:
    """Welch's t for every compared figure."""
    table = []
    for name in COMPARED:
        a, b = (np.array([run[name] for run in runs]) for runs in (ours, theirs))
        error = math.sqrt(a.var(ddof=1) / len(a) + b.var(ddof=1) / len(b))
        table.append(
            {
                "figure": name,
                "floor": (a.mean(), a.std(ddof=1), len(a)),
                "reference": (b.mean(), b.std(ddof=1), len(b)),
                "t": (a.mean() - b.mean()) / error,
            }
        )
    return table


def main() -> None:
    """Build, run every seed, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=50)
    parser.add_argument("--seeds", type=int, default=1, help="number of seeds, from 123 on")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--reference", type=Path, help="runs.json of the published program")
    options = parser.parse_args()

    results = []
    with tempfile.TemporaryDirectory(prefix="lateral_floor_") as name:
        folder = Path(name)
        program = build(folder)
        for seed in range(123, 123 + options.seeds):
            p = preset("ll_thesis", n_training_trials=options.trials, seed=seed)
            write_input(folder, parameters(p), draw_network(p))
            results.append(statistics(p, folder, run(program, folder)))
    summary: dict[str, Any] = {
        "trials": options.trials,
        "user_ms_per_trial": float(np.median([r["user_ms_per_trial"] for r in results])),
        "loop_ms_per_trial": float(np.median([r["loop_ms_per_trial"] for r in results])),
        "seeds": results,
    }
    if options.reference:
        summary["welch"] = welch(results, reference_runs(options.reference, options.trials))
    if options.json:
        print(json.dumps(summary, indent=1))
        return
    for result in results:
        print("  ".join(f"{key} {value:.5g}" for key, value in result.items()))
    print(f"median user CPU {summary['user_ms_per_trial']:.2f} ms per trial")
    for line in summary.get("welch", ()):
        (m, s, n), (m0, s0, n0) = line["floor"], line["reference"]
        print(
            f"| {line['figure']} | {m:.5f} ± {s:.5f} ({n}) | {m0:.5f} ± {s0:.5f} ({n0}) "
            f"| {line['t']:+.2f} |"
        )


if __name__ == "__main__":
    main()
