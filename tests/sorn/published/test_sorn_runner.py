"""The documented interface: values, independence of calls, and the five rules in a run."""

# ruff: noqa: NPY002 - the published package draws from the global generators

import copy
import inspect
import random
import re

import numpy as np
import pytest

from sorn import ParameterError, Parameters, RandomStreams, Simulator, StateError, Trainer
from sorn.engines.engine import RULES
from sorn.published.histories import CALLBACK_NAMES
from tests.sorn.sorn_helpers import assert_states_equal

DOCUMENTED_DEFAULTS = {
    "ne": 200,
    "nu": 10,
    "network_type_ee": "Sparse",
    "network_type_ie": "Dense",
    "network_type_ei": "Sparse",
    "lambda_ee": 20,
    "lambda_ei": 40,
    "lambda_ie": 100,
    "eta_stdp": 0.004,
    "eta_inhib": 0.001,
    "eta_ip": 0.01,
    "te_max": 1.0,
    "ti_max": 0.5,
    "ti_min": 0.0,
    "te_min": 0.0,
    "mu_ip": 0.01,
    "sigma_ip": 0.0,
}


def test_documented_defaults_hold():
    defaults = Parameters()
    assert {name: getattr(defaults, name) for name in DOCUMENTED_DEFAULTS} == DOCUMENTED_DEFAULTS


def test_documented_signatures():
    names = ["inputs", "phase", "matrices", "time_steps", "noise", "freeze"]
    assert list(inspect.signature(Simulator.simulate_sorn).parameters)[:6] == names
    assert list(inspect.signature(Trainer.train_sorn).parameters)[:6] == names
    newer = ["inputs", "phase", "state", "timesteps", "noise", "freeze", "callbacks"]
    assert list(inspect.signature(Simulator.run).parameters)[:7] == newer


def test_five_values_as_documented(inputs, capsys):
    state, e, i, r, c = Simulator.simulate_sorn(inputs=inputs, time_steps=60, seed=1)
    assert {name: array.shape for name, array in state.items()} == {
        "Wee": (200, 200),
        "Wei": (40, 200),
        "Wie": (200, 40),
        "Te": (200, 1),
        "Ti": (40, 1),
        "X": (200, 2),
        "Y": (40, 2),
    }
    assert [len(history) for history in (e, i, r, c)] == [60] * 4
    assert (e[0].shape, i[0].shape, r[0].shape) == ((200,), (40,), (200, 1))
    assert np.isin(e, (0.0, 1.0)).all()
    assert isinstance(c[0], np.integer)
    np.testing.assert_array_equal(state["X"], np.stack([e[-2], e[-1]], axis=1))
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == "Network Initialized"
    pattern = rf"Number of connections in Wee {c[0]} , Wei 15\d\d, Wie 8000"
    assert re.fullmatch(pattern, printed[1])
    assert printed[2] == "Shapes Wee (200, 200) Wei (40, 200) Wie (200, 40)"


def test_lambda_counts_connections():
    state, _ = Simulator.run(timesteps=1, seed=1, freeze=RULES)
    assert np.count_nonzero(state["Wee"]) == pytest.approx(200 * 19.5, rel=0.02)
    assert np.count_nonzero(state["Wei"]) == pytest.approx(40 * 39.5, rel=0.02)
    assert np.count_nonzero(np.diag(state["Wee"])) == 0


def test_thresholds_are_free_as_documented_and_bounded_in_the_newer_spelling(inputs):
    options = {"inputs": inputs, "seed": 3, "ne": 50}
    free = Simulator.simulate_sorn(time_steps=60, **options)[0]
    bounded, _ = Simulator.run(timesteps=60, **options)
    assert free["Te"].min() < 0 <= bounded["Te"].min()
    same, _ = Simulator.run(timesteps=60, clip_te=False, **options)
    assert_states_equal(free, same)


def test_no_hyperparameter_leaks_into_the_next_call(inputs):
    Simulator.run(inputs=inputs, timesteps=1, ne=100, lambda_ee=5)
    state, _ = Simulator.run(inputs=inputs, timesteps=1, seed=1)
    assert state["Wee"].shape == (200, 200)
    assert np.count_nonzero(state["Wee"]) > 3000


