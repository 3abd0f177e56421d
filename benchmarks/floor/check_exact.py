"""Check the floor program against Brian2 spike by spike, with all randomness removed.

    python benchmarks/floor/check_exact.py

Afferents fire in every step or not at all, the background is off, and the two inhibitory
cells are driven hard enough to fire. Then every spike must fall in the same step of the same
cell, and weights may differ by single precision only. The Brian2 side is the yardstick's
network on the NumPy target.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import brian2 as b2
import numpy as np

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "yardstick")]

from floor import build, rows, run, write_input  # noqa: E402  (scripts, not a package)
from stock_network import NUMBERS, draw_arrays, make_network  # noqa: E402

SNAPSHOTS = 5
LOUD = {
    **NUMBERS,
    "n_mon": 800,  # few enough that no potential comes within rounding of the threshold
    "bg_mon_hz": 0.0,
    "bg_ts_hz": 0.0,
    "mon_ts_gain_mV": 150.0,
    "mon_inh_p": 0.2,
    "mon_inh_drive_mV": 4.0,
    "ts_inh_p": 0.3,
    "ts_inh_drive_mV": 20.0,
}


def program_input(
    n: dict[str, float], arrays: dict[str, np.ndarray]
) -> tuple[dict[str, float], dict[str, np.ndarray]]:
    """The yardstick's numbers and arrays under the names of the floor program."""
    ll_order, ll_start = rows(arrays["ll_mon_i"], int(n["n_ll"]))
    mon_order, mon_start = rows(arrays["mon_ts_i"], int(n["n_mon"]))
    radius = int(n["lateral_radius"])
    numbers = {
        **{name: n[name] for name in ("n_ll", "n_mon", "n_ts", "dt_ms", "apre", "apost")},
        **{name: n[name] for name in ("tau_m_ms", "tau_s_ms", "tau_stdp_ms")},
        "n_steps": len(arrays["rates_hz"]) * n["hold_ms"] / n["dt_ms"],
        "hold_steps": n["hold_ms"] / n["dt_ms"],
        "radius": radius,
        "seed": 0,
        "el_mV": n["v_rest_mV"],
        "vth_mV": n["v_threshold_mV"],
        "vreset_mV": n["v_reset_mV"],
        "refractory_steps": n["tau_ref_ms"] / n["dt_ms"],
        "gain_mV": n["mon_ts_gain_mV"],
        "wmax": n["mon_ts_wmax"],
        "inh_drive_mV": n["mon_inh_drive_mV"],
        "inh_to_mon_mV": n["inh_mon_mV"],
        "feedback_drive_mV": n["ts_inh_drive_mV"],
        "feedback_to_ts_mV": n["inh_ts_mV"],
        "bg_rate_mon_hz": n["bg_mon_hz"],
        "bg_rate_ts_hz": n["bg_ts_hz"],
        "bg_w_mon_mV": n["bg_mon_mV"],
        "bg_w_ts_mV": n["bg_ts_mV"],
    }
    files = {
        "rates.f32": arrays["rates_hz"],
        "ll_start.i32": ll_start,
        "ll_target.u16": arrays["ll_mon_j"][ll_order],
        "ll_weight.f32": arrays["ll_mon_w_mV"][ll_order],
        "mon_start.i32": mon_start,
        "mon_target.u16": arrays["mon_ts_j"][mon_order],
        "mon_weight.f32": arrays["mon_ts_w"][mon_order],
        "mon_to_inh.u8": np.isin(np.arange(n["n_mon"]), arrays["mon_inh_i"]),
        "ts_to_inh.u8": np.isin(np.arange(n["n_ts"]), arrays["ts_inh_i"]),
        "lateral.f32": n["lateral_peak_mV"] * (1 - np.arange(1, radius + 1) / radius),
        "v_mon.f32": arrays["mon_v_mV"],
        "v_ts.f32": arrays["ts_v_mV"],
    }
    return numbers, files


def compare(program: Path, folder: Path, seed: int) -> bool:
    """Run one seed on both sides, print what was compared, return whether all is equal."""
    n, rng = LOUD, np.random.default_rng(seed)
    arrays = draw_arrays(n, 1, seed)
    every_step_hz = 1e3 / n["dt_ms"]
    arrays["rates_hz"] = every_step_hz * (rng.random((SNAPSHOTS, int(n["n_ll"]))) < 0.07)

    b2.start_scope()
    objects = make_network(n, arrays, seed)
    for name in ("mon_inh_cell", "ts_inh_cell"):
        objects[f"spikes_{name}"] = b2.SpikeMonitor(objects[name])
    b2.Network(*objects.values()).run(SNAPSHOTS * n["hold_ms"] * b2.ms)

    write_input(folder, *program_input(n, arrays))
    run(program, folder)
    spikes = np.fromfile(folder / "ts_spikes.i32", np.int32).reshape(-1, 2)
    monitor = objects["spikes_ts"]
    steps = np.rint(monitor.t / (n["dt_ms"] * b2.ms)).astype(int)
    same_ts = np.array_equal(spikes, np.column_stack([steps, monitor.i]))
    counts = np.fromfile(folder / "mon_counts.i32", np.int32)
    same_mon = np.array_equal(counts, objects["spikes_mon"].count)
    difference = np.abs(
        np.fromfile(folder / "learned.f32", np.float32) - np.array(objects["mon_ts"].w)
    ).max()
    fired = {
        name: int(objects[f"spikes_{name}"].num_spikes)
        for name in ("ll", "mon", "ts", "mon_inh_cell", "ts_inh_cell")
    }
    print(f"seed {seed}: spikes {fired}; MON counts equal: {same_mon}; ", end="")
    print(f"TS spikes equal: {same_ts}; largest weight difference {difference:.1e}")
    return same_mon and same_ts and difference < 1e-6 and min(fired.values()) > 0


def main() -> int:
    """Compare three seeds; 0 when all agree."""
    b2.prefs.codegen.target = "numpy"
    with tempfile.TemporaryDirectory(prefix="lateral_floor_") as name:
        folder = Path(name)
        program = build(folder)
        agree = [compare(program, folder, seed) for seed in (1, 2, 3)]
    return 0 if all(agree) else 1


if __name__ == "__main__":
    sys.exit(main())
