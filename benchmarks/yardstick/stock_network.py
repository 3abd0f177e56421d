"""The thesis network written the plain way on stock Brian2 cpp_standalone: the yardstick.

Its time per trial is the "1" of every ratio in the speed tables. So it uses what a Brian2
user writes first: a PoissonGroup per background, traces per synapse, every spike recorded,
all preferences at their defaults but for the number of compilers at once. It stands alone
(Brian2 and NumPy only) and must not be made faster.

    python stock_network.py --trials 50 --directory D --build-only
    python stock_network.py --trials 50 --directory D --run-only --json

builds once and then times the binary as often as wanted (user CPU time of the child).
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import time
from pathlib import Path
from typing import Any

import numpy as np

NUMBERS: dict[str, float] = {
    "n_ll": 100,
    "n_mon": 3200,
    "n_ts": 300,
    "dt_ms": 1.0,
    "trial_ms": 1200.0,
    "hold_ms": 50.0,
    "v_threshold_mV": -54.0,
    "v_reset_mV": -60.0,
    "v_rest_mV": -74.0,
    "tau_ref_ms": 2.0,
    "tau_m_ms": 10.0,
    "tau_s_ms": 2.0,
    "ll_mon_w_mV": 11.5,
    "ll_mon_jitter_mV": 3.0,
    "ll_mon_degree": 10,
    "ll_mon_sigma": 15.0,
    "ll_mon_topo": 0.08,
    "mon_ts_degree": 16,
    "mon_ts_sigma": 10.0,
    "mon_ts_topo": 0.08,
    "mon_ts_gain_mV": 72.0,
    "mon_ts_w": 0.020,
    "mon_ts_jitter": 0.005,
    "mon_ts_wmax": 0.028,
    "apre": 0.01,
    "apost": -0.006,
    "tau_stdp_ms": 20.0,
    "mon_inh_p": 0.03,
    "mon_inh_drive_mV": 0.5,
    "inh_mon_mV": 1.15,
    "lateral_radius": 18,
    "lateral_peak_mV": 0.9,
    "ts_inh_p": 0.08,
    "ts_inh_drive_mV": 0.25,
    "inh_ts_mV": 0.2,
    "bg_mon_hz": 22.0,
    "bg_ts_hz": 20.0,
    "bg_mon_mV": 1.5,
    "bg_ts_mV": 0.85,
}

CELLS = """
dv/dt = (v_rest - v + ge - gi) / tau_m : volt (unless refractory)
dge/dt = -ge / tau_s : volt
dgi/dt = -gi / tau_s : volt
"""
PLASTIC = """
w : 1
dapre/dt = -apre / tau_stdp : 1 (event-driven)
dapost/dt = -apost / tau_stdp : 1 (event-driven)
"""
ON_PRE = """
ge_post += gain * w
apre += delta_pre
w = clip(w + apost, 0, wmax)
"""
ON_POST = """
apost += delta_post
w = clip(w + apre, 0, wmax)
"""


def topographic(
    n_cells: int, n_others: int, degree: int, sigma: float, topo: float, seed: int
) -> np.ndarray:
    """Partners of every cell, (n_cells, degree): some near its own place, the rest anywhere."""
    rng = np.random.default_rng(seed)
    n_near = round(degree * topo)
    partners = np.empty((n_cells, degree), int)
    for cell in range(n_cells):
        place = cell / (n_cells - 1) * (n_others - 1)
        near = np.clip(np.rint(rng.normal(place, sigma, n_near)), 0, n_others - 1)
        partners[cell] = np.concatenate([near, rng.integers(0, n_others, degree - n_near)])
        rng.shuffle(partners[cell])
    return partners


def training_rates(n: dict[str, float], trials: int) -> np.ndarray:
    """Rates (snapshot, LL cell) in Hz: a sphere held at place after place, back and forth."""
    places = np.linspace(0, 4, int(n["n_ll"]))
    n_snapshots = round(trials * n["trial_ms"] / n["hold_ms"])
    x = np.resize(np.concatenate([places, places[::-1]]), n_snapshots)
    dx, dy = places[None, :] - x[:, None], 0.8
    flow = 0.5 * 5 * 0.5**3 / (dx**2 + dy**2) ** 2.5 * (2 * dx**2 - dy**2)
    return np.clip(40 - 300 * flow, 0, 200)


def draw_arrays(n: dict[str, float], trials: int, seed: int) -> dict[str, np.ndarray]:
    """Wiring, initial values and drive of one seed."""
    n_ll, n_mon, n_ts = int(n["n_ll"]), int(n["n_mon"]), int(n["n_ts"])
    ll_degree, ts_degree = int(n["ll_mon_degree"]), int(n["mon_ts_degree"])
    sources = topographic(n_mon, n_ll, ll_degree, n["ll_mon_sigma"], n["ll_mon_topo"], seed + 31)
    targets = topographic(n_mon, n_ts, ts_degree, n["mon_ts_sigma"], n["mon_ts_topo"], seed)
    rng = np.random.default_rng(seed)
    return {
        "rates_hz": training_rates(n, trials),
        "ll_mon_i": sources.ravel(),
        "ll_mon_j": np.repeat(np.arange(n_mon), ll_degree),
        "ll_mon_w_mV": n["ll_mon_w_mV"] + n["ll_mon_jitter_mV"] * rng.random(n_mon * ll_degree),
        "mon_ts_i": np.repeat(np.arange(n_mon), ts_degree),
        "mon_ts_j": targets.ravel(),
        "mon_ts_w": n["mon_ts_w"] + n["mon_ts_jitter"] * rng.random(n_mon * ts_degree),
        "mon_inh_i": np.flatnonzero(rng.random(n_mon) < n["mon_inh_p"]),
        "ts_inh_i": np.flatnonzero(rng.random(n_ts) < n["ts_inh_p"]),
        "mon_v_mV": n["v_rest_mV"] + 2 * rng.random(n_mon),
        "ts_v_mV": n["v_rest_mV"] + 2 * rng.random(n_ts),
    }


def make_network(n: dict[str, float], arrays: dict[str, np.ndarray], seed: int) -> dict[str, Any]:
    """Make the Brian2 objects, by name. The device must have been chosen before."""
    import brian2 as b2
    from brian2 import Hz, ms, mV

    b2.defaultclock.dt = n["dt_ms"] * ms
    b2.seed(seed)
    n_mon, n_ts = int(n["n_mon"]), int(n["n_ts"])
    constants = {
        "v_threshold": n["v_threshold_mV"] * mV,
        "v_reset": n["v_reset_mV"] * mV,
        "v_rest": n["v_rest_mV"] * mV,
        "tau_m": n["tau_m_ms"] * ms,
        "tau_s": n["tau_s_ms"] * ms,
    }

    def cells(size: int, name: str) -> b2.NeuronGroup:
        return b2.NeuronGroup(
            size,
            CELLS,
            threshold="v > v_threshold",
            reset="v = v_reset",
            refractory=n["tau_ref_ms"] * ms,
            method="euler",
            namespace=constants,
            name=name,
        )

    objects: dict[str, Any] = {}

    def synapses(name: str, source, target, effect: str, drive_mV: float, **pairs) -> None:
        made = b2.Synapses(
            source, target, on_pre=effect, namespace={"drive": drive_mV * mV}, name=name
        )
        made.connect(**pairs)
        objects[name] = made

    rates = b2.TimedArray(arrays["rates_hz"] * Hz, dt=n["hold_ms"] * ms, name="ll_rates")
    ll = b2.PoissonGroup(
        int(n["n_ll"]), rates="ll_rates(t, i)", namespace={"ll_rates": rates}, name="ll"
    )
    mon, ts = cells(n_mon, "mon"), cells(n_ts, "ts")
    mon_inh, ts_inh = cells(1, "mon_inh_cell"), cells(1, "ts_inh_cell")
    mon.v, ts.v = arrays["mon_v_mV"] * mV, arrays["ts_v_mV"] * mV
    mon_inh.v = ts_inh.v = n["v_rest_mV"] * mV
    objects.update(ll=ll, mon=mon, ts=ts, mon_inh_cell=mon_inh, ts_inh_cell=ts_inh)

    ll_mon = b2.Synapses(ll, mon, "w : volt", on_pre="ge_post += w", name="ll_mon")
    ll_mon.connect(i=arrays["ll_mon_i"], j=arrays["ll_mon_j"])
    ll_mon.w = arrays["ll_mon_w_mV"] * mV
    mon_ts = b2.Synapses(
        mon,
        ts,
        PLASTIC,
        on_pre=ON_PRE,
        on_post=ON_POST,
        namespace={
            "gain": n["mon_ts_gain_mV"] * mV,
            "delta_pre": n["apre"],
            "delta_post": n["apost"],
            "wmax": n["mon_ts_wmax"],
            "tau_stdp": n["tau_stdp_ms"] * ms,
        },
        name="mon_ts",
    )
    mon_ts.connect(i=arrays["mon_ts_i"], j=arrays["mon_ts_j"])
    mon_ts.w = arrays["mon_ts_w"]
    objects.update(ll_mon=ll_mon, mon_ts=mon_ts)

    for layer, size in (("mon", n_mon), ("ts", n_ts)):
        noise = b2.PoissonGroup(size, rates=n[f"bg_{layer}_hz"] * Hz, name=f"bg_{layer}")
        objects[noise.name] = noise
        synapses(
            f"bg_{layer}_syn", noise, objects[layer], "ge_post += drive", n[f"bg_{layer}_mV"], j="i"
        )
    to_one = np.zeros_like
    for layer, inh in (("mon", mon_inh), ("ts", ts_inh)):
        i = arrays[f"{layer}_inh_i"]
        if len(i):
            drive_mV = n[f"{layer}_inh_drive_mV"]
            synapses(
                f"{layer}_inh", objects[layer], inh, "ge_post += drive", drive_mV, i=i, j=to_one(i)
            )
        synapses(f"inh_{layer}", inh, objects[layer], "gi_post += drive", n[f"inh_{layer}_mV"])

    radius = int(n["lateral_radius"])
    offsets = np.concatenate([np.arange(-radius, 0), np.arange(1, radius + 1)])
    i = np.repeat(np.arange(n_ts), len(offsets))
    lateral = b2.Synapses(ts, ts, "w : volt", on_pre="gi_post += w", name="ts_ts")
    lateral.connect(i=i, j=(i + np.tile(offsets, n_ts)) % n_ts)
    lateral.w = n["lateral_peak_mV"] * (1 - np.abs(np.tile(offsets, n_ts)) / radius) * mV
    objects["ts_ts"] = lateral

    for layer in ("ll", "mon", "ts"):
        objects[f"spikes_{layer}"] = b2.SpikeMonitor(objects[layer], name=f"spikes_{layer}")
    return objects


def build(directory: Path, trials: int, seed: int, make_jobs: int) -> None:
    """Generate and compile the standalone project; leave a note of where its results will be."""
    import brian2 as b2

    began = time.perf_counter()
    b2.prefs.devices.cpp_standalone.extra_make_args_unix = [f"-j{make_jobs}"]
    b2.set_device("cpp_standalone", build_on_run=False)
    objects = make_network(NUMBERS, draw_arrays(NUMBERS, trials, seed), seed)
    b2.Network(*objects.values()).run(trials * NUMBERS["trial_ms"] * b2.ms)
    b2.device.build(directory=str(directory), compile=True, run=False)
    results = {
        name: b2.device.get_array_filename(variable)
        for name, variable in {
            "w": objects["mon_ts"].variables["w"],
            **{k: objects[f"spikes_{k}"].variables["count"] for k in ("ll", "mon", "ts")},
        }.items()
    }
    note = {
        "trials": trials,
        "seed": seed,
        "brian2": b2.__version__,
        "build_wall_s": time.perf_counter() - began,
        "results": results,
    }
    (directory / "yardstick.json").write_text(json.dumps(note, indent=1))


def run(directory: Path, trials: int) -> dict[str, Any]:
    """Run the built binary; return its user CPU time and the statistics of the network."""
    note = json.loads((directory / "yardstick.json").read_text())
    if note["trials"] != trials:
        raise SystemExit(f"{directory} was built for {note['trials']} trials, not {trials}")
    began = time.perf_counter()
    child = subprocess.Popen(["./main"], cwd=directory, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    wall_s = time.perf_counter() - began
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"{directory}/main ended with {child.returncode}")

    def result(name: str, dtype: type) -> np.ndarray:
        return np.fromfile(directory / "results" / Path(note["results"][name]).name, dtype)

    seconds = trials * NUMBERS["trial_ms"] * 1e-3
    weights = result("w", np.float64)
    counts = {name: int(result(name, np.int32).sum()) for name in ("ll", "mon", "ts")}
    return {
        "trials": trials,
        "seed": note["seed"],
        "brian2": note["brian2"],
        "user_cpu_s": usage.ru_utime,
        "system_cpu_s": usage.ru_stime,
        "wall_s": wall_s,
        "user_ms_per_trial": usage.ru_utime * 1e3 / trials,
        **{f"{name}_hz": counts[name] / seconds / NUMBERS[f"n_{name}"] for name in counts},
        "w_mean": weights.mean(),
        "w_sd": weights.std(),
        "w_frac_wmax": np.mean(weights > NUMBERS["mon_ts_wmax"] - 1e-6),
        "w_frac_zero": np.mean(weights < 1e-6),
    }


def main() -> None:
    """Build, run, or both."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=50)
    parser.add_argument("--seed", type=int, default=123)
    parser.add_argument("--directory", type=Path, required=True)
    parser.add_argument("--make-jobs", type=int, default=2)
    only = parser.add_mutually_exclusive_group()
    only.add_argument("--build-only", action="store_true")
    only.add_argument("--run-only", action="store_true")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if not options.run_only:
        build(options.directory, options.trials, options.seed, options.make_jobs)
    if not options.build_only:
        outcome = run(options.directory, options.trials)
        if options.json:
            print(json.dumps(outcome, indent=1))
        else:
            print("  ".join(f"{key} {value}" for key, value in outcome.items()))


if __name__ == "__main__":
    main()
