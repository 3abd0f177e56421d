"""The network object: stepping, running, recording, changing, saving and loading."""

import copy
import json
import signal
import threading

import numpy as np
import pytest

from sorn import InputError, Network, ParameterError, Simulator, SornError, StateError, preset
from sorn.engines.engine import RULES
from sorn.records.recorder import RECORD_NAMES
from tests.sorn.sorn_helpers import assert_states_equal, require_backend

U = np.random.default_rng(5).random((4, 60))


@pytest.mark.parametrize("backend", ["numpy", "numba", "array_api_strict"])
@pytest.mark.parametrize("phase", ["plasticity", "training"])
@pytest.mark.parametrize("inhibition", ["delayed", "fast"])
def test_steps_equal_a_run(backend, phase, inhibition):
    require_backend(backend)
    options = {"ne": 60, "nu": 4, "seed": 3, "phase": phase, "inhibition": inhibition}
    stepped, whole = (Network(backend=backend, **options) for _ in range(2))
    spikes = np.array([stepped.step(u) for u in U.T])
    recording = whole.run(U)
    assert spikes.dtype == bool
    np.testing.assert_array_equal(spikes, recording["excitatory"])
    assert_states_equal(stepped.state, whole.state)
    assert stepped.steps_done == whole.steps_done == 60
    assert 0 < spikes.mean() < 1


def test_the_functions_of_the_published_package_are_faces_of_it():
    network = Network(ne=50, nu=4, seed=8)
    recording = network.run(U, record=RECORD_NAMES)
    state, history = Simulator.run(
        inputs=U, ne=50, nu=4, seed=8, callbacks=["RecurrentActivation", "EEConnectionCounts", "TE"]
    )
    assert_states_equal(network.state, state)
    recurrent = np.asarray(history["RecurrentActivation"])[..., 0]
    np.testing.assert_array_equal(recurrent, recording["recurrent"])
    assert list(recording["ee_connections"]) == history["EEConnectionCounts"]
    np.testing.assert_array_equal(recording["Te"], history["TE"])


@pytest.mark.parametrize("every", [1, 3, 7, 100])
def test_every_kth_step_is_recorded(every, tmp_path):
    full = Network(ne=50, nu=4, seed=2).run(U, record=RECORD_NAMES)
    thin = Network(ne=50, nu=4, seed=2).run(U, record=RECORD_NAMES, every=every)
    on_disk = Network(ne=50, nu=4, seed=2).run(U, record=RECORD_NAMES, every=every, to=tmp_path)
    for name in RECORD_NAMES:
        np.testing.assert_array_equal(thin[name], full[name][every - 1 :: every])
        np.testing.assert_array_equal(on_disk[name], thin[name])
        np.testing.assert_array_equal(np.load(tmp_path / f"{name}.npy"), thin[name])
    assert {path.name for path in tmp_path.iterdir()} == {f"{name}.npy" for name in RECORD_NAMES}
    assert thin["excitatory"].dtype == bool


def test_recordings_on_disk_are_not_overwritten(tmp_path):
    Network(ne=50, seed=1).run(steps=3, to=tmp_path)
    with pytest.raises(InputError, match=r"excitatory\.npy exists; choose another folder"):
        Network(ne=50, seed=1).run(steps=3, to=tmp_path)


def test_a_run_stops_where_the_progress_function_says(tmp_path):
    network = Network(ne=50, nu=4, seed=1)
    inputs = np.zeros((4, 1300))
    recording = network.run(
        inputs, every=100, to=tmp_path, progress=lambda done, total: done >= 1000
    )
    assert (recording.steps, network.steps_done) == (1000, 1000)
    assert np.load(tmp_path / "excitatory.npy").shape == (10, 50)
    other = Network(ne=50, nu=4, seed=1)
    other.run(inputs[:, :1000], record=())
    assert_states_equal(network.state, other.state)


def test_control_c_leaves_a_network_between_two_steps():
    network, other = (Network(ne=60, seed=1) for _ in range(2))
    timer = threading.Timer(0.3, signal.raise_signal, [signal.SIGINT])
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        network.run(steps=1_000_000, record=())
    timer.join()
    assert 0 < network.steps_done < 1_000_000
    other.run(steps=network.steps_done, record=())
    assert_states_equal(network.state, other.state)


