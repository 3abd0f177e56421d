"""Whole networks against whole runs of the published program, in their statistics."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from backends.cpp.device import CppBackend
from lateralnet.simulation.session import DeviceOptions

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
CPP = DeviceOptions(device="cpp")
needs_compiler = pytest.mark.skipif(
    not CppBackend().probe(CPP.build_options()).usable,
    reason="device cpp cannot run here: no compiler",
)


@pytest.fixture
def script(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import agreement_published

    yield agreement_published
    for name in ("agreement_published", "measuring"):
        sys.modules.pop(name, None)


@needs_compiler
@pytest.mark.slow
@pytest.mark.parametrize(
    ("group", "n_seeds"),
    [
        ("ll_thesis, 30 trials", 12),
        ("ll_thesis, 200 trials", 8),
        ("ll_map untrained, topography 0.1", 8),
        ("ll_map untrained, topography 0.2", 8),
        ("ll_map untrained, topography 0.4", 8),
        ("ll_map untrained, topography 0.8", 8),
    ],
)
def test_statistics_of_the_published_runs(script, group, n_seeds):
    published = json.loads(script.PUBLISHED.read_text())["runs"][group]
    params = script.group_params(group)
    ours = [script.one_run(replace(params, seed=123 + k), CPP) for k in range(n_seeds)]
    compared = (*script.TRAINED, *script.TESTED) if "w_mean" in published[0] else script.MAP
    for key in compared:
        a, b = (np.array([run[key] for run in runs]) for runs in (ours, published))
        assert abs(script.welch_t(a, b)[0]) < 3, (key, a, b)


def test_a_single_run_is_measured_in_standard_deviations(script):
    assert script.distance(np.array([1.0, 2.0, 3.0]), np.array([4.0])) == pytest.approx(2.0)
    assert script.welch_t(np.array([1.0, 3.0]), np.array([1.0, 3.0]))[0] == 0.0
