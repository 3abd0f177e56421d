"""Names of the figure files: those that the published program knows, and ours beside them."""

from __future__ import annotations

from lateralnet.parameters.params import NetworkParams

SUMMARY = "spatial_two_stage"
TEST_ONLY = "test_phase_only"
CONTROLS = "controls"

# One set per seed; the controls only where a run tested some.
KINDS: tuple[str, ...] = (
    SUMMARY,
    TEST_ONLY,
    "learning_curves",
    "llmon_weights",
    "ts_tuning",
    "mon_tuning_examples",
    "mon_ts_weight_profile",
    "mon_to_ts_receptive_fields",
    "ts_spikes_vs_x_test",
    "mon_spikes_vs_x_test",
    "ll_spikes_vs_x_test",
    "mon_ts_drive_heatmap",
    "mon_ts_drive_winner",
    "ts_pop_rate_train_test_transition",
    "decoded_position",
    "ts_rate_map",
    "ts_preferred_position",
    CONTROLS,
)

THESIS_COPIES = {
    SUMMARY: "LL_THESIS_BASELINE_ACTIVE_latest.png",
    TEST_ONLY: "LL_THESIS_BASELINE_TEST_ONLY_latest.png",
}


def figure_name(kind: str, params: NetworkParams, seed: int | None = None) -> str:
    """Return the file name of a figure; `seed` only where a run has several."""
    name = f"brian2_{kind}_u_{params.speed_cm_s:.1f}_nMON_{params.n_mon}_nTS_{params.n_ts}"
    return f"{name}.png" if seed is None else f"{name}_seed_{seed}.png"


def multiseed_name(n_seeds: int) -> str:
    """Return the file name of the figure over all seeds."""
    return f"brian2_multiseed_summary_n{n_seeds}.png"
