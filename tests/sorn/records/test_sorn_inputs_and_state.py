"""Arguments that cannot work are errors in words; states survive a file."""

import errno
import json

import numpy as np
import pytest

from sorn import (
    BackendError,
    InputError,
    Network,
    ParameterError,
    Simulator,
    SornError,
    StateError,
    load_state,
    save_state,
)
from sorn import errors as error_module
from sorn.parameters import build_parameters
from sorn.records.inputs import InputMap
from tests.sorn.sorn_helpers import assert_states_equal


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"ne": 2}, r"ne=2 must be finite and at least 5"),
        ({"ne": 50.5}, "ne must be an integer, not 50.5"),
        ({"nu": True}, "nu must be an integer"),
        ({"eta_ip": float("nan")}, "eta_ip=nan must be finite"),
        ({"eta_ip": "fast"}, "eta_ip must be a number, not 'fast'"),
        ({"mu_ip": 0.0}, "mu_ip=0.0 must be"),
        ({"te_min": 2.0}, "te_min=2.0 is above te_max=1.0"),
        ({"network_type_ee": "sparse"}, "network_type_ee='sparse'; choose from Sparse, Dense"),
        ({"ne": 50, "nu": 60}, "nu=60 input rows drive one excitatory neuron each, but ne=50"),
        ({"normalise": ("ie",)}, "normalise names 'ie'"),
        ({"input_pools": [[1]]}, "1 pools but nu=10"),
        ({"input_pools": [[500]] * 10}, r"input_pools\[0\] names a neuron outside 0..199"),
        ({"h_ip": [0.1, 0.2]}, r"h_ip must be one rate or 200 rates"),
        ({"h_ip": 1.5}, "h_ip must be"),
        ({"h_ip": "gauss"}, "h_ip='gauss'"),
        ({"sp_rate": -1}, "sp_rate=-1"),
        ({"sp_rate": "fast"}, "sp_rate='fast'"),
        ({"threshold": "<"}, "threshold='<'; choose from >, >="),
        ({"inhibition": "slow"}, "inhibition='slow'; choose from delayed, fast"),
        ({"initial_activity": 2.0}, "initial_activity=2.0 must be"),
        ({"input_weights": np.ones((3, 10))}, r"of shape \(ne, nu\) = \(200, 10\)"),
        ({"input_weights": "x"}, "input_weights is not an array"),
        (
            {"input_weights": np.ones((200, 10)), "input_pools": [[1]] * 10},
            "input_pools or input_weights, not both",
        ),
    ],
)
def test_values_out_of_range(options, message):
    with pytest.raises(ParameterError, match=message):
        build_parameters(**options)


def test_more_partners_than_neurons():
    with pytest.raises(ParameterError, match=r"lambda_ei=40 asks for up to 4. connections .* 20"):
        Simulator.run(timesteps=1, ne=20, lambda_ee=5, seed=1)


