"""Remarks on a configuration: flags without effect, and values that mean something unusual."""

from __future__ import annotations

from collections.abc import Callable, Collection

from lateralnet.parameters.params import NetworkParams, spec_of

_LL_STDP = (
    "ll_mon_apre",
    "ll_mon_apost",
    "ll_mon_wmax_mV",
    "ll_mon_w_init_mV",
    "ll_mon_w_jitter_stdp_mV",
    "ll_mon_homeo_eta",
    "ll_mon_homeo_every_trials",
    "keep_ll_mon_stdp_during_test",
)
_FEEDBACK = ("ts_to_global_inh_p", "ts_to_global_inh_drive_mV", "global_inh_to_ts_mV")
_DISTANCES = ("training_distance_min_cm", "training_distance_max_cm")
_NO_HOMEOSTASIS = "with --mon-ts-homeo-eta <= 0"
_SWEEP = ("distance_cm", "direction")

# (flags, when they have no effect, why)
_WITHOUT_EFFECT: tuple[tuple[tuple[str, ...], Callable[[NetworkParams], bool], str], ...] = (
    (_LL_STDP, lambda p: not p.ll_mon_use_stdp, "without --use-ll-mon-stdp"),
    (
        ("ll_mon_w_mean_mV", "ll_mon_w_jitter_mV"),
        lambda p: p.ll_mon_use_stdp,
        "with --use-ll-mon-stdp, which has its own initial weights",
    ),
    (
        ("ll_mon_homeo_every_trials",),
        lambda p: p.ll_mon_use_stdp and p.ll_mon_homeo_eta <= 0,
        "with --ll-mon-homeo-eta <= 0",
    ),
    (
        ("mon_ts_homeo_every_trials", "mon_ts_homeo_target"),
        lambda p: p.mon_ts_homeo_eta <= 0,
        _NO_HOMEOSTASIS,
    ),
    (_FEEDBACK, lambda p: not p.use_ts_feedback_inh, "without --use-ts-feedback-inh"),
    (_DISTANCES, lambda p: p.training_fixed_distance, "with --training-fixed-distance"),
    (
        ("p_ll_to_mon",),
        lambda p: p.ll_to_mon_topography_strength > 0,
        "with --ll-mon-topo above 0",
    ),
    (
        ("ll_to_mon_in_degree", "ll_to_mon_sigma"),
        lambda p: p.ll_to_mon_topography_strength <= 0,
        "with --ll-mon-topo 0",
    ),
    (_SWEEP, lambda p: p.test_is_held, "in a test with held snapshots"),
    (
        ("training_vibration_hz", "training_vibration_amplitude"),
        lambda p: "vibrating" not in (p.training_stimulus, p.test_stimulus),
        "without --training-stimulus vibrating (or --test-stimulus)",
    ),
    (
        ("ll_lesion_after_trials",),
        lambda p: p.ll_lesion_from_cm is None,
        "without --ll-lesion-from-cm and --ll-lesion-to-cm",
    ),
    (("mon_ts_homeo_by_polarity",), lambda p: p.mon_ts_homeo_eta <= 0, _NO_HOMEOSTASIS),
    (
        ("ts_lateral_exc_radius", "ts_lateral_exc_peak_mV"),
        lambda p: p.ts_lateral_exc_radius == 0 or p.ts_lateral_exc_peak_mV == 0,
        "unless both radius and peak are above 0",
    ),
)


def notes_on(params: NetworkParams, given: Collection[str] = ()) -> list[str]:
    """Return remarks, one sentence each.

    Parameters
    ----------
    params : NetworkParams
        The resolved configuration.
    given : collection of str
        Fields that the user set on purpose; flags without effect are remarked among these.
    """
    notes = []
    for names, has_no_effect, why in _WITHOUT_EFFECT:
        unused = [spec_of(name).flag for name in names if name in given]
        if unused and has_no_effect(params):
            notes.append(f"{', '.join(unused)} has no effect {why}.")
    return notes + _unusual(params)


def _unusual(p: NetworkParams) -> list[str]:
    notes = []
    if abs(p.steps_per_trial - round(p.steps_per_trial)) > 1e-9:
        notes.append(
            f"a trial of {p.trial_duration_s:g} s is not a whole number of time steps of "
            f"{p.dt_s:g} s; trial borders are rounded."
        )
    if p.el_mV >= p.vth_mV:
        notes.append(
            f"the resting potential {p.el_mV:g} mV is not below the threshold {p.vth_mV:g} mV: "
            "all cells fire without input."
        )
    if p.ll_mon_use_stdp and not p.keep_ll_mon_stdp_during_test:
        notes.append(
            "LL->MON is frozen in the test, as MON->TS is; the published program lets it go on "
            "learning there (--keep-ll-mon-stdp-during-test)."
        )
    if p.mon_ts_w_init + p.mon_ts_w_jitter > p.mon_ts_wmax:
        notes.append(f"initial MON->TS weights are cut at --mon-ts-wmax = {p.mon_ts_wmax:g}.")
    if 2 * p.ts_lateral_radius > p.n_ts > 1:
        notes.append(
            f"--ts-lateral-radius {p.ts_lateral_radius} spans the whole ring of {p.n_ts} TS "
            "cells: each cell inhibits every other once."
        )
    return notes
