"""Choosing what computes: NumPy, compiled NumPy, or any library of the array API standard."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np

from sorn.engines.engine import Engine, Setting, SiteChooser
from sorn.engines.numpy_tables import NumpyEngine
from sorn.errors import BackendError

ARRAY_LIBRARIES = ("torch", "cupy", "jax", "array_api_strict")
BACKENDS = ("numpy", "numba", *ARRAY_LIBRARIES)
"""Names that ``backend=`` takes."""

DTYPES = ("float64", "float32")


def make_engine(
    backend: str,
    device: Any,
    dtype: str,
    state: dict[str, np.ndarray],
    setting: Setting,
    choose_site: SiteChooser,
) -> Engine:
    """Engine for the requested library; nothing is replaced silently.

    ``'numpy'`` runs one float64 network on tables of neighbours and everything else (a batch,
    float32) on dense matrices.

    Raises
    ------
    BackendError
        If the library is unknown or missing, or cannot do what was asked.
    """
    if backend not in BACKENDS:
        raise BackendError(f"backend={backend!r}; choose from {', '.join(BACKENDS)}")
    if dtype not in DTYPES:
        raise BackendError(f"dtype={dtype!r}; choose from {', '.join(DTYPES)}")
    batched = state["Wee"].ndim == 3
    if backend in ("numpy", "numba") and device not in (None, "cpu"):
        raise BackendError(f"backend {backend!r} has no device {device!r}; it runs on the CPU")
    if backend == "numba":
        if batched or dtype != "float64":
            raise BackendError("backend 'numba' runs one network in float64; use 'numpy' instead")
        return _compiled_engine(state, setting, choose_site)
    if backend == "numpy" and not batched and dtype == "float64":
        return NumpyEngine(state, setting, choose_site)
    from sorn.engines.array_api import ArrayEngine

    namespace = np if backend == "numpy" else _array_namespace(backend)
    return ArrayEngine(namespace, device, dtype, state, setting, choose_site)


def _compiled_engine(
    state: dict[str, np.ndarray], setting: Setting, choose_site: SiteChooser
) -> Engine:
    try:
        from sorn.engines.numba_tables import NumbaEngine
    except ImportError as error:
        raise BackendError(
            f"backend 'numba' needs numba ({error}); install it with: pip install lateralnet[fast]"
        ) from None
    return NumbaEngine(state, setting, choose_site)


def _array_namespace(backend: str) -> Any:
    """Array API namespace of a library, through array-api-compat where the library needs it."""
    try:
        if backend in ("torch", "cupy"):
            return importlib.import_module(f"array_api_compat.{backend}")
        return importlib.import_module("jax.numpy" if backend == "jax" else backend)
    except ImportError as error:
        raise BackendError(
            f"backend {backend!r} could not be loaded ({error}); install array-api-compat "
            f"(pip install lateralnet[arrays]) and {backend}"
        ) from None