@pytest.mark.parametrize(
    ("inputs", "steps", "message"),
    [
        (np.ones((3, 5)), 5, r"3 rows \(shape \(3, 5\)\) but nu=10; pass nu=3"),
        (np.ones((10, 5)), 6, "5 columns, fewer than the 6 time steps"),
        (np.ones(10), 1, r"shape \(10,\); it must be \(nu, time\)"),
        ("text", 1, "not an array of real numbers but of <U4"),
        (np.ones((10, 5)) * 1j, 1, "not an array of real numbers but of complex128"),
        ([[1, 2], [3]], 1, "not an array of numbers"),
        (np.ones((10, 5)), 0, "whole number >= 1, not 0"),
        (np.ones((10, 5)), 2.5, "whole number >= 1, not 2.5"),
        (None, None, "number of time steps is needed"),
        (np.ma.masked_less(np.eye(10), 1), 1, "inputs has masked values; fill them first"),
        ((np.ones(4), {}), 1, r"\(observation, info\), as reset\(\) of gymnasium returns"),
    ],
)
def test_inputs_that_do_not_fit(inputs, steps, message):
    with pytest.raises(InputError, match=message):
        Simulator.run(inputs=inputs, timesteps=steps)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_missing_values_in_inputs_are_found_where_they_are_used(value):
    inputs = np.zeros((10, 5000))
    inputs[3, 4700] = value
    with pytest.raises(InputError, match=r"NaN or infinity, first at index \[3, 4700\]"):
        Simulator.run(inputs=inputs, ne=50)
    Simulator.run(inputs=inputs, ne=50, timesteps=10)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda s: s.pop("Te"), r"misses \['Te'\]"),
        (lambda s: s.update(Foo=1), r"unknown keys \['Foo'\]"),
        (lambda s: s.update(Wei=s["Wei"].T), r"'Wei'\] has shape \(50, 10\).*needs \(10, 50\)"),
        (lambda s: s.update(Wee=np.ones(3)), "must be a square matrix"),
        (lambda s: s.update(Te="x"), "not an array of real numbers but of <U1"),
        (lambda s: s.update(Te=[[1], [2, 3]]), "not an array of numbers"),
        (lambda s: s["Wee"].__setitem__((1, 2), np.nan), r"'Wee'\] contains NaN.*\[1, 2\]"),
        (lambda s: s["Wee"].__setitem__((1, 2), -0.1), "negative weights"),
        (lambda s: s["X"].__setitem__((1, 1), 0.5), "activities 0 or 1"),
        (lambda s: s.update(Te=np.ma.masked_less(s["Te"], 9)), r"'Te'\] has masked values"),
    ],
)
def test_states_that_do_not_fit(change, message, small_state):
    change(small_state)
    with pytest.raises(StateError, match=message):
        Simulator.run(state=small_state, timesteps=1)


def test_a_state_of_another_size_or_kind(small_state):
    with pytest.raises(StateError, match=r"ne=60, ni=12 needs \(60, 60\)"):
        Simulator.run(state=small_state, timesteps=1, ne=60)
    with pytest.raises(StateError, match="not list"):
        Simulator.run(state=[1], timesteps=1)


def test_every_error_is_a_sorn_error_and_a_value_error():
    kinds = {BackendError, InputError, ParameterError, StateError}
    defined = {
        kind
        for kind in vars(error_module).values()
        if isinstance(kind, type) and issubclass(kind, SornError)
    }
    assert defined == kinds | {SornError}
    assert all(issubclass(kind, ValueError) for kind in kinds)


def test_row_k_drives_neuron_k_or_its_pool():
    inputs = np.array([[1.0, 2.0], [3.0, 4.0]])
    plain = InputMap(build_parameters(ne=6, nu=2)).stretch(inputs, 0, 2)
    np.testing.assert_array_equal(plain, [[1, 3, 0, 0, 0, 0], [2, 4, 0, 0, 0, 0]])
    pools = build_parameters(ne=6, nu=2, input_pools=[[4, 5], [5, 0]])
    pooled = InputMap(pools).stretch(inputs, 1, 2)
    np.testing.assert_array_equal(pooled, [[4, 0, 0, 0, 2, 6]])
    weights = np.arange(12.0).reshape(6, 2)
    weighted = InputMap(build_parameters(ne=6, nu=2, input_weights=weights)).stretch(inputs, 1, 2)
    np.testing.assert_array_equal(weighted, (weights @ inputs[:, 1:2]).T)


def test_insertion_rate_scales_with_the_number_of_pairs():
    rates = [build_parameters(ne=ne, sp_rate="scaled").insertions_per_step for ne in (200, 400)]
    assert rates[0] == pytest.approx(0.1)
    assert rates[1] == pytest.approx(0.1 * 400 * 399 / (200 * 199))
    state, _ = Simulator.run(timesteps=1, ne=400, seed=1, freeze=("sp",))
    options = {"freeze": ("stdp", "ip", "istdp", "ss"), "sp_rate": "scaled", "seed": 3}
    grown, _ = Simulator.run(timesteps=2000, state=state, **options)
    added = np.count_nonzero(grown["Wee"]) - np.count_nonzero(state["Wee"])
    assert added == pytest.approx(2000 * rates[1], rel=0.05)
    more, _ = Simulator.run(timesteps=400, state=state, **options | {"sp_rate": 2.5})
    added = np.count_nonzero(more["Wee"]) - np.count_nonzero(state["Wee"])
    assert added == pytest.approx(400 * 2.5, rel=0.05)
    np.random.seed(1)  # noqa: NPY002 - the published generator is the default
    more, _ = Simulator.run(timesteps=400, state=state, **options | {"sp_rate": 2.5, "seed": None})
    added = np.count_nonzero(more["Wee"]) - np.count_nonzero(state["Wee"])
    assert added == pytest.approx(400 * 2.5, rel=0.05)


