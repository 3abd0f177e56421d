"""The network object: built once, stepped or run, saved and loaded with all that it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from sorn.arrays import NumpyArray
from sorn.engines.engine import Rule
from sorn.errors import StateError
from sorn.parameters import Parameters, build_parameters
from sorn.parameters.checks import check_batch
from sorn.records.files import network_keywords, write_network
from sorn.records.inputs import check_inputs, check_reward
from sorn.records.recorder import Recorder, Recording, recorded
from sorn.runs.conduct import ConductField, told_apart
from sorn.runs.progress import Progress, as_meter
from sorn.runs.running import Running
from sorn.state import STATE_KEYS, copy_state, infer_ne
from sorn.streams import network_streams


class Network:
    """A self-organising recurrent network, or a batch of independent ones.

    Parameters
    ----------
    preset : str, optional
        Keywords to start from, see `sorn.preset`; those given beside it win.
    seed : int, optional
        Of all random numbers. Default: one from the operating system, kept in `seed`.
    rng : optional
        Instead of a seed: a `RandomStreams` or `numpy.random.Generator`; for a batch also a list
        of one `RandomStreams` per network; ``'published'`` for the global generators.
    state : mapping, optional
        The seven documented arrays to start from. Default: a new network.
    phase : {'plasticity', 'training'}
        In 'training' every rule rests.
    freeze : str or iterable of str
        Rules that rest, out of 'stdp', 'ip', 'sp', 'istdp', 'ss'.
    rules : sequence, optional
        Rules in their order within a step: those names, and functions of a
        `sorn.engines.engine.StepView` that return new arrays.
    noise : bool
        Gaussian noise of standard deviation ``noise_std`` on the drive of every neuron.
    clip_te : bool
        Whether excitatory thresholds stay in [te_min, te_max].
    backend, device, dtype
        What computes: ``'numpy'``, ``'numba'``, ``'torch'``, ``'cupy'``, ``'jax'``; where, and in
        ``'float64'`` or ``'float32'``.
    batch : int, optional
        Number of independent networks, along a leading axis of every array. Network b equals one
        with seed ``network_seeds(seed, batch)[b]``.
    **hyperparameters
        See `sorn.Parameters`.

    Attributes
    ----------
    parameters : Parameters
    seed : int or None
    streams : list
        Sources of random numbers, one per network.
    note : dict
        JSON data of your own that `save` writes along.

    Raises
    ------
    SornError
        A `ValueError` in one sentence; see `sorn.errors`.

    Examples
    --------
    >>> import numpy as np
    >>> from sorn import Network
    >>> net = Network(ne=100, nu=4, seed=1)
    >>> net.step(np.ones(4)).shape
    (100,)
    >>> net.run(np.ones((4, 200)), record=("excitatory", "Te"), every=10)["excitatory"].shape
    (20, 100)
    """

    phase = ConductField[str]("'plasticity' or 'training'; may be set.")
    freeze = ConductField[tuple[str, ...]]("Names of the rules that rest; may be set.")
    noise = ConductField[bool]("Whether there is noise; may be set.")
    clip_te = ConductField[bool]("Whether thresholds stay in [te_min, te_max]; may be set.")

    def __init__(
        self,
        preset: str | None = None,
        *,
        seed: Any = None,
        rng: Any = None,
        state: Mapping[str, Any] | None = None,
        phase: str | None = None,
        freeze: str | Iterable[str] | None = None,
        rules: Iterable[Rule] | None = None,
        noise: bool | None = None,
        clip_te: bool | None = None,
        backend: str = "numpy",
        device: Any = None,
        dtype: str = "float64",
        batch: int | None = None,
        **hyperparameters: Any,
    ) -> None:
        own = {"phase": phase, "freeze": freeze, "rules": rules, "noise": noise, "clip_te": clip_te}
        conduct, values = told_apart(preset, own, hyperparameters)
        if state is not None:
            values.setdefault("ne", infer_ne(state))
        self.parameters: Parameters = build_parameters(**values)
        self.batch = check_batch(batch)
        if seed is None and rng is None:
            seed = int(np.random.SeedSequence().generate_state(1)[0])
        self.seed, self.streams = seed, network_streams(seed, rng, self.batch)
        self.note: dict[str, Any] = {}
        start = None if state is None else copy_state(state, self.parameters, self.batch)
        self._running = Running(
            self.parameters, self.streams, self.batch, conduct, start,
            backend=backend, device=device, dtype=dtype,
        )  # fmt: skip

    def __repr__(self) -> str:
        shown = {"ne": self.parameters.ne, "nu": self.parameters.nu, "seed": self.seed}
        shown |= {} if self.batch is None else {"batch": self.batch}
        shown |= {"phase": self.phase, "backend": self._running.computing["backend"]}
        told = ", ".join(f"{name}={value!r}" for name, value in shown.items())
        return f"Network({told}; {self.steps_done} steps done)"

    @property
    def steps_done(self) -> int:
        """Steps since the network was built."""
        return self._running.steps_done

    @property
    def active_rules(self) -> tuple[Rule, ...]:
        """Rules that run now, in order."""
        return self._running.conduct.active_rules

    @property
    def state(self) -> dict[str, NumpyArray]:
        """Copies of the seven documented arrays as they are now.

        ``Wee`` (ne, ne), ``Wei`` (ni, ne), ``Wie`` (ne, ni), rows sources and columns targets;
        ``Te`` (ne, 1), ``Ti`` (ni, 1); ``X`` (ne, 2), ``Y`` (ni, 2), column 1 the last step. A
        batch has a leading axis.
        """
        return {name: self.read(name) for name in STATE_KEYS}

    def read(self, name: str) -> NumpyArray:
        """A copy of one of the arrays of `state`; another name is a `StateError`."""
        if name not in STATE_KEYS:
            raise StateError(f"there is no array {name!r}; choose from {', '.join(STATE_KEYS)}")
        return self._running.read(name)

    def step(self, u: Any = None, reward: float | None = None) -> NumpyArray:
        """Run one step.

        Parameters
        ----------
        u : array_like, shape (nu,) or (batch, nu), optional
            Input of this step; none drives nothing.
        reward : float, optional
            Factor on the rate of STDP in this step (reward-modulated STDP).

        Returns
        -------
        ndarray of bool, shape (ne,) or (batch, ne)
            Excitatory neurons that fire.
        """
        fired: NumpyArray = self._running.one(u, reward, details=False).excitatory[0]
        return fired

    def observe(self, u: Any, record: Iterable[str], reward: Any = None) -> dict[str, NumpyArray]:
        """Run one step as `step` does, and return what `run` would record, time first.

        Examples
        --------
        >>> from sorn import Network
        >>> Network(ne=50, nu=2, seed=1).observe([1, 0], ["inhibitory"])["inhibitory"].shape
        (1, 10)
        """
        activity = self._running.one(u, reward, details=True)
        return {name: recorded(name, activity, self.read) for name in record}

    def run(
        self,
        inputs: Any = None,
        steps: int | None = None,
        *,
        record: str | Iterable[str] = ("excitatory",),
        every: int = 1,
        reward: Any = None,
        to: str | Path | None = None,
        progress: Progress | bool | None = None,
    ) -> Recording:
        """Run many steps; Control-C stops after a stretch of them, and the network stays exact.

        Parameters
        ----------
        inputs : array_like, shape (nu, time) or (batch, nu, time), optional
        steps : int, optional
            Default: all columns of `inputs`.
        record : iterable of str
            What is kept: 'excitatory', 'inhibitory', 'recurrent' (bool), 'ee_connections',
            'ei_connections' (before the step's plasticity), 'Wee', 'Wei', 'Te', 'Ti' (after it).
        every : int
            Of every so many steps the last one is kept.
        reward : float or array_like, shape (steps,), optional
            Factor on the rate of STDP in each step.
        to : path, optional
            Folder for the recordings, one ``.npy`` file each, instead of memory.
        progress : callable or True, optional
            Called as ``progress(steps_done, steps)`` now and then; returning True stops the run
            there. True shows a line on standard error.

        Returns
        -------
        Recording
            ``recording[name]`` has time first: (steps // every, ...).
        """
        array, count = check_inputs(inputs, steps, self.parameters, self.batch)
        factors = None if reward is None else check_reward(reward, count)
        shape = () if self.batch is None else (self.batch,)
        meter = as_meter(progress)
        with Recorder(record, every, count, self.parameters, shape, to) as recorder:
            return recorder.finish(self._running.many(array, count, factors, recorder, meter))

    def reset(self) -> None:
        """Return the activity to rest, or where ``initial_activity`` says so to a new draw of it.

        Weights and thresholds stay.
        """
        self._running.reset()

    def set_activity(self, x: Any, y: Any) -> None:
        """Put the activity of the last step: 0 or 1, shape (..., ne) and (..., ni)."""
        self._running.set_activity(x, y)

    def copy(self, **changes: Any) -> Network:
        """Another network in the same state, that differs in the given keywords of `Network`.

        Its random numbers are the same objects unless ``seed`` or ``rng`` is given.
        """
        options = self._running.keywords() | {"state": self.state}
        if "seed" in changes:
            del options["rng"]
        return type(self)(**(options | changes))._continued(self.steps_done, dict(self.note))

    def save(self, path: str | Path) -> Path:
        """Write the network to an ``.npz`` file, whole or not at all.

        State, hyperparameters, phase, frozen rules, noise, bounds, seed and the position of the
        random numbers: `load` goes on as if the run had not stopped.

        Raises
        ------
        StateError
            If the folder does not exist.
        OSError
            If it cannot be written; an older file of the name stays as it is.
        """
        about = {"batch": self.batch, "steps_done": self.steps_done, "note": self.note}
        about |= self._running.conduct.described()
        return write_network(path, self.state, self.parameters, self.seed, self.streams, about)

    @classmethod
    def load(cls, path: str | Path, **changes: Any) -> Network:
        """The network that `save` wrote, at the step where it stopped.

        Parameters
        ----------
        path : path
        **changes
            Keywords of `Network` that are to differ from the file's, e.g. ``backend='numba'`` or
            ``phase='training'``. Own rules are not in the file and must be given as ``rules=``.

        Raises
        ------
        StateError
            If it is no such file, or holds own rules and none are given.

        Examples
        --------
        >>> import sorn, tempfile, os
        >>> net = sorn.Network(ne=50, nu=2, seed=1)
        >>> path = net.save(os.path.join(tempfile.mkdtemp(), "net.npz"))
        >>> again = sorn.Network.load(path)
        >>> bool((again.step([1, 0]) == net.step([1, 0])).all())
        True
        """
        options, about = network_keywords(path, changes)
        network = cls(**options)
        network.seed = changes.get("seed", about.get("seed"))
        return network._continued(about.get("steps_done", 0), about.get("note", {}))

    def _continued(self, steps_done: int, note: dict[str, Any]) -> Network:
        self._running.steps_done, self.note = steps_done, note
        return self
