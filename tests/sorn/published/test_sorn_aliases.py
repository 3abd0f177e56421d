"""Names, classes and one-step loops of the published package."""

# ruff: noqa: NPY002 - the published package draws from the global generators

import copy
import importlib.metadata
import io
import pickle
import random
import warnings

import numpy as np
import pytest

import sorn
from sorn import ParameterError, Simulator, Statistics, Trainer
from sorn.published.histories import CALLBACK_NAMES
from sorn.state import STATE_KEYS
from tests.sorn.sorn_helpers import GOLDEN_RUNS, GoldenRun, assert_states_equal


def _seed_globally():
    """Two runs draw the same: new synapses come from the global generators."""
    np.random.seed(3)
    random.seed(3)


def test_published_modules_and_names():
    assert sorn.sorn.Simulator is sorn.Simulator
    assert sorn.utils.Plotter is sorn.Plotter
    assert sorn.utils.Initializer is sorn.Initializer
    names = ("Sorn", "Plasticity", "MatrixCollection", "NetworkState", "Simulator_", "Trainer_")
    assert all(hasattr(sorn.sorn, name) for name in names)
    assert set(CALLBACK_NAMES) <= set(dir(sorn.callbacks))
    history = sorn.callbacks.TE(3)
    history[1] = "x"
    assert (history.values, history[1]) == ([0, "x", 0], "x")
    assert sorn.__version__ == importlib.metadata.version("lateralnet")


def test_the_other_package_of_this_name_is_seen(tmp_path, monkeypatch):
    (tmp_path / "sorn-0.7.4.dist-info").mkdir()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        sorn._warn_of_the_other_package()
        monkeypatch.syspath_prepend(tmp_path)
        with pytest.raises(UserWarning, match=r"'sorn' of PyPI is installed in .* beside this one"):
            sorn._warn_of_the_other_package()


def test_the_preset_published_equals_the_published_default():
    options = {"timesteps": 40, "ne": 60, "seed": 2}
    named, _ = Simulator.run(preset="published", **options)
    written, _ = Simulator.run(mu_ip=0.1, **options)
    other, _ = Simulator.run(**options)
    assert_states_equal(named, written)
    assert not np.array_equal(named["Wei"], other["Wei"])
    frozen, _ = Simulator.run(preset="lazar2009", **options)
    noisy, _ = Simulator.run(preset="lazar2009", noise=True, **options)
    assert not np.array_equal(frozen["X"], noisy["X"])


@pytest.mark.parametrize("name", GOLDEN_RUNS[:1])
def test_plasticity_methods_equal_the_recorded_step(name):
    """The rules as published methods, on the first step of a recorded run."""
    golden = GoldenRun(name)
    start, meta = golden.start, golden.meta
    saved = {key: getattr(sorn.sorn.Sorn, key) for key in ("ne", "ni", "nu")}
    try:
        sorn.sorn.Sorn.ne, sorn.sorn.Sorn.nu = meta["ne"], meta["nu"]
        sorn.sorn.Sorn.ni = int(0.2 * meta["ne"])
        network = sorn.sorn.NetworkState(golden.data["inputs"][:, 0])
        rules = sorn.sorn.Plasticity()
    finally:
        now = network.excitatory_network_state(
            start["Wee"], start["Wei"], start["Te"], start["X"], start["Y"], 0.0
        )
        inhibitory = network.inhibitory_network_state(start["Wie"], start["Ti"], start["X"], 0.0)
        for key, value in saved.items():
            setattr(sorn.sorn.Sorn, key, value)
    np.testing.assert_array_equal(now[:, 0], golden.data["E"][0])
    x = np.hstack([start["X"][:, 1:], now])
    y = np.hstack([start["Y"][:, 1:], inhibitory])
    assert rules.mu_ip == meta["mu_ip"]
    wee = rules.ss(rules.stdp(start["Wee"], x, (0.0, 1.0)))
    wei = rules.ss(rules.istdp(start["Wei"], x, y, (0.0, 1.0)))
    np.testing.assert_array_equal(wee, golden.data["WEE_0"])
    np.testing.assert_array_equal(wei, golden.data["WEI_0"])
    np.testing.assert_array_equal(rules.ip(start["Te"], x)[:, 0], golden.data["TE"][0])


