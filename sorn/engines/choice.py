"""Choosing what computes: NumPy, compiled NumPy, or any library of the array API standard."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from sorn.arrays import NumpyArray
from sorn.engines.devices import open_library
from sorn.engines.engine import RULES, Engine, Setting, SiteChooser
from sorn.engines.numpy_frozen import FrozenEngine, is_small
from sorn.engines.numpy_tables import TableEngine
from sorn.engines.side_by_side import SideBySideEngine
from sorn.errors import BackendError

ARRAY_LIBRARIES = ("torch", "torch_compiled", "cupy", "jax", "array_api_strict")
BACKENDS = ("numpy", "numba", *ARRAY_LIBRARIES)
"""Names that ``backend=`` takes."""

DTYPES = ("float64", "float32")


def make_engine(
    backend: str,
    device: Any,
    dtype: str,
    state: dict[str, NumpyArray],
    setting: Setting,
    choose_site: SiteChooser,
) -> Engine:
    """Engine for the requested library; nothing is replaced silently.

    ``'numpy'`` runs float64 on tables of neighbours (small networks that do not learn on dense
    matrices) and float32 on dense matrices; a batch on a CPU has an engine for each network.

    Raises
    ------
    BackendError
        If the library is unknown or missing, or cannot do what was asked.
    """
    if backend not in BACKENDS:
        raise BackendError(f"backend={backend!r}; choose from {', '.join(BACKENDS)}")
    if dtype not in DTYPES:
        raise BackendError(f"dtype={dtype!r}; choose from {', '.join(DTYPES)}")
    if backend in ("numpy", "numba") and device not in (None, "cpu"):
        raise BackendError(f"backend {backend!r} has no device {device!r}; it runs on the CPU")
    if backend == "numba":
        _check_compilable(setting, dtype)
    if backend in ("numpy", "numba") and dtype == "float64":
        make_one = _row_engine if backend == "numba" else _table_engine
        if state["Wee"].ndim == 2:
            return make_one(state, setting, choose_site)
        networks = range(len(state["Wee"]))
        engines = [
            make_one(
                {name: array[b] for name, array in state.items()},
                _of_network(setting, b),
                _chooser_of_network(choose_site, b),
            )
            for b in networks
        ]
        return SideBySideEngine(engines, threads=backend == "numba")
    from sorn.engines.array_api import ArrayEngine

    return ArrayEngine(open_library(backend, device), dtype, state, setting, choose_site)


def _table_engine(
    state: dict[str, NumpyArray], setting: Setting, choose_site: SiteChooser
) -> Engine:
    if not setting.rules and is_small(state):
        return FrozenEngine(state, setting)
    return TableEngine(state, setting, choose_site)


def _row_engine(state: dict[str, NumpyArray], setting: Setting, choose_site: SiteChooser) -> Engine:
    try:
        from sorn.engines.numba_rows import RowEngine
    except ImportError as error:
        raise BackendError(
            f"backend 'numba' needs numba ({error}); install it with: pip install lateralnet[fast]"
        ) from None
    return RowEngine(state, setting, choose_site)


def _check_compilable(setting: Setting, dtype: str) -> None:
    if dtype != "float64":
        raise BackendError("backend 'numba' runs in float64; use another one for float32")
    published_order = tuple(rule for rule in RULES if rule in setting.rules)
    if setting.rules != published_order:
        raise BackendError(
            "backend 'numba' runs the five rules in their published order and no other; use "
            "'numpy' for rules of your own"
        )


def _chooser_of_network(choose_site: SiteChooser, network: int) -> SiteChooser:
    return lambda _, vacant: choose_site(network, vacant)


def _of_network(setting: Setting, network: int) -> Setting:
    """The setting of one network of a batch, with its own target rates."""
    rates = setting.target_rate
    if isinstance(rates, np.ndarray) and rates.ndim == 2:
        return replace(setting, target_rate=rates[network])
    return setting
