"""The thesis network in NEST, tuned as its users would: another yardstick.

    python3 -m venv V && V/bin/pip install nest-simulator && V/bin/python nest_network.py --json F

The wiring, initial weights and drive of `stock_network.py`, with NEST's own cells
(`iaf_psc_exp`, exact integration) and synapses (`static_synapse_hom_w`, `stdp_synapse_hom`,
additive). What differs: NEST delays every spike by at least one step, its random numbers are its
own, and its cells are integrated exactly where ours take Euler's steps of 1 ms; so MON fires less
(14.6 Hz instead of 18.2) and events per second is what compares. One thread; spikes are recorded in
memory. The stretch after a warm-up is timed.
"""

from __future__ import annotations

import argparse
import json
import resource
from pathlib import Path
from typing import Any

import numpy as np
from stock_network import NUMBERS as N
from stock_network import draw_arrays

STEP_MS = N["dt_ms"]


def build(nest: Any, trials: int, seed: int) -> dict[str, Any]:
    """Make all populations and projections; return the layers and their recorders."""
    nest.ResetKernel()
    nest.set(resolution=STEP_MS, local_num_threads=1, rng_seed=seed, print_time=False)
    arrays = draw_arrays(N, trials, seed)
    # C_m = tau_m, so that a current in pA is what the model writes as a voltage in mV.
    cell = {
        "C_m": N["tau_m_ms"], "tau_m": N["tau_m_ms"], "E_L": N["v_rest_mV"],
        "V_th": N["v_threshold_mV"], "V_reset": N["v_reset_mV"], "t_ref": N["tau_ref_ms"],
        "tau_syn_ex": N["tau_s_ms"], "tau_syn_in": N["tau_s_ms"],
    }  # fmt: skip
    layers = {
        "ll": nest.Create("parrot_neuron", int(N["n_ll"])),
        "mon": nest.Create("iaf_psc_exp", int(N["n_mon"]), cell | {"tau_minus": N["tau_stdp_ms"]}),
        "ts": nest.Create("iaf_psc_exp", int(N["n_ts"]), cell | {"tau_minus": N["tau_stdp_ms"]}),
    }
    for layer in ("mon", "ts"):
        layers[layer].V_m = arrays[f"{layer}_v_mV"]
    held_ms = STEP_MS + N["hold_ms"] * np.arange(len(arrays["rates_hz"]))
    sources = nest.Create("inhomogeneous_poisson_generator", int(N["n_ll"]))
    for source, rates_hz in zip(sources, arrays["rates_hz"].T, strict=True):
        source.set(rate_times=held_ms, rate_values=rates_hz)
    nest.Connect(sources, layers["ll"], "one_to_one")
    # Weights of their own want a plain static synapse; equal ones share one value.
    _pairs(nest, layers["ll"], layers["mon"], arrays["ll_mon_i"], arrays["ll_mon_j"],
           arrays["ll_mon_w_mV"], "static_synapse")  # fmt: skip
    gain, top = N["mon_ts_gain_mV"], N["mon_ts_wmax"]
    nest.CopyModel("stdp_synapse_hom", "learning", {
        "lambda": N["apre"] / top, "alpha": -N["apost"] / N["apre"], "mu_plus": 0.0,
        "mu_minus": 0.0, "Wmax": gain * top, "tau_plus": N["tau_stdp_ms"],
    })  # fmt: skip
    _pairs(nest, layers["mon"], layers["ts"], arrays["mon_ts_i"], arrays["mon_ts_j"],
           gain * arrays["mon_ts_w"], "learning")  # fmt: skip
    for layer in ("mon", "ts"):
        noise = nest.Create("poisson_generator", params={"rate": N[f"bg_{layer}_hz"]})
        _equal(nest, f"bg_{layer}", noise, layers[layer], N[f"bg_{layer}_mV"])
        inhibitory = nest.Create("iaf_psc_exp", 1, cell)
        connected = layers[layer][arrays[f"{layer}_inh_i"]]
        _equal(nest, f"{layer}_inh", connected, inhibitory, N[f"{layer}_inh_drive_mV"])
        _equal(nest, f"inh_{layer}", inhibitory, layers[layer], -N[f"inh_{layer}_mV"])
    radius = int(N["lateral_radius"])
    offsets = np.concatenate([np.arange(-radius, 0), np.arange(1, radius + 1)])
    i = np.repeat(np.arange(int(N["n_ts"])), len(offsets))
    j = (i + np.tile(offsets, int(N["n_ts"]))) % int(N["n_ts"])
    w = -N["lateral_peak_mV"] * (1 - np.abs(np.tile(offsets, int(N["n_ts"]))) / radius)
    keep = w != 0
    _pairs(nest, layers["ts"], layers["ts"], i[keep], j[keep], w[keep], "static_synapse")
    recorders = {name: nest.Create("spike_recorder") for name in layers}
    for name, recorder in recorders.items():
        nest.Connect(layers[name], recorder)
    synapses = {
        "ll": len(arrays["ll_mon_i"]),
        "mon": len(arrays["mon_ts_i"]),
        "ts": int(keep.sum()),
    }
    return {"layers": layers, "recorders": recorders, "synapses": synapses}


def _pairs(nest: Any, source: Any, target: Any, i: Any, j: Any, w: Any, model: str) -> None:
    first, second = np.array(source.tolist()), np.array(target.tolist())
    how = {"synapse_model": model, "weight": w, "delay": np.full(len(w), STEP_MS)}
    nest.Connect(first[i], second[j], "one_to_one", how)


def _equal(nest: Any, name: str, source: Any, target: Any, weight: float) -> None:
    nest.CopyModel("static_synapse_hom_w", name, {"weight": weight})
    nest.Connect(source, target, "all_to_all", {"synapse_model": name, "delay": STEP_MS})


def timed(trials: int, warm_up: int, seed: int) -> dict[str, Any]:
    """User CPU of `trials` after a warm-up, with the rates of that stretch."""
    import nest

    nest.verbosity = nest.VerbosityLevel.ERROR
    made = build(nest, trials + warm_up, seed)
    nest.Simulate(warm_up * N["trial_ms"])
    before = {name: recorder.n_events for name, recorder in made["recorders"].items()}
    began = resource.getrusage(resource.RUSAGE_SELF).ru_utime
    nest.Simulate(trials * N["trial_ms"])
    cpu_s = resource.getrusage(resource.RUSAGE_SELF).ru_utime - began
    spikes = {name: r.n_events - before[name] for name, r in made["recorders"].items()}
    seconds = trials * N["trial_ms"] * 1e-3
    events = sum(spikes[name] * made["synapses"][name] / N[f"n_{name}"] for name in spikes)
    return {
        "nest": nest.__version__, "trials": trials, "seed": seed,
        "cpu_ms_per_trial": 1e3 * cpu_s / trials, "events_per_s": events / cpu_s,
        "rate_hz": {name: n / seconds / N[f"n_{name}"] for name, n in spikes.items()},
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=20)
    parser.add_argument("--warm-up", type=int, default=2)
    parser.add_argument("--seeds", type=int, nargs="+", default=[123])
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    rows = [timed(asked.trials, asked.warm_up, seed) for seed in asked.seeds]
    if asked.json:
        asked.json.write_text(json.dumps(rows, indent=1) + "\n")
    print(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
