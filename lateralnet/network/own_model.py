"""Cells and synapses of one's own: a documented hook on the Brian2 equations of the network.

What is written here is added to the one definition, so it runs on every device: equations of
MON and TS cells (one population, told apart by values per layer), and code of LL->MON and
MON->TS synapses. Units are checked by Brian2. States are carried from segment to segment, into
checkpoints, and so through a resume. Nothing may refer to absolute time or to a device's random
numbers, as in the network itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from lateralnet.errors import InputError

PROJECTIONS = ("ll_mon", "mon_ts")
_FORBIDDEN = ("t", "t_in_timesteps", "lastspike", "lastupdate", "rand", "randn", "xi")
_TAKEN = frozenset(
    [
        "v", "ge", "gi", "w", "i", "j", "dt", "rate", "noise", "noise_key", "step0", "trace",
        "trace_bump", "trace_ll", "trace_ll_bump", "w_max", "gain", "offset", "background_p",
        "background_w", "refractory_left", "e_l", "v_th", "v_reset", "tau_m", "tau_s",
        "n_refractory", "tau_trace",
    ]
)  # fmt: skip

# A value for both layers, or one for each: SI units.
PerLayer = float | Mapping[str, float]


@dataclass(frozen=True)
class CellModel:
    """What is added to MON and TS cells.

    Attributes
    ----------
    equations : str
        Lines of Brian2 equations: states, and ``(constant)`` parameters for `values`.
    threshold : str
        Condition of a spike; ``v > v_th`` in the network.
    reset : str
        Statements after the reset of the network.
    state : mapping of str to float or mapping
        Initial value of each state in SI units, one number or ``{"mon": ..., "ts": ...}``.
    values : mapping of str to float or mapping
        The same for parameters that differ between the layers.
    constants : mapping of str to (float, str)
        Value in SI units and the Brian2 unit: ``{"tau_theta": (0.05, "second")}``.
    """

    equations: str = ""
    threshold: str = "v > v_th"
    reset: str = ""
    state: Mapping[str, PerLayer] = field(default_factory=dict)
    values: Mapping[str, PerLayer] = field(default_factory=dict)
    constants: Mapping[str, tuple[float, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        text = "\n".join((self.equations, self.threshold, self.reset))
        _check("cell model", text, self.equations, self.state, self.values, self.constants)
        for name, value in {**self.state, **self.values}.items():
            if isinstance(value, Mapping) and set(value) != {"mon", "ts"}:
                raise InputError(
                    f"cell model: {name} = {dict(value)!r}; give one number, or one each for "
                    "'mon' and 'ts'."
                )


@dataclass(frozen=True)
class SynapseModel:
    """What is added to the synapses of a projection.

    Attributes
    ----------
    projection : str
        ``"ll_mon"`` or ``"mon_ts"``.
    equations : str
        Lines of Brian2 equations of a synapse; differential ones end in ``(clock-driven)``.
    transmission : str
        Factor on what a presynaptic spike delivers, such as ``"x"`` for a depressing synapse.
    on_pre, on_post : str
        Statements after those of the network; `on_post` only where the projection is plastic.
    state : mapping of str to float
        Initial value of each state, in SI units.
    constants : mapping of str to (float, str)
        As in `CellModel`.
    """

    projection: str
    equations: str = ""
    transmission: str = ""
    on_pre: str = ""
    on_post: str = ""
    state: Mapping[str, float] = field(default_factory=dict)
    constants: Mapping[str, tuple[float, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.projection not in PROJECTIONS:
            raise InputError(
                f"synapse model: projection {self.projection!r} is unknown; known: "
                f"{', '.join(PROJECTIONS)}."
            )
        text = "\n".join((self.equations, self.transmission, self.on_pre, self.on_post))
        _check("synapse model", text, self.equations, self.state, {}, self.constants)


@dataclass(frozen=True)
class OwnModel:
    """Cells and synapses of one's own, for ``run(params, model=...)``.

    Attributes
    ----------
    cell : CellModel or None
        Of MON and TS.
    synapses : tuple of SynapseModel
        At most one for each projection.
    """

    cell: CellModel | None = None
    synapses: tuple[SynapseModel, ...] = ()

    def __post_init__(self) -> None:
        names = [synapse.projection for synapse in self.synapses]
        if len(set(names)) < len(names):
            raise InputError("a projection has two synapse models; write them as one.")

    def synapse(self, projection: str) -> SynapseModel | None:
        """Return the model of a projection, if it has one."""
        return next((s for s in self.synapses if s.projection == projection), None)

    def cell_arrays(self, n_mon: int, n_ts: int) -> dict[str, np.ndarray]:
        """Return the parameters of `values` for every cell, MON first."""
        return _per_cell(self.cell.values if self.cell else {}, n_mon, n_ts)

    def initial_state(self, n_mon: int, n_ts: int, counts: Mapping[str, int]) -> dict[str, Any]:
        """Return the initial states by the names of a program."""
        cells = _per_cell(self.cell.state if self.cell else {}, n_mon, n_ts)
        state = {f"cells.{name}": array for name, array in cells.items()}
        for synapse in self.synapses:
            for name, value in synapse.state.items():
                key = f"{synapse.projection}.{name}"
                state[key] = np.full(counts[synapse.projection], float(value))
        return state

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any] | OwnModel | None) -> OwnModel | None:
        """Return the model of stored plain values; a model, or None, as it is."""
        if stored is None or isinstance(stored, OwnModel):
            return stored
        cell = stored["cell"]
        return cls(
            cell=None if cell is None else CellModel(**cell),
            synapses=tuple(SynapseModel(**synapse) for synapse in stored["synapses"]),
        )


def quantities(b2: Any, own: CellModel | SynapseModel | None) -> dict[str, Any]:
    """Return the constants of a cell or synapse model as quantities of Brian2."""
    if own is None:
        return {}
    return {name: value * getattr(b2, unit) for name, (value, unit) in own.constants.items()}


def with_own(b2: Any, code: dict[str, Any], own: SynapseModel | None) -> dict[str, Any]:
    """Return the code of a projection with what a synapse model adds to it."""
    if own is None:
        return code
    first, _, rest = code["on_pre"].partition("\n")
    if own.transmission:
        first += f"*({own.transmission})"
    lines = [line for line in (first, rest, own.on_pre) if line]
    added = {"model": f"{code['model']}\n{own.equations}", "on_pre": "\n".join(lines)}
    if own.on_post and "on_post" in code:
        added["on_post"] = f"{code['on_post']}\n{own.on_post}"
    return {**code, **added, "namespace": quantities(b2, own)}


def _per_cell(values: Mapping[str, PerLayer], n_mon: int, n_ts: int) -> dict[str, np.ndarray]:
    arrays = {}
    for name, value in values.items():
        pair = (value["mon"], value["ts"]) if isinstance(value, Mapping) else (value, value)
        arrays[name] = np.repeat(np.array(pair, dtype=float), [n_mon, n_ts])
    return arrays


def _check(
    what: str, text: str, equations: str, state: Mapping[str, Any], values: Mapping[str, Any],
    constants: Mapping[str, Any],
) -> None:  # fmt: skip
    """Refuse names that the network has, that no equation defines, or that no device can carry."""
    words = set(re.findall(r"[A-Za-z_]\w*", text))
    for name in _FORBIDDEN:
        if name in words:
            raise InputError(
                f"{what}: {name!r} cannot be used: neither absolute time nor a device's random "
                "numbers are part of the state."
            )
    defined = set(re.findall(r"^\s*d(\w+)/dt\s*=|^\s*(\w+)\s*[:=]", equations, re.M))
    names = {first or second for first, second in defined}
    for name in (*names, *constants):
        if name in _TAKEN:
            raise InputError(f"{what}: {name!r} is a variable of the network; choose another name.")
    for name in (*state, *values):
        if name not in names:
            raise InputError(f"{what}: no equation defines {name!r}.")
    for name in re.findall(r"^\s*d(\w+)/dt\s*=", equations, re.M):
        if name not in state:
            raise InputError(f"{what}: {name} has an equation, but no initial value in `state`.")
