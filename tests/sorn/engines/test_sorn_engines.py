"""The same run on every array library, batches, precision, and constant memory."""

import builtins
import subprocess
import sys
import tracemalloc
from types import SimpleNamespace

import numpy as np
import pytest

from sorn import BackendError, RandomStreams, Simulator, network_seeds
from sorn.engines.array_step import insert_synapse
from sorn.engines.devices import open_library
from sorn.state import STATE_KEYS
from tests.sorn.sorn_helpers import assert_states_equal, require_backend

CALLBACKS = ["ExcitatoryActivation", "RecurrentActivation", "EIConnectionCounts", "TE"]


@pytest.mark.parametrize(
    ("backend", "tolerance"),
    [("numba", 0.0), ("array_api_strict", 0.0), ("torch", 1e-12), ("jax", 1e-12)],
)
@pytest.mark.parametrize(
    "variant",
    [
        {},
        {"threshold": ">=", "istdp_floor": 0.001, "normalise": ("ee",), "h_ip": 0.1},
        {"sp_rate": 2.5, "h_ip": "normal", "mu_ip": 0.1, "sigma_ip": 0.02, "clip_te": False},
    ],
)
def test_one_seed_gives_the_same_run_with_every_library(backend, tolerance, variant, inputs):
    require_backend(backend)
    options = {"inputs": inputs, "ne": 60, "seed": 9, "callbacks": CALLBACKS} | variant
    state, history = Simulator.run(**options)
    other, other_history = Simulator.run(backend=backend, **options)
    for name in CALLBACKS[:3]:
        np.testing.assert_array_equal(history[name], other_history[name])
    np.testing.assert_allclose(history["TE"], other_history["TE"], rtol=0, atol=tolerance)
    assert_states_equal(state, other, atol=tolerance)


@pytest.mark.parametrize("sp_rate", [0.1, 3.0])
def test_compiled_run_stays_equal_through_growth_and_compaction(sp_rate):
    """Thousands of steps: tables that empty and fill up again change no bit."""
    require_backend("numba")
    options = {"timesteps": 3000, "ne": 60, "seed": 4, "h_ip": 0.1, "mu_ip": 0.1}
    options |= {"sp_rate": sp_rate, "callbacks": ["EEConnectionCounts"], "noise_std": 0.2}
    state, history = Simulator.run(**options)
    other, other_history = Simulator.run(backend="numba", **options)
    counts = history["EEConnectionCounts"]
    assert counts == other_history["EEConnectionCounts"]
    assert min(counts) < 0.8 * counts[0] or max(counts) > 1.2 * counts[0]
    assert_states_equal(state, other)


@pytest.mark.parametrize("backend", ["numpy", "numba", "array_api_strict", "torch", "jax"])
@pytest.mark.parametrize("shared_inputs", [True, False])
def test_a_batch_equals_separate_runs(backend, shared_inputs, inputs):
    require_backend(backend)
    many = inputs if shared_inputs else np.stack([inputs, inputs[::-1], 2 * inputs])
    options = {"ne": 50, "backend": backend, "callbacks": CALLBACKS, "sp_rate": 0.7}
    states, history = Simulator.run(inputs=many, batch=3, seed=21, **options)
    for network, seed in enumerate(network_seeds(21, 3)):
        alone = many if shared_inputs else many[network]
        state, one = Simulator.run(inputs=alone, seed=seed, **options)
        tolerance = 1e-12 if backend in ("torch", "jax") else 0.0
        assert_states_equal({k: states[k][network] for k in STATE_KEYS}, state, atol=tolerance)
        for name in CALLBACKS[:3]:
            np.testing.assert_array_equal(np.asarray(history[name])[:, network], one[name])


def test_a_batch_resumes_and_mixes_with_given_streams(inputs):
    whole, _ = Simulator.run(inputs=inputs, batch=2, ne=50, rng=[RandomStreams(s) for s in (1, 2)])
    streams = [RandomStreams(1), RandomStreams(2)]
    half, _ = Simulator.run(inputs=inputs[:, :30], batch=2, ne=50, rng=streams)
    both, _ = Simulator.run(inputs=inputs[:, 30:], state=half, batch=2, rng=streams)
    assert_states_equal(whole, both)
    assert whole["Wee"].shape == (2, 50, 50)


