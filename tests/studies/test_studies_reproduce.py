"""The published studies: what is stored of them, and how they are compared."""

import importlib.util
import math
import statistics
from pathlib import Path

import pytest

from lateralnet.errors import InputError
from lateralnet.studies.design import EXTRACT, Design
from lateralnet.studies.recipes import SCALES, recipe, recipes
from lateralnet.studies.reproduction import (
    comparison,
    designs_of,
    plans,
    reproduce,
    with_ratios,
)
from lateralnet.studies.reproduction_text import report_rows, report_text
from lateralnet.studies.results.table import read_table
from lateralnet.studies.sweeps import sweep_design
from lateralnet.studies.tasks import points_of, tasks_of
from tests.tiny import TINY


@pytest.mark.parametrize("name", recipes())
@pytest.mark.parametrize("scale", SCALES)
def test_recipes_are_points_that_can_run(name, scale):
    chosen = recipe(name)
    points = [p for design in chosen.designs[scale] for p in points_of(design, {})]
    assert points
    trials = {point.base.n_training_trials for point in points}
    if chosen.published:
        for point in points[:3]:
            assert point.test_params.keep_ll_mon_stdp_during_test  # as the published program does
        assert trials == ({10_000} if scale == "full" else {300})
    assert scale == "full" or len(tasks_of(points)) * max(trials) <= 4200  # minutes


@pytest.mark.parametrize("name", recipes())
def test_every_published_number_has_a_point(name):
    """No published row names a combination that the recipe never runs."""
    chosen = recipe(name)
    combinations = [
        {**design.fixed, **values}
        for design in chosen.designs["full"]
        for values in design.combinations()
    ]
    for row in chosen.published:
        assert row["condition"] in ("trained", EXTRACT)
        usual = {"test.sphere_radius_cm": 0.5, "test.speed_cm_s": 5.0, "direction": 1.0}
        assert any(
            all(one.get(k, usual.get(k)) == v for k, v in row["at"].items()) for one in combinations
        ), row["at"]


def test_published_means_are_those_of_their_seeds():
    checked = 0
    for chosen in recipes().values():
        for row in chosen.published:
            if "values" in row:
                assert statistics.mean(row["values"]) == pytest.approx(
                    row["sigma_theta_rad"], abs=2e-3
                )
                assert statistics.stdev(row["values"]) == pytest.approx(row["sd"], abs=2e-3)
                assert len(row["values"]) == row["n"]
                checked += 1
    assert checked == 11


def test_what_cannot_be_right_is_said():
    for chosen in recipes().values():
        if not chosen.published:
            continue
        text = " ".join(chosen.remarks)
        assert "initial" in text and "LL->MON" in text
        if "sigma_theta_rad" in chosen.measures:
            assert "0.356" in text
    assert "220 mV" in " ".join(recipe("mon-size").remarks)


def test_the_perfect_map_scores_the_floor():
    """The sentence about the floor is what the metric does."""
    import numpy as np

    from lateralnet.measures.decoding import population_vector
    from lateralnet.measures.table import PERFECT_SIGMA_THETA_RAD

    t_s = np.arange(0.0, 1.0, 0.001)
    x_cm = -0.5 + 5.0 * t_s
    index = np.clip(np.round(299 * x_cm / 4.0), 0, 299).astype(int)
    found = population_vector(
        t_s + 0.0005, index, 300, t_s, x_cm, start_s=0.0, dt_s=0.001, n_bins=100
    )
    assert found.sigma_theta == pytest.approx(PERFECT_SIGMA_THETA_RAD, abs=2e-3)


def test_gain_times_size_is_constant():
    (scaled, _) = recipe("mon-size").designs["full"]
    products = {one["n_mon"] * one["mon_ts_gain_mV"] for one in scaled.combinations()}
    assert products == {3200 * 220.0}


def test_stimuli_are_tested_without_retraining():
    chosen = recipe("stimulus")
    points = [p for design in chosen.designs["small"] for p in points_of(design, {})]
    assert len(tasks_of(points)) == len(chosen.designs["small"][0].seeds)
    assert len(points) == 6 * len(tasks_of(points))


@pytest.fixture(scope="module")
def reproduced(tmp_path_factory):
    """The stimulus study with a tiny network, all else as it is."""
    from dataclasses import replace

    folder = tmp_path_factory.mktemp("sweeps") / "s"
    chosen = recipe("stimulus")
    small = tuple(
        replace(design, fixed={**design.fixed, **TINY, "test_sweeps": 1}, seeds=(3, 4))
        for design in chosen.designs["small"]
    )
    chosen = replace(chosen, designs={"small": small, "full": small})
    return (chosen, folder, *reproduce(chosen, "small", folder, "cpp"))


