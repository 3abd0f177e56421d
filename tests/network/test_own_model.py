"""Cells and synapses of one's own: part of the network, of its state, and of a resume."""

import json

import numpy as np
import pytest

import lateralnet
from lateralnet.errors import InputError
from lateralnet.network import CellModel, OwnModel, SynapseModel
from tests.tiny import tiny


def adaptive(jump_mV):
    """Return a threshold of MON that rises with every spike and decays in 50 ms."""
    return OwnModel(
        CellModel(
            equations="dtheta/dt = -theta/tau_theta : volt\ntheta_jump : volt (constant)",
            threshold="v > v_th + theta",
            reset="theta += theta_jump",
            state={"theta": 0.0},
            values={"theta_jump": {"mon": jump_mV * 1e-3, "ts": 0.0}},
            constants={"tau_theta": (0.05, "second")},
        )
    )


def halved(projection):
    return OwnModel(
        synapses=(SynapseModel(projection, equations="x : 1", transmission="x", state={"x": 0.5}),)
    )


def run(place, name, device="cpp", model=None, **changed):
    p = tiny(seed=3, **{"ll_mon_use_stdp": False, "ll_mon_w_mean_mV": 16.0, **changed})
    return lateralnet.run(p, device, model=model, run_name=name, runs_dir=place)


def spikes(result, layer, condition="untrained"):
    found = result.seeds[0].record.tests[condition].spikes[0][layer]
    return found.step, found.cell


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("own")


@pytest.fixture(scope="module")
def plain(place):
    return run(place, "plain")


@pytest.fixture(scope="module")
def adapted(place):
    return run(place, "adapted", model=adaptive(4.0))


def test_a_model_that_adds_nothing_changes_nothing(place, plain):
    same = run(place, "nothing", model=adaptive(0.0))
    for layer in ("ll", "mon", "ts"):
        np.testing.assert_array_equal(spikes(same, layer), spikes(plain, layer))
    np.testing.assert_array_equal(
        same.seeds[0].record.weights["mon_ts_w"], plain.seeds[0].record.weights["mon_ts_w"]
    )


def test_an_adaptive_threshold_makes_mon_fire_less_and_leaves_ll_alone(plain, adapted):
    np.testing.assert_array_equal(spikes(adapted, "ll"), spikes(plain, "ll"))
    assert 0 < spikes(adapted, "mon")[0].size < 0.8 * spikes(plain, "mon")[0].size


def test_its_state_is_in_the_checkpoint_of_mon_alone_and_its_numbers_in_the_run(adapted):
    with np.load(adapted.folder / "artifacts" / "mid_checkpoint.npz") as stored:
        theta = stored["state/cells.theta"]
    p = adapted.params
    assert theta.shape == (p.n_mon + p.n_ts,)
    assert theta[: p.n_mon].max() > 1e-4 and not theta[p.n_mon :].any()
    told = json.loads((adapted.folder / "params.json").read_text())["model"]
    assert told["cell"]["values"]["theta_jump"] == {"mon": 0.004, "ts": 0.0}


def test_a_resumed_training_goes_on_exactly(place, adapted):
    short = run(place, "short", model=adaptive(4.0), n_training_trials=3)
    with pytest.raises(InputError, match="another one for model"):
        lateralnet.run(adapted.params, "cpp", resume_from=short.folder)
    done = lateralnet.run(adapted.params, "cpp", model=adaptive(4.0), resume_from=short.folder)
    for name, array in adapted.seeds[0].record.weights.items():
        np.testing.assert_array_equal(done.seeds[0].record.weights[name], array)
    np.testing.assert_array_equal(spikes(done, "mon", "trained"), spikes(adapted, "mon", "trained"))


def test_devices_agree(place, adapted):
    other = run(place, "runtime", "runtime", model=adaptive(4.0))
    np.testing.assert_array_equal(spikes(other, "mon"), spikes(adapted, "mon"))


def test_a_synapse_that_delivers_half_is_one_of_half_the_weight(place, plain):
    half = run(place, "half", model=halved("ll_mon"))
    weights = run(place, "weights", ll_mon_w_mean_mV=8.0, ll_mon_w_jitter_mV=1.5)
    assert plain.params.ll_mon_w_jitter_mV == 3.0
    np.testing.assert_array_equal(spikes(half, "mon"), spikes(weights, "mon"))
    assert spikes(half, "mon")[0].size < spikes(plain, "mon")[0].size


def test_synapses_of_both_projections_carry_their_states(place):
    depressing = OwnModel(
        synapses=tuple(
            SynapseModel(
                projection,
                equations="dx/dt = (1 - x)/tau_x : 1 (clock-driven)",
                transmission="x",
                on_pre="x *= 0.6",
                state={"x": 1.0},
                constants={"tau_x": (0.2, "second")},
            )
            for projection in ("ll_mon", "mon_ts")
        )
    )
    whole = run(place, "whole", model=depressing)
    short = run(place, "begun", model=depressing, n_training_trials=2)
    done = lateralnet.run(whole.params, "cpp", model=depressing, resume_from=short.folder)
    for result in (whole, done):
        with np.load(result.folder / "artifacts" / "mid_checkpoint.npz") as stored:
            x = stored["state/ll_mon.x"]
        assert 0 < x.min() < 0.9 and x.max() <= 1
    np.testing.assert_array_equal(spikes(done, "ts", "trained"), spikes(whole, "ts", "trained"))


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda: CellModel(threshold="v > v_th + t*mV/second"), "'t' cannot be used"),
        (lambda: CellModel(reset="v += rand()*mV"), "'rand' cannot be used"),
        (lambda: CellModel(equations="ge : volt"), "'ge' is a variable of the network"),
        (lambda: CellModel(state={"theta": 0.0}), "no equation defines 'theta'"),
        (lambda: CellModel(equations="dtheta/dt = -theta/tau_m : volt"), "no initial value"),
        (lambda: CellModel(equations="a : 1 (constant)", values={"a": {"mon": 1}}), "one each for"),
        (lambda: SynapseModel("ts_ts"), "known: ll_mon, mon_ts"),
        (lambda: OwnModel(synapses=(SynapseModel("ll_mon"),) * 2), "two synapse models"),
    ],
)
def test_what_no_device_can_carry_is_refused(make, match):
    with pytest.raises(InputError, match=match):
        make()


def test_equations_that_brian2_does_not_read_are_refused_and_nothing_is_written(tmp_path):
    model = OwnModel(CellModel(equations="dtheta/dt = -theta/tau_m", state={"theta": 0.0}))
    with pytest.raises(InputError, match="Brian2 does not accept"):
        run(tmp_path, "x", model=model)
    assert not any(tmp_path.iterdir())