def test_structural_plasticity_adds_one_synapse_now_and_then():
    _seed_globally()
    weights = np.zeros((8, 8))
    grown = [sorn.sorn.Plasticity.structural_plasticity(weights) for _ in range(400)]
    counts = np.array([np.count_nonzero(matrix) for matrix in grown])
    assert set(counts) == {0, 1}
    assert 20 < counts.sum() < 60
    assert not weights.any()
    full = sorn.sorn.Plasticity.structural_plasticity(np.ones((3, 3)))
    np.testing.assert_array_equal(full, 1.0)


def test_published_initial_arrays():
    arrays = sorn.sorn.Plasticity.initialize_plasticity()
    shapes = [array.shape for array in arrays]
    assert shapes[:3] == [(200, 200), (40, 200), (200, 40)]
    matrices = sorn.sorn.MatrixCollection("plasticity")
    matrices.network_activity_t(1, 2, 0)
    assert (matrices.X[-1], matrices.Y[-1], len(matrices.Wee)) == (1, 2, 1)
    with pytest.raises(ParameterError, match="needs the state"):
        sorn.sorn.MatrixCollection("training")


@pytest.mark.parametrize("phase", ["plasticity", "training"])
@pytest.mark.parametrize("noise", [True, False])
def test_one_step_a_call_equals_one_long_call(phase, noise):
    """The documented loop keeps its network; the values are those of a rebuilt one."""
    inputs = np.random.default_rng(2).random((4, 30))
    start, _ = Simulator.run(inputs=inputs, ne=50, nu=4, seed=1)
    options = {"ne": 50, "nu": 4, "noise": noise, "phase": phase}
    _seed_globally()
    state, spikes = start, []
    for step in range(30):
        column = inputs[:, step : step + 1]
        state, e, _, _, c = Trainer.train_sorn(
            inputs=column, matrices=state, time_steps=1, **options
        )
        spikes.append(e[0])
    _seed_globally()
    whole, e, *_ = Trainer.train_sorn(inputs=inputs, matrices=start, time_steps=30, **options)
    np.testing.assert_array_equal(spikes, e)
    assert_states_equal(state, whole)
    assert len(c) == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda state: state["Wee"].__imul__(0.5),
        lambda state: state.__setitem__("Te", state["Te"] + 0.1),
        lambda state: state["X"].__setitem__((3, 1), 1 - state["X"][3, 1]),
    ],
)
def test_a_state_that_was_changed_in_the_users_hands_is_used_as_it_is(change):
    inputs = np.random.default_rng(2).random((4, 1))
    options = {"inputs": inputs, "ne": 50, "nu": 4, "noise": False, "time_steps": 1}
    start, _ = Simulator.run(timesteps=30, ne=50, nu=4, seed=1)
    state = Trainer.train_sorn(matrices=start, **options)[0]
    change(state)
    fresh = {name: array.copy() for name, array in state.items()}
    _seed_globally()
    continued = Trainer.train_sorn(matrices=state, **options)[0]
    _seed_globally()
    expected = Trainer.train_sorn(matrices=fresh, **options)[0]
    assert_states_equal(continued, expected)


