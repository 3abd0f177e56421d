"""The equations and the code of the one Brian2 model keep every word, in every form it takes."""

from dataclasses import replace

import brian2 as b2
import numpy as np
import pytest

from lateralnet.network.batch import Batch, Phase
from lateralnet.network.brian2_model import build
from lateralnet.network.definition import input_layout
from lateralnet.network.own_model import CellModel, OwnModel, SynapseModel
from lateralnet.network.wiring import make_replica
from lateralnet.simulation.session import definition_of
from tests.golden_values import assert_golden
from tests.network.test_golden_network import NETWORKS

# The objects are looked at and never run; Brian2 would say so at the exit.
b2.BrianLogger.suppress_hierarchy("brian2.core.base.unused_brian_object")

OWN = OwnModel(
    cell=CellModel(
        equations="dtheta/dt = -theta/tau_theta : volt", threshold="v > v_th + theta",
        reset="theta += 1*mV", state={"theta": 0.0}, constants={"tau_theta": (0.05, "second")},
    ),
    synapses=(
        SynapseModel("mon_ts", equations="x : 1", transmission="x", on_pre="x *= 0.9",
                     on_post="x = clip(x + 0.1, 0, 1)", state={"x": 1.0}),
    ),
)  # fmt: skip
FORMS = {
    "tiny": ("tiny", {}),
    "rich": ("rich", {}),
    "fixed": ("fixed", {}),
    "genn": ("tiny", {"resets_before_synapses": True}),
    "own": ("tiny", {"model": OWN}),
}


def numbers_of(namespace):
    """Return the constants of a namespace in SI units."""
    return {
        name: float(np.asarray(value)) for name, value in namespace.items()
        if not callable(value) and np.ndim(value) == 0
    }  # fmt: skip


def equations_of(owner):
    """Return each equation as text: what it defines, how, and with which flags."""
    return [
        f"{one.type} {name} = {one.expr.code if one.expr else ''} {sorted(one.flags)}"
        for name, one in sorted(owner.equations.items())
    ]


@pytest.mark.parametrize("form", FORMS)
def test_the_code_of_every_object(form):
    network, changes = FORMS[form]
    replica = replace(make_replica(NETWORKS[network](123)), model=changes.get("model"))
    definition = replace(definition_of([replica], "cpp", "float64"), **changes)
    inputs = Batch([replica], definition).pack(
        [replica.initial_state()], Phase("training", True, True), 0
    )
    for name in ("row_time.values", "ll_rates.values"):
        inputs[name] = np.zeros(input_layout(definition)[name][1])
    before = b2.prefs.codegen.target, b2.defaultclock.dt
    b2.prefs.codegen.target = "numpy"
    try:
        model = build(lambda name, setter: setter(inputs[name]), definition.as_dict())
    finally:
        b2.prefs.codegen.target, b2.defaultclock.dt = before
    found = {}
    for name, owner in model.owners.items():
        found[name] = {
            "equations": equations_of(owner), "n": len(owner),
            "constants": numbers_of(owner.namespace),
        }  # fmt: skip
        if isinstance(owner, b2.Synapses):
            found[name] |= {
                path.objname: [path.code, path.when, str(path.order)] for path in owner._pathways
            }
        else:
            found[name] |= {
                "threshold": owner.events["spike"], "reset": owner.event_codes.get("spike", ""),
            }  # fmt: skip
    found["outputs"] = {name: variable for name, (_, variable) in model.outputs.items()}
    found["tables"] = {name: len(table.values) for name, table in model.timed_arrays.items()}
    assert_golden(f"model_{form}", found)
