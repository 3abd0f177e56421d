"""Comparing devices: the statistics against SciPy, and the comparison of cpp and runtime."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest
from scipy import special, stats

from backends.base import Report
from backends.cpp.device import CppBackend
from lateralnet.devices import comparison as comparing
from lateralnet.devices.comparison import agrees, compare, render_comparison
from lateralnet.errors import InputError, SimulationError
from lateralnet.measures.agreement import agreement, incomplete_beta
from lateralnet.simulation.session import DeviceOptions

SMALL = {"n_mon": 200, "n_ts": 40, "n_ll": 40, "trial_duration_s": 0.4, "test_sweeps": 1}
needs_compiler = pytest.mark.skipif(
    not CppBackend().probe(DeviceOptions().build_options()).usable,
    reason="device cpp cannot run here: no compiler",
)


@pytest.mark.parametrize("a", [0.5, 1.0, 9.5, 60.0])
@pytest.mark.parametrize("b", [0.5, 2.0, 9.5])
def test_incomplete_beta_equals_scipy(a, b):
    for x in (0.0, 1e-9, 0.1, 0.5, 0.97, 1.0):
        assert incomplete_beta(a, b, x) == pytest.approx(special.betainc(a, b, x), abs=1e-13)


def test_agreement_equals_scipy():
    rng = np.random.default_rng(0)
    for shift, scale in ((0.0, 1.0), (0.4, 1.0), (0.0, 3.0), (-2.0, 0.2)):
        a, b = shift + scale * rng.normal(size=20), rng.normal(size=20)
        found, welch = agreement(a, b), stats.ttest_ind(a, b, equal_var=False)
        assert (found.t, found.p_mean) == pytest.approx((welch.statistic, welch.pvalue), rel=1e-9)
        f = a.var(ddof=1) / b.var(ddof=1)
        p = 2 * min(stats.f.sf(f, 19, 19), stats.f.cdf(f, 19, 19))
        assert (found.f, found.p_variance) == pytest.approx((f, p), rel=1e-9)
        pooled = np.sqrt((a.var(ddof=1) + b.var(ddof=1)) / 2)
        assert found.effect == pytest.approx((a.mean() - b.mean()) / pooled)


def test_agreement_of_equal_and_of_constant_samples():
    same = agreement([1.0, 2.0, 3.0], [1.0, 2.0, 3.0])
    assert (same.t, same.p_mean, same.f, same.p_variance, same.effect, same.n_equal) == (
        0.0, 1.0, 1.0, 1.0, 0.0, 3
    )  # fmt: skip
    constant = agreement([2.0, 2.0], [2.0, 2.0])
    assert (constant.t, constant.f, constant.p_mean) == (0.0, 1.0, 1.0)
    assert agreement([2.0, 2.0], [1.0, 1.0]).p_mean == 0.0
    assert agreement([1.0, 2.0], [1.0, 1.0]).p_variance == 0.0


@needs_compiler
def test_cpp_and_runtime_agree():
    found = compare(["cpp", "runtime"], seeds=2, mode="ll_map", trials=2, **SMALL)
    assert found["reference"] == "cpp"
    assert json.loads(json.dumps(found))["exact"] == found["exact"]
    assert len(found["exact"]) == 2 * len(comparing.exact_cases())
    assert all(row["alike"] and not row["unequal_spikes"] for row in found["exact"])
    assert agrees(found)
    rows = {(row["measure"], row["device"]): row for row in found["statistics"]}
    assert set(rows) == {(m, d) for m in comparing.MEASURES for d in ("cpp", "runtime")}
    rates = rows["mon_rate_hz", "runtime"]
    assert rates["n_equal"] == 2 and rates["mean"] > 1.0 and rates["sd"] > 0.0
    text = render_comparison(found)
    assert "TS rate in training (Hz)" in text and "NOT ALIKE" not in text


def test_a_device_that_differs_is_told(monkeypatch):
    plain = comparing.run_case(comparing.noisy_case(n_steps=50), DeviceOptions(device="runtime"))
    w = plain.state["mon_ts.w"].copy()
    w[0] += 1e-9
    moved = dataclasses.replace(plain, state={**plain.state, "mon_ts.w": w})
    results = {"runtime": plain, "cpp": moved}
    monkeypatch.setattr(comparing, "run_case", lambda case, options: results[options.device])
    monkeypatch.setattr(comparing, "probe", lambda name, options: Report(name, "ready", "works"))
    found = compare(["runtime", "cpp"], seeds=0)
    assert [row["alike"] for row in found["exact"]][:2] == [True, False]
    assert not agrees(found) and "NOT ALIKE" in render_comparison(found)
    ll = plain.spikes["ll"]
    late = dataclasses.replace(ll, step=ll.step + 1)
    results["cpp"] = dataclasses.replace(plain, spikes={**plain.spikes, "ll": late})
    found = compare(["runtime", "cpp"], seeds=0)
    assert found["exact"][1]["unequal_spikes"] == ["ll"] and not agrees(found)


def test_unusable_devices_get_a_row_with_the_reason(monkeypatch):
    def missing(name, options):
        return Report(name, "missing", f"no {name} in this house")

    monkeypatch.setattr(comparing, "probe", missing)
    found = compare(["cuda", "genn"])
    assert found["reference"] is None and found["exact"] == []
    text = render_comparison(found)
    assert "no cuda in this house" in text and "No device of these can run here" in text


def test_a_device_that_fails_is_named_and_the_others_go_on(monkeypatch):
    def fails(case, options):
        if options.precision == "float32":
            raise SimulationError("the simulation was killed")
        return run_case(case, options)

    run_case = comparing.run_case
    monkeypatch.setattr(comparing, "run_case", fails)
    cases = {"noisy": comparing.noisy_case(n_steps=50)}
    monkeypatch.setattr(comparing, "exact_cases", lambda: cases)
    found = compare(["runtime", "runtime:float32"], seeds=0)
    assert found["errors"] == {"runtime:float32": "the simulation was killed"}
    assert [row["device"] for row in found["exact"]] == ["runtime"]
    assert not agrees(found)
    assert "runtime:float32: FAILED: the simulation was killed" in render_comparison(found)


def test_unknown_names_are_refused():
    with pytest.raises(InputError, match=r"unknown device 'gen'.*Did you mean genn"):
        compare(["cpp", "gen"])
    with pytest.raises(InputError, match="unknown precision 'float16'"):
        compare(["cpp:float16"])
