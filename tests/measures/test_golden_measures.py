"""Every measure of known spikes keeps its value, and every line of their table what it says."""

import dataclasses

import numpy as np
import pytest

from lateralnet.measures.body_map import body_fixed_map
from lateralnet.measures.ideal_observer import numeric_bound, sweep_bound_cm
from lateralnet.measures.quality import map_quality
from lateralnet.measures.statistics.samples import agreement, mean_of, paired, welch_t
from lateralnet.measures.table import MEASURES
from lateralnet.parameters.presets import preset
from tests.figures.figure_records import make_scene
from tests.golden_values import assert_golden, summed
from tests.measures.made_maps import ANATOMY_CM, BODY_CM, N, sweeps

KINDS = {"trained": "perfect", "untrained": "random", "shuffled": "few", "published": "silent"}
NOISY = {"peak_hz": 15.0, "width_cm": 0.6, "floor_hz": 2.0}


def plain(value):
    """Return what a golden file holds of a value: numbers as they are, arrays summed up."""
    if dataclasses.is_dataclass(value):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    return summed(value) if isinstance(value, np.ndarray) else value


def test_measures_of_made_up_records():
    found = make_scene(KINDS, test_sweeps=3).measures
    assert_golden("measures", {name: dict(measures) for name, measures in found.items()})


@pytest.mark.parametrize("kind", ["noisy", "folded", "far", "shifted"])
def test_quality_of_noisy_maps(kind):
    centre_cm = {
        "noisy": ANATOMY_CM,
        "folded": np.concatenate([ANATOMY_CM[::2], ANATOMY_CM[::-2]]),
        "far": np.roll(ANATOMY_CM, N // 3),
        "shifted": ANATOMY_CM,
    }[kind]
    recordings = sweeps(centre_cm[::4], count=3, **NOISY)
    if kind == "shifted":  # no two sweeps pass the same places
        recordings = [
            dataclasses.replace(one, x_cm=one.x_cm + 0.013 * k) for k, one in enumerate(recordings)
        ]
    found = map_quality(recordings, body_length_cm=BODY_CM, n_shuffles=20, seed=5)
    body = body_fixed_map(recordings, body_length_cm=BODY_CM)  # with its own number of shuffles
    assert_golden(f"quality_{kind}", {**plain(found), "alone": plain(body)})


def test_bounds_of_the_ideal_observer():
    found = {
        mode: {
            "middle": plain(numeric_bound(preset(mode), window_s=0.02)),
            "back": plain(numeric_bound(preset(mode, direction=-1.0), window_s=0.02, x_cm=0.3)),
            "faint": plain(numeric_bound(preset(mode, ll_rate_gain=0.01), window_s=0.02)),
            "sweep": sweep_bound_cm(preset(mode), window_s=0.02),
        }
        for mode in ("ll_thesis", "ll_learn")
    }
    assert_golden("ideal_observer", found)


def test_statistics_of_samples():
    values, others = [0.2, 0.5, 0.4, 0.9, 0.3, 0.7], [0.4, 0.6, 0.7, 0.8, 0.9, 0.7]
    found = {
        "mean": {
            **plain(mean_of(values)),
            "low": mean_of(values).low,
            "high": mean_of(values).high,
        },
        "paired": plain(paired(values, others, low_is_good=True)),
        "welch": list(welch_t(values, others)),
        "agreement": plain(agreement(values, others)),
    }
    assert_golden("samples", found)


def test_the_table_says_what_it_said():
    found = {
        key: {
            "unit": row.unit, "low_is_good": row.low_is_good, "perfect": row.perfect,
            "bounds": list(row.bounds), "digits": row.digits, "heading": row.heading,
            "needs": row.needs, "judged": row.judged, "axis": row.axis,
        }
        for key, row in MEASURES.items()
    }  # fmt: skip
    assert_golden("table_of_measures", found, rel=1e-6)
