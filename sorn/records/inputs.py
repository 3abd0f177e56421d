"""The external drive: checking an input array and handing it out in stretches of steps."""

from __future__ import annotations

import math
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from sorn.arrays import NumpyArray
from sorn.errors import InputError
from sorn.parameters import Parameters
from sorn.parameters.checks import refuse_masked

CHECKED_COLUMNS = 4096


def check_inputs(
    inputs: Any, steps: Any, parameters: Parameters, batch: int | None
) -> tuple[NumpyArray | None, int]:
    """Input array and number of steps, checked but not copied.

    Parameters
    ----------
    inputs : array_like, shape (nu, time) or (batch, nu, time), or None
        None means no external drive; `steps` is then needed. Columns beyond `steps` are ignored.
    steps : int or None
        None runs all columns of `inputs`.

    Raises
    ------
    InputError
        If the shape does not fit, the array is too short, or a used value is NaN or infinite.
    """
    if inputs is None:
        if steps is None:
            raise InputError("without inputs, the number of time steps is needed")
        return None, _check_steps(steps)
    if isinstance(inputs, tuple) and len(inputs) == 2 and isinstance(inputs[1], dict):
        raise InputError(
            "inputs is (observation, info), as reset() of gymnasium returns; take its first entry"
        )
    try:
        array = np.asarray(inputs)
    except ValueError:  # rows of different lengths
        raise InputError("inputs is not an array of numbers") from None
    if array.dtype.kind not in "biuf":
        raise InputError(f"inputs is not an array of real numbers but of {array.dtype}")
    refuse_masked("inputs", inputs, InputError)
    array = array.astype(np.float64, copy=False)
    if array.ndim != 2 and not (batch is not None and array.ndim == 3):
        raise InputError(
            f"inputs has shape {array.shape}; it must be (nu, time)"
            + (" or (batch, nu, time)" if batch is not None else "")
        )
    if array.ndim == 3 and array.shape[0] != batch:
        raise InputError(f"inputs holds {array.shape[0]} networks but batch={batch}")
    rows, columns = array.shape[-2:]
    if rows != parameters.nu:
        raise InputError(
            f"inputs has {rows} rows (shape {array.shape}) but nu={parameters.nu}; "
            f"pass nu={rows} or inputs of shape ({parameters.nu}, time)"
        )
    steps = columns if steps is None else steps
    count = _check_steps(steps)
    if columns < count:
        raise InputError(f"inputs has {columns} columns, fewer than the {count} time steps")
    for first in range(0, count, CHECKED_COLUMNS):  # no mask as large as the inputs
        part = array[..., first : min(first + CHECKED_COLUMNS, count)]
        if not np.isfinite(part).all():
            where = np.argwhere(~np.isfinite(part))[0]
            where[-1] += first
            raise InputError(f"inputs contains NaN or infinity, first at index {where.tolist()}")
    return array, count


class InputMap:
    """Turns inputs of nu rows into a drive of ne excitatory neurons.

    Row k drives neuron k with gain 1 (published), the neurons of ``input_pools[k]``, or every
    neuron i with gain ``input_weights[i, k]``.
    """

    def __init__(self, parameters: Parameters) -> None:
        self._parameters = parameters

    def one(self, u: Any, batch: int | None) -> NumpyArray:
        """Drive of one step from inputs of shape (nu,) or (batch, nu); checked."""
        nu = self._parameters.nu
        if type(u) is not np.ndarray:
            refuse_masked("u", u, InputError)
        try:
            values = np.asarray(u, dtype=np.float64)
        except (TypeError, ValueError):
            raise InputError(f"u={u!r} is not an array of real numbers") from None
        if values.shape != (nu,):
            if values.ndim == 2 and values.shape == (nu, 1) and batch is None:
                values = values[:, 0]
            elif batch is None or values.shape != (batch, nu):
                wanted = f"({nu},)" + (f" or ({batch}, {nu})" if batch is not None else "")
                raise InputError(f"u has shape {values.shape}; one step needs {wanted}")
        # One sum of squares tells in the usual case; a finite sum has finite terms.
        if not math.isfinite(np.vdot(values, values)) and not np.isfinite(values).all():
            raise InputError("u contains NaN or infinity")
        return self._spread(values)

    def stretch(self, inputs: NumpyArray | None, first: int, last: int) -> NumpyArray | None:
        """Drive in steps first..last-1, shape (steps, ..., ne), from checked inputs."""
        if inputs is None:
            return None
        return self._spread(np.moveaxis(inputs[..., first:last], -1, 0))

    def _spread(self, rows: NumpyArray) -> NumpyArray:
        """Drive (..., ne) from rows (..., nu)."""
        parameters = self._parameters
        if parameters.input_weights is not None:
            result: NumpyArray = np.matmul(rows, parameters.input_weights.T)
            return result
        drive = np.zeros((*rows.shape[:-1], parameters.ne))
        if parameters.input_pools is None:
            drive[..., : parameters.nu] = rows
        else:
            for row, pool in enumerate(parameters.input_pools):
                drive[..., pool] += rows[..., row, None]
        return drive


def check_reward(reward: Any, steps: int) -> NumpyArray:
    """Factor of each step, shape (steps,), from a number or one number per step.

    Raises
    ------
    InputError
        If it is neither, or not finite.
    """
    try:
        factors = np.broadcast_to(np.asarray(reward, dtype=np.float64), (steps,))
    except (TypeError, ValueError):
        raise InputError(
            f"reward has shape {np.shape(reward)}; give one number, or one for each step ({steps})"
        ) from None
    if not np.isfinite(factors).all():
        raise InputError("reward contains NaN or infinity")
    return factors


def load_inputs(path: str | Path) -> NumpyArray:
    """Array in a ``.npy`` or ``.csv`` file, one row per input.

    Raises
    ------
    InputError
        If it is another kind of file or not readable as numbers.
    OSError
        If it cannot be opened.
    """
    source = Path(path)
    try:
        if source.suffix == ".npy":
            result: NumpyArray = np.load(source, allow_pickle=False)
            return result
        if source.suffix == ".csv":
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # NumPy warns of an empty file
                return np.loadtxt(source, delimiter=",", ndmin=2)
    except (ValueError, EOFError) as error:
        why = f": {error}" if source.suffix == ".csv" else ""
        raise InputError(f"{source} is not a readable array of numbers{why}") from None
    raise InputError(f"{str(source)!r} is neither a .npy nor a .csv file of inputs")


def _check_steps(steps: Any) -> int:
    whole = isinstance(steps, int | np.integer) and not isinstance(steps, bool)
    if not whole or steps < 1:
        raise InputError(f"the number of time steps must be a whole number >= 1, not {steps!r}")
    return int(steps)