def test_phase_freeze_and_noise_can_change_between_steps():
    network = Network(ne=60, nu=4, seed=1)
    network.run(U, record=())
    before = network.state
    network.phase = "training"
    network.run(U, record=())
    for name in ("Wee", "Wei", "Te"):
        np.testing.assert_array_equal(network.state[name], before[name])
    network.phase, network.freeze, network.noise = "plasticity", "stdp", False
    assert network.active_rules == ("ip", "sp", "istdp", "ss")
    network.run(U, record=())
    assert not np.array_equal(network.state["Te"], before["Te"])
    twin = Network(ne=60, nu=4, seed=1)
    twin.run(U, record=())
    twin.phase = "training"
    twin.run(U, record=())
    twin.phase, twin.freeze, twin.noise = "plasticity", ("stdp",), False
    twin.run(U, record=())
    assert_states_equal(network.state, twin.state)


def test_reset_returns_the_activity_and_keeps_what_was_learned():
    network = Network(ne=60, nu=4, seed=1)
    network.run(U, record=())
    before = network.state
    network.reset()
    after = network.state
    assert not after["X"].any()
    assert not after["Y"].any()
    np.testing.assert_array_equal(after["Wee"], before["Wee"])
    random_start = Network(ne=200, seed=1, initial_activity=0.25)
    first = random_start.state["X"][:, 1]
    assert 0.1 < first.mean() < 0.4
    random_start.reset()
    assert 0.1 < random_start.state["X"][:, 1].mean() < 0.4
    assert not np.array_equal(random_start.state["X"][:, 1], first)


def test_a_random_start_shifts_no_other_stream():
    silent, active = (Network(ne=60, seed=1, initial_activity=p) for p in (0.0, 0.5))
    for name in ("Wee", "Wei", "Wie", "Te", "Ti"):
        np.testing.assert_array_equal(silent.state[name], active.state[name])


def test_fast_inhibition_answers_to_the_activity_of_the_same_step():
    options = {"ne": 60, "nu": 4, "seed": 1, "phase": "training", "noise": False}
    network = Network(inhibition="fast", **options)
    x = network.step(np.full(4, 5.0))
    state = network.state
    drive = state["Wie"][x].sum(axis=0) - state["Ti"][:, 0]
    np.testing.assert_array_equal(state["Y"][:, 1] != 0, drive > 0)
    delayed = Network(**options)
    delayed.step(np.full(4, 5.0))
    assert not delayed.state["Y"].any()


@pytest.mark.parametrize("backend", ["numpy", "numba", "array_api_strict"])
def test_reward_multiplies_the_rate_of_stdp(backend):
    require_backend(backend)
    options = {"ne": 60, "nu": 4, "seed": 1, "backend": backend, "freeze": ("sp", "ss")}
    plain, doubled = Network(**options), Network(**options | {"eta_stdp": 0.008})
    plain.run(U, reward=2.0, record=())
    doubled.run(U, record=())
    assert_states_equal(plain.state, doubled.state)
    none, frozen = Network(**options), Network(**options | {"freeze": ("sp", "ss", "stdp")})
    none.run(U, reward=np.zeros(60), record=())
    frozen.run(U, record=())
    assert_states_equal(none.state, frozen.state)
    stepped = Network(**options)
    for u in U.T:
        stepped.step(u, reward=2.0)
    assert_states_equal(stepped.state, plain.state)
    punished = Network(**options)
    punished.run(U, reward=-1.0, record=())
    assert not np.array_equal(punished.state["Wee"], plain.state["Wee"])


def decay(step):
    """Every weight between excitatory neurons shrinks by a tenth."""
    return {"Wee": step.Wee * 0.9}


@pytest.mark.parametrize("backend", ["numpy", "array_api_strict", "torch"])
def test_a_rule_of_ones_own_is_a_function_in_a_list(backend):
    require_backend(backend)
    network = Network(ne=50, seed=1, rules=[decay], backend=backend)
    before = network.state
    network.run(steps=2, record=())
    np.testing.assert_allclose(network.state["Wee"], 0.81 * before["Wee"], rtol=1e-12)
    ordered = Network(ne=50, seed=1, rules=[*RULES[:4], decay, "ss"], backend=backend)
    ordered.run(steps=5, record=())
    np.testing.assert_allclose(ordered.state["Wee"].sum(axis=0), 1.0)
    rests = Network(ne=50, seed=1, rules=[*RULES, decay], freeze="decay", backend=backend)
    plain = Network(ne=50, seed=1, backend=backend)
    rests.run(steps=5, record=())
    plain.run(steps=5, record=())
    assert_states_equal(rests.state, plain.state)


