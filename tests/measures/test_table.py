"""The table of measures against real results, and what its readers take from it."""

import math

import numpy as np
import pytest

from lateralnet.measures import table
from lateralnet.measures.evaluation import measures_of
from lateralnet.measures.table import MEASURES, documented, measure_of, shown_value
from lateralnet.studies.learning.evidence import comparisons
from lateralnet.studies.results.summarise import best_in_words, summary_rows, summary_text
from lateralnet.studies.results.table import Table
from tests.figures.figure_records import make_scene

VIEWS = ("TERMINAL", "OVER_SEEDS", "OF_SWEEPS", "OF_CONTROLS", "OF_EVIDENCE")
OF_THE_RATE_MATCHED = {"weight_scale", "target_ts_rate_hz", "rate_reached"}
OF_A_STUDY = {"sharpening", "trial_variability"}  # ratios of two numbers of a result


@pytest.fixture(scope="module")
def results():
    """Measures of a perfect, a random, a nearly silent and a silent map."""
    kinds = {"trained": "perfect", "untrained": "random", "shuffled": "few", "published": "silent"}
    return make_scene(kinds, test_sweeps=3).measures


def test_every_number_of_a_result_is_in_the_table_within_its_bounds(results):
    walked = 0
    for condition, measures in results.items():
        for key, value in measures.items():
            if key in table.REPEATED_PARAMETERS or key == "verdict":
                continue
            known = measure_of(key)
            assert known.source, f"{key} is not in the table of measures"
            low, high = known.bounds
            if math.isfinite(value):
                assert low <= value <= high, (condition, key, value)
                walked += 1
    assert walked > 100


def test_every_line_of_the_table_is_a_number_of_a_result(results):
    for measures in results.values():
        assert set(MEASURES) - OF_THE_RATE_MATCHED - OF_A_STUDY <= set(measures)


def test_a_perfect_map_scores_perfectly_and_a_random_one_worse(results):
    perfect, random = results["trained"], results["untrained"]
    for key in ("rms_error_cm", "median_error_cm", "spearman", "cells_near_diagonal"):
        known = measure_of(key)
        assert perfect[key] == pytest.approx(known.perfect, abs=0.1)
        worse = random[key] > perfect[key] if known.low_is_good else random[key] < perfect[key]
        assert worse, key


def test_what_is_perfect_lies_in_the_bounds_at_the_good_end():
    for known in MEASURES.values():
        low, high = known.bounds
        assert low < high
        if known.perfect is not None:
            assert low <= known.perfect <= high, known.key
        if known.low_is_good is False and math.isfinite(high):
            assert known.perfect == high, known.key


def test_keys_are_unique_and_views_show_what_exists():
    assert len(table._ROWS) == len(MEASURES)
    for view in VIEWS:
        keys = getattr(table, view)
        assert len(set(keys)) == len(keys)
        assert all(measure_of(key).source for key in keys)
    headings = [measure_of(key).heading for key in table.TERMINAL]
    assert all(headings) and len(set(headings)) == len(headings)


def test_a_key_carries_its_unit():
    for known in MEASURES.values():
        for suffix in ("cm", "rad"):
            assert known.key.endswith(f"_{suffix}") == (known.unit == suffix), known.key
        if "_hz" in known.key:
            assert known.unit == "Hz"


def test_chance_levels_come_from_their_measure():
    assert measure_of("rms_error_cm_chance").unit == "cm"
    assert measure_of("spearman_chance").bounds == (-1.0, 1.0)
    assert measure_of("spearman_chance_sd").bounds == (0.0, math.inf)
    p = measure_of("rms_error_cm_p")
    assert (p.unit, p.bounds, p.low_is_good, p.digits) == ("", (0.0, 1.0), None, 3)
    unknown = measure_of("something_chance")
    assert (unknown.title, unknown.source, unknown.low_is_good) == ("something_chance", "", None)
    assert unknown.show(0.12345) == "0.123" and unknown.bounds == (-math.inf, math.inf)


def test_axes_have_a_unit_or_bounds():
    assert measure_of("rms_error_cm").axis == "RMS error (cm)"
    assert measure_of("rms_error_cm").judged == "Error of the decoded position: low is good"
    assert measure_of("spearman").axis == "Spearman correlation (−1 to 1)"
    assert measure_of("spearman").judged == "Order of the preferred places: high is good"
    assert measure_of("mean_modes").axis == "peaks per cell"
    assert measure_of("mean_modes").judged == "Peaks of TS tuning"


def test_numbers_are_shown_with_their_digits():
    assert measure_of("rms_error_cm").show(0.12345) == "0.123"
    assert measure_of("active_cells").show(7) == "7"
    assert measure_of("spearman").show(math.nan) == "-"
    assert measure_of("spearman").show(None, nothing="–") == "–"


def test_what_says_nothing_is_not_shown(results):
    few = results["shuffled"]
    assert few["valid_fraction_body"] < 0.5 and math.isfinite(few["sigma_theta_rad"])
    for key in ("sigma_theta_rad", "delta_trial_rad", "sigma_bias_rad", "spearman"):
        assert math.isnan(shown_value(key, few)), key
    assert shown_value("rms_error_cm", few) == few["rms_error_cm"]
    perfect = results["trained"]
    for key in table.TERMINAL:
        assert shown_value(key, perfect) == perfect[key]
    assert shown_value("sigma_theta_rad", perfect | {"valid_fraction_body": 0.5}) > 0
    assert math.isnan(shown_value("sigma_theta_rad", perfect | {"valid_fraction_body": 0.499}))
    assert math.isnan(shown_value("spearman", perfect | {"active_cells": 9}))
    assert shown_value("spearman", perfect | {"active_cells": 10}) == perfect["spearman"]
    assert math.isnan(shown_value("spearman", {}))
    assert shown_value("sigma_theta_rad", {"sigma_theta_rad": 0.4}) == 0.4  # of old files