def test_inhibitory_floor_keeps_synapses(small_state):
    options = {"state": small_state, "timesteps": 400, "seed": 2, "eta_inhib": 0.02}
    pruned, _ = Simulator.run(**options)
    held, _ = Simulator.run(istdp_floor=0.001, **options)
    assert np.count_nonzero(pruned["Wei"]) < np.count_nonzero(small_state["Wei"])
    assert np.count_nonzero(held["Wei"]) == np.count_nonzero(small_state["Wei"])


def test_only_the_named_matrices_are_normalised(small_state):
    small_state["Wei"] *= 0.5
    state, _ = Simulator.run(
        state=small_state, timesteps=3, seed=2, normalise=("ee",), freeze=("istdp",)
    )
    np.testing.assert_allclose(state["Wei"].sum(axis=0), 0.5)
    np.testing.assert_allclose(state["Wee"].sum(axis=0), 1.0)


def test_target_rates_are_drawn_once_per_seed(small_state):
    options = {"h_ip": "normal", "mu_ip": 0.1, "sigma_ip": 0.02, "seed": 4, "eta_ip": 1.0}
    options |= {"timesteps": 1, "freeze": ("stdp", "sp", "istdp", "ss"), "clip_te": False}
    state, _ = Simulator.run(state=small_state, **options)
    target = state["X"][:, 1] - (state["Te"] - small_state["Te"])[:, 0]
    again, _ = Simulator.run(state=state, **options)
    second = again["X"][:, 1] - (again["Te"] - state["Te"])[:, 0]
    np.testing.assert_allclose(target, second, atol=1e-12)
    assert target.mean() == pytest.approx(0.1, abs=0.015)
    assert target.std() == pytest.approx(0.02, rel=0.3)


def test_a_state_survives_a_file(tmp_path, small_state):
    path = save_state(tmp_path / "state.npz", small_state, {"seed": 5})
    loaded, metadata = load_state(path)
    assert_states_equal(loaded, small_state)
    assert metadata == {"schema_version": 2, "seed": 5}
    assert [entry.name for entry in tmp_path.iterdir()] == ["state.npz"]


def test_a_failed_write_leaves_the_old_file(tmp_path, small_state, monkeypatch):
    path = save_state(tmp_path / "state.npz", small_state)
    before = path.read_bytes()

    def fail(place, **arrays):
        place.write_bytes(b"half")
        raise OSError(errno.ENOSPC, "disk full")

    monkeypatch.setattr(np, "savez_compressed", fail)
    with pytest.raises(OSError, match=r"disk full: '.*state\.npz'"):
        save_state(path, small_state)
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["state.npz"]


def test_a_run_that_fails_leaves_no_half_recording(tmp_path):
    def fail(done, steps):
        raise OSError(errno.ENOSPC, "disk full")

    network = Network(ne=50, seed=1)
    with pytest.raises(OSError, match="disk full"):
        network.run(steps=2000, to=tmp_path / "out", progress=fail)
    assert list((tmp_path / "out").iterdir()) == []
    network.run(steps=10, to=tmp_path / "out")
    assert [entry.name for entry in (tmp_path / "out").iterdir()] == ["excitatory.npy"]


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04broken"])
def test_files_that_are_no_states(tmp_path, content):
    path = tmp_path / "state.npz"
    path.write_bytes(content)
    with pytest.raises(StateError, match=r"state\.npz is not a readable sorn state"):
        load_state(path)


def test_a_newer_file_is_refused(tmp_path, small_state):
    header = np.array(json.dumps({"schema_version": 99}))
    np.savez(tmp_path / "state.npz", metadata=header, **small_state)
    with pytest.raises(StateError, match="schema version 99"):
        load_state(tmp_path / "state.npz")
