"""Combinations of parameters that cannot mean anything are refused here."""

from __future__ import annotations

from lateralnet.errors import ParameterError
from lateralnet.parameters.table import ParameterTable

FIXED_DISTANCE_CM = 1.5  # of --training-fixed-distance
DECODING_WINDOW_S = 0.02  # the box in which rates are smoothed, and spikes counted, to decode


def check_together(p: ParameterTable) -> None:
    """Refuse combinations that cannot mean anything."""
    if (p.eval_x_min_cm is None) != (p.eval_x_max_cm is None):
        raise ParameterError(
            "--eval-x-min-cm and --eval-x-max-cm go together: give both or neither."
        )
    if p.eval_x_min_cm is not None and p.eval_x_max_cm is not None:
        if p.eval_x_max_cm <= p.eval_x_min_cm:
            raise ParameterError(
                f"--eval-x-max-cm = {p.eval_x_max_cm:g} cm must be above "
                f"--eval-x-min-cm = {p.eval_x_min_cm:g} cm."
            )
        first, last = sweep_ends_cm(p)
        if p.eval_x_max_cm <= min(first, last) or p.eval_x_min_cm >= max(first, last):
            raise ParameterError(
                f"the evaluation window {p.eval_x_min_cm:g} to {p.eval_x_max_cm:g} cm lies outside "
                f"the test path {min(first, last):g} to {max(first, last):g} cm; "
                "move --eval-x-min-cm/--eval-x-max-cm or change --test-path-cm."
            )
    low, high = p.training_distance_min_cm, p.training_distance_max_cm
    if not p.training_fixed_distance and low is not None and high is not None and low > high:
        raise ParameterError(
            f"--training-distance-min-cm = {low:g} cm is above --training-distance-max-cm = "
            f"{high:g} cm; swap them, or set one of them to none."
        )
    for flag, tau_ms in (("--tau-s-ms", p.tau_s_ms), ("--tau-m-ms", p.tau_m_ms)):
        if p.dt_s * 1e3 > tau_ms:
            raise ParameterError(
                f"--dt-s = {p.dt_s:g} s is longer than {flag} = {tau_ms:g} ms: the Euler step "
                f"would overshoot; use --dt-s <= {tau_ms / 1e3:g}."
            )
    if p.training_position_hold_s < p.dt_s or p.trial_duration_s < p.dt_s:
        raise ParameterError(
            f"--training-position-hold-s and --trial-duration-s must be at least one time step "
            f"(--dt-s = {p.dt_s:g} s)."
        )
    sweep_s = p.test_path_cm / p.speed_cm_s
    if sweep_s < p.decoding_window_ms * 1e-3:
        raise ParameterError(
            f"the test sweep lasts {sweep_s * 1e3:g} ms (--test-path-cm {p.test_path_cm:g} / "
            f"--speed-cm-s {p.speed_cm_s:g}), less than --decoding-window-ms = "
            f"{p.decoding_window_ms:g} ms in which rates are decoded; lengthen the path, lower the "
            "speed, or shorten the window."
        )
    if p.decoding_window_ms * 1e-3 < p.dt_s:
        raise ParameterError(
            f"--decoding-window-ms = {p.decoding_window_ms:g} ms must be at least one time step "
            f"(--dt-s = {p.dt_s:g} s)."
        )
    _check_sphere(p)
    if p.ll_sensing_axis_x == 0 and p.ll_sensing_axis_y == 0:
        raise ParameterError(
            "--ll-sensing-axis-x and --ll-sensing-axis-y are both 0: an axis without a direction "
            "senses nothing; give one of them another value."
        )
    if p.ll_mon_use_stdp and p.ll_to_mon_topography_strength == 0 and p.p_ll_to_mon == 0:
        raise ParameterError(
            "--use-ll-mon-stdp with --ll-mon-topo 0 and --p-ll-to-mon 0: there are no LL->MON "
            "synapses that could learn; raise one of them."
        )
    _check_polarities(p)
    _check_vibration(p)
    _check_lesion(p)
    _check_cooperation(p)
    if p.vreset_mV >= p.vth_mV:
        raise ParameterError(
            f"--vreset-mv = {p.vreset_mV:g} mV must be below --vth-mv = {p.vth_mV:g} mV."
        )


