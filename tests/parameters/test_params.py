"""The table of parameters against the published one, and its ranges."""

import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lateralnet import NetworkParams, preset
from lateralnet.errors import ParameterError
from lateralnet.parameters.params import parameter_names, params_from_dict, spec_of
from lateralnet.parameters.preset_table import PRESETS

PUBLISHED = json.loads((Path(__file__).parents[1] / "golden/published_parameters.json").read_text())


@pytest.mark.parametrize("row", PUBLISHED, ids=lambda row: row["field"])
def test_names_flags_defaults_and_thesis_values_are_the_published_ones(row):
    spec = spec_of(row["field"])
    assert spec.flag == row["flag"]
    assert list(spec.aliases) == ([row["alias"]] if row["alias"] else [])
    assert getattr(NetworkParams(), row["field"]) == row["default"]
    assert getattr(preset("ll_thesis"), row["field"]) == row["ll_thesis"]


@pytest.mark.parametrize("row", PUBLISHED, ids=lambda row: row["field"])
def test_the_range_is_the_published_one(row):
    spec, allowed = spec_of(row["field"]), row["values"]
    if allowed == "switch":
        assert spec.kind is bool
    elif allowed.startswith("≥"):
        bound = float(allowed.split()[1].rstrip(";"))
        if row["field"] == "direction":  # its "≥ 0" says which way, not what is allowed
            assert spec.low is None
        else:
            # Larger seeds do not fit into the whole numbers of an array with every offset.
            highest = 10**9 if row["field"] == "seed" else None
            assert (spec.low, spec.low_open, spec.high) == (bound, False, highest)
    elif allowed == "> 0":
        assert (spec.low, spec.low_open) == (0.0, True)
    elif allowed == "0…1":
        assert (spec.low, spec.high) == (0.0, 1.0)
    elif allowed == "raw, modulation":
        assert spec.choices == ("raw", "modulation")


@pytest.mark.parametrize("name", parameter_names())
def test_nan_infinity_and_values_outside_are_refused_with_flag_value_and_range(name):
    spec = spec_of(name)
    wrong = [math.nan, math.inf, "many"] if spec.kind is not bool else ["perhaps", 2]
    if spec.kind is int:
        wrong.append(2.5)
    if spec.low is not None:
        wrong.append(spec.low if spec.low_open else spec.low - 1)
    if spec.high is not None:
        wrong.append(spec.high + 1)
    for value in wrong:
        with pytest.raises(ParameterError) as refused:
            spec.check(name, value)
        message = str(refused.value)
        assert spec.flag in message and repr(value) in message and spec.range_text in message


def test_an_unknown_name_suggests_the_nearest():
    with pytest.raises(ParameterError, match="distance_cm"):
        preset("ll_thesis", distanc_cm=1.0)
    with pytest.raises(ParameterError, match="ll_fast"):
        preset("ll_fats")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"eval_x_min_cm": 1.0}, "go together"),
        ({"eval_x_min_cm": 2.0, "eval_x_max_cm": 1.0}, "must be above"),
        ({"eval_x_min_cm": 10.0, "eval_x_max_cm": 12.0}, "outside the test path"),
        ({"training_distance_min_cm": 1.5, "training_distance_max_cm": 0.6}, "swap them"),
        ({"dt_s": 0.05}, "overshoot"),
        ({"test_path_cm": 0.05}, "lasts 10 ms"),
        ({"vreset_mV": -50.0}, "below --vth-mv"),
        ({"training_position_hold_s": 0.0001}, "one time step"),
        ({"ll_polarity": "opposed", "n_ll": 99}, "--n-ll must be even, not 99"),
        ({"ll_mon_polarity": "paired"}, "add --ll-polarity opposed"),
        (
            {
                "ll_polarity": "opposed",
                "ll_mon_polarity": "segregated",
                "ll_to_mon_topography_strength": 0.0,
            },
            "--ll-mon-topo above 0",
        ),
        (
            {"ll_polarity": "opposed", "ll_mon_polarity": "paired", "ll_to_mon_in_degree": 9},
            "--ll-mon-in-degree must be even, not 9",
        ),
        ({"mon_ts_homeo_by_polarity": True}, "add --ll-mon-polarity segregated"),
        ({"training_stimulus": "vibrating", "training_vibration_hz": 501.0}, "at most 500 Hz"),
        ({"test_stimulus": "vibrating", "training_vibration_hz": 501.0}, "at most 500 Hz"),
        ({"test_stimulus": "vibrating", "test_using_held_snapshots": True}, "exclude each other"),
        ({"ll_lesion_from_cm": 1.0}, "go together"),
        ({"ll_lesion_from_cm": 2.0, "ll_lesion_to_cm": 1.0}, "must be above --ll-lesion-from-cm"),
        ({"ts_lateral_exc_radius_start": 90}, "must be above 0"),
        (
            {
                "ts_lateral_exc_radius": 60,
                "ts_lateral_exc_peak_mV": 1.0,
                "ts_lateral_exc_radius_start": 40,
            },
            "cooperation shrinks in training",
        ),
        ({"decoding_window_ms": 2000.0}, "less than --decoding-window-ms = 2000 ms"),
        ({"decoding_window_ms": 0.5}, "at least one time step"),
    ],
)
def test_combinations_that_mean_nothing_are_refused(changes, words):
    with pytest.raises(ParameterError, match=words):
        preset("ll_thesis", **changes)


@pytest.mark.parametrize("mode", PRESETS)
def test_presets_are_valid_and_differ_from_the_defaults_only_where_they_say(mode):
    changed = {
        name
        for name, default in NetworkParams().as_dict().items()
        if getattr(preset(mode), name) != default
    }
    assert changed <= set(PRESETS[mode])


@given(st.integers(0, 10**6), st.sampled_from([0.3, 0.73, 0.8, 1.2]), st.sampled_from([1e-3, 7e-4]))
def test_trials_tile_the_time_axis(trial, duration_s, dt_s):
    params = NetworkParams(trial_duration_s=duration_s, dt_s=dt_s)
    steps = params.trial_start_step(trial + 1) - params.trial_start_step(trial)
    assert abs(steps - duration_s / dt_s) < 1


def test_stored_parameters_come_back_and_foreign_ones_are_named():
    params = preset("ll_map", seed=7, eval_x_min_cm=0.5, eval_x_max_cm=3.5)
    stored = json.loads(json.dumps(params.as_dict()))
    assert params_from_dict(stored, source="x") == params
    with pytest.raises(ParameterError, match=r"file\.json.*n_monn.*n_mon"):
        params_from_dict({**stored, "n_monn": 3}, source="file.json")
