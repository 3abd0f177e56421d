"""`lateralnet.sweep`: what a call says becomes the design and the folder that do it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import lateralnet
from lateralnet.errors import InputError, ParameterError
from lateralnet.studies import Axis, sweeping
from lateralnet.studies.sweeping import design_of, folder_of

FAST = lateralnet.preset("ll_fast")


def test_a_call_is_the_design_that_the_command_line_makes():
    made = design_of(
        lateralnet.preset("ll_fast", n_mon=400, distance_cm=2.0),
        {"mon-ts-topo": np.array([0.1, 0.2]), "distance_cm": "0.6:1.0:0.2", "n_ts": 40},
        seeds=range(123, 125), controls=["untrained", "shuffled"], plastic=False,
    )  # fmt: skip
    assert made.mode == "ll_fast" and made.seeds == (123, 124)
    assert made.fixed == {"n_mon": 400}  # the distance is varied
    assert made.axes == (
        Axis("mon_to_ts_topography_strength", (0.1, 0.2)),
        Axis("distance_cm", (0.6, 0.8)),
        Axis("n_ts", (40,)),
    )
    assert type(made.axes[0].values[0]) is float  # stored as JSON
    assert made.controls == ("shuffled",) and not made.plastic and not made.zipped
    assert made.n_points == 8


def test_seeds_are_those_of_the_parameters_when_none_are_given():
    assert design_of(replace(FAST, seed=7), {}).seeds == (7,)
    assert "seed" not in design_of(replace(FAST, seed=7), {}).fixed
    assert design_of(FAST, {}, seeds="3:6").seeds == (3, 4, 5)


def test_parameters_without_a_preset_are_all_said():
    own = lateralnet.NetworkParams(n_mon=60)
    made = design_of(own, {})
    assert lateralnet.preset(made.mode, **made.fixed) == own


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"vary": {"mon_ts_tpo": [0.1]}}, "mon_ts_tpo.*mon_ts_topo"),
        ({"vary": {"n_mon": []}}, "n_mon: the range is empty"),
        ({"vary": {"n_mon": [0]}}, "n_mon.*must be"),
        ({"vary": {}, "seeds": []}, "--seeds is empty"),
        ({"vary": {}, "controls": ["shufled"]}, "shufled.*known controls.*shuffled"),
        ({"vary": {}, "name": ".."}, "--name.*not a usable name"),
        ({"vary": {"n_mon": [60, 70], "n_ts": [12]}, "zipped": True}, "equal length"),
        ({"vary": {}, "jobs": 0}, "--jobs = 0"),
        ({"vary": {}, "jobs": 2, "workplace": object()}, "a workplace has its own number"),
        ({"vary": {}, "runs_dir": "x"}, r"sweep\(\) has no argument 'runs_dir'.*sweeps_dir"),
    ],
)
def test_what_cannot_be_is_one_sentence_and_leaves_nothing(tmp_path, arguments, words):
    with pytest.raises((InputError, ParameterError), match=words):
        lateralnet.sweep(FAST, "runtime", **{"sweeps_dir": tmp_path, **arguments})
    assert not list(tmp_path.iterdir())


def test_a_design_in_place_of_parameters_is_told_where_it_goes():
    design = design_of(FAST, {})
    with pytest.raises(InputError, match=r"not Design.*sweep_design"):
        lateralnet.sweep(design, vary={})


def test_a_folder_has_the_name_given_or_one_of_what_varies():
    one, more_seeds = design_of(FAST, {"n_ts": [40]}), design_of(FAST, {"n_ts": [40]}, seeds=[5])
    other = design_of(FAST, {"n_ts": [50]})
    assert folder_of(one) == folder_of(more_seeds) == Path("Sweeps", f"sweep-{one.short_hash}")
    assert folder_of(other) != folder_of(one)
    assert folder_of(one, "mine", "elsewhere") == Path("elsewhere/mine")


def test_everything_that_a_call_says_reaches_the_sweep(tmp_path, monkeypatch):
    seen = {}
    monkeypatch.setattr(
        sweeping, "sweep_design", lambda *arguments, **rest: seen.update(rest, given=arguments)
    )
    place, progress, note = object(), print, repr
    lateralnet.sweep(
        FAST, "runtime", vary={"n_ts": [40, 50]}, seeds=[1], name="x", sweeps_dir=tmp_path,
        workplace=place, retries=4, retry_failed=True, on_progress=progress, on_note=note,
    )  # fmt: skip
    design, folder, device = seen.pop("given")
    assert design == design_of(FAST, {"n_ts": [40, 50]}, seeds=[1])
    assert (folder, device) == (tmp_path / "x", "runtime")
    assert seen == {
        "workplace": place, "retries": 4, "retry_failed": True, "on_progress": progress,
        "on_note": note,
    }  # fmt: skip
    lateralnet.sweep(FAST, vary={}, jobs=3)
    assert seen["workplace"].window == 4


def test_an_outcome_shows_its_table(tmp_path):
    small = lateralnet.preset(
        "ll_fast", n_mon=60, n_ts=12, n_training_trials=1, trial_duration_s=0.1, test_sweeps=1
    )
    done = lateralnet.sweep(
        small, "runtime", vary={"distance_cm": [0.8, 1.2]}, seeds=[5], sweeps_dir=tmp_path,
        name="<s>",
    )  # fmt: skip
    assert repr(done) == f"<sweep {tmp_path}/<s>: 2 points computed, 0 were there, 0 failed>"
    assert {(row["distance_cm"], row["condition"]) for row in done.table.rows} == {
        (distance, condition) for distance in (0.8, 1.2) for condition in ("untrained", "trained")
    }
    shown = done._repr_html_()
    assert "&lt;s&gt;" in shown and "<s>" not in shown and "distance_cm" in shown
