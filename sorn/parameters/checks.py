"""Checks of single hyperparameters; each raises a `ParameterError` that says what is allowed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import Field
from numbers import Integral, Real
from typing import Any

import numpy as np

from sorn.arrays import NumpyArray
from sorn.errors import ParameterError, SornError


def refuse_masked(name: str, values: Any, error: type[SornError]) -> None:
    """Raise `error` for an array with masked values: taken plainly they would count as data."""
    if np.ma.is_masked(values):
        raise error(f"{name} has masked values; fill them first, e.g. with .filled(0)")


def list_of_names(keyword: str, names: Any) -> list[Any]:
    """A name, or several, as a list."""
    if isinstance(names, str):
        return [names]
    try:
        return list(names)
    except TypeError:
        raise ParameterError(f"{keyword}={names!r}; give a name or a list of names") from None


def check_value(entry: Field[Any], value: Any) -> None:
    """Type, choices and range of one field, by the type of its default."""
    choices, default = entry.metadata["choices"], entry.default
    if choices:
        if not isinstance(value, str) or value not in choices:
            raise ParameterError(f"{entry.name}={value!r}; choose from {', '.join(choices)}")
        return
    if isinstance(default, bool) or not isinstance(default, Real) or entry.name == "sp_rate":
        return
    wanted: Any = Integral if entry.type == "int" else Real
    if isinstance(value, bool) or not isinstance(value, wanted):
        kind = "an integer" if wanted is Integral else "a number"
        raise ParameterError(f"{entry.name} must be {kind}, not {value!r}")
    low, high = entry.metadata["low"], entry.metadata["high"]
    if not (math.isfinite(float(value)) and low <= value <= high):
        allowed = f"at least {low:g}" if high == math.inf else f"in [{low:g}, {high:g}]"
        allowed = "" if low == -math.inf else f" and {allowed}"
        raise ParameterError(f"{entry.name}={value} must be finite{allowed}")


def check_normalise(names: Any) -> tuple[str, ...]:
    names = list_of_names("normalise", names)
    unknown = [name for name in names if name not in ("ee", "ei")]
    if unknown:
        raise ParameterError(f"normalise names {unknown[0]!r}; choose from 'ee', 'ei'")
    return tuple(names)


def check_pools(pools: Sequence[Any] | None, nu: int, ne: int) -> tuple[NumpyArray, ...] | None:
    if pools is None:
        return None
    try:
        arrays = tuple(np.asarray(pool).reshape(-1) for pool in pools)
        whole = all(array.dtype.kind in "iu" or array.size == 0 for array in arrays)
    except (TypeError, ValueError):
        whole = False
    if not whole:
        raise ParameterError("input_pools must list the numbers of the neurons of each input row")
    arrays = tuple(array.astype(np.intp) for array in arrays)
    if len(arrays) != nu:
        raise ParameterError(f"input_pools has {len(arrays)} pools but nu={nu} input rows")
    for row, pool in enumerate(arrays):
        if pool.size and not (pool.min() >= 0 and pool.max() < ne):
            raise ParameterError(f"input_pools[{row}] names a neuron outside 0..{ne - 1}")
    return arrays


def check_target(target: Any, ne: int) -> Any:
    if target is None or (isinstance(target, str) and target == "normal"):
        return target
    try:
        rates = np.asarray(target, dtype=np.float64)
    except (TypeError, ValueError):
        raise ParameterError(
            f"h_ip={target!r}; give None, a number, {ne} numbers, or 'normal'"
        ) from None
    if rates.shape not in ((), (ne,)) or not np.all((rates >= 0) & (rates <= 1)):
        raise ParameterError(f"h_ip must be one rate or {ne} rates (ne), each in [0, 1]")
    return rates if rates.ndim else float(rates)


def check_insertion_rate(rate: Any) -> None:
    if isinstance(rate, str) and rate == "scaled":
        return
    if isinstance(rate, bool) or not isinstance(rate, Real) or not 0 <= float(rate) < math.inf:
        raise ParameterError(f"sp_rate={rate!r}; give a number of at least 0, or 'scaled'")


def check_input_weights(weights: Any, ne: int, nu: int) -> NumpyArray | None:
    """Float64 copy of the input weights, shape (ne, nu)."""
    if weights is None:
        return None
    try:
        array = np.array(weights, dtype=np.float64)
    except (TypeError, ValueError):
        raise ParameterError("input_weights is not an array of numbers") from None
    if array.shape != (ne, nu) or not np.isfinite(array).all():
        raise ParameterError(
            f"input_weights has shape {array.shape}; it must be finite and of shape "
            f"(ne, nu) = ({ne}, {nu})"
        )
    return array


def check_batch(batch: Any) -> int | None:
    """Number of networks of a batch, None for a single one."""
    if batch is None:
        return None
    if isinstance(batch, bool) or not isinstance(batch, Integral) or batch < 1:
        raise ParameterError(f"batch={batch!r}; give a whole number >= 1")
    return int(batch)
