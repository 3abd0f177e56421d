"""Every parameter of the model, one line each: name, default, flag, meaning, unit and range.

From this table come the validation, the command-line options, ``--help``,
``params.json`` and the flags table of the documentation, so they cannot drift apart.
Names and defaults are those of the published program (J. Goulet, LateralLine, 2026).
"""
# ruff: noqa: E501 (a table has one line a row)
# fmt: off

from __future__ import annotations

import dataclasses
import functools
from dataclasses import dataclass
from typing import Any, TypedDict

from lateralnet.parameters.spec import BOTH, TEST, Spec

GROUPS = (  # in the order in which a reader meets them
    "Network size",
    "Time and training",
    "Stimulus",
    "Lateral-line afferents (LL)",
    "Neurons",
    "LL->MON",
    "MON->TS",
    "Inhibition and lateral excitation",
    "Background",
    "Test and evaluation",
)


def _field(group: str, default: Any, flag: str, text: str, unit: str = "", **rest: Any) -> Any:
    kind = rest.pop("kind", type(default))
    spec = Spec(kind=kind, flag=flag, group=group, text=text, unit=unit, **rest)
    return dataclasses.field(default=default, metadata={"spec": spec})


_size, _time, _stimulus, _afferents, _neurons, _ll_mon, _mon_ts, _lateral, _background, _test = (
    functools.partial(_field, group) for group in GROUPS
)

_positive: dict[str, Any] = {"low": 0.0, "low_open": True}
_not_negative: dict[str, Any] = {"low": 0.0}
_unit_interval: dict[str, Any] = {"low": 0.0, "high": 1.0}
_at_least_one: dict[str, Any] = {"low": 1}


