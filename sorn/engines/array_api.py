"""Dense matrices on any library of the array API standard, with an optional batch of networks."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from sorn.arrays import NumpyArray
from sorn.engines.array_step import Arrays, AskedSites, StepInputs, make_constants, run_step
from sorn.engines.devices import Library
from sorn.engines.engine import (
    NO_DETAILS,
    Activity,
    Setting,
    SiteChooser,
    Stretch,
    as_columns,
    from_columns,
)
from sorn.errors import BackendError
from sorn.streams import StepDraws

Array = Any


class ArrayEngine:
    """Networks as arrays of one library; leading axes, if any, number the networks.

    Random numbers are drawn on the host for a whole stretch of steps and uploaded together; the
    spikes come back together. Within a step nothing waits for the device, except with the
    published random generators, which need the number of vacant sites to draw one.

    Parameters
    ----------
    library : Library
    dtype : {'float64', 'float32'}
    state : dict of ndarray
        The documented arrays, each with the same leading axes.
    setting : Setting
    choose_site : callable
        See `sorn.engines.engine.SiteChooser`; asked only for draws without numbers for the sites.

    Raises
    ------
    BackendError
        If the library refuses the device or the precision.
    """

    def __init__(
        self,
        library: Library,
        dtype: str,
        state: dict[str, NumpyArray],
        setting: Setting,
        choose_site: SiteChooser,
    ) -> None:
        self._library, self._xp = library, library.namespace
        self._dtype = getattr(self._xp, dtype)
        self._setting, self._choose_site = setting, choose_site
        wee = self._upload(state["Wee"])
        if wee.dtype != self._dtype:
            raise BackendError(
                f"{library.name} gave {wee.dtype} instead of {dtype}; for JAX, set "
                "jax.config.update('jax_enable_x64', True) or use dtype='float32'"
            )
        self._arrays = Arrays(
            wee, self._upload(state["Wei"]), self._upload(state["Wie"]),
            self._upload(state["Te"][..., 0]), self._upload(state["Ti"][..., 0]),
            *map(self._upload, (*from_columns(state["X"]), *from_columns(state["Y"]))),
        )  # fmt: skip
        eye = library.upload(np.eye(state["Wee"].shape[-1], dtype=np.bool_), None)
        self._constants = make_constants(self._upload, setting, np.dtype(dtype), eye)
        self._step = library.compiled(self._one_step)

    def set_activity(self, x: NumpyArray, y: NumpyArray) -> None:
        """See `sorn.engines.engine.Engine.set_activity`."""
        self._arrays = self._arrays._replace(
            x_before=self._upload(x[..., 0]), x=self._upload(x[..., 1]),
            y_before=self._upload(y[..., 0]), y=self._upload(y[..., 1]),
        )  # fmt: skip

    def advance(self, stretch: Stretch) -> Activity:
        """See `sorn.engines.engine.Engine.advance`."""
        inputs = self._inputs(stretch)
        history: list[tuple[Array, ...]] = []
        for step in range(stretch.steps):
            self._arrays, more = self._step(self._arrays, inputs(step), stretch.details)
            history.append((self._arrays.x, self._arrays.y, *(more or ())))
        return self._activity(history)

    def read(self, name: str) -> NumpyArray:
        """See `sorn.engines.engine.Engine.read`."""
        arrays = self._arrays
        if name in ("Wee", "Wei", "Wie"):
            matrix = getattr(arrays, name.lower())
            return np.array(self._library.to_host(matrix), dtype=np.float64)
        vectors = {
            "Te": (arrays.te,),
            "Ti": (arrays.ti,),
            "X": (arrays.x_before, arrays.x),
            "Y": (arrays.y_before, arrays.y),
        }
        return as_columns(*(self._library.to_host(vector) for vector in vectors[name]))

    def _one_step(self, arrays: Arrays, given: StepInputs, details: bool) -> Any:
        return run_step(self._xp, self._setting, self._constants, arrays, given, details)

    def _inputs(self, stretch: Stretch) -> Callable[[int], StepInputs]:
        """What each step of a stretch is given, uploaded in one go."""
        batched = self._arrays.wee.ndim == 3
        draws = [stretch.draws(n) for n in range(self._arrays.wee.shape[0] if batched else 1)]
        rate, ne = self._setting.parameters.eta_stdp, self._setting.parameters.ne
        factors = np.ones(stretch.steps) if stretch.reward is None else stretch.reward
        stdp = np.zeros((len(factors), 2, 2))
        stdp[:, 0, 1], stdp[:, 1, 0] = rate * factors, -rate * factors
        on_device = [
            None if values is None else self._upload(values)
            for values in (
                stretch.drive,
                _stacked([draw.noise_of(slice(ne)) for draw in draws], batched),
                _stacked([draw.noise_of(slice(ne, None)) for draw in draws], batched),
                stdp,
            )
        ]
        insertions = np.stack([draw.insertions for draw in draws], axis=1)
        sites = self._sites(draws, insertions)

        def given(step: int) -> StepInputs:
            own = [None if values is None else values[step, ...] for values in on_device]
            most = int(insertions[step].max())
            inserting: Array | AskedSites | None = None
            if most and sites is None:
                inserting = AskedSites(most, partial(self._ask, insertions[step]))
            elif sites is not None and most:
                inserting = sites[step, :most, ...]
            return StepInputs(own[0], own[1], own[2], own[3], inserting, float(factors[step]))

        return given

    def _sites(self, draws: list[StepDraws], insertions: NumpyArray) -> Array | None:
        """Numbers that choose sites, shape (steps, insertions, ...), where they were drawn."""
        most = int(insertions.max(initial=0))
        if any(draw.sites is None for draw in draws):
            if most and self._library.compiles:
                raise BackendError(
                    f"backend {self._library.name!r} needs seed= or rng=: the published generators "
                    "cannot draw inside a compiled step"
                )
            return None
        table = np.full((len(insertions), most, len(draws)), -1.0)
        for network, draw in enumerate(draws):
            steps = np.repeat(np.arange(len(insertions)), draw.insertions)
            first = np.cumsum(draw.insertions) - draw.insertions
            table[steps, np.arange(len(steps)) - first[steps], network] = draw.sites
        batched = self._arrays.wee.ndim == 3
        array = self._library.upload(table if batched else table[..., 0], self._xp.float64)
        if most and array.dtype != self._xp.float64:
            raise BackendError(
                "structural plasticity counts sites in float64; for JAX, set "
                "jax.config.update('jax_enable_x64', True), or freeze 'sp'"
            )
        return array

    def _ask(self, insertions: NumpyArray, wee: Array, number: int) -> Array:
        """Numbers for one insertion, from the published generator; waits for the device."""
        vacant = (wee <= 0) & self._constants.off_diagonal
        summed = self._xp.sum(self._xp.astype(vacant, self._xp.int64), axis=(-2, -1))
        counts = self._library.to_host(summed).reshape(-1).tolist()
        numbers = [
            (self._choose_site(network, count) + 0.5) / count if wanted > number and count else -1.0
            for network, (wanted, count) in enumerate(zip(insertions, counts, strict=True))
        ]
        return self._library.upload(np.reshape(numbers, wee.shape[:-2]), self._xp.float64)

    def _activity(self, history: list[tuple[Array, ...]]) -> Activity:
        """Spikes and counts of a stretch, brought to the host together."""
        columns = [
            self._library.to_host(self._xp.stack(list(column)))
            for column in zip(*history, strict=True)
        ]
        spikes = [column.astype(np.bool_) for column in columns[:3]]
        counts = [column.astype(np.int64) for column in columns[3:]]
        if not counts:
            return Activity(spikes[0], spikes[1], *NO_DETAILS)
        return Activity(spikes[0], spikes[1], spikes[2], counts[0], counts[1])

    def _upload(self, values: Any) -> Array:
        return self._library.upload(values, self._dtype)


def _stacked(parts: list[NumpyArray | None], batched: bool) -> NumpyArray | None:
    """Draws of all networks, shape (steps, ..., neurons)."""
    arrays = [part for part in parts if part is not None]
    if not arrays:
        return None
    return np.stack(arrays, axis=1) if batched else arrays[0]
