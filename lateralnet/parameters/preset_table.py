"""What each preset changes of the defaults, and why."""

from __future__ import annotations

from typing import Any

_THESIS: dict[str, Any] = {
    "n_training_trials": 1000,
    "checkpoint_trials": 5,
    "training_fixed_distance": False,
    "training_distance_max_cm": 0.8,
    "distance_cm": 0.8,
    "test_path_cm": 5.0,
    "ll_to_mon_in_degree": 10,
    "ll_to_mon_topography_strength": 0.08,
    "ll_mon_w_mean_mV": 11.5,
    "mon_to_ts_sigma": 10.0,
    "mon_to_ts_topography_strength": 0.08,
    "mon_ts_apre": 0.01,
    "mon_ts_apost": -0.006,
    "mon_ts_wmax": 0.028,
    "mon_ts_w_jitter": 0.005,
    "mon_ts_gain_mV": 72.0,
    "mon_to_global_inh_p": 0.03,
    "global_inh_to_mon_mV": 1.15,
    "ts_lateral_radius": 18,
    "ts_local_inh_peak_mV": 0.9,
    "use_ts_feedback_inh": True,
    "ts_to_global_inh_p": 0.08,
    "ts_to_global_inh_drive_mV": 0.25,
    "global_inh_to_ts_mV": 0.2,
    "bg_rate_ts_hz": 20.0,
    "bg_w_ts_mV": 0.85,
}

# The published recipe whose map works (BASELINE.md of the published program), 1000 trials.
_MAP: dict[str, Any] = {
    **_THESIS,
    "ll_mon_use_stdp": True,
    "ll_to_mon_topography_strength": 0.2,
    "mon_to_ts_topography_strength": 0.2,
    "ll_mon_w_jitter_stdp_mV": 8.0,
    "ll_mon_homeo_eta": 0.005,
    "mon_ts_homeo_eta": 0.001,
    "mon_ts_gain_mV": 220.0,
    "ts_local_inh_peak_mV": 1.5,
    "bg_rate_mon_hz": 18.0,
    "global_inh_to_mon_mV": 1.8,
    "test_sweeps": 10,  # one sweep decides little: valid_fraction varies by 0.1 with its noise
}

# A rule small enough not to churn, room below w_max, scaling after every trial, and
# cooperation between neighbouring TS cells: with these the map orders itself.
_LEARN: dict[str, Any] = {
    **_THESIS,
    "n_training_trials": 200,
    "training_ordered_sweeps": False,
    "ll_to_mon_topography_strength": 0.2,
    "mon_to_ts_topography_strength": 0.2,
    "ll_mon_w_mean_mV": 9.6,
    "ll_mon_w_jitter_mV": 8.0,
    "mon_ts_apre": 1.2e-4,
    "mon_ts_apost": -1.26e-4,
    "mon_ts_wmax": 0.12,
    "mon_ts_homeo_eta": 1.0,
    "mon_ts_homeo_every_trials": 1,
    "mon_ts_homeo_target": "initial",
    "mon_ts_gain_mV": 84.0,
    "ts_lateral_radius": 140,
    "ts_local_inh_peak_mV": 1.05,
    "ts_lateral_exc_radius": 60,
    "ts_lateral_exc_peak_mV": 1.5,
    "bg_rate_mon_hz": 18.0,
    "global_inh_to_mon_mV": 1.6,
    "test_sweeps": 10,
}

# The published smoke test is silent for every seed. Its sizes are kept; the rest is the learning
# recipe scaled to a quarter of the TS cells (radii and spread down, peaks up), with a faster rule.
_FAST: dict[str, Any] = {
    **_LEARN,
    "n_mon": 800,
    "n_ts": 80,
    "n_training_trials": 40,
    "trial_duration_s": 0.8,
    "checkpoint_trials": 10,
    "mon_to_ts_sigma": 2.7,
    "mon_ts_apre": 4e-4,
    "mon_ts_apost": -4.2e-4,
    "ts_lateral_radius": 37,
    "ts_local_inh_peak_mV": 3.9,
    "ts_lateral_exc_radius": 16,
    "ts_lateral_exc_peak_mV": 5.6,
    "test_sweeps": 2,
}

# A MON gain control that works: strong, driven by a tenth of MON. (In the published recipes its
# inhibitory cell never fires.) And cooperation that starts wide and narrows in training.
_ANNEALED: dict[str, Any] = {
    **_LEARN,
    "ll_mon_w_mean_mV": 14.0,
    "global_inh_to_mon_mV": 10.0,
    "mon_to_global_inh_p": 0.1,
    "mon_to_global_inh_drive_mV": 3.0,
    "ts_lateral_exc_radius_start": 90,
    "ts_lateral_exc_radius": 50,
    "ts_lateral_exc_peak_start_mV": 1.8,
    "ts_lateral_exc_peak_mV": 1.8,
}
_SHARP: dict[str, Any] = {**_ANNEALED, "ts_lateral_exc_peak_mV": 1.5}
_RANGE: dict[str, Any] = {
    **_ANNEALED,
    "mon_ts_gain_mV": 95.0,
    "training_distance_min_cm": 0.6,
    "training_distance_max_cm": 1.2,
}
# The same 100 places and spread along the body, each with two hair cells.
_OPPOSED: dict[str, Any] = {
    **_ANNEALED,
    "n_ll": 200,
    "ll_polarity": "opposed",
    "ll_to_mon_sigma": 30.0,
    "training_bidirectional": True,
}
_BOTH: dict[str, Any] = {**_OPPOSED, "ll_mon_polarity": "paired", "mon_ts_gain_mV": 105.0}
_VIBRATION: dict[str, Any] = {
    **_OPPOSED,
    "ll_mon_polarity": "segregated",
    "training_stimulus": "vibrating",
    "mon_ts_apre": 2.4e-4,
    "mon_ts_apost": -2.52e-4,
    "mon_ts_homeo_by_polarity": True,
    "mon_ts_gain_mV": 95.0,
}

PRESETS: dict[str, dict[str, Any]] = {
    "ll_thesis": _THESIS,
    "ll_fast": _FAST,
    "ll_map": _MAP,
    "ll_learn": _LEARN,
    "ll_sharp": _SHARP,
    "ll_range": _RANGE,
    "ll_both": _BOTH,
    "ll_vibration": _VIBRATION,
}
PRESET_TEXT = {
    "ll_thesis": "published thesis network, 100-3200-300, 1000 trials of 1.2 s",
    "ll_fast": "small network that fires and decodes, 100-800-80, 40 trials of 0.8 s",
    "ll_map": "published recipe with a working map, LL->MON STDP, 1000 trials",
    "ll_learn": "recipe in which learning improves the map, 200 trials",
    "ll_sharp": "sharper map: gain control in MON, cooperation annealed, 200 trials",
    "ll_range": "map for distances of 0.6 to 1.2 cm, 200 trials",
    "ll_both": "map for both directions: two polarities, paired in MON, 200 trials",
    "ll_vibration": "one map from two polarities, bound by a vibrating sphere, 200 trials",
}
_HARD_CONTROLS = ("rate-matched", "best-untrained", "best-untrained-rate")
# What a preset tests beside untrained and trained when the user names no controls.
DEFAULT_CONTROLS: dict[str, tuple[str, ...]] = {
    "ll_learn": ("rate-matched", "shuffled", "published"),
    **dict.fromkeys(("ll_sharp", "ll_range", "ll_both", "ll_vibration"), _HARD_CONTROLS),
}