@pytest.mark.parametrize("backend", ["numpy", "numba"])
@pytest.mark.parametrize("runner", [Simulator, Trainer])
def test_no_input_is_modified_or_returned(runner, backend, inputs, small_state):
    if backend == "numba":
        pytest.importorskip("numba")
    inputs_before, state_before = inputs.copy(), copy.deepcopy(small_state)
    for freeze in (None, ["stdp", "ss"]):
        returned, history = runner.run(
            inputs=inputs,
            phase="plasticity",
            state=small_state,
            freeze=freeze,
            callbacks=["WEE"],
            backend=backend,
            seed=2,
        )
        np.testing.assert_array_equal(inputs, inputs_before)
        assert_states_equal(small_state, state_before)
        assert not any(np.shares_memory(returned[k], small_state[k]) for k in returned)
        assert not np.shares_memory(history["WEE"][0], history["WEE"][-1])
        assert not np.array_equal(history["WEE"][0], history["WEE"][-1])


def test_training_phase_freezes_both_classes(inputs, small_state):
    for runner in (Simulator, Trainer):
        state, _ = runner.run(inputs=inputs, phase="training", state=small_state)
        for name in ("Wee", "Wei", "Wie", "Te", "Ti"):
            np.testing.assert_array_equal(state[name], small_state[name])
        assert not np.shares_memory(state["Wee"], small_state["Wee"])


def test_all_rules_frozen_equals_the_training_phase(inputs, small_state):
    frozen, _ = Simulator.run(inputs=inputs, state=small_state, freeze=RULES, seed=4)
    trained, _ = Trainer.run(inputs=inputs, state=small_state, seed=4)
    assert_states_equal(frozen, trained)


@pytest.mark.parametrize("rule", RULES)
def test_each_rule_alone_changes_what_it_owns(rule, inputs, small_state):
    others = [name for name in RULES if name != rule]
    state, _ = Simulator.run(inputs=inputs, state=small_state, freeze=others, seed=4)
    changed = {
        name
        for name in ("Wee", "Wei", "Wie", "Te", "Ti")
        if not np.allclose(state[name], small_state[name], rtol=0, atol=1e-12)
    }
    expected = {"stdp": {"Wee"}, "ip": {"Te"}, "sp": {"Wee"}, "istdp": {"Wei"}, "ss": set()}
    assert changed == expected[rule]


def test_a_string_freezes_one_rule_only(inputs, small_state):
    named, _ = Simulator.run(inputs=inputs, state=small_state, freeze="istdp", seed=4)
    listed, _ = Simulator.run(inputs=inputs, state=small_state, freeze=["istdp"], seed=4)
    assert_states_equal(named, listed)
    assert not np.allclose(named["Wee"], small_state["Wee"])


def test_invariants_of_a_run(inputs):
    state, history = Simulator.run(
        inputs=inputs, seed=8, callbacks=[*CALLBACK_NAMES], freeze=["sp"], ne=60
    )
    for weights in history["WEE"]:
        np.testing.assert_allclose(weights.sum(axis=0), 1.0, rtol=1e-12)
        assert 0 <= weights.min() <= weights.max() <= 1
        assert not np.diag(weights).any()
    existing = np.array([w > 0 for w in history["WEE"]])
    assert not np.any(existing[1:] & ~existing[:-1])
    excitatory = np.asarray(history["ExcitatoryActivation"])
    recurrent = np.asarray(history["RecurrentActivation"])[..., 0]
    assert np.all(recurrent <= excitatory)
    counts = [np.count_nonzero(w) for w in history["WEE"]]
    assert list(history["EEConnectionCounts"][1:]) == counts[:-1]
    np.testing.assert_array_equal(history["TE"][-1], state["Te"])
    np.testing.assert_array_equal(history["TI"][0], state["Ti"])


@pytest.mark.parametrize("backend", ["numpy", "numba", "array_api_strict"])
def test_two_runs_equal_one_of_their_length(backend, inputs):
    if backend != "numpy":
        pytest.importorskip(backend)
    whole, _ = Simulator.run(inputs=inputs, ne=50, rng=RandomStreams(6), backend=backend)
    streams = RandomStreams(6)
    half, _ = Simulator.run(inputs=inputs[:, :25], ne=50, rng=streams, backend=backend)
    both, _ = Simulator.run(inputs=inputs[:, 25:], state=half, rng=streams, backend=backend)
    assert_states_equal(whole, both)


def test_a_seed_reproduces_a_run_and_leaves_the_global_generators_alone(inputs):
    np.random.seed(1)
    random.seed(1)
    before = (np.random.get_state()[1].tolist(), random.getstate())
    first, _ = Simulator.run(inputs=inputs, seed=11, ne=50)
    assert (np.random.get_state()[1].tolist(), random.getstate()) == before
    second, _ = Simulator.run(inputs=inputs, seed=11, ne=50)
    other, _ = Simulator.run(inputs=inputs, seed=12, ne=50)
    from_generator, _ = Simulator.run(inputs=inputs, rng=np.random.default_rng(3), ne=50)
    again, _ = Simulator.run(inputs=inputs, rng=np.random.default_rng(3), ne=50)
    assert_states_equal(first, second)
    assert_states_equal(from_generator, again)
    assert not np.array_equal(first["Wee"], other["Wee"])


