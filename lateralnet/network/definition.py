"""What is compiled into a program, and the arrays that go in and come out: no engine here."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from lateralnet.network.own_model import OwnModel


@dataclass(frozen=True)
class Definition:
    """What is compiled into a program. Sizes are per replica, synapse counts too.

    Attributes
    ----------
    ll_mon_plastic : bool
        Whether LL->MON learns.
    stdp_mu : float
        Exponent of the weight dependence of MON->TS STDP; 0 is the additive rule.
    precision : str
        ``"float32"`` or ``"float64"``.
    n_rows : int
        Rows of the rate table of a segment.
    n_steps : int
        Longest segment in time steps.
    resets_before_synapses : bool
        True for a runtime that resets a neuron before its spike reaches the synapses (GeNN).
    model : OwnModel or None
        Cells and synapses of one's own.
    """

    n_ll: int
    n_mon: int
    n_ts: int
    n_ll_mon: int
    n_mon_ts: int
    n_ts_inhibition: int
    n_ts_excitation: int
    ll_mon_plastic: bool
    stdp_mu: float
    dt_s: float
    v_th_mV: float
    v_reset_mV: float
    e_l_mV: float
    tau_m_ms: float
    tau_s_ms: float
    tau_ref_ms: float
    precision: str
    replicas: int = 1
    n_rows: int = 1024
    n_steps: int = 16384
    resets_before_synapses: bool = False
    model: OwnModel | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "model", OwnModel.from_dict(self.model))

    @property
    def n_cells(self) -> int:
        """MON and TS cells of all replicas."""
        return (self.n_mon + self.n_ts) * self.replicas

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return asdict(self)


STATE = (
    "cells.v", "cells.ge", "cells.gi", "cells.refractory_left", "cells.trace",
    "inhibitory.v", "inhibitory.ge", "inhibitory.refractory_left", "mon_ts.w",
)  # fmt: skip
STATE_LL_PLASTIC = ("cells.trace_ll", "afferents.trace", "ll_mon.w")
SPIKES = ("afferents", "cells")
_COUNTED = ("ll_mon", "mon_ts")  # projections whose synapses can have states of one's own


def state_names(definition: Definition) -> tuple[str, ...]:
    """Names of the arrays that a segment hands on to the next."""
    names = STATE + (STATE_LL_PLASTIC if definition.ll_mon_plastic else ())
    own = definition.model
    return names if own is None else (*names, *own.initial_state(0, 0, dict.fromkeys(_COUNTED, 0)))


def input_layout(definition: Definition) -> dict[str, tuple[str, int]]:
    """Return name -> (dtype, size) of every array that a program reads when it starts."""
    d, real = definition, definition.precision
    n_ll, n_inh = d.n_ll * d.replicas, 2 * d.replicas
    counts = {
        "ll_mon": d.n_ll_mon * d.replicas,
        "mon_ts": d.n_mon_ts * d.replicas,
        "ts_inhibition": d.n_ts_inhibition * d.replicas,
        "ts_excitation": d.n_ts_excitation * d.replicas,
        "to_inhibitory": d.n_cells,
        "from_inhibitory": d.n_cells,
    }
    layout = {
        "afferents.noise_key": ("int32", n_ll),
        "afferents.step0": ("int32", 1),
        "cells.noise_key": ("int32", d.n_cells),
        "cells.step0": ("int32", 1),
        "mon_ts.gain": (real, 1),
        "mon_ts.w_max": (real, 1),
        "mon_ts.offset": (real, 1),
        "row_time.values": ("float64", d.n_steps),
        "ll_rates.values": (real, d.n_rows * n_ll),
    }
    per_cell = (
        "background_p",
        "background_w",
        "trace_bump",
        "v",
        "ge",
        "gi",
        "refractory_left",
        "trace",
    )
    layout |= {f"cells.{name}": (real, d.n_cells) for name in per_cell}
    layout |= {f"inhibitory.{name}": (real, n_inh) for name in ("v", "ge", "refractory_left")}
    for name, count in counts.items():
        if count:
            layout[f"{name}.i"] = layout[f"{name}.j"] = ("int32", count)
            layout[f"{name}.w"] = (real, count)
    if d.ll_mon_plastic:
        layout["ll_mon.w_max"] = (real, 1)
        layout["cells.trace_ll"] = layout["cells.trace_ll_bump"] = (real, d.n_cells)
        layout["afferents.trace"] = layout["afferents.trace_bump"] = (real, n_ll)
    if d.model is not None:
        own = [f"cells.{name}" for name in d.model.cell_arrays(0, 0)]
        for name in (*own, *d.model.initial_state(0, 0, dict.fromkeys(_COUNTED, 0))):
            owner = name.split(".")[0]
            layout[name] = (real, counts.get(owner, d.n_cells))
    return layout