def test_published_reproduced_and_untrained_stand_side_by_side(reproduced):
    chosen, _, table, report = reproduced
    assert report["seeds"] == [3, 4] and not report["failed"]
    published = [
        row for row in report["rows"]
        if row["published"] and row["measure"] == "sigma_theta_rad"
    ]  # fmt: skip
    assert sorted(row["published"]["mean"] for row in published) == sorted(
        row["sigma_theta_rad"] for row in chosen.published
    )
    for row in published:
        values = table.values("sigma_theta_rad", EXTRACT, row["parameters"])
        assert row["condition"] == EXTRACT and set(row["values"]) <= {"3", "4"}
        if row["reproduced"]["n"] == 2:
            assert row["reproduced"]["mean"] == pytest.approx(sum(values.values()) / 2)
    text = report_text(report)
    assert max(map(len, text.splitlines())) <= 80
    words = " ".join(text.split())
    for remark in chosen.remarks:
        assert remark in words
    assert "published" in words and "untrained" in words and "seeds 3, 4" in words
    head, *rows = report_rows(report)
    assert len(rows) == len(report["rows"]) and len(head) == 3 + 7


def test_ratios_of_ts_and_ll_and_none_for_a_silent_layer(reproduced):
    _, _, table, _ = reproduced
    ours = with_ratios(table)
    row = next(row for row in ours.rows if row["ts_spikes_during_test_window"] > 0)
    assert row["sharpening"] == row["sigma_theta_ll_rad"] / row["sigma_theta_rad"]
    assert row["trial_variability"] == row["delta_trial_rad"] / row["delta_trial_ll_rad"]
    from dataclasses import replace

    silent = replace(table, rows=(dict(row, ts_spikes_during_test_window=0.0),))
    assert math.isnan(with_ratios(silent).rows[0]["sharpening"])
    assert {"sharpening", "trial_variability"} <= set(ours.measures)


def test_a_lesion_in_the_test_alone_needs_no_training_of_its_own():
    designs = recipe("lesion").designs["full"]
    for design in designs[:2]:
        points = list(points_of(design, {}))
        assert len({p.training_id for p in points}) == len(design.seeds) == len(points) // 2
        assert {p.test_params.ll_lesion_to_cm for p in points} == {None, 2.5}
        assert {p.params.ll_lesion_to_cm for p in points} == {None}
    retrained = next(iter(points_of(designs[2], {})))
    assert retrained.params.ll_lesion_after_trials == retrained.params.n_training_trials // 2


def test_what_a_reproduction_would_do_is_told_without_doing_it(tmp_path):
    from lateralnet.simulation.session import DeviceOptions

    found = plans(
        recipe("sharpening"), "small", tmp_path / "s", DeviceOptions(device="cpp"), seeds=(1,)
    )
    assert [len(one.points) for one in found] == [10] and [len(one.tasks) for one in found] == [1]
    assert found[0].estimate.cpu_s > 0 and not (tmp_path / "s").exists()


def test_a_reproduction_goes_on_where_it_was(reproduced):
    chosen, folder, _, _ = reproduced
    before = {path: path.stat().st_mtime_ns for path in folder.glob("points/*/*.json")}
    reproduce(chosen, "small", folder, "cpp")
    assert before == {path: path.stat().st_mtime_ns for path in folder.glob("points/*/*.json")}


def test_means_agree_within_two_standard_errors(tmp_path):
    from dataclasses import replace

    from tests.studies.fake_work import WORK

    chosen = recipe("topography")
    design = replace(chosen.designs["small"][0], mode="ll_fast")
    sweep_design(design, tmp_path / "s", "runtime", work=WORK)
    table = read_table(tmp_path / "s")
    spread = {123: -0.05, 124: 0.0, 125: 0.05}
    for offset, agrees in ((0.0, True), (0.3, False)):
        rows = tuple(
            dict(row, condition=EXTRACT, sigma_theta_rad=0.353 + offset + spread[row["seed"]])
            for row in table.rows if row["condition"] == "trained"
        )  # fmt: skip
        report = comparison(chosen, "small", replace(table, rows=rows))
        (row,) = (
            row for row in report["rows"]
            if row["condition"] == EXTRACT and row["measure"] == "sigma_theta_rad"
            and row["parameters"]["mon_to_ts_topography_strength"] == 0.2
        )  # fmt: skip
        assert row["agrees"] is agrees


def test_wrong_names_and_scales():
    with pytest.raises(InputError, match="Did you mean topography"):
        recipe("topografy")
    with pytest.raises(InputError, match="small or full"):
        reproduce(recipe("topography"), "huge", None)
    other = designs_of(recipe("topography"), "small", (5,))
    assert {design.seeds for design in other} == {(5,)}
    assert isinstance(other[0], Design) and math.isfinite(other[0].n_points)


def test_the_page_has_the_tables_of_the_committed_results():
    root = Path(__file__).parents[2]
    spec = importlib.util.spec_from_file_location("tables", root / "benchmarks/studies/tables.py")
    tables = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tables)
    text = (root / "docs/published.md").read_text()
    shown = text.split(tables.BEGIN)[1].split(tables.END)[0].strip()
    assert shown == tables.tables().strip() and "| sigma_theta, published" in shown
