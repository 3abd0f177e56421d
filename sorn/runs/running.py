"""What runs a network: its engine, its inputs and random numbers, stretch after stretch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sorn.arrays import NumpyArray
from sorn.engines.choice import make_engine
from sorn.engines.engine import Activity, Engine, Setting, Stretch
from sorn.parameters import Parameters, parameter_names
from sorn.records.files import CONDUCT_KEYS
from sorn.records.inputs import InputMap, check_reward
from sorn.records.recorder import Recorder
from sorn.runs.conduct import Conduct
from sorn.runs.progress import Progress, interrupt_deferred
from sorn.state import STATE_KEYS, activity_columns
from sorn.streams import Streams, draw_steps, stretch_steps
from sorn.wiring import initial_activity, new_state, target_rate


class Running:
    """A network in its engine; the engine is rebuilt at the next step when the conduct changes.

    Parameters
    ----------
    parameters : Parameters
    streams : sequence of Streams
        One per network.
    batch : int or None
        Number of networks along a leading axis.
    conduct : Conduct
    state : dict of ndarray, or None
        The seven documented arrays; None draws a new network.
    **computing
        ``backend``, ``device`` and ``dtype`` of `make_engine`.

    Raises
    ------
    SornError
        If the library is missing, or a rate does not fit.
    """

    def __init__(
        self,
        parameters: Parameters,
        streams: Sequence[Streams],
        batch: int | None,
        conduct: Conduct,
        state: dict[str, NumpyArray] | None,
        **computing: Any,
    ) -> None:
        self.parameters, self.streams, self.batch = parameters, streams, batch
        self.conduct, self.computing = conduct, computing
        self.steps_done = 0
        self._map = InputMap(parameters)
        self._state = new_state(parameters, streams, batch) if state is None else state
        self.engine: Engine | None = None
        self._start()

    def one(self, u: Any, reward: float | None, details: bool) -> Activity:
        """One step with the input `u`; see `sorn.engines.engine.Stretch`."""
        drive = None if u is None else self._map.one(u, self.batch)[None]
        return self._advance(1, drive, None if reward is None else check_reward(reward, 1), details)

    def many(
        self,
        inputs: NumpyArray | None,
        steps: int,
        reward: NumpyArray | None,
        recorder: Recorder,
        meter: Progress | None,
    ) -> int:
        """Steps in stretches between which Control-C and `meter` may stop; returns those done."""
        done, longest = 0, stretch_steps(len(self.streams), sum(self._sizes))
        while done < steps:
            last = min(done + longest, recorder.next_stop(done), steps)
            with interrupt_deferred(last - done > 1):
                drive = self._map.stretch(inputs, done, last)
                factors = None if reward is None else reward[done:last]
                activity = self._advance(last - done, drive, factors, recorder.wants_details)
                done = last
                recorder.add(activity, self.read, done)
            if meter is not None and meter(done, steps) is True:
                break
        return done

    def read(self, name: str) -> NumpyArray:
        """A copy of one of the documented arrays as it is now."""
        return self._state[name].copy() if self.engine is None else self.engine.read(name)

    def reset(self) -> None:
        """Put the activity that a new network starts with."""
        x, y = initial_activity(self.parameters, self.streams)
        pairs = (x[0], y[0]) if self.batch is None else (x, y)
        (self.engine or self._start()).set_activity(*pairs)

    def set_activity(self, x: Any, y: Any) -> None:
        """Put the activity of the last step, shape (..., ne) and (..., ni); checked."""
        shape = () if self.batch is None else (self.batch,)
        both = zip("xy", (x, y), self._sizes, strict=True)
        columns = (activity_columns(name, given, (*shape, size)) for name, given, size in both)
        (self.engine or self._start()).set_activity(*columns)

    def change(self, **changes: Any) -> None:
        """Take a conduct that differs in the given fields."""
        conduct = self.conduct.with_changes(**changes)
        if self.engine is not None:
            self._state, self.engine = {name: self.read(name) for name in STATE_KEYS}, None
        self.conduct = conduct

    def keywords(self) -> dict[str, Any]:
        """What makes a network like this one, as keywords of `sorn.Network`."""
        own = {name: getattr(self.parameters, name) for name in parameter_names()}
        conduct = {name: getattr(self.conduct, name) for name in (*CONDUCT_KEYS, "rules")}
        streams = self.streams[0] if self.batch is None else list(self.streams)
        return own | conduct | {"batch": self.batch, "rng": streams} | self.computing

    def _advance(
        self, steps: int, drive: NumpyArray | None, reward: NumpyArray | None, details: bool
    ) -> Activity:
        engine = self.engine or self._start()
        draws = draw_steps(self.streams, steps, self._sizes, self._noise_std, self._insertion_rate)
        activity = engine.advance(Stretch(steps, drive, draws, reward, details))
        self.steps_done += steps
        return activity

    def _start(self) -> Engine:
        conduct, parameters = self.conduct, self.parameters
        rules = conduct.active_rules
        setting = Setting(
            parameters=parameters,
            rules=rules,
            target_rate=target_rate(parameters, self.streams, "ip" in rules),
            threshold_bounds=(parameters.te_min, parameters.te_max) if conduct.clip_te else None,
        )
        self.engine = make_engine(
            **self.computing, state=self._state, setting=setting,
            choose_site=lambda network, vacant: self.streams[network].site(vacant),
        )  # fmt: skip
        self._state = {}  # the engine holds it now
        self._sizes = parameters.ne, parameters.ni
        self._noise_std = parameters.noise_std if conduct.noise else None
        self._insertion_rate = parameters.insertions_per_step if "sp" in rules else None
        return self.engine