def test_a_larger_batch_keeps_the_seeds_of_a_smaller_one():
    assert network_seeds(3, 5)[:2] == network_seeds(3, 2)
    assert len(set(network_seeds(3, 100))) == 100


def test_single_precision_stays_close(inputs):
    double, spikes = Simulator.run(inputs=inputs, ne=60, seed=1, callbacks=CALLBACKS[:1])
    single, other = Simulator.run(
        inputs=inputs, ne=60, seed=1, dtype="float32", callbacks=CALLBACKS[:1]
    )
    np.testing.assert_array_equal(spikes[CALLBACKS[0]], other[CALLBACKS[0]])
    assert_states_equal(double, single, atol=1e-5)
    assert not np.array_equal(double["Wee"], single["Wee"])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"backend": "tensorflow"}, "backend='tensorflow'; choose from numpy, numba, torch"),
        ({"dtype": "float16"}, "dtype='float16'; choose from float64, float32"),
        ({"device": "cuda:0"}, "backend 'numpy' has no device 'cuda:0'"),
        ({"backend": "numba", "dtype": "float32"}, "'numba' runs in float64"),
        ({"backend": "array_api_strict", "device": "gpu"}, "has no device 'gpu'"),
    ],
)
def test_what_a_backend_cannot_do_is_an_error(options, message):
    if options.get("backend") == "array_api_strict":
        require_backend("array_api_strict")
    with pytest.raises(BackendError, match=message):
        Simulator.run(timesteps=1, ne=50, **options)


@pytest.mark.parametrize("library", ["numba", "cupy", "array_api_strict"])
def test_a_missing_library_names_its_install_command(library, monkeypatch):
    real_import = builtins.__import__

    def refuse(name, *args, **kwargs):
        if name.split(".")[0] in (library, "array_api_compat") or "numba_rows" in name:
            raise ImportError(f"No module named {library!r}")
        return real_import(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", refuse)
    monkeypatch.setattr("importlib.import_module", refuse)
    with pytest.raises(BackendError, match=r"pip install lateralnet\[(fast|arrays)\]"):
        Simulator.run(timesteps=1, ne=50, backend=library)


@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_memory_does_not_grow_with_the_steps(backend):
    require_backend(backend)
    Simulator.run(timesteps=2, ne=50, seed=1, backend=backend)

    def peak(steps):
        inputs = np.broadcast_to(0.0, (10, steps))
        tracemalloc.start()
        Simulator.run(inputs=inputs, ne=50, seed=1, backend=backend, freeze=["sp"])
        highest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return highest

    assert peak(4000) < 1.1 * peak(1000)


MILLION_STEPS = """
import resource
import numpy as np
from sorn import Simulator
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
inputs = np.broadcast_to(0.0, (10, 1_000_000))
Simulator.run(inputs=inputs[:, :2000], seed=1, backend="numba")
before = peak()
state, _ = Simulator.run(inputs=inputs, seed=1, backend="numba")
assert np.allclose(state["Wee"].sum(axis=0), 1.0)
print(peak() - before)
"""


@pytest.mark.slow
def test_a_million_steps_run_in_constant_memory():
    require_backend("numba")
    result = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path[:0] = {sys.path!r}\n{MILLION_STEPS}"],
        capture_output=True,
        text=True,
        check=True,
    )
    growth_mib = float(result.stdout)
    assert growth_mib < 5


def test_sites_are_counted_exactly_where_single_precision_cannot():
    """A network of 4200 neurons has more than 2**24 sites."""
    ne, rank = 4200, 2**24 + 1
    constants = SimpleNamespace(off_diagonal=np.ones((1, 1), bool), inserted=np.float32(0.001))
    fraction = np.array((rank + 0.5) / ne**2)
    xp = open_library("numpy", None).namespace
    grown = insert_synapse(xp, constants, np.zeros((ne, ne), dtype=np.float32), fraction)
    assert grown.dtype == np.float32
    assert np.flatnonzero(grown).tolist() == [rank]