def test_own_stdp_equals_the_one_of_the_package():
    def own_stdp(step):
        change = step.pre_before * step.x_now[..., None, :]
        change = change - step.pre_now * step.x_before[..., None, :]
        changed = step.xp.clip(step.Wee + 0.004 * change, 0.0, 1.0)
        return {"Wee": step.xp.where(step.Wee > 0, changed, step.Wee)}

    own = Network(ne=60, nu=4, seed=1, rules=[own_stdp, *RULES[1:]])
    built_in = Network(ne=60, nu=4, seed=1)
    own.run(np.tile(U, 5), record=())
    built_in.run(np.tile(U, 5), record=())
    assert_states_equal(own.state, built_in.state)


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (lambda step: {"Wie": step.Wee}, "returned 'Wie'; it may return Wee, Wei, Te and Ti"),
        (lambda step: {"Te": step.Te[:3]}, r"returned Te of shape \(3,\)"),
    ],
)
def test_what_an_own_rule_may_not_return(rule, message):
    with pytest.raises(ParameterError, match=message):
        Network(ne=50, seed=1, rules=[rule]).step()


@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_a_loaded_network_goes_on_with_all_that_it_was(backend, tmp_path):
    require_backend(backend)
    options = {"freeze": ["sp"], "noise": True, "clip_te": False, "initial_activity": 0.2}
    options |= {"input_pools": [[1, 2], [3], [4], [5]], "h_ip": "normal", "sigma_ip": 0.02}
    network = Network("zheng2013", ne=60, nu=4, seed=4, backend=backend, **options)
    network.run(U[:, :20], record=())
    network.note = {"where": 20}
    path = network.save(tmp_path / "net.npz")
    loaded = Network.load(path, backend=backend)
    assert (loaded.freeze, loaded.clip_te, loaded.steps_done) == (("sp",), False, 20)
    assert (loaded.seed, loaded.note) == (4, {"where": 20})
    assert loaded.parameters.noise_std == preset("zheng2013")["noise_std"]
    whole = Network("zheng2013", ne=60, nu=4, seed=4, backend=backend, **options)
    whole.run(U, record=())
    loaded.run(U[:, 20:], record=())
    assert_states_equal(loaded.state, whole.state)
    assert Network.load(path, phase="training").active_rules == ()


def test_a_loaded_batch_goes_on(tmp_path):
    whole, half = (Network(ne=50, nu=4, seed=4, batch=3) for _ in range(2))
    whole.run(U, record=())
    half.run(U[:, :25], record=())
    loaded = Network.load(half.save(tmp_path / "net.npz"))
    loaded.run(U[:, 25:], record=())
    assert_states_equal(loaded.state, whole.state)
    assert loaded.step(U[:, 0]).shape == (3, 50)


def test_own_rules_are_not_in_the_file_and_must_be_given(tmp_path):
    network = Network(ne=50, seed=1, rules=[*RULES, decay])
    path = network.save(tmp_path / "net.npz")
    with pytest.raises(StateError, match=r"own rules \(decay\); give them as rules="):
        Network.load(path)
    loaded = Network.load(path, rules=[*RULES, decay])
    loaded.run(steps=5, record=())
    network.run(steps=5, record=())
    assert_states_equal(loaded.state, network.state)


def test_a_file_of_the_first_version_is_read(tmp_path):
    network = Network(ne=50, seed=6, eta_ip=0.02)
    streams = network.streams[0].snapshot()
    del streams["initial_activity"]
    about = {"schema_version": 1, "hyperparameters": {"ne": 50, "eta_ip": 0.02}, "seed": 6}
    metadata = np.array(json.dumps(about | {"streams": streams}))
    np.savez(tmp_path / "old.npz", metadata=metadata, **network.state)
    loaded = Network.load(tmp_path / "old.npz")
    network.run(steps=30, record=())
    loaded.run(steps=30, record=())
    assert loaded.parameters.eta_ip == 0.02
    assert_states_equal(loaded.state, network.state)


