"""A fingerprint holds every parameter that decides how training goes on."""

import dataclasses
import json

import numpy as np
import pytest

from lateralnet.errors import InputError, ParameterError
from lateralnet.learning.checkpoint import (
    Checkpoint,
    fingerprint,
    load_checkpoint,
    save_checkpoint,
    seed_in,
    trials_in,
)
from lateralnet.learning.learning_curve import LearningCurve
from lateralnet.network.wiring import make_replica
from lateralnet.parameters.params import parameter_names, spec_of
from lateralnet.simulation.spikes import no_spikes
from tests.tiny import tiny

# How long training goes on, how often it is looked at, and what only the test reads.
MAY_DIFFER = {
    "n_training_trials", "checkpoint_trials", "pv_eval_every_checkpoints",
    "checkpoint_save_every_n_checkpoints",
} | {name for name in parameter_names() if spec_of(name).read_by == "test"}  # fmt: skip


# Between them, every parameter can have another value.
BASES = (
    tiny(eval_x_min_cm=0.0, eval_x_max_cm=4.0),
    tiny(ll_polarity="opposed", ll_mon_polarity="segregated", ts_lateral_exc_radius=2,
         ts_lateral_exc_peak_mV=4.0),
    tiny(ll_lesion_after_trials=2, ll_lesion_from_cm=1.0, ll_lesion_to_cm=2.0),
)  # fmt: skip


def pair_that_differs_in(name):
    """Return two networks that differ in one parameter."""
    for base in BASES:
        changed = another(base, name)
        if changed is not None:
            return base, changed
    raise AssertionError(f"no other value of {name} is allowed beside the others")


def another(params, name):
    """Return the same parameters with another value of one, or None."""
    spec, value = spec_of(name), getattr(params, name)
    if spec.kind is bool:
        candidates = [not value]
    elif spec.kind is str:
        candidates = [choice for choice in spec.choices if choice != value]
    else:
        base = spec.kind(value or 0)
        candidates = [spec.kind(base * 1.25), base + 1, base - 1, spec.kind(base * 0.75), 5, 0.5]
    for candidate in candidates:
        try:
            changed = dataclasses.replace(params, **{name: candidate})
        except ParameterError:
            continue
        if getattr(changed, name) != value:
            return changed
    return None


@pytest.mark.parametrize("name", parameter_names())
def test_every_parameter_of_training_is_in_the_fingerprint(name):
    one, other = (fingerprint(params, "float64") for params in pair_that_differs_in(name))
    assert (one == other) == (name in MAY_DIFFER)


def test_what_may_differ_is_what_only_the_test_reads():
    assert {"distance_cm", "test_sweeps", "speed_cm_s"} <= MAY_DIFFER | {"speed_cm_s"}
    assert {"seed", "mon_ts_apre", "dt_s", "n_mon"}.isdisjoint(MAY_DIFFER)


def test_the_precision_is_in_the_fingerprint():
    assert fingerprint(tiny(), "float64") != fingerprint(tiny(), "float32")


def saved(path, params, **changes):
    replica = make_replica(params)
    checkpoint = Checkpoint(
        trials_done=4,
        state=replica.initial_state(),
        curve=LearningCurve(params, replica.mon_ts.w).state(),
        tail=no_spikes(params.n_cells, params.dt_s),
        exact=True,
    )
    save_checkpoint(path, checkpoint, params, "float64", durable=False)
    return replica, checkpoint


def test_a_checkpoint_tells_its_seed_and_trials(tmp_path):
    saved(tmp_path / "c.npz", tiny(seed=321))
    assert seed_in(tmp_path / "c.npz") == 321
    assert trials_in(tmp_path / "c.npz", tiny(seed=321), "float64") == 4
    np.savez(tmp_path / "p.npz", trial_idx=3)  # the published program does not say
    assert seed_in(tmp_path / "p.npz") is None


def test_what_is_saved_comes_back_bit_for_bit(tmp_path):
    replica, checkpoint = saved(tmp_path / "c.npz", tiny())
    found = load_checkpoint(tmp_path / "c.npz", replica, "float64")
    assert found.trials_done == 4 and found.exact
    for name, array in checkpoint.state.items():
        assert found.state[name].dtype == array.dtype
        assert found.state[name].tobytes() == array.tobytes(), name
    assert {name: a.tolist() for name, a in found.curve.items()} == {
        name: a.tolist() for name, a in checkpoint.curve.items()
    }
    with np.load(tmp_path / "c.npz") as stored:
        assert int(stored["trial_idx"]) == 3
        assert stored["schema_version"] == 1  # of the files that users have
        assert stored["ll_mon_w_mV"] == pytest.approx(replica.ll_mon.w)
        assert json.loads(str(stored["params"]))["n_mon"] == 60


def test_a_checkpoint_of_another_network_is_refused_with_its_difference(tmp_path):
    saved(tmp_path / "c.npz", tiny())
    other = make_replica(tiny(mon_ts_apre=0.5))
    with pytest.raises(InputError, match=r"another network: mon_ts_apre [\d.]+ -> 0\.5"):
        load_checkpoint(tmp_path / "c.npz", other, "float64")
    with pytest.raises(InputError, match="precision \\(now float32\\)"):
        load_checkpoint(tmp_path / "c.npz", make_replica(tiny()), "float32")
    with pytest.raises(InputError, match="another network: seed 123 -> 124"):
        load_checkpoint(tmp_path / "c.npz", make_replica(tiny(seed=124)), "float64")


def test_the_test_may_be_another_one(tmp_path):
    saved(tmp_path / "c.npz", tiny())
    replica = make_replica(tiny(test_sweeps=5, n_training_trials=40))
    assert load_checkpoint(tmp_path / "c.npz", replica, "float64").trials_done == 4


def test_a_published_checkpoint_has_weights_and_starts_from_rest(tmp_path):
    replica = make_replica(tiny())
    w, w_mV = replica.mon_ts.w * 0.5, replica.ll_mon.w * 0.9
    curve = {"checkpoint_t_s": np.array([1.0, 2.0]), "w_mean_series": np.array([0.1, 0.2])}
    np.savez(tmp_path / "p.npz", trial_idx=3, mon_ts_w=w, ll_mon_w_mV=w_mV, **curve)
    found = load_checkpoint(tmp_path / "p.npz", replica, "float64")
    assert found.trials_done == 4 and not found.exact
    assert np.array_equal(found.state["mon_ts.w"], w)
    assert found.state["ll_mon.w"] == pytest.approx(1e-3 * w_mV)
    assert np.array_equal(found.state["cells.v"], replica.initial_state()["cells.v"])
    assert set(found.curve) == set(curve)
    assert not any(len(found.tail[layer]) for layer in ("ll", "mon", "ts"))
    np.savez(tmp_path / "q.npz", trial_idx=3, mon_ts_w=w[:-1])
    with pytest.raises(InputError, match=f"holds {w.size - 1} weights mon_ts, .* has {w.size}"):
        load_checkpoint(tmp_path / "q.npz", replica, "float64")
    np.savez(tmp_path / "n.npz", mon_ts_w=w)
    with pytest.raises(InputError, match="not a training checkpoint"):
        load_checkpoint(tmp_path / "n.npz", replica, "float64")
