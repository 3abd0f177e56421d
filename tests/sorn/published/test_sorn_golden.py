"""Equality with runs and initial matrices of the published package."""

# ruff: noqa: NPY002 - the published package draws from the global generators

import ast
import random

import numpy as np
import pytest

from sorn.engines.choice import make_engine
from sorn.engines.engine import RULES, Setting, Stretch
from sorn.parameters import build_parameters
from sorn.state import STATE_KEYS
from sorn.streams import StepDraws
from sorn.wiring import new_network
from tests.sorn.sorn_helpers import (
    GOLDEN,
    GOLDEN_RUNS,
    GoldenRun,
    assert_states_equal,
    require_backend,
)

SPIKES = {
    "ExcitatoryActivation": "E",
    "InhibitoryActivation": "I",
    "RecurrentActivation": "R",
    "EEConnectionCounts": "EEConnectionCounts",
    "EIConnectionCounts": "EIConnectionCounts",
}


@pytest.mark.parametrize(
    ("backend", "dtype", "tolerance"),
    [
        ("numpy", "float64", 0.0),
        ("numba", "float64", 0.0),
        ("array_api_strict", "float64", 0.0),
        ("torch", "float64", 1e-12),
        ("numpy", "float32", 1e-5),
        ("torch", "float32", 1e-5),
    ],
)
def test_run_equals_the_published_one(golden, backend, dtype, tolerance):
    require_backend(backend)
    state, history = golden.run(list(SPIKES), backend=backend, dtype=dtype)
    for callback, key in SPIKES.items():
        if key in golden.data:
            recorded = np.asarray(history[callback]).reshape(golden.data[key].shape)
            np.testing.assert_array_equal(recorded, golden.data[key], err_msg=key)
    assert_states_equal(state, golden.end, atol=tolerance)


@pytest.mark.parametrize("name", [name for name in GOLDEN_RUNS if not name.startswith("G8")])
def test_recorded_matrices_equal_the_published_ones(name):
    golden = GoldenRun(name)
    _, history = golden.run(["WEE", "WEI", "TE", "TI"])
    for step in (0, 1, 9):
        np.testing.assert_array_equal(history["WEE"][step], golden.data[f"WEE_{step}"])
        np.testing.assert_array_equal(history["WEI"][step], golden.data[f"WEI_{step}"])
    np.testing.assert_array_equal(np.asarray(history["TE"])[:, :, 0], golden.data["TE"])
    np.testing.assert_array_equal(history["TI"][-1], golden.start["Ti"])


@pytest.mark.parametrize("ne", [50, 100])
def test_new_network_equals_the_published_one(ne):
    with np.load(GOLDEN / f"INIT_ne{ne}.npz", allow_pickle=False) as file:
        published = {key: file[key] for key in STATE_KEYS}
        meta = ast.literal_eval(str(file["meta"]))
    np.random.seed(meta["np_seed"])
    random.seed(meta["py_seed"])
    lambda_ee = meta.get("lambda_ee", 20)
    assert_states_equal(new_network(build_parameters(ne=ne, lambda_ee=lambda_ee)), published)


def test_clipping_of_thresholds_decides_the_run():
    golden = GoldenRun("G8_ne100_nu10_v062_noteclip")
    _, history = golden.run(["ExcitatoryActivation"], clip_te=True)
    differs = np.any(np.asarray(history["ExcitatoryActivation"]) != golden.data["E"], axis=1)
    assert np.flatnonzero(differs)[0] == 7


@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_recorded_draws_can_be_replayed(backend):
    """The engines take noise and insertions as values, so a run needs no generator."""
    require_backend(backend)
    golden = GoldenRun("G6_ne100_nu10_noise_sp_seeded")
    events = golden.data["sp_events"]
    sites = [tuple(event) for event in events.tolist() if event[0] >= 0]
    parameters = build_parameters(ne=100, nu=10, mu_ip=0.1)
    setting = Setting(parameters, RULES, 0.2, (0.0, 1.0))
    queue = iter(sites)
    engine = make_engine(
        backend, None, "float64", golden.start, setting,
        lambda network, vacant: rank_of(engine, *next(queue)),
    )  # fmt: skip
    drive = np.zeros((150, 100))
    drive[:, :10] = golden.data["inputs"].T
    noise = np.hstack([golden.data["noise_e"], golden.data["noise_i"]])
    draws = StepDraws(noise, (events[:, 0] >= 0).astype(np.int64))
    activity = engine.advance(Stretch(150, drive, lambda _: draws))
    np.testing.assert_array_equal(activity.excitatory, golden.data["E"])
    np.testing.assert_array_equal(engine.read("Wee"), golden.end["Wee"])


def rank_of(engine, row, column):
    """Rank of a recorded place among the vacant ones, at the moment of the insertion."""
    vacant = engine.read("Wee") <= 0
    np.fill_diagonal(vacant, False)
    assert vacant[row, column]
    return int(np.count_nonzero(vacant[:row]) + np.count_nonzero(vacant[row, :column]))
