"""Networks side by side: what goes in and comes out of a program belongs to the right network."""

from types import SimpleNamespace

import numpy as np
import pytest

from lateralnet.errors import InputError
from lateralnet.network.batch import Batch, Phase
from lateralnet.network.counter_noise import stream_keys
from lateralnet.network.definition import input_layout
from lateralnet.network.wiring import make_replica
from lateralnet.simulation.session import definition_of
from tests.tiny import tiny

SEEDS = (123, 124, 125)
LEARNS = Phase("training", mon_ts_learns=True, ll_mon_learns=True)
FROZEN = Phase("test/0", mon_ts_learns=False, ll_mon_learns=False)
N_LL, N_MON, N_TS = 20, 60, 12
N_CELLS = N_MON + N_TS


@pytest.fixture(scope="module", params=[1, 3], ids=["alone", "three"])
def batch(request):
    replicas = [make_replica(tiny(seed=seed)) for seed in SEEDS[: request.param]]
    return Batch(replicas, definition_of(replicas, "cpp", "float64"))


def states_of(batch):
    """Return states in which every number says where it belongs."""
    states = []
    for r, replica in enumerate(batch.replicas):
        rng = np.random.default_rng(r)
        states.append({name: rng.random(a.size) for name, a in replica.initial_state().items()})
    return states


def packed(batch, phase=LEARNS, step0=7):
    return batch.pack(states_of(batch), phase, step0)


def test_inputs_have_the_sizes_of_the_layout(batch):
    inputs = packed(batch)
    layout = input_layout(batch.definition)
    assert set(layout) - set(inputs) == {"row_time.values", "ll_rates.values"}  # of the drive
    for name, values in inputs.items():
        assert values.size == layout[name][1], name
    assert int(inputs["cells.step0"][0]) == int(inputs["afferents.step0"][0]) == 7


SOURCES = {
    "ll_mon": (N_LL, 0, N_CELLS, 0),
    "mon_ts": (N_CELLS, 0, N_CELLS, N_MON),
    "ts_inhibition": (N_CELLS, N_MON, N_CELLS, N_MON),
}


@pytest.mark.parametrize("name", SOURCES)
def test_each_network_keeps_its_wiring_and_weights(batch, name):
    states, inputs = states_of(batch), packed(batch)
    width_i, first_i, width_j, first_j = SOURCES[name]
    i, j, w = (inputs[f"{name}.{part}"] for part in "ijw")
    n = i.size // len(batch.replicas)
    for r, replica in enumerate(batch.replicas):
        part = slice(r * n, (r + 1) * n)
        synapses = getattr(replica, name)
        own_i = i[part] - r * width_i - first_i
        assert (np.diff(own_i) >= 0).all()  # sorted by source
        own = list(zip(own_i, j[part] - r * width_j - first_j, w[part], strict=True))
        given = states[r].get(f"{name}.w", synapses.w * 1e-3)
        assert sorted(own) == sorted(zip(synapses.i, synapses.j, given, strict=True))


def test_states_come_back_bit_for_bit_in_wiring_order(batch):
    states, inputs = states_of(batch), packed(batch)
    found = batch.unpack({name: inputs[name] for name in states[0]})
    assert len(found) == len(states)
    for ours, back in zip(states, found, strict=True):
        for name, values in ours.items():
            assert values.tobytes() == back[name].tobytes(), name


def test_spikes_come_back_to_their_network_and_layer(batch):
    rng, n = np.random.default_rng(1), len(batch.replicas)
    step = np.sort(rng.integers(0, 50, 400))
    index = rng.integers(0, n * N_CELLS, 400)
    found = batch.split_cells(SimpleNamespace(step=step, index=index, bounds=None))
    assert len(found) == n
    for r, layers in enumerate(found):
        for layer, first, size in (("mon", 0, N_MON), ("ts", N_MON, N_TS)):
            own = index - r * N_CELLS - first
            inside = (own >= 0) & (own < size)
            assert np.array_equal(layers[layer][0], step[inside])
            assert np.array_equal(layers[layer][1], own[inside])
    index = rng.integers(0, n * N_LL, 400)
    found = batch.split_afferents(SimpleNamespace(step=step, index=index, bounds=None))
    for r, (own_step, own_index) in enumerate(found):
        inside = index // N_LL == r
        assert np.array_equal(own_step, step[inside])
        assert np.array_equal(own_index, index[inside] - r * N_LL)


def test_noise_is_that_of_each_seed_and_stream(batch):
    inputs = packed(batch)
    seeds = [replica.params.seed for replica in batch.replicas]
    for kind, size in (("cells", N_CELLS), ("afferents", N_LL)):
        keys = [stream_keys(seed, f"training/{kind}", size) for seed in seeds]
        assert np.array_equal(inputs[f"{kind}.noise_key"], np.concatenate(keys))
        other = packed(batch, FROZEN)[f"{kind}.noise_key"]
        assert np.array_equal(other[:size], stream_keys(seeds[0], f"test/0/{kind}", size))