def test_a_copy_leaves_the_original_alone():
    network = Network(ne=50, nu=4, seed=1)
    before = copy.deepcopy(network.state)
    other = network.copy(seed=2, phase="training")
    other.run(U, record=())
    assert_states_equal(network.state, before)
    np.testing.assert_array_equal(other.state["Wee"], before["Wee"])


def test_presets_give_way_to_what_stands_beside_them():
    network = Network("lazar2009", ne=100, noise=True, seed=1)
    assert network.freeze == ("sp", "istdp")
    assert network.noise
    assert network.parameters.eta_stdp == 0.001
    assert Network("published", seed=1).parameters.mu_ip == 0.1
    with pytest.raises(ParameterError, match="Did you mean 'lazar2009'"):
        Network("lazar")


def test_without_a_seed_one_is_drawn_and_can_be_used_again():
    first = Network(ne=50)
    again = Network(ne=50, seed=first.seed)
    assert_states_equal(first.state, again.state)
    assert not np.array_equal(Network(ne=50).state["Wee"], first.state["Wee"])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"noise": 0.1}, "noise=0.1; give True or False .its size is noise_std"),
        ({"noise": "no"}, "noise='no'; give True or False"),
        ({"freeze": True}, "freeze=True; give names out of stdp"),
        ({"freeze": "sdtp"}, "freeze names 'sdtp'; choose from"),
        ({"rules": ["sdtp"]}, "rules names 'sdtp'"),
        ({"rules": 3}, "rules=3; give a list"),
        ({"nu": 784, "ne": 800}, "target rate 2 nu / ne = 1.96 is above 1.*give h_ip"),
        ({"ene": 3}, "unknown keyword 'ene'"),
    ],
)
def test_wrong_options_are_errors_in_words(options, message):
    with pytest.raises(ParameterError, match=message):
        Network(seed=1, **options)


def test_a_target_above_one_matters_only_where_it_is_used():
    assert Network(ne=800, nu=784, seed=1, h_ip=0.1).step(np.ones(784)).shape == (800,)
    assert Network(ne=800, nu=784, seed=1, freeze="ip").parameters.h_ip is None


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda net: net.step([1.0]), r"u has shape \(1,\); one step needs \(4,\)"),
        (lambda net: net.step("abcd"), "not an array of real numbers"),
        (lambda net: net.step([1, 2, 3, np.nan]), "u contains NaN"),
        (lambda net: net.run(U, record=["excitatry"]), "Did you mean 'excitatory'"),
        (lambda net: net.run(U, every=0), "every=0; give a whole number"),
        (lambda net: net.run(U, reward=[1, 2]), "reward has shape .*each step .60."),
        (lambda net: net.run(U, progress=3), "progress=3; give True or a function"),
        (lambda net: net.run(U)["Te"], "'Te' was not recorded; there is: excitatory"),
        (lambda net: net.set_activity([2], [1]), "x must hold 0 or 1 in the shape"),
    ],
)
def test_wrong_calls_are_errors_in_words(call, message):
    with pytest.raises(SornError, match=message):
        call(Network(ne=50, nu=4, seed=1))


def test_progress_true_shows_a_line(capsys):
    Network(ne=50, seed=1).run(steps=700, record=(), progress=True)
    assert "700/700 steps, 100 %, ETA 0 s" in capsys.readouterr().err


def test_repr_is_short():
    assert repr(Network(ne=50, nu=4, seed=1)).startswith("Network(ne=50, nu=4, seed=1, phase=")
    recording = Network(ne=50, nu=4, seed=1).run(U)
    assert repr(recording) == "Recording(60 steps, every 1: excitatory (60, 50))"


@pytest.mark.parametrize("backend", ["numpy", "numba"])
@pytest.mark.parametrize("phase", ["plasticity", "training"])
@pytest.mark.parametrize("batch", [None, 2])
def test_what_a_step_returns_is_the_callers_own(backend, phase, batch):
    require_backend(backend)
    options = {"ne": 60, "nu": 2, "seed": 1, "backend": backend, "phase": phase, "batch": batch}
    changed, other = Network(**options), Network(**options)
    u = np.ones(2)
    for _ in range(5):
        fired = changed.step(u)
        np.testing.assert_array_equal(fired, other.step(u))
        fired[...] = ~fired
        changed.observe(u, ["excitatory"])["excitatory"][...] = True
        other.observe(u, ["excitatory"])