@dataclass(frozen=True)
class ParameterTable:
    """The rows; `lateralnet.parameters.params.NetworkParams` is the table with its checks."""

    n_ll: int = _size(100, "--n-ll", "number of afferents (LL), one for each hair cell", **_at_least_one)
    n_mon: int = _size(3200, "--n-mon", "number of MON cells", **_at_least_one)
    n_ts: int = _size(300, "--n-ts", "number of TS cells", **_at_least_one)
    dt_s: float = _time(0.001, "--dt-s", "time step of the simulation", "s", **_positive)
    trial_duration_s: float = _time(1.2, "--trial-duration-s", "duration of one training trial", "s", **_positive)
    n_training_trials: int = _time(200, "--n-training-trials", "number of training trials", **_not_negative)
    checkpoint_trials: int = _time(10, "--checkpoint-trials", "trials between two points of the learning curve", **_at_least_one)
    pv_eval_every_checkpoints: int = _time(2, "--pv-eval-every-checkpoints", "checkpoints between two map evaluations during training", **_at_least_one)
    checkpoint_save_every_n_checkpoints: int = _time(10, "--checkpoint-save-every-n", "checkpoints between two flushes of mid_checkpoint.npz to the disk (it is written at most once a second, and at the end)", **_at_least_one)
    training_position_hold_s: float = _time(0.05, "--training-position-hold-s", "time for which the sphere is held at each training position", "s", **_positive)
    training_noise_scale_early: float = _time(0.0, "--training-noise-early", "scale of the 10 Hz training noise before the switch", **_not_negative)
    training_noise_scale_late: float = _time(0.0, "--training-noise-late", "scale of the 10 Hz training noise after the switch", **_not_negative)
    test_ll_noise_hz: float = _test(0.0, "--test-ll-noise-hz", "white noise added to the LL rates of the test", "Hz", **_not_negative, read_by=TEST)
    training_noise_switch_fraction: float = _time(0.5, "--training-noise-switch", "fraction of training at which the noise scale switches", **_unit_interval)
    training_ordered_sweeps: bool = _time(True, "--training-ordered-sweeps", "visit training positions in ordered sweeps, not shuffled")
    training_fixed_distance: bool = _stimulus(True, "--training-fixed-distance", "hold every training snapshot at 1.5 cm")
    training_bidirectional: bool = _stimulus(False, "--training-bidirectional", "reverse the direction of motion at every other training snapshot")
    training_stimulus: str = _stimulus("held", "--training-stimulus", "training: a sphere held at each place with the flow of its motion, one that moves through the place, or one that vibrates there", choices=("held", "moving", "vibrating"))
    training_vibration_hz: float = _stimulus(100.0, "--training-vibration-hz", "frequency of a vibrating sphere", "Hz", **_positive, read_by=BOTH)
    training_vibration_amplitude: float = _stimulus(2.0, "--training-vibration-amplitude", "peak velocity of a vibrating sphere, in units of --speed-cm-s", **_positive, read_by=BOTH)
    training_distance_min_cm: float | None = _stimulus(0.8, "--training-distance-min-cm", "smallest training distance", "cm", optional=True, **_not_negative)
    training_distance_max_cm: float | None = _stimulus(1.8, "--training-distance-max-cm", "largest training distance", "cm", optional=True, **_not_negative)
    speed_cm_s: float = _stimulus(5.0, "--speed-cm-s", "speed of the sphere", "cm/s", **_positive, read_by=BOTH)
    distance_cm: float = _stimulus(1.5, "--distance-cm", "distance of the sphere from the body axis in the test", "cm", **_positive, read_by=TEST)
    direction: float = _stimulus(1.0, "--direction", "test sweep: forward (>= 0) or backward (< 0)", read_by=TEST)
    sphere_radius_cm: float = _stimulus(0.5, "--sphere-radius-cm", "radius of the sphere", "cm", **_positive, read_by=BOTH)
    ll_rate_mode: str = _afferents("raw", "--ll-rate-mode", "drive with the rate as it is, or r0 added to the modulation", choices=("raw", "modulation"), read_by=BOTH)
    ll_rate_baseline_subtract_hz: float = _afferents(0.0, "--ll-baseline-subtract-hz", "rate subtracted before the gain", "Hz", **_not_negative, read_by=BOTH)
    ll_rate_gain: float = _afferents(1.0, "--ll-rate-gain", "gain on the LL rates", **_not_negative, read_by=BOTH)
    ll_body_length_cm: float = _afferents(4.0, "--ll-body-length-cm", "length of the body that carries the neuromasts", "cm", **_positive)
    ll_sensing_axis_x: float = _afferents(-1.0, "--ll-sensing-axis-x", "sensing axis of the neuromasts, component along the body")
    ll_sensing_axis_y: float = _afferents(0.0, "--ll-sensing-axis-y", "sensing axis of the neuromasts, component across the body")
    ll_polarity: str = _afferents("single", "--ll-polarity", "one hair cell at each place, or two of opposed polarity (afferents 2k and 2k + 1)", choices=("single", "opposed"))
    ll_lesion_from_cm: float | None = _afferents(None, "--ll-lesion-from-cm", "start of a stretch of silent afferents", "cm", kind=float, optional=True, **_not_negative, read_by=BOTH)
    ll_lesion_to_cm: float | None = _afferents(None, "--ll-lesion-to-cm", "end of that stretch", "cm", kind=float, optional=True, **_not_negative, read_by=BOTH)
    ll_lesion_after_trials: int = _afferents(0, "--ll-lesion-after-trials", "training trials before the afferents fall silent; the test has them silent", **_not_negative)
    test_path_cm: float = _test(4.0, "--test-path-cm", "length of the test sweep", "cm", **_positive, read_by=TEST)
    eval_x_min_cm: float | None = _test(None, "--eval-x-min-cm", "start of the evaluation window", "cm", kind=float, optional=True, aliases=("--eval-x-min",), read_by=TEST)
    eval_x_max_cm: float | None = _test(None, "--eval-x-max-cm", "end of the evaluation window", "cm", kind=float, optional=True, aliases=("--eval-x-max",), read_by=TEST)
    decoding_window_ms: float = _test(20.0, "--decoding-window-ms", "observation time: spikes of so long a time are decoded together", "ms", **_positive, read_by=TEST)
    seed: int = _time(123, "--seed-start", "first seed", low=0, high=10**9)
    vth_mV: float = _neurons(-54.0, "--vth-mv", "spike threshold V_th", "mV")
    vreset_mV: float = _neurons(-60.0, "--vreset-mv", "reset potential V_reset", "mV")
    el_mV: float = _neurons(-74.0, "--el-mv", "resting potential E_L", "mV")
    tau_ref_ms: float = _neurons(2.0, "--tau-ref-ms", "refractory period tau_ref", "ms", **_not_negative)
    tau_m_ms: float = _neurons(10.0, "--tau-m-ms", "membrane time constant tau_m", "ms", **_positive)
    tau_s_ms: float = _neurons(2.0, "--tau-s-ms", "synaptic time constant tau_s", "ms", **_positive)
    p_ll_to_mon: float = _ll_mon(0.03, "--p-ll-to-mon", "connection probability when the topography strength is 0", **_unit_interval)
    ll_to_mon_in_degree: int = _ll_mon(3, "--ll-mon-in-degree", "LL inputs per MON cell", **_at_least_one)
    ll_to_mon_sigma: float = _ll_mon(15.0, "--ll-mon-sigma", "spread of the topographic LL inputs, in LL indices", **_positive)
    ll_to_mon_topography_strength: float = _ll_mon(0.01, "--ll-mon-topo", "fraction of LL inputs that are topographic", **_unit_interval)
    ll_mon_polarity: str = _ll_mon("mixed", "--ll-mon-polarity", "polarities that a MON cell takes: as drawn, one of the two (MON cell j: j mod 2), or both of every pair", choices=("mixed", "segregated", "paired"))
    ll_mon_w_mean_mV: float = _ll_mon(7.0, "--ll-mon-w-mean-mv", "smallest initial LL->MON weight (no STDP)", "mV", **_not_negative)
    ll_mon_w_jitter_mV: float = _ll_mon(3.0, "--ll-mon-w-jitter-mv", "range above it from which the initial weight is drawn", "mV", **_not_negative)
    ll_mon_use_stdp: bool = _ll_mon(False, "--use-ll-mon-stdp", "let LL->MON weights learn (multiplicative STDP)")
    ll_mon_apre: float = _ll_mon(0.01, "--ll-mon-apre", "LL->MON trace increment of a presynaptic spike")
    ll_mon_apost: float = _ll_mon(-0.0105, "--ll-mon-apost", "LL->MON trace increment of a postsynaptic spike")
    ll_mon_wmax_mV: float = _ll_mon(20.0, "--ll-mon-wmax-mv", "upper bound of plastic LL->MON weights", "mV", **_not_negative)
    ll_mon_w_init_mV: float = _ll_mon(10.0, "--ll-mon-w-init-mv", "smallest initial LL->MON weight with STDP", "mV", **_not_negative)
    ll_mon_w_jitter_stdp_mV: float = _ll_mon(2.0, "--ll-mon-w-jitter-stdp-mv", "range above it from which the initial weight is drawn, with STDP", "mV", **_not_negative)
    ll_mon_homeo_eta: float = _ll_mon(0.0, "--ll-mon-homeo-eta", "rate of LL->MON homeostasis (<= 0: off)")
    ll_mon_homeo_every_trials: int = _ll_mon(10, "--ll-mon-homeo-every-trials", "trials between two LL->MON homeostasis steps", **_at_least_one)
    mon_to_ts_out_degree: int = _mon_ts(16, "--mon-ts-out-degree", "TS targets per MON cell", **_at_least_one)
    mon_to_ts_sigma: float = _mon_ts(120.0, "--mon-ts-sigma", "spread of the topographic TS targets, in TS indices", **_positive)
    mon_to_ts_topography_strength: float = _mon_ts(0.05, "--mon-ts-topo", "fraction of TS targets that are topographic", **_unit_interval)
    mon_ts_apre: float = _mon_ts(0.02, "--mon-ts-apre", "MON->TS trace increment of a presynaptic spike")
    mon_ts_apost: float = _mon_ts(-0.021, "--mon-ts-apost", "MON->TS trace increment of a postsynaptic spike")
    mon_ts_wmax: float = _mon_ts(0.045, "--mon-ts-wmax", "upper bound of the MON->TS weights", **_not_negative)
    mon_ts_w_init: float = _mon_ts(0.02, "--mon-ts-w-init", "smallest initial MON->TS weight", **_not_negative)
    mon_ts_w_jitter: float = _mon_ts(0.01, "--mon-ts-w-jitter", "range above it from which the initial weight is drawn", **_not_negative)
    mon_ts_homeo_eta: float = _mon_ts(0.0, "--mon-ts-homeo-eta", "rate of MON->TS homeostasis (<= 0: off)")
    mon_ts_homeo_every_trials: int = _mon_ts(10, "--mon-ts-homeo-every-trials", "trials between two MON->TS homeostasis steps", **_at_least_one)
    mon_ts_gain_mV: float = _mon_ts(30.0, "--mon-ts-gain-mv", "EPSP per unit MON->TS weight", "mV", **_not_negative)
    mon_ts_homeo_target: str = _mon_ts("floating", "--mon-ts-homeo-target", "incoming weight sum that homeostasis aims at: mean over TS now, or mean at the start", choices=("floating", "initial"))
    mon_ts_homeo_by_polarity: bool = _mon_ts(False, "--mon-ts-homeo-by-polarity", "scale the inputs of each polarity class of MON apart")
    mon_ts_stdp_mu: float = _mon_ts(0.0, "--mon-ts-stdp-mu", "weight dependence of MON->TS STDP: 0 additive, 1 multiplicative (Guetig et al. 2003)", **_unit_interval)
    mon_ts_stdp_offset: float = _mon_ts(0.0, "--mon-ts-stdp-offset", "depression of every incoming weight at each postsynaptic spike (Kempter et al. 1999)", **_not_negative)
    keep_mon_ts_stdp_during_test: bool = _test(False, "--keep-mon-ts-stdp-during-test", "let MON->TS go on learning in the test", read_by=TEST)
    keep_ll_mon_stdp_during_test: bool = _test(False, "--keep-ll-mon-stdp-during-test", "let LL->MON go on learning in the test, as the published program does", read_by=TEST)
    test_sweeps: int = _test(1, "--test-sweeps", "test sweeps with fresh noise to average over", **_at_least_one, read_by=TEST)
    test_using_held_snapshots: bool = _test(False, "--test-using-held-snapshots", "test with held snapshots as in training, not with a sweep", read_by=TEST)
    test_stimulus: str = _test("moving", "--test-stimulus", "test: a sphere that moves past, that is held at the training places, or that vibrates while it is carried past", choices=("moving", "held", "vibrating"), read_by=TEST)
    mon_to_global_inh_p: float = _lateral(0.06, "--mon-global-inh-p", "probability that a MON cell drives the MON inhibitory cell", **_unit_interval)
    mon_to_global_inh_drive_mV: float = _lateral(0.5, "--mon-global-inh-drive-mv", "drive of a MON spike to the MON inhibitory cell", "mV", **_not_negative)
    global_inh_to_mon_mV: float = _lateral(1.4, "--mon-global-inh-mv", "inhibition of every MON cell by the MON inhibitory cell", "mV", **_not_negative)
    ts_lateral_radius: int = _lateral(14, "--ts-lateral-radius", "radius of TS lateral inhibition on the ring, in TS indices", **_at_least_one)
    ts_local_inh_peak_mV: float = _lateral(1.0, "--ts-local-inh-peak-mv", "peak of TS lateral inhibition", "mV", **_not_negative)
    ts_lateral_exc_radius: int = _lateral(0, "--ts-lateral-exc-radius", "radius of TS lateral excitation, not wrapped, in TS indices (0: off)", **_not_negative)
    ts_lateral_exc_peak_mV: float = _lateral(0.0, "--ts-lateral-exc-peak-mv", "peak of TS lateral excitation", "mV", **_not_negative)
    ts_lateral_exc_radius_start: int | None = _lateral(None, "--ts-lateral-exc-radius-start", "radius of TS lateral excitation at the start of training, shrinking to the final one", kind=int, optional=True, low=1)
    ts_lateral_exc_peak_start_mV: float | None = _lateral(None, "--ts-lateral-exc-peak-start-mv", "peak of TS lateral excitation at the start of training, changing to the final one", "mV", kind=float, optional=True, **_positive)
    use_ts_feedback_inh: bool = _lateral(False, "--use-ts-feedback-inh", "use the TS inhibitory feedback cell")
    ts_to_global_inh_p: float = _lateral(0.12, "--ts-feedback-p", "probability that a TS cell drives the TS inhibitory cell", **_unit_interval)
    ts_to_global_inh_drive_mV: float = _lateral(0.35, "--ts-feedback-drive-mv", "drive of a TS spike to the TS inhibitory cell", "mV", **_not_negative)
    global_inh_to_ts_mV: float = _lateral(0.8, "--ts-feedback-inh-mv", "inhibition of every TS cell by the TS inhibitory cell", "mV", **_not_negative)
    bg_rate_mon_hz: float = _background(22.0, "--bg-rate-mon-hz", "background spike rate onto each MON cell", "Hz", **_not_negative)
    bg_rate_ts_hz: float = _background(12.0, "--bg-rate-ts-hz", "background spike rate onto each TS cell", "Hz", **_not_negative)
    bg_w_mon_mV: float = _background(1.5, "--bg-w-mon-mv", "background EPSP in MON", "mV", **_not_negative)
    bg_w_ts_mV: float = _background(0.6, "--bg-w-ts-mv", "background EPSP in TS", "mV", **_not_negative)


class ChangesOfTest(TypedDict, total=False):
    """The rows that a test can be given another value of than the training: keywords of `lateralnet.evaluate`."""

    training_vibration_hz: float
    training_vibration_amplitude: float
    test_ll_noise_hz: float
    speed_cm_s: float
    distance_cm: float
    direction: float
    sphere_radius_cm: float
    ll_rate_mode: str
    ll_rate_baseline_subtract_hz: float
    ll_rate_gain: float
    ll_lesion_from_cm: float | None
    ll_lesion_to_cm: float | None
    test_path_cm: float
    decoding_window_ms: float
    eval_x_min_cm: float | None
    eval_x_max_cm: float | None
    keep_mon_ts_stdp_during_test: bool
    keep_ll_mon_stdp_during_test: bool
    test_sweeps: int
    test_using_held_snapshots: bool
    test_stimulus: str
