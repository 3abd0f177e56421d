"""What the terminal says of a run: a table of 80 columns, mean ± SD, verdicts, failed seeds."""

import math
from pathlib import Path

import numpy as np
import pytest

from lateralnet.measures.table import TERMINAL, measure_of
from lateralnet.records.results import RunResult, SeedResult
from lateralnet.runs.outcome.summary import measures_table, run_summary, summary_table
from lateralnet.runs.outcome.verdict import verdict_of
from tests.tiny import tiny


def measures(error_cm=0.3, kind="map", **others):
    filled = dict.fromkeys(TERMINAL, 0.5)
    return {
        **filled, "rms_error_cm": error_cm, "verdict": f"{kind}: RMS error {error_cm:.2f} cm",
        "ts_spikes_during_test_window": 100, "valid_fraction_body": 0.9, "active_cells": 50,
        **others,
    }  # fmt: skip


def seed_result(seed, conditions):
    params = tiny(seed=seed)
    return SeedResult(params, conditions, {}, Path("unused.npz"))


def run_result(*seeds, failed=None):
    params = tiny(seed=123)
    return RunResult(Path("Runs/x"), "ll_thesis", params, tuple(seeds), failed or {})


# Verdict


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        (0.22, 0.50, "map, but WORSE than untrained (0.50 vs 0.22 cm): RMS error 0.50 cm"),
        (0.50, 0.22, "map, better than untrained (0.22 vs 0.50 cm): RMS error 0.22 cm"),
        (0.400, 0.419, "map, no better than untrained (0.42 vs 0.40 cm): RMS error 0.42 cm"),
        (0.400, 0.421, "map, but WORSE than untrained (0.42 vs 0.40 cm): RMS error 0.42 cm"),
        (0.400, 0.381, "map, no better than untrained (0.38 vs 0.40 cm): RMS error 0.38 cm"),
        (0.400, 0.379, "map, better than untrained (0.38 vs 0.40 cm): RMS error 0.38 cm"),
    ],
)
def test_a_map_is_judged_beside_the_untrained_one(before, after, says):
    assert verdict_of({"untrained": measures(before), "trained": measures(after)}) == says


def test_no_map_where_there_was_one_is_told():
    lost = {"untrained": measures(0.22), "trained": measures(1.1, "no map")}
    assert verdict_of(lost) == "no map, but untrained has a map (0.22 cm): RMS error 1.10 cm"
    never = {"untrained": measures(1.2, "no map"), "trained": measures(1.1, "no map")}
    assert verdict_of(never) == "no map: RMS error 1.10 cm"
    alone = {"trained": measures(0.3)}
    assert verdict_of(alone) == "map: RMS error 0.30 cm"


def test_a_silent_untrained_network_is_no_rival():
    silent = measures(math.nan, "no map", verdict="no map: the layer is silent")
    found = verdict_of({"untrained": silent, "trained": measures(0.3, "weak map")})
    assert found == "weak map, where untrained is silent: RMS error 0.30 cm"
    found = verdict_of({"untrained": silent | {"rms_error_cm": None}, "trained": measures(0.3)})
    assert found.startswith("map, where untrained is silent")


# Table


@pytest.mark.parametrize("condition", ["trained", "rate-matched", "latest_seed_123_of_elsewhere"])
@pytest.mark.parametrize("seed", [1, 4_294_967_295])
def test_the_table_fits_80_columns(condition, seed):
    wide = measures(12.345, ts_rate_hz=234.5, bias_cm=-1.25, spearman=-0.99)
    lines = measures_table([(seed, condition, wide)]).splitlines()
    assert max(map(len, lines)) <= 80
    assert str(seed) in lines[3] and "234.5" in lines[3] and "-0.99" in lines[3]


def test_units_stand_below_the_headings():
    heads, units, _, _ = measures_table([(1, "trained", measures())]).splitlines()
    assert heads.split()[2:] == [measure_of(key).heading for key in TERMINAL]
    for key in TERMINAL:
        known = measure_of(key)
        end = heads.index(known.heading) + len(known.heading)
        unit = units[:end].rpartition(" ")[2] if len(units) >= end else ""
        assert unit == known.unit, key


def test_what_says_nothing_is_a_dash():
    little = measures(sigma_theta_rad=0.039, valid_fraction_body=0.03, active_cells=3)
    row = measures_table([(1, "trained", little)]).splitlines()[-1].split()
    shown = dict(zip(TERMINAL, row[2:], strict=True))
    assert shown["sigma_theta_rad"] == shown["delta_trial_rad"] == shown["spearman"] == "-"
    assert shown["rms_error_cm"] == "0.300"


def test_several_seeds_have_a_mean_and_sd_of_each_condition():
    rows = [
        (seed, condition, measures(error, spearman=order))
        for seed, error, order in ((1, 0.2, 0.9), (2, 0.4, 1.0), (3, 0.9, math.nan))
        for condition in ("untrained", "trained")
    ]
    lines = [line.split() for line in measures_table(rows).splitlines()]
    means = [line for line in lines if line[0] == "mean"]
    assert [line[1] for line in means] == ["untrained", "trained"]
    place = TERMINAL.index("rms_error_cm")
    assert means[0][2 + place] == "0.500"
    spreads = [line for line in lines if line[0] == "±"]
    assert spreads[0][2 + place] == f"{np.std([0.2, 0.4, 0.9], ddof=1):.3f}"
    order = TERMINAL.index("spearman")
    assert means[1][2 + order] == "0.95"  # over the seeds with a value
    assert "mean" not in measures_table(rows[:2])


def test_the_words_below_are_wrapped_and_name_failed_seeds():
    done = seed_result(123, {"untrained": measures(0.22), "trained": measures(0.50)})
    text = summary_table(run_result(done, failed={124: "no space left on the device " * 4}))
    assert max(map(len, text.splitlines())) <= 80
    assert "WORSE than untrained" in text and "seed 124: FAILED: no space" in text
    assert text.endswith("1 of 2 seeds (failed: 124)")
    assert "seeds" not in summary_table(run_result(done))


# Summary


def test_silent_seeds_are_left_out_of_the_statistics_and_counted():
    silent = measures(math.nan, ts_spikes_during_test_window=0, sigma_theta_rad=math.pi)
    seeds = [
        seed_result(1, {"trained": measures(0.2, sigma_theta_rad=0.3)}),
        seed_result(2, {"trained": measures(0.4, sigma_theta_rad=0.5)}),
        seed_result(3, {"trained": silent}),
    ]
    found = run_summary(run_result(*seeds), device_reason="", wall_s=1.0)["statistics"]["trained"]
    assert found["sigma_theta_rad"]["n_silent"] == 1 and found["sigma_theta_rad"]["n"] == 2
    assert found["sigma_theta_rad"]["mean"] == pytest.approx(0.4)
    assert found["rms_error_cm"]["sd"] == pytest.approx(0.2 / math.sqrt(2))
    whole = run_summary(run_result(*seeds[:2]), device_reason="", wall_s=1.0)["statistics"]
    assert whole["trained"]["sigma_theta_rad"]["n_silent"] == 0


def test_the_verdict_of_the_summary_is_the_one_of_the_terminal():
    done = seed_result(123, {"untrained": measures(0.22), "trained": measures(0.50)})
    found = run_summary(run_result(done), device_reason="", wall_s=1.0)
    assert "WORSE" in found["verdict"]
