"""Dense matrices on any library of the array API standard, with an optional batch of networks."""

from __future__ import annotations

from typing import Any

import numpy as np

from sorn import rules
from sorn.engines.engine import Activity, Setting, SiteChooser
from sorn.errors import BackendError
from sorn.streams import StepDraws

Array = Any


class ArrayEngine:
    """Networks as arrays of one library; leading axes, if any, number the networks.

    Random numbers are drawn on the host, and so is the choice among vacant sites, so the same
    seed gives the same run with every library.

    Parameters
    ----------
    namespace : module
        Array API namespace of the library.
    device : optional
        Passed to the library's ``asarray``.
    dtype : {'float64', 'float32'}
    state : dict of ndarray
        The documented arrays, each with the same leading axes.
    setting : Setting
    choose_site : callable
        See `sorn.engines.engine.SiteChooser`.

    Raises
    ------
    BackendError
        If the library refuses the device or the precision.
    """

    def __init__(
        self,
        namespace: Any,
        device: Any,
        dtype: str,
        state: dict[str, np.ndarray],
        setting: Setting,
        choose_site: SiteChooser,
    ) -> None:
        self._xp, self._device = namespace, device
        self._dtype = getattr(namespace, dtype)
        self._setting = setting
        self._choose_site = choose_site
        try:
            self._wee = self._upload(state["Wee"])
        except Exception as error:  # each library has its own class for an unusable device
            raise BackendError(f"{namespace.__name__} refused device {device!r}: {error}") from None
        if self._wee.dtype != self._dtype:
            raise BackendError(
                f"{namespace.__name__} gave {self._wee.dtype} instead of {dtype}; for JAX, set "
                "jax.config.update('jax_enable_x64', True) or use dtype='float32'"
            )
        self._wei, self._wie = self._upload(state["Wei"]), self._upload(state["Wie"])
        self._te, self._ti = self._upload(state["Te"][..., 0]), self._upload(state["Ti"][..., 0])
        self._x_before, self._x = (self._upload(state["X"][..., k]) for k in (0, 1))
        self._y_before, self._y = (self._upload(state["Y"][..., k]) for k in (0, 1))
        self._off_diagonal = self._upload(1.0 - np.eye(state["Wee"].shape[-1]))
        target = setting.target_rate
        self._target = self._upload(target) if isinstance(target, np.ndarray) else target

    def advance(self, drive: np.ndarray | None, draws: list[StepDraws]) -> Activity:
        """See `sorn.engines.engine.Engine.advance`."""
        network_axes = self._wee.shape[:-2]
        noise_e = self._upload_draws([draw.noise_e for draw in draws], network_axes)
        noise_i = self._upload_draws([draw.noise_i for draw in draws], network_axes)
        external = None if drive is None else self._upload(drive)
        insertions = np.stack([draw.insertions for draw in draws], axis=1)
        history: list[tuple[Array, ...]] = []
        for step in range(len(insertions)):
            counts = self._count(self._wee), self._count(self._wei)
            recurrent = self._step(
                None if external is None else external[step, ...],
                None if noise_e is None else noise_e[step, ...],
                None if noise_i is None else noise_i[step, ...],
                insertions[step],
            )
            history.append((self._x, self._y, recurrent, *counts))
        stacked = [_to_host(self._xp.stack(list(column))) for column in zip(*history, strict=True)]
        spikes, totals = stacked[:3], stacked[3:]
        return Activity(
            *(s.astype(np.uint8) for s in spikes), *(t.astype(np.int64) for t in totals)
        )

    def read(self, name: str) -> np.ndarray:
        """See `sorn.engines.engine.Engine.read`."""
        matrices = {"Wee": self._wee, "Wei": self._wei, "Wie": self._wie}
        if name in matrices:
            return np.array(_to_host(matrices[name]), dtype=np.float64)
        columns = {
            "Te": (self._te,),
            "Ti": (self._ti,),
            "X": (self._x_before, self._x),
            "Y": (self._y_before, self._y),
        }
        return np.stack([_to_host(column) for column in columns[name]], axis=-1).astype(np.float64)

    def _step(
        self,
        external: Array | None,
        noise_e: Array | None,
        noise_i: Array | None,
        insertions: np.ndarray,
    ) -> Array:
        """One step; returns the recurrent activity."""
        xp, inclusive = self._xp, self._setting.inclusive
        recurrent = rules.membrane(
            rules.drive(xp, self._wee, self._x[..., :, None]),
            rules.drive(xp, self._wei, self._y[..., :, None]),
            noise_e,
        )
        potential = recurrent if external is None else recurrent + external
        x_now = rules.fires(xp, potential - self._te, inclusive)
        inhibitory_drive = rules.drive(xp, self._wie, self._x[..., :, None])
        if noise_i is not None:
            inhibitory_drive = inhibitory_drive + noise_i
        y_now = rules.fires(xp, inhibitory_drive - self._ti, inclusive)
        recurrent_activity = rules.fires(xp, recurrent - self._te, inclusive)
        self._x_before, self._x = self._x, x_now
        self._y_before, self._y = self._y, y_now
        self._learn(insertions)
        return recurrent_activity

    def _learn(self, insertions: np.ndarray) -> None:
        """Plasticity of one step, in the published order."""
        xp, active, parameters = self._xp, self._setting.active, self._setting.parameters
        if "stdp" in active:
            self._wee = rules.spike_timing_plasticity(
                xp, self._wee, self._x_before[..., :, None], self._x[..., :, None],
                self._x_before[..., None, :], self._x[..., None, :], parameters.eta_stdp,
            )  # fmt: skip
        if "ip" in active:
            self._te = rules.intrinsic_plasticity(
                xp, self._te, self._x, self._target, parameters.eta_ip,
                self._setting.threshold_bounds,
            )  # fmt: skip
        for already in range(int(insertions.max())):
            self._insert(insertions > already)
        if "istdp" in active:
            self._wei = rules.inhibitory_plasticity(
                xp, self._wei, self._y_before[..., :, None], self._x, parameters.eta_inhib,
                parameters.mu_ip, parameters.istdp_floor,
            )  # fmt: skip
        if self._setting.scales("ee"):
            self._wee = rules.synaptic_scaling(xp, self._wee)
        if self._setting.scales("ei"):
            self._wei = rules.synaptic_scaling(xp, self._wei)

    def _insert(self, wanted: np.ndarray) -> None:
        """One insertion in each network that wants one and has a vacant site."""
        vacant = rules.vacant_sites(self._xp, self._wee, self._off_diagonal)
        counts = _to_host(self._xp.sum(vacant, axis=(-2, -1))).reshape(-1).astype(int)
        ranks = [
            self._choose_site(network, count) if wants and count else -1
            for network, (wants, count) in enumerate(zip(wanted, counts.tolist(), strict=True))
        ]
        rank = self._upload(np.reshape(np.array(ranks, dtype=float), self._wee.shape[:-2]))
        self._wee = rules.insert_synapse(self._xp, self._wee, vacant, rank)

    def _count(self, weights: Array) -> Array:
        """Number of synapses of each network."""
        present = self._xp.where(
            weights > 0, self._xp.ones_like(weights), self._xp.zeros_like(weights)
        )
        return self._xp.sum(present, axis=(-2, -1))

    def _upload(self, values: np.ndarray) -> Array:
        device = {} if self._device is None else {"device": self._device}
        contiguous = np.ascontiguousarray(values).reshape(np.shape(values))
        return self._xp.asarray(contiguous, dtype=self._dtype, **device)

    def _upload_draws(
        self, parts: list[np.ndarray | None], network_axes: tuple[int, ...]
    ) -> Array | None:
        arrays = [part for part in parts if part is not None]
        if not arrays:
            return None
        return self._upload(np.stack(arrays, axis=1) if network_axes else arrays[0])


def _to_host(array: Array) -> np.ndarray:
    """NumPy array with the values of any library's array."""
    if hasattr(array, "cpu"):
        return array.cpu().numpy()
    if hasattr(array, "get"):
        return array.get()
    return np.asarray(array)
