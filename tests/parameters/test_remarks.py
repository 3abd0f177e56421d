"""Remarks on flags without effect and on unusual values."""

import pytest

from lateralnet import preset
from lateralnet.parameters.remarks import notes_on


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"ll_mon_apre": 0.02}, "--ll-mon-apre has no effect without --use-ll-mon-stdp"),
        ({"p_ll_to_mon": 0.1}, "--p-ll-to-mon has no effect with --ll-mon-topo above 0"),
        ({"mon_ts_homeo_every_trials": 3}, "no effect with --mon-ts-homeo-eta <= 0"),
        ({"trial_duration_s": 1.2345}, "not a whole number of time steps"),
        ({"mon_ts_wmax": 0.01}, "cut at --mon-ts-wmax"),
        ({"el_mV": -50.0}, "fire without input"),
        ({"ts_lateral_radius": 200}, "spans the whole ring"),
        ({"ll_mon_use_stdp": True}, "LL->MON is frozen in the test"),
        ({"training_vibration_hz": 50.0}, "no effect without --training-stimulus vibrating"),
        (
            {
                "mon_ts_homeo_by_polarity": True,
                "ll_polarity": "opposed",
                "ll_mon_polarity": "segregated",
            },
            "--mon-ts-homeo-by-polarity has no effect with --mon-ts-homeo-eta <= 0",
        ),
    ],
)
def test_is_remarked(changes, words):
    notes = notes_on(preset("ll_thesis", **changes), changes)
    assert any(words in note for note in notes), notes


def test_the_presets_that_ship_have_no_remark_but_the_frozen_afferents():
    for mode in ("ll_thesis", "ll_fast", "ll_learn", "ll_sharp", "ll_range", "ll_both"):
        assert notes_on(preset(mode)) == []
    assert len(notes_on(preset("ll_map"))) == 1