def test_a_state_that_is_only_looked_at_keeps_its_network():
    inputs = np.random.default_rng(2).random((4, 1))
    options = {"inputs": inputs, "ne": 50, "nu": 4, "noise": False, "time_steps": 1}
    start, _ = Simulator.run(timesteps=30, ne=50, nu=4, seed=1)
    runner = sorn.sorn.Trainer_()
    first = runner.train_sorn(matrices=start, **options)[0]
    network = runner._live._last.network
    second = runner.train_sorn(matrices=first, **options)[0]
    assert first["Wee"].shape == (50, 50)
    third = runner.train_sorn(matrices=second, **options)[0]
    assert runner._live._last.network is network
    third["Wee"][0, 0] = 0.5
    assert first["Wee"][0, 0] == second["Wee"][0, 0] == 0.0  # states share no memory
    fourth = runner.train_sorn(matrices=third, **options)[0]
    assert runner._live._last.network is not network
    assert fourth["Wee"][0, 0] == 0.5


def _returned_state():
    inputs = np.random.default_rng(2).random((4, 1))
    start, _ = Simulator.run(timesteps=30, ne=50, nu=4, seed=1)
    return Trainer.run(inputs=inputs, state=start, nu=4, noise=False)[0]


@pytest.mark.parametrize(
    "use",
    [
        lambda state: {**state},
        dict,
        copy.copy,
        copy.deepcopy,
        lambda state: pickle.loads(pickle.dumps(state)),
        lambda state: state | {},
        lambda state: {} | state,
        lambda state: {name: state[name] for name in state},
        lambda state: {name: state.get(name) for name in reversed(state)},
        lambda state: dict(zip(state.keys(), state.values(), strict=True)),
        lambda state: {name: state.pop(name) for name in STATE_KEYS},
        lambda state: np.load(_saved(state)),
    ],
)
def test_a_returned_state_is_a_dictionary_however_it_is_used_first(use):
    """Its arrays are put in place at the first look, so each way to look is tried on a new one."""
    assert_states_equal(dict(use(_returned_state())), dict(_returned_state()))
    assert len(_returned_state()) == 7
    assert "Wee" in _returned_state()
    assert _returned_state() != {}
    assert repr(_returned_state()).startswith("{'Wee': array(")


def _saved(state):
    stream = io.BytesIO()
    np.savez(stream, **state)
    stream.seek(0)
    return stream


def test_other_options_are_not_taken_over_from_the_last_call():
    inputs = np.random.default_rng(2).random((4, 1))
    options = {"inputs": inputs, "ne": 50, "nu": 4, "noise": False}
    start, _ = Simulator.run(timesteps=30, ne=50, nu=4, seed=1)
    state, _ = Simulator.run(state=start, **options)
    fresh = {name: array.copy() for name, array in state.items()}
    _seed_globally()
    faster, _ = Simulator.run(state=state, eta_ip=0.5, **options)
    _seed_globally()
    expected, _ = Simulator.run(state=fresh, eta_ip=0.5, **options)
    assert_states_equal(faster, expected)


def test_histories_behave_as_the_published_lists():
    _, e, _, r, _ = Simulator.simulate_sorn(inputs=np.ones((10, 6)), time_steps=6, ne=50, seed=1)
    assert len(e) == 6
    assert e[0].dtype == np.float64
    assert r[-1].shape == (50, 1)
    assert np.asarray(e).shape == (6, 50)
    assert np.asarray(e[2:4]).shape == (2, 50)
    assert sum(1 for _ in e) == 6
    assert e == list(e)
    assert (e[0] - e[1]).min() >= -1
    with pytest.raises(IndexError):
        _ = e[6]
    assert repr(e) == "SpikeHistory(6 steps of (50,))"


def test_entropy_stays_in_its_range_and_booleans_correlate():
    uniform = [Statistics.spike_source_entropy(np.eye(n), n) for n in range(2, 60)]
    assert max(uniform) == 1.0  # rounding gave more
    assert min(uniform) == pytest.approx(1.0)
    spikes = np.eye(3, dtype=bool)[np.arange(30) % 3]
    corr, _ = Statistics.avg_corr_coeff(spikes)
    np.testing.assert_allclose(corr, Statistics.avg_corr_coeff(spikes.astype(float))[0])
