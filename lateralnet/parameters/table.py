"""Every parameter of the model: name, unit, range, flag and meaning in one table.

From this table come the validation, the command-line options, ``--help``,
``params.json`` and the flags table of the README, so they cannot drift apart.
Names and defaults are those of the published program (J. Goulet, LateralLine, 2026).
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from lateralnet.errors import ParameterError, nearest_names
from lateralnet.parameters.rules import check_together
from lateralnet.parameters.spec import GROUPS, Spec


def _field(default: Any, flag: str, group: int, text: str, unit: str = "", **rest: Any) -> Any:
    kind = rest.pop("kind", type(default))
    spec = Spec(kind=kind, flag=flag, group=GROUPS[group], text=text, unit=unit, **rest)
    return dataclasses.field(default=default, metadata={"spec": spec})


_positive: dict[str, Any] = {"low": 0.0, "low_open": True}
_not_negative: dict[str, Any] = {"low": 0.0}
_unit_interval: dict[str, Any] = {"low": 0.0, "high": 1.0}
_at_least_one: dict[str, Any] = {"low": 1}
_LENGTH_CM: dict[str, Any] = {"kind": float, "optional": True, "unit": "cm"}


@dataclass(frozen=True)
class NetworkParams:
    """All parameters of one network and its run (see the table below for units and ranges).

    Raises
    ------
    ParameterError
        When a value is outside its range, naming the flag, the value and the range.
    """

    n_ll: int = _field(100, "--n-ll", 0, "number of neuromasts (LL afferents)", **_at_least_one)
    n_mon: int = _field(3200, "--n-mon", 0, "number of MON cells", **_at_least_one)
    n_ts: int = _field(300, "--n-ts", 0, "number of TS cells", **_at_least_one)
    dt_s: float = _field(0.001, "--dt-s", 1, "time step of the simulation", "s", **_positive)
    trial_duration_s: float = _field(
        1.2, "--trial-duration-s", 1, "duration of one training trial", "s", **_positive
    )
    n_training_trials: int = _field(
        200, "--n-training-trials", 1, "number of training trials", **_not_negative
    )
    checkpoint_trials: int = _field(
        10,
        "--checkpoint-trials",
        1,
        "trials between two points of the learning curve",
        **_at_least_one,
    )
    pv_eval_every_checkpoints: int = _field(
        2,
        "--pv-eval-every-checkpoints",
        1,
        "checkpoints between two map evaluations during training",
        **_at_least_one,
    )
    checkpoint_save_every_n_checkpoints: int = _field(
        10,
        "--checkpoint-save-every-n",
        1,
        "checkpoints between two flushes of mid_checkpoint.npz to the disk "
        "(it is written after every segment)",
        **_at_least_one,
    )
    training_position_hold_s: float = _field(
        0.05,
        "--training-position-hold-s",
        1,
        "time for which the sphere is held at each training position",
        "s",
        **_positive,
    )
    training_noise_scale_early: float = _field(
        0.0,
        "--training-noise-early",
        1,
        "scale of the 10 Hz training noise before the switch",
        **_not_negative,
    )
    training_noise_scale_late: float = _field(
        0.0,
        "--training-noise-late",
        1,
        "scale of the 10 Hz training noise after the switch",
        **_not_negative,
    )
    test_ll_noise_hz: float = _field(
        0.0,
        "--test-ll-noise-hz",
        9,
        "white noise added to the LL rates of the test",
        "Hz",
        **_not_negative,
    )
    training_noise_switch_fraction: float = _field(
        0.5,
        "--training-noise-switch",
        1,
        "fraction of training at which the noise scale switches",
        **_unit_interval,
    )
    training_ordered_sweeps: bool = _field(
        True,
        "--training-ordered-sweeps",
        1,
        "visit training positions in ordered sweeps, not shuffled",
    )
    training_fixed_distance: bool = _field(
        True, "--training-fixed-distance", 2, "hold every training snapshot at 1.5 cm"
    )
    training_bidirectional: bool = _field(
        False,
        "--training-bidirectional",
        2,
        "reverse the direction of motion at every other training snapshot",
    )
    training_distance_min_cm: float | None = _field(
        0.8, "--training-distance-min-cm", 2, "smallest training distance", low=0.0, **_LENGTH_CM
    )
    training_distance_max_cm: float | None = _field(
        1.8, "--training-distance-max-cm", 2, "largest training distance", low=0.0, **_LENGTH_CM
    )
    speed_cm_s: float = _field(5.0, "--speed-cm-s", 2, "speed of the sphere", "cm/s", **_positive)
    distance_cm: float = _field(
        1.5,
        "--distance-cm",
        2,
        "distance of the sphere from the body axis in the test",
        "cm",
        **_positive,
    )
    direction: float = _field(1.0, "--direction", 2, "test sweep: forward (>= 0) or backward (< 0)")
    sphere_radius_cm: float = _field(
        0.5, "--sphere-radius-cm", 2, "radius of the sphere", "cm", **_positive
    )
    ll_rate_mode: str = _field(
        "raw",
        "--ll-rate-mode",
        3,
        "drive with the rate as it is, or r0 added to the modulation",
        choices=("raw", "modulation"),
    )
    ll_rate_baseline_subtract_hz: float = _field(
        0.0,
        "--ll-baseline-subtract-hz",
        3,
        "rate subtracted before the gain",
        "Hz",
        **_not_negative,
    )
    ll_rate_gain: float = _field(1.0, "--ll-rate-gain", 3, "gain on the LL rates", **_not_negative)
    ll_body_length_cm: float = _field(
        4.0,
        "--ll-body-length-cm",
        3,
        "length of the body that carries the neuromasts",
        "cm",
        **_positive,
    )
    ll_sensing_axis_x: float = _field(
        -1.0, "--ll-sensing-axis-x", 3, "sensing axis of the neuromasts, component along the body"
    )
    ll_sensing_axis_y: float = _field(
        0.0, "--ll-sensing-axis-y", 3, "sensing axis of the neuromasts, component across the body"
    )
    test_path_cm: float = _field(
        4.0, "--test-path-cm", 9, "length of the test sweep", "cm", **_positive
    )
    eval_x_min_cm: float | None = _field(
        None,
        "--eval-x-min-cm",
        9,
        "start of the evaluation window",
        aliases=("--eval-x-min",),
        **_LENGTH_CM,
    )
    eval_x_max_cm: float | None = _field(
        None,
        "--eval-x-max-cm",
        9,
        "end of the evaluation window",
        aliases=("--eval-x-max",),
        **_LENGTH_CM,
    )
    seed: int = _field(123, "--seed-start", 1, "first seed", **_not_negative)
    vth_mV: float = _field(-54.0, "--vth-mv", 4, "spike threshold V_th", "mV")
    vreset_mV: float = _field(-60.0, "--vreset-mv", 4, "reset potential V_reset", "mV")
    el_mV: float = _field(-74.0, "--el-mv", 4, "resting potential E_L", "mV")
    tau_ref_ms: float = _field(
        2.0, "--tau-ref-ms", 4, "refractory period tau_ref", "ms", **_not_negative
    )
    tau_m_ms: float = _field(
        10.0, "--tau-m-ms", 4, "membrane time constant tau_m", "ms", **_positive
    )
    tau_s_ms: float = _field(
        2.0, "--tau-s-ms", 4, "synaptic time constant tau_s", "ms", **_positive
    )
    p_ll_to_mon: float = _field(
        0.03,
        "--p-ll-to-mon",
        5,
        "connection probability when the topography strength is 0",
        **_unit_interval,
    )
    ll_to_mon_in_degree: int = _field(
        3, "--ll-mon-in-degree", 5, "LL inputs per MON cell", **_at_least_one
    )
    ll_to_mon_sigma: float = _field(
        15.0, "--ll-mon-sigma", 5, "spread of the topographic LL inputs, in LL indices", **_positive
    )
    ll_to_mon_topography_strength: float = _field(
        0.01, "--ll-mon-topo", 5, "fraction of LL inputs that are topographic", **_unit_interval
    )
    ll_mon_w_mean_mV: float = _field(
        7.0,
        "--ll-mon-w-mean-mv",
        5,
        "smallest initial LL->MON weight (no STDP)",
        "mV",
        **_not_negative,
    )
    ll_mon_w_jitter_mV: float = _field(
        3.0,
        "--ll-mon-w-jitter-mv",
        5,
        "range above it from which the initial weight is drawn",
        "mV",
        **_not_negative,
    )
    ll_mon_use_stdp: bool = _field(
        False, "--use-ll-mon-stdp", 5, "let LL->MON weights learn (multiplicative STDP)"
    )
    ll_mon_apre: float = _field(
        0.01, "--ll-mon-apre", 5, "LL->MON trace increment of a presynaptic spike"
    )
    ll_mon_apost: float = _field(
        -0.0105, "--ll-mon-apost", 5, "LL->MON trace increment of a postsynaptic spike"
    )
    ll_mon_wmax_mV: float = _field(
        20.0, "--ll-mon-wmax-mv", 5, "upper bound of plastic LL->MON weights", "mV", **_not_negative
    )
    ll_mon_w_init_mV: float = _field(
        10.0,
        "--ll-mon-w-init-mv",
        5,
        "smallest initial LL->MON weight with STDP",
        "mV",
        **_not_negative,
    )
    ll_mon_w_jitter_stdp_mV: float = _field(
        2.0,
        "--ll-mon-w-jitter-stdp-mv",
        5,
        "range above it from which the initial weight is drawn, with STDP",
        "mV",
        **_not_negative,
    )
    ll_mon_homeo_eta: float = _field(
        0.0, "--ll-mon-homeo-eta", 5, "rate of LL->MON homeostasis (<= 0: off)"
    )
    ll_mon_homeo_every_trials: int = _field(
        10,
        "--ll-mon-homeo-every-trials",
        5,
        "trials between two LL->MON homeostasis steps",
        **_at_least_one,
    )
    mon_to_ts_out_degree: int = _field(
        16, "--mon-ts-out-degree", 6, "TS targets per MON cell", **_at_least_one
    )
    mon_to_ts_sigma: float = _field(
        120.0,
        "--mon-ts-sigma",
        6,
        "spread of the topographic TS targets, in TS indices",
        **_positive,
    )
    mon_to_ts_topography_strength: float = _field(
        0.05, "--mon-ts-topo", 6, "fraction of TS targets that are topographic", **_unit_interval
    )
    mon_ts_apre: float = _field(
        0.02, "--mon-ts-apre", 6, "MON->TS trace increment of a presynaptic spike"
    )
    mon_ts_apost: float = _field(
        -0.021, "--mon-ts-apost", 6, "MON->TS trace increment of a postsynaptic spike"
    )
    mon_ts_wmax: float = _field(
        0.045, "--mon-ts-wmax", 6, "upper bound of the MON->TS weights", **_not_negative
    )
    mon_ts_w_init: float = _field(
        0.02, "--mon-ts-w-init", 6, "smallest initial MON->TS weight", **_not_negative
    )
    mon_ts_w_jitter: float = _field(
        0.01,
        "--mon-ts-w-jitter",
        6,
        "range above it from which the initial weight is drawn",
        **_not_negative,
    )
    mon_ts_homeo_eta: float = _field(
        0.0, "--mon-ts-homeo-eta", 6, "rate of MON->TS homeostasis (<= 0: off)"
    )
    mon_ts_homeo_every_trials: int = _field(
        10,
        "--mon-ts-homeo-every-trials",
        6,
        "trials between two MON->TS homeostasis steps",
        **_at_least_one,
    )
    mon_ts_gain_mV: float = _field(
        30.0, "--mon-ts-gain-mv", 6, "EPSP per unit MON->TS weight", "mV", **_not_negative
    )
    mon_ts_homeo_target: str = _field(
        "floating",
        "--mon-ts-homeo-target",
        6,
        "incoming weight sum that homeostasis aims at: mean over TS now, or mean at the start",
        choices=("floating", "initial"),
    )
    mon_ts_stdp_mu: float = _field(
        0.0,
        "--mon-ts-stdp-mu",
        6,
        "weight dependence of MON->TS STDP: 0 additive, 1 multiplicative (Guetig et al. 2003)",
        **_unit_interval,
    )
    mon_ts_stdp_offset: float = _field(
        0.0,
        "--mon-ts-stdp-offset",
        6,
        "depression of every incoming weight at each postsynaptic spike (Kempter et al. 1999)",
        **_not_negative,
    )
    keep_mon_ts_stdp_during_test: bool = _field(
        False, "--keep-mon-ts-stdp-during-test", 9, "let MON->TS go on learning in the test"
    )
    keep_ll_mon_stdp_during_test: bool = _field(
        False,
        "--keep-ll-mon-stdp-during-test",
        9,
        "let LL->MON go on learning in the test, as the published program does",
    )
    test_sweeps: int = _field(
        1, "--test-sweeps", 9, "test sweeps with fresh noise to average over", **_at_least_one
    )
    test_using_held_snapshots: bool = _field(
        False,
        "--test-using-held-snapshots",
        9,
        "test with held snapshots as in training, not with a sweep",
    )
    mon_to_global_inh_p: float = _field(
        0.06,
        "--mon-global-inh-p",
        7,
        "probability that a MON cell drives the MON inhibitory cell",
        **_unit_interval,
    )
    mon_to_global_inh_drive_mV: float = _field(
        0.5,
        "--mon-global-inh-drive-mv",
        7,
        "drive of a MON spike to the MON inhibitory cell",
        "mV",
        **_not_negative,
    )
    global_inh_to_mon_mV: float = _field(
        1.4,
        "--mon-global-inh-mv",
        7,
        "inhibition of every MON cell by the MON inhibitory cell",
        "mV",
        **_not_negative,
    )
    ts_lateral_radius: int = _field(
        14,
        "--ts-lateral-radius",
        7,
        "radius of TS lateral inhibition on the ring, in TS indices",
        **_at_least_one,
    )
    ts_local_inh_peak_mV: float = _field(
        1.0, "--ts-local-inh-peak-mv", 7, "peak of TS lateral inhibition", "mV", **_not_negative
    )
    ts_lateral_exc_radius: int = _field(
        0,
        "--ts-lateral-exc-radius",
        7,
        "radius of TS lateral excitation, not wrapped, in TS indices (0: off)",
        **_not_negative,
    )
    ts_lateral_exc_peak_mV: float = _field(
        0.0, "--ts-lateral-exc-peak-mv", 7, "peak of TS lateral excitation", "mV", **_not_negative
    )
    use_ts_feedback_inh: bool = _field(
        False, "--use-ts-feedback-inh", 7, "use the TS inhibitory feedback cell"
    )
    ts_to_global_inh_p: float = _field(
        0.12,
        "--ts-feedback-p",
        7,
        "probability that a TS cell drives the TS inhibitory cell",
        **_unit_interval,
    )
    ts_to_global_inh_drive_mV: float = _field(
        0.35,
        "--ts-feedback-drive-mv",
        7,
        "drive of a TS spike to the TS inhibitory cell",
        "mV",
        **_not_negative,
    )
    global_inh_to_ts_mV: float = _field(
        0.8,
        "--ts-feedback-inh-mv",
        7,
        "inhibition of every TS cell by the TS inhibitory cell",
        "mV",
        **_not_negative,
    )
    bg_rate_mon_hz: float = _field(
        22.0,
        "--bg-rate-mon-hz",
        8,
        "background spike rate onto each MON cell",
        "Hz",
        **_not_negative,
    )
    bg_rate_ts_hz: float = _field(
        12.0, "--bg-rate-ts-hz", 8, "background spike rate onto each TS cell", "Hz", **_not_negative
    )
    bg_w_mon_mV: float = _field(
        1.5, "--bg-w-mon-mv", 8, "background EPSP in MON", "mV", **_not_negative
    )
    bg_w_ts_mV: float = _field(
        0.6, "--bg-w-ts-mv", 8, "background EPSP in TS", "mV", **_not_negative
    )

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            checked = spec_of(field.name).check(field.name, getattr(self, field.name))
            object.__setattr__(self, field.name, checked)
        check_together(self)

    @property
    def steps_per_trial(self) -> float:
        """Trial duration in time steps (whole for the presets)."""
        return self.trial_duration_s / self.dt_s

    def trial_start_step(self, trial: int) -> int:
        """First time step of training trial `trial`; trial `n` starts where trial `n - 1` ends."""
        return round(trial * self.trial_duration_s / self.dt_s)

    def as_dict(self) -> dict[str, Any]:
        """All fields as a flat dictionary, as ``params.json`` stores them."""
        return dataclasses.asdict(self)


_SPECS: dict[str, Spec] = {
    field.name: field.metadata["spec"] for field in dataclasses.fields(NetworkParams)
}


def spec_of(name: str) -> Spec:
    """Return the `Spec` of a parameter; raise `ParameterError` naming close ones if unknown."""
    try:
        return _SPECS[name]
    except KeyError:
        raise ParameterError(
            f"unknown parameter {name!r}.{nearest_names(name, _SPECS)} "
            "`lateralnet params` lists them all."
        ) from None


def parameter_names() -> tuple[str, ...]:
    """Names of all parameters in the order of the published table."""
    return tuple(_SPECS)


def params_from_dict(values: dict[str, Any], *, source: str) -> NetworkParams:
    """Build parameters from a stored dictionary, naming `source` in every complaint.

    Names that this version does not know are refused; missing ones take their default, so
    that files of the published program load.
    """
    for name in values:
        if name not in _SPECS:
            raise ParameterError(
                f"{source}: unknown parameter {name!r}.{nearest_names(name, _SPECS)}"
            )
    try:
        return NetworkParams(**values)
    except ParameterError as error:
        raise ParameterError(f"{source}: {error}") from None