def test_a_phase_that_learns_has_increments_and_bounds(batch):
    p, inputs = batch.replicas[0].params, packed(batch)
    n = len(batch.replicas)
    assert inputs["mon_ts.w_max"][0] == p.mon_ts_wmax
    assert inputs["ll_mon.w_max"][0] == pytest.approx(p.ll_mon_wmax_mV * 1e-3)
    assert inputs["mon_ts.gain"][0] == pytest.approx(p.mon_ts_gain_mV * 1e-3)
    bump = np.tile(np.repeat([p.mon_ts_apre, p.mon_ts_apost], [N_MON, N_TS]), n)
    assert np.array_equal(inputs["cells.trace_bump"], bump)
    ll = np.tile(np.repeat([p.ll_mon_apost, 0.0], [N_MON, N_TS]), n)
    assert np.array_equal(inputs["cells.trace_ll_bump"], ll)
    assert (inputs["afferents.trace_bump"] == p.ll_mon_apre).all()
    states = states_of(batch)
    assert np.array_equal(
        inputs["cells.trace"], np.concatenate([state["cells.trace"] for state in states])
    )


def test_a_frozen_phase_has_none_and_clips_nothing(batch):
    inputs = packed(batch, FROZEN)
    for name in ("cells.trace_bump", "cells.trace_ll_bump", "afferents.trace_bump",
                 "mon_ts.offset", "cells.trace", "cells.trace_ll", "afferents.trace"):  # fmt: skip
        assert not inputs[name].any(), name
    assert inputs["mon_ts.w_max"][0] > 1e20 and inputs["ll_mon.w_max"][0] > 1e20
    half = packed(batch, Phase("x", mon_ts_learns=True, ll_mon_learns=False))
    assert half["cells.trace"].any() and not half["cells.trace_ll"].any()
    assert half["mon_ts.w_max"][0] < 1.0 and half["ll_mon.w_max"][0] > 1e20


def test_background_and_inhibition_are_those_of_each_layer(batch):
    p, n, inputs = batch.replicas[0].params, len(batch.replicas), packed(batch)

    def layers(mon, ts):
        return np.tile(np.repeat([mon, ts], [N_MON, N_TS]), n)

    expected = {
        "cells.background_p": layers(p.bg_rate_mon_hz, p.bg_rate_ts_hz) * p.dt_s,
        "cells.background_w": layers(p.bg_w_mon_mV, p.bg_w_ts_mV) * 1e-3,
        "from_inhibitory.w": layers(p.global_inh_to_mon_mV, p.global_inh_to_ts_mV) * 1e-3,
    }
    for name, values in expected.items():
        assert inputs[name] == pytest.approx(values), name
    drive = [np.concatenate([r.mon_drive_mV, r.ts_drive_mV]) for r in batch.replicas]
    assert inputs["to_inhibitory.w"] == pytest.approx(np.concatenate(drive) * 1e-3)
    # Two inhibitory cells a network: the first of MON, the second of TS.
    target = np.repeat(np.arange(2 * n), np.tile([N_MON, N_TS], n))
    assert np.array_equal(inputs["to_inhibitory.j"], target)
    assert np.array_equal(inputs["from_inhibitory.i"], target)
    assert np.array_equal(inputs["to_inhibitory.i"], np.arange(n * N_CELLS))


def test_without_feedback_ts_is_not_inhibited_globally():
    replicas = [make_replica(tiny(use_ts_feedback_inh=False))]
    found = packed(Batch(replicas, definition_of(replicas, "cpp", "float64")))
    assert not found["from_inhibitory.w"][N_MON:].any()
    assert found["from_inhibitory.w"][:N_MON].all()


def test_row_lengths_bound_the_synapses_of_a_cell(batch):
    inputs = packed(batch)
    for name, (of_source, of_target) in batch.row_lengths().items():
        for bound, ends in ((of_source, inputs[f"{name}.i"]), (of_target, inputs[f"{name}.j"])):
            most = np.bincount(ends).max()
            assert most <= bound < 2 * most and bound & (bound - 1) == 0


@pytest.mark.parametrize("change", [{"mon_ts_wmax": 0.5}, {"n_mon": 61}, {"tau_m_ms": 11.0}])
def test_networks_that_cannot_share_a_program_are_refused(change):
    replicas = [make_replica(tiny()), make_replica(tiny(seed=124, **change))]
    with pytest.raises(InputError, match="replicas of one program must have the same"):
        Batch(replicas, definition_of(replicas[:1], "cpp", "float64"))
