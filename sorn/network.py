"""The network object: built once, stepped or run, saved and loaded with all that it is.

>>> import numpy as np
>>> import sorn
>>> net = sorn.Network(ne=100, nu=4, seed=1)
>>> active = net.step(np.ones(4))  # one step: which of the 100 neurons fire
>>> recording = net.run(np.ones((4, 200)), record=("excitatory", "Te"), every=10)
>>> recording["excitatory"].shape
(20, 100)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from sorn.conduct import ConductField, told_apart
from sorn.engines.choice import make_engine
from sorn.engines.engine import Engine, Rule, Setting
from sorn.errors import StateError
from sorn.parameters import Parameters, build_parameters
from sorn.parameters.checks import check_batch
from sorn.progress import Progress, as_meter, interrupt_deferred
from sorn.records.inputs import InputMap, check_inputs, check_reward
from sorn.records.recorder import Recorder, Recording, recorded
from sorn.records.saved import SavedNetwork
from sorn.state import STATE_KEYS, activity_columns, copy_state, infer_ne
from sorn.streams import StepDraws, draw_steps, network_streams, stretch_steps
from sorn.wiring import initial_activity, new_state, target_rate


class Network(SavedNetwork):
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
    steps_done : int
        Steps since the network was built.
    note : dict
        JSON data of your own that `save` writes along.

    Raises
    ------
    SornError
        A `ValueError` in one sentence; see `sorn.errors`.
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
        self._conduct, values = told_apart(preset, own, hyperparameters)
        if state is not None:
            values.setdefault("ne", infer_ne(state))
        self.parameters: Parameters = build_parameters(**values)
        self.batch = check_batch(batch)
        self._computing = {"backend": backend, "device": device, "dtype": dtype}
        if seed is None and rng is None:
            seed = int(np.random.SeedSequence().generate_state(1)[0])
        self.seed, self.streams = seed, network_streams(seed, rng, self.batch)
        self.steps_done, self.note = 0, dict[str, Any]()
        self._map = InputMap(self.parameters)
        self._engine: Engine | None = None
        if state is not None:
            self._state = copy_state(state, self.parameters.ne, self.parameters.ni, self.batch)
        else:
            self._state = new_state(self.parameters, self.streams, self.batch)
        self._start_engine()  # so that a missing library or a wrong rate is found now

    @property
    def active_rules(self) -> tuple[Rule, ...]:
        """Rules that run now, in order."""
        rules: tuple[Rule, ...] = self._conduct.active_rules
        return rules

    @property
    def state(self) -> dict[str, np.ndarray]:
        """Copies of the seven documented arrays as they are now.

        ``Wee`` (ne, ne), ``Wei`` (ni, ne), ``Wie`` (ne, ni), rows sources and columns targets;
        ``Te`` (ne, 1), ``Ti`` (ni, 1); ``X`` (ne, 2), ``Y`` (ni, 2), column 1 the last step. A
        batch has a leading axis.
        """
        return {name: self.read(name) for name in STATE_KEYS}

    def read(self, name: str) -> np.ndarray:
        """A copy of one of the arrays of `state`."""
        if name not in STATE_KEYS:
            raise StateError(f"there is no array {name!r}; choose from {', '.join(STATE_KEYS)}")
        return self._state[name].copy() if self._engine is None else self._engine.read(name)

    def step(self, u: Any = None, reward: float | None = None) -> np.ndarray:
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

        Examples
        --------
        >>> from sorn import Network
        >>> Network(ne=50, nu=2, seed=1).step([0.5, 1.0]).shape
        (50,)
        """
        engine = self._engine or self._start_engine()
        drive = None if u is None else self._map.one(u, self.batch)
        if reward is not None:
            reward = float(check_reward(reward, 1)[0])
        fired = engine.step(drive, self._draws(1), reward)
        self.steps_done += 1
        return fired

    def observe(
        self, u: Any, record: Iterable[str], reward: float | None = None
    ) -> dict[str, np.ndarray]:
        """Run one step as `step` does, and return what `run` would record, time first.

        Examples
        --------
        >>> from sorn import Network
        >>> Network(ne=50, nu=2, seed=1).observe([1, 0], ["inhibitory"])["inhibitory"].shape
        (1, 10)
        """
        engine = self._engine or self._start_engine()
        drive = None if u is None else self._map.one(u, self.batch)[None]
        factors = None if reward is None else check_reward(reward, 1)
        activity = engine.advance(drive, self._draws(1), factors)
        self.steps_done += 1
        return {name: recorded(name, activity, engine.read) for name in record}

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
        recorder = Recorder(record, every, count, self.parameters, shape, to)
        meter = as_meter(progress)
        done, longest = 0, stretch_steps(len(self.streams), self.parameters.ne + self.parameters.ni)
        while done < count:
            last = min(done + longest, recorder.next_stop(done), count)
            engine = self._engine or self._start_engine()
            with interrupt_deferred(last - done > 1):
                drive = self._map.stretch(array, done, last)
                stretch_reward = None if factors is None else factors[done:last]
                draws = self._draws(last - done)
                activity = engine.advance(drive, draws, stretch_reward, recorder.wants_details)
                self.steps_done += last - done
                done = last
                recorder.add(activity, engine.read, done)
            if meter is not None and meter(done, count) is True:
                break
        return recorder.finish(done)

    def reset(self) -> None:
        """Return the activity to rest, or where ``initial_activity`` says so to a new draw of it.

        Weights and thresholds stay.
        """
        x, y = initial_activity(self.parameters, self.streams)
        if self.batch is None:
            x, y = x[0], y[0]
        (self._engine or self._start_engine()).set_activity(x, y)

    def set_activity(self, x: Any, y: Any) -> None:
        """Put the activity of the last step: 0 or 1, shape (..., ne) and (..., ni)."""
        shape = () if self.batch is None else (self.batch,)
        (self._engine or self._start_engine()).set_activity(
            activity_columns("x", x, (*shape, self.parameters.ne)),
            activity_columns("y", y, (*shape, self.parameters.ni)),
        )

    def _change(self, **changes: Any) -> None:
        """New conduct; the engine is rebuilt at the next step, from the state as it is now."""
        conduct = self._conduct.with_changes(**changes)
        self._state, self._engine = self.state, None
        self._conduct = conduct

    def _start_engine(self) -> Engine:
        conduct, parameters = self._conduct, self.parameters
        self._rules = conduct.active_rules
        setting = Setting(
            parameters=parameters,
            rules=self._rules,
            target_rate=target_rate(parameters, self.streams, "ip" in self._rules),
            threshold_bounds=(parameters.te_min, parameters.te_max) if conduct.clip_te else None,
        )
        self._engine = make_engine(
            **self._computing, state=self._state, setting=setting,
            choose_site=lambda network, vacant: self.streams[network].site(vacant),
        )  # fmt: skip
        self._state = {}  # the engine holds it now
        self._noise_std = parameters.noise_std if conduct.noise else None
        self._insertion_rate = parameters.insertions_per_step if "sp" in self._rules else None
        return self._engine

    def _draws(self, steps: int) -> list[StepDraws]:
        """Random numbers of the next steps, for each network."""
        sizes = (self.parameters.ne, self.parameters.ni)
        return draw_steps(self.streams, steps, sizes, self._noise_std, self._insertion_rate)
