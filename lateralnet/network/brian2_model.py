"""The one Brian2 definition of the LL->MON->TS network, in the form that every device accepts.

Populations (per replica): `afferents` (LL, Bernoulli spikes from a rate table), `cells` (MON,
then TS: one LIF neuron with two kinds of targets) and `inhibitory` (the two global cells).
With R replicas each population holds network after network.

What makes it portable, and fast:

* no device random numbers: see `counter_noise`; the background is one Bernoulli(rate dt) per
  cell and step inside the state update, which is what a Poisson source through a one-to-one
  synapse does;
* the pair-STDP traces sit on the neurons (a_pre depends only on the source, a_post only on
  the target), so ``on_pre`` writes one postsynaptic variable and reads no presynaptic one
  (GeNN), and a MON->TS event touches one weight;
* refractoriness is a counter in time steps instead of ``lastspike``: nothing refers to absolute
  time, so a segment continues where the last one stopped;
* every number that a study varies is an array or a shared variable filled at run time; only
  sizes, synapse counts and time constants are compiled in.

Order within a step, as in the published program: state update, thresholds, current and LTD of
the presynaptic spikes, resets (which bump the traces), LTP of the postsynaptic spikes. So a
post spike sees a pre spike of the same step, and a pre spike does not see a post spike.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from lateralnet.network.counter_noise import C_SOURCE, counter_uniform
from lateralnet.network.definition import Definition, input_layout, state_names
from lateralnet.network.own_model import OwnModel, quantities, with_own

TAU_TRACE_MS = 20.0  # of all STDP traces, pre and post (published model)


@dataclass(frozen=True)
class Model:
    """Brian2 objects of one network, by name.

    `outputs` maps the name of a state array to (owner, variable).
    """

    network: Any
    owners: dict[str, Any]
    outputs: dict[str, tuple[Any, str]]
    spike_monitors: dict[str, Any]
    timed_arrays: dict[str, Any]


Assign = Callable[[str, Callable[[np.ndarray], None]], None]


def build(assign: Assign, definition: Mapping[str, Any]) -> Model:
    """Make the Brian2 objects.

    Parameters
    ----------
    assign : callable
        ``assign(name, setter)`` must call ``setter(array)`` with the array of that input; the
        device finds out there where the array goes.
    definition : mapping
        Fields of a `Definition`.
    """
    import brian2 as b2

    d = Definition(**definition)
    b2.defaultclock.dt = d.dt_s * b2.second
    uniform = _brian_counter_uniform(b2)
    tables = _tables(b2, d, assign)
    afferents = _afferents(b2, d, uniform, tables)
    cells = _cells(b2, d, uniform)
    inhibitory = _inhibitory(b2, d)
    for group in (afferents, cells, inhibitory):
        _assign_variables(assign, group, d)
    synapses = _synapses(b2, d, assign, afferents, cells, inhibitory)
    monitors = {
        group.name: b2.SpikeMonitor(group, name=f"spikes_{group.name}")
        for group in (afferents, cells)
    }
    network = b2.Network(
        afferents, cells, inhibitory, *synapses.values(), *monitors.values(), name="lateral_line"
    )
    groups = {"afferents": afferents, "cells": cells, "inhibitory": inhibitory, **synapses}
    outputs = {name: (groups[name.split(".")[0]], name.split(".")[1]) for name in state_names(d)}
    return Model(network, groups, outputs, monitors, tables)


def _brian_counter_uniform(b2: Any) -> Any:
    function = b2.Function(
        lambda key, step: counter_uniform(key, step),
        arg_units=[1, 1],
        return_unit=1,
        arg_types=["integer", "integer"],
        return_type="float",
    )
    for target, kind in (
        ("cpp", "static inline"),
        ("cuda", "static inline __host__ __device__"),
        ("genn", "SUPPORT_CODE_FUNC"),
    ):
        code = C_SOURCE.replace("static inline", kind)
        function.implementations.add_implementation(target, code=code, name="counter_uniform")
    return function


def _constants(b2: Any, d: Definition) -> dict[str, Any]:
    ms, mV = b2.ms, b2.mV
    return {
        "v_th": d.v_th_mV * mV,
        "v_reset": d.v_reset_mV * mV,
        "e_l": d.e_l_mV * mV,
        "tau_m": d.tau_m_ms * ms,
        "tau_s": d.tau_s_ms * ms,
        # Steps after a spike in which v stands still; Brian2's own rounding of `refractory`.
        "n_refractory": float(int((d.tau_ref_ms * 1e-3 + 1e-3 * d.dt_s) / d.dt_s)),
        # With this time constant one Euler step is the exact decay exp(-dt/tau).
        "tau_trace": d.dt_s / -np.expm1(-d.dt_s / (TAU_TRACE_MS * 1e-3)) * b2.second,
    }


_LIF = """
dv/dt = int(refractory_left < 1.5)*(e_l - v + ge{minus_gi})/tau_m : volt
drefractory_left/dt = -int(refractory_left > 0.5)/dt : 1
"""


def _tables(b2: Any, d: Definition, assign: Assign) -> dict[str, Any]:
    """Two-level rate table: which row at which step, and the rates of each row."""
    arrays: dict[str, np.ndarray] = {}
    for name in ("row_time.values", "ll_rates.values"):
        assign(name, functools.partial(arrays.__setitem__, name))
    rates = arrays["ll_rates.values"].reshape(d.n_rows, d.n_ll * d.replicas)
    return {
        "row_time": b2.TimedArray(
            arrays["row_time.values"] * b2.second, dt=d.dt_s * b2.second, name="row_time"
        ),
        "ll_rates": b2.TimedArray(rates * b2.Hz, dt=1 * b2.second, name="ll_rates"),
    }


def _afferents(b2: Any, d: Definition, uniform: Any, tables: dict[str, Any]) -> Any:
    equations = "rate : Hz\nnoise_key : integer (constant)\nstep0 : integer (shared)"
    reset = ""
    if d.ll_mon_plastic:
        equations += "\ndtrace/dt = -trace/tau_trace : 1\ntrace_bump : 1 (constant)"
        reset = "trace += trace_bump"
    group = b2.NeuronGroup(
        d.n_ll * d.replicas,
        equations,
        threshold="counter_uniform(noise_key, step0 + timestep(t, dt)) < rate*dt",
        reset=reset,
        method="euler",
        namespace={**_constants(b2, d), **tables, "counter_uniform": uniform},
        name="afferents",
    )
    # Brian2GeNN knows this kind of operation by its name.
    name = "afferents_run_regularly_rates"
    group.run_regularly("rate = ll_rates(row_time(t), i)", when="start", name=name)
    return group


def _cells(b2: Any, d: Definition, uniform: Any) -> Any:
    equations = (
        _LIF.format(minus_gi=" - gi")
        + """
    dge/dt = -ge/tau_s + background_w*int(noise < background_p)/dt : volt
    noise = counter_uniform(noise_key, step0 + timestep(t, dt)) : 1
    dgi/dt = -gi/tau_s : volt
    dtrace/dt = -trace/tau_trace : 1
    noise_key : integer (constant)
    step0 : integer (shared)
    background_p : 1 (constant)
    background_w : volt (constant)
    trace_bump : 1 (constant)
    """
    )
    reset = "v = v_reset\nrefractory_left = n_refractory\ntrace += trace_bump"
    traces = ["trace"]
    if d.ll_mon_plastic:
        equations += "\ndtrace_ll/dt = -trace_ll/tau_trace : 1\ntrace_ll_bump : 1 (constant)"
        reset += "\ntrace_ll += trace_ll_bump"
        traces.append("trace_ll")
    threshold, own = "v > v_th", d.model.cell if d.model else None
    if own is not None:
        equations += f"\n{own.equations}"
        threshold = own.threshold
        reset += f"\n{own.reset}" if own.reset else ""
    if d.resets_before_synapses:
        # LTD must not see the bump of the same step: keep the decayed value from before it.
        for name in traces:
            equations += f"\nd{name}_seen/dt = ({name}*(1 - dt/tau_trace) - {name}_seen)/dt : 1"
    return b2.NeuronGroup(
        d.n_cells,
        equations,
        threshold=threshold,
        reset=reset,
        method="euler",
        namespace={**_constants(b2, d), **quantities(b2, own), "counter_uniform": uniform},
        name="cells",
    )


def _inhibitory(b2: Any, d: Definition) -> Any:
    return b2.NeuronGroup(
        2 * d.replicas,
        _LIF.format(minus_gi="") + "dge/dt = -ge/tau_s : volt",
        threshold="v > v_th",
        reset="v = v_reset\nrefractory_left = n_refractory",
        method="euler",
        namespace=_constants(b2, d),
        name="inhibitory",
    )


def _synapses(
    b2: Any, d: Definition, assign: Assign, afferents: Any, cells: Any, inhibitory: Any
) -> dict[str, Any]:
    seen = "_seen_post" if d.resets_before_synapses else "_post"
    made = {}

    def make(name: str, source: Any, target: Any, count: int, **code: Any) -> None:
        if not count:
            return
        synapse = b2.Synapses(source, target, name=name, method="euler", **code)
        if "on_post" in code:
            synapse.post.when = "after_resets"  # LTP sees the bumps of this step's pre spikes
        _assign_synapse(assign, synapse, d)
        made[name] = synapse

    plastic = f"w = clip(w + trace_ll{seen}*w, 0*volt, w_max)"
    learning = {"model": "w : volt", "on_pre": "ge_post += w"}
    if d.ll_mon_plastic:
        learning = {
            "model": "w : volt\nw_max : volt (shared)",
            "on_pre": f"ge_post += w\n{plastic}",
            "on_post": "w = clip(w + trace_pre*(w_max - w), 0*volt, w_max)",
        }
    own = (d.model or OwnModel()).synapse
    make("ll_mon", afferents, cells, d.n_ll_mon, **with_own(b2, learning, own("ll_mon")))

    ltd, ltp = f"trace{seen}", "trace_pre"
    if d.stdp_mu:
        # Compiled with -ffast-math, w/w_max may exceed 1 by one bit, and its root is NaN then.
        ltd += f"*clip(w/w_max, 0, 1)**{d.stdp_mu!r}"
        ltp += f"*clip(1 - w/w_max, 0, 1)**{d.stdp_mu!r}"
    learning = {
        "model": "w : 1\ngain : volt (shared)\nw_max : 1 (shared)\noffset : 1 (shared)",
        "on_pre": f"ge_post += gain*w\nw = clip(w + {ltd}, 0, w_max)",
        "on_post": f"w = clip(w + {ltp} - offset, 0, w_max)",
    }
    make("mon_ts", cells, cells, d.n_mon_ts, **with_own(b2, learning, own("mon_ts")))
    fixed = {"model": "w : volt (constant)"}
    make("ts_inhibition", cells, cells, d.n_ts_inhibition, on_pre="gi_post += w", **fixed)
    make("ts_excitation", cells, cells, d.n_ts_excitation, on_pre="ge_post += w", **fixed)
    make("to_inhibitory", cells, inhibitory, d.n_cells, on_pre="ge_post += w", **fixed)
    make("from_inhibitory", inhibitory, cells, d.n_cells, on_pre="gi_post += w", **fixed)
    return made


def _assign_variables(assign: Assign, owner: Any, d: Definition) -> None:
    for key in input_layout(d):
        name, variable = key.split(".")
        if name == owner.name and variable not in ("i", "j"):
            assign(key, functools.partial(_set, owner, variable))


def _assign_synapse(assign: Assign, synapse: Any, d: Definition) -> None:
    ends: dict[str, np.ndarray] = {}

    def connect(targets: np.ndarray) -> None:
        synapse.connect(i=ends["i"], j=targets)

    assign(f"{synapse.name}.i", functools.partial(ends.__setitem__, "i"))
    assign(f"{synapse.name}.j", connect)
    _assign_variables(assign, synapse, d)


def _set(owner: Any, variable: str, array: np.ndarray) -> None:
    """Assign plain numbers, which are in SI units, past the unit check."""
    value = array[0] if owner.variables[variable].scalar else array
    setattr(owner, variable + "_", value)