def test_sweeps_count_the_seeds_in_which_it_is_better():
    rows = tuple(
        {"point": f"p{seed}", "seed": seed, "condition": condition, "topo": 0.1, **values}
        for seed in (1, 2, 3)
        for condition, values in (
            ("trained", {"spearman": 0.9, "rms_error_cm": 0.2, "ts_rate_hz": 9.0}),
            ("untrained", {"spearman": 0.5 + 0.25 * (seed == 3) * 2, "rms_error_cm": 0.1 * seed,
                           "ts_rate_hz": 10.0}),
        )
    )  # fmt: skip
    measures = ("spearman", "rms_error_cm", "ts_rate_hz")
    found = summary_rows(Table(("topo",), measures, rows, 0, {}, ()), measures)
    last = {row[1]: row[-1] for row in found if row[2] == "trained"}
    assert last == {
        "Spearman correlation (−1 to 1)": "better in 2 of 3",
        "RMS error (cm)": "better in 1 of 3",
        "TS rate (Hz)": "lower in 3 of 3",
    }


def test_the_best_combination_is_told_with_its_seeds_and_that_it_was_chosen():
    rows = tuple(
        {"point": f"{topo} {seed}", "seed": seed, "condition": condition, "topo": topo,
         "rms_error_cm": error_cm + 0.01 * seed}
        for topo in (0.1, 0.4) for seed in (1, 2, 3)
        for condition, error_cm in (("untrained", 0.9), ("trained", 0.8 - topo))
    )  # fmt: skip
    words = best_in_words(Table(("topo",), ("rms_error_cm",), rows, 0, {}, ()))
    assert words.startswith("Lowest RMS error, trained: 0.420 cm (95 % interval 0.395 to 0.445, 3")
    assert "at topo 0.4; minus untrained -0.500" in words and "better in 3 of 3." in words
    assert "the best of 2 combinations on the seeds that chose it" in words
    alone = tuple(row for row in rows if row["topo"] == 0.1)
    assert "chose" not in best_in_words(Table(("topo",), ("rms_error_cm",), alone, 0, {}, ()))
    silent = tuple({**row, "rms_error_cm": None} for row in rows)
    assert best_in_words(Table(("topo",), ("rms_error_cm",), silent, 0, {}, ())) == ""


def test_the_summary_of_a_sweep_fits_80_columns():
    keys = ("cells_near_diagonal", "ts_rate_hz")
    rows = tuple(
        {"point": f"p{seed}", "seed": seed, "condition": condition, "test.distance_cm": distance,
         "mon_to_ts_topography_strength": 0.25, **dict.fromkeys(keys, 0.1 * seed + shift)}
        for seed in range(1, 11) for distance in (0.6, 0.8)
        for condition, shift in (("untrained", 0.0), ("rate-matched", 0.123), ("trained", -0.2))
    )  # fmt: skip
    varied = ("mon_to_ts_topography_strength", "test.distance_cm")
    text = summary_text(Table(varied, keys, rows, 0, {}, ()), keys)
    lines = text.splitlines()
    assert max(map(len, lines)) <= 80
    whole = "mon_to_ts_topography_strength 0.25, test.distance_cm 0.6, cells_near_diagonal"
    place = lines.index(whole)
    assert lines[place + 1].strip() == "(high is good)"
    assert lines[place + 4].split()[:2] == ["trained", "0.350"]
    assert lines[place + 4].endswith("0 of 10")
    assert "0 of 10 low" in text and "10 of 10 low" in text  # rates have no better way


def test_an_interval_of_a_correlation_in_a_sweep_ends_at_one():
    rows = tuple(
        {"point": f"p{k}", "seed": k, "condition": "trained", "topo": 0.1, "spearman": value}
        for k, value in enumerate((0.99, 0.80, 0.98))
    )
    (_, row) = summary_rows(Table(("topo",), ("spearman",), rows, 0, {}, ()), ("spearman",))
    assert row[4].endswith("to 1.000")


def test_the_evidence_compares_in_the_direction_of_the_table():
    results = [
        {"seed": seed, "conditions": {
            "trained": dict.fromkeys(table.OF_EVIDENCE, 0.2 + 0.01 * seed),
            "untrained": dict.fromkeys(table.OF_EVIDENCE, 0.5),
        }} for seed in range(4)
    ]  # fmt: skip
    for key, found in comparisons(results).items():
        better = 4 if measure_of(key).low_is_good else 0
        assert found["untrained"]["n_better"] == better, key


def test_the_page_of_the_documentation_has_a_line_for_each():
    lines = documented().splitlines()
    assert len(lines) == len(MEASURES) + 2
    (row,) = (line for line in lines if "`sigma_theta_rad`" in line)
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert cells[1:] == ["Published: spread of the bias", "rad", "0", "", "low", "0.356",
                         "LateralLine (J. Goulet, 2026)"]  # fmt: skip


def test_measures_are_computed_over_all_sweeps(results):
    scene = make_scene(test_sweeps=3)
    test = scene.record.tests["trained"]
    assert measures_of(test, scene.params)["rms_error_cm"] == results["trained"]["rms_error_cm"]
    assert np.isfinite(results["trained"]["bayes_rms_error_cm"])
