"""Combinations of parameters that cannot mean anything are refused here."""

from __future__ import annotations

from lateralnet.errors import ParameterError
from lateralnet.parameters.table import ParameterTable

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
    if sweep_s < DECODING_WINDOW_S:
        raise ParameterError(
            f"the test sweep lasts {sweep_s * 1e3:g} ms (--test-path-cm {p.test_path_cm:g} / "
            f"--speed-cm-s {p.speed_cm_s:g}), less than the {DECODING_WINDOW_S * 1e3:g} ms in "
            "which rates are decoded; lengthen the path or lower the speed."
        )
    if p.vreset_mV >= p.vth_mV:
        raise ParameterError(
            f"--vreset-mv = {p.vreset_mV:g} mV must be below --vth-mv = {p.vth_mV:g} mV."
        )


def sweep_ends_cm(p: ParameterTable) -> tuple[float, float]:
    """Where the test sweep starts and ends on the body axis, in cm (0.5 cm before the body)."""
    if p.direction >= 0:
        return -0.5, -0.5 + p.test_path_cm
    return p.ll_body_length_cm + 0.5, p.ll_body_length_cm + 0.5 - p.test_path_cm