def _check_sphere(p: ParameterTable) -> None:
    """Refuse a sphere that overlaps the body, where no flow formula holds."""
    nearest = {"the test": (p.distance_cm, "--distance-cm")}
    if p.n_training_trials and p.training_fixed_distance:
        nearest["training"] = (FIXED_DISTANCE_CM, "--no-training-fixed-distance and distances")
    elif p.n_training_trials and p.training_distance_min_cm is not None:
        nearest["training"] = (p.training_distance_min_cm, "--training-distance-min-cm")
    for phase, (distance_cm, flag) in nearest.items():
        if distance_cm < p.sphere_radius_cm:
            raise ParameterError(
                f"--sphere-radius-cm = {p.sphere_radius_cm:g} cm: the sphere would overlap the "
                f"body at a distance of {distance_cm:g} cm in {phase}; give a smaller radius, or "
                f"{flag} of at least {p.sphere_radius_cm:g} cm."
            )


def _check_polarities(p: ParameterTable) -> None:
    opposed = p.ll_polarity == "opposed"
    if opposed and p.n_ll % 2:
        raise ParameterError(
            f"--ll-polarity opposed puts two hair cells at each place, so --n-ll must be even, not "
            f"{p.n_ll}."
        )
    if p.ll_mon_polarity != "mixed":
        if not opposed:
            raise ParameterError(
                f"--ll-mon-polarity {p.ll_mon_polarity} needs afferents of both polarities: add "
                "--ll-polarity opposed (and an --n-ll of two for each place)."
            )
        if p.ll_to_mon_topography_strength <= 0:
            raise ParameterError(
                f"--ll-mon-polarity {p.ll_mon_polarity} needs an in-degree: give --ll-mon-topo "
                "above 0."
            )
    if p.ll_mon_polarity == "paired" and p.ll_to_mon_in_degree % 2:
        raise ParameterError(
            f"--ll-mon-polarity paired takes afferents two by two, so --ll-mon-in-degree must be "
            f"even, not {p.ll_to_mon_in_degree}."
        )
    if p.mon_ts_homeo_by_polarity and p.ll_mon_polarity != "segregated":
        raise ParameterError(
            "--mon-ts-homeo-by-polarity needs MON cells of one polarity each: add "
            "--ll-mon-polarity segregated."
        )


def _check_vibration(p: ParameterTable) -> None:
    if p.test_using_held_snapshots and p.test_stimulus == "vibrating":
        raise ParameterError(
            "--test-using-held-snapshots and --test-stimulus vibrating exclude each other: give "
            "one of them."
        )
    if "vibrating" not in (p.training_stimulus, p.test_stimulus):
        return
    fastest_hz = 0.5 / p.dt_s
    if p.training_vibration_hz > fastest_hz:
        raise ParameterError(
            f"--training-vibration-hz = {p.training_vibration_hz:g} Hz is faster than time steps "
            f"of {p.dt_s:g} s can show: it must be at most {fastest_hz:g} Hz (or lower --dt-s)."
        )


def _check_lesion(p: ParameterTable) -> None:
    first, last = p.ll_lesion_from_cm, p.ll_lesion_to_cm
    if (first is None) != (last is None):
        raise ParameterError(
            "--ll-lesion-from-cm and --ll-lesion-to-cm go together: give both or neither."
        )
    if first is not None and last is not None and not first < last:
        raise ParameterError(
            f"--ll-lesion-to-cm = {last:g} cm must be above --ll-lesion-from-cm = {first:g} cm."
        )


def _check_cooperation(p: ParameterTable) -> None:
    radius, peak_mV = p.ts_lateral_exc_radius_start, p.ts_lateral_exc_peak_start_mV
    if radius is None and peak_mV is None:
        return
    if p.ts_lateral_exc_radius == 0 or p.ts_lateral_exc_peak_mV == 0:
        raise ParameterError(
            "--ts-lateral-exc-radius-start and --ts-lateral-exc-peak-start-mv change lateral "
            "excitation towards its final values: --ts-lateral-exc-radius and "
            "--ts-lateral-exc-peak-mv must be above 0."
        )
    if radius is not None and radius < p.ts_lateral_exc_radius:
        raise ParameterError(
            f"--ts-lateral-exc-radius-start = {radius} is below --ts-lateral-exc-radius = "
            f"{p.ts_lateral_exc_radius}: cooperation shrinks in training; swap them, or leave the "
            "start out."
        )


def sweep_ends_cm(p: ParameterTable) -> tuple[float, float]:
    """Where the test sweep starts and ends on the body axis, in cm (0.5 cm before the body)."""
    if p.direction >= 0:
        return -0.5, -0.5 + p.test_path_cm
    return p.ll_body_length_cm + 0.5, p.ll_body_length_cm + 0.5 - p.test_path_cm
