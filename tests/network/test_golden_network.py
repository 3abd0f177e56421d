"""What is drawn from a seed, and what goes into a program, keeps every number."""

import pytest

from lateralnet.network.batch import Batch, Phase
from lateralnet.network.definition import input_layout, state_names
from lateralnet.network.wiring import make_replica
from lateralnet.parameters.presets import preset
from lateralnet.simulation.session import definition_of
from tests.golden_values import assert_golden, summed
from tests.tiny import tiny

RICH = {
    "use_ts_feedback_inh": True, "ts_lateral_exc_radius": 3, "ts_lateral_exc_peak_mV": 0.7,
    "ll_polarity": "opposed", "ll_mon_polarity": "paired", "ll_to_mon_in_degree": 6,
    "mon_ts_stdp_offset": 0.001, "mon_ts_stdp_mu": 0.3,
}  # fmt: skip
FIXED = {"ll_mon_use_stdp": False, "ll_polarity": "opposed", "ll_mon_polarity": "segregated"}
NETWORKS = {
    "tiny": lambda seed: tiny(seed=seed),
    "rich": lambda seed: tiny(seed=seed, **RICH),
    "fixed": lambda seed: tiny(
        seed=seed, ll_mon_use_stdp=False, ll_polarity="opposed", ll_mon_polarity="segregated"
    ),
    "wide": lambda seed: tiny(seed=seed, ts_lateral_exc_radius=30, ts_lateral_exc_peak_mV=0.5),
    "learn": lambda seed: preset("ll_learn", seed=seed, n_mon=300, n_ts=60),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_wiring_and_inputs(name):
    replicas = [make_replica(NETWORKS[name](seed)) for seed in (123, 124)]
    definition = definition_of(replicas, "cpp", "float64")
    batch = Batch(replicas, definition)
    layout = input_layout(definition)
    found = {
        "kinds": {key: kind for key, (kind, _) in layout.items()},
        "sizes": {key: size for key, (_, size) in layout.items()},
        "states": list(state_names(definition)),
        "row_lengths": {key: list(value) for key, value in batch.row_lengths().items()},
    }
    states = [replica.initial_state() for replica in replicas]
    for phase in (Phase("training", True, True), Phase("test/1", False, False)):
        inputs = batch.pack(states, phase, 11)
        found[phase.stream] = {key: summed(array) for key, array in inputs.items()}
    assert_golden(f"network_{name}", found)