def test_frozen_rules_and_noise_shift_no_other_stream():
    plain, _ = Simulator.run(timesteps=1, seed=2, freeze=RULES)
    silent, _ = Simulator.run(timesteps=1, seed=2, freeze=RULES, noise=False)
    np.testing.assert_array_equal(plain["Wee"], silent["Wee"])


def test_everything_frozen_with_noise_is_a_reservoir(small_state):
    _, history = Simulator.run(
        timesteps=50, state=small_state, freeze=RULES, seed=3, callbacks=["ExcitatoryActivation"]
    )
    assert 0 < np.mean(history["ExcitatoryActivation"]) < 1


def test_empty_column_stays_empty_without_nan(inputs, small_state):
    small_state["Wee"][:, 3] = 0.0
    for backend in ("numpy", "numba"):
        if backend == "numba":
            pytest.importorskip("numba")
        with np.errstate(all="raise"):
            state, _ = Simulator.run(
                inputs=inputs, state=small_state, freeze=["sp"], seed=1, backend=backend
            )
        assert not state["Wee"][:, 3].any()
        assert np.isfinite(state["Wee"]).all()


def test_a_fully_connected_network_gets_no_synapse():
    state, _ = Simulator.run(timesteps=1, ne=20, lambda_ei=5, network_type_ee="Dense", seed=1)
    full, _ = Simulator.run(timesteps=20, state=state, sp_rate=3.0, freeze=["stdp", "ss"], seed=1)
    np.testing.assert_array_equal(full["Wee"] > 0, ~np.eye(20, dtype=bool))


def test_weights_above_one_are_limited_by_every_engine(inputs, small_state):
    pytest.importorskip("numba")
    small_state["Wee"] *= 40.0
    options = {"inputs": inputs, "state": small_state, "freeze": ["ss"], "noise": False}
    states = [
        Simulator.run(backend=backend, seed=1, **options)[0] for backend in ("numpy", "numba")
    ]
    assert states[0]["Wee"].max() == 1.0
    assert_states_equal(*states)


def test_inputs_may_be_lists_and_longer_than_needed(inputs, small_state):
    from_list, _ = Simulator.run(inputs.tolist(), state=small_state, timesteps=5, seed=1)
    from_array, _ = Simulator.run(inputs[:, :5], state=small_state, seed=1)
    assert_states_equal(from_list, from_array)


def test_progress_is_reported_to_the_end():
    calls = []
    Simulator.run(timesteps=1200, seed=1, ne=50, progress=lambda *call: calls.append(call))
    assert calls == [(500, 1200), (1000, 1200), (1200, 1200)]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"ne_": 3},
            "unknown keyword 'ne_'.*Valid hyperparameters: ne, nu.*run options: preset, seed, rng",
        ),
        ({"eta_sdtp": 3}, "Did you mean 'eta_stdp'"),
        ({"matrices": {}}, "unknown keyword 'matrices': run takes it as state"),
        ({"freeze": ["foo"]}, "freeze names 'foo'; choose from stdp, ip, sp, istdp, ss"),
        ({"phase": "bogus"}, "phase='bogus'; choose from plasticity, training"),
        ({"callbacks": ["WIE"]}, "callbacks names 'WIE'.*ExcitatoryActivation"),
        ({"callbacks": "WEE"}, "callbacks must be a list of names"),
        ({"seed": 1, "rng": 2}, "not both"),
        ({"seed": -1}, "seed=-1"),
        ({"rng": 2}, "rng must be"),
        ({"batch": 0}, "batch=0"),
        ({"batch": 2, "rng": RandomStreams(1)}, "a batch needs rng="),
        ({"batch": 2, "rng": [RandomStreams(1)]}, "one RandomStreams for each of the 2"),
        ({"h_ip": "normal"}, "needs seed= or rng="),
    ],
)
def test_wrong_keywords_are_errors_in_words(options, message):
    with pytest.raises(ParameterError, match=message):
        Simulator.run(timesteps=1, **options)


def test_the_documented_spelling_names_its_own_keywords():
    with pytest.raises(ParameterError, match="'timesteps': this method takes it as time_steps"):
        Simulator.simulate_sorn(timesteps=3)


def test_training_needs_a_state(inputs):
    with pytest.raises(StateError, match="training phase needs the state"):
        Trainer.run(inputs=inputs)
