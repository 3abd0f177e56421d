"""`Simulator` and `Trainer`: the documented spelling (0.6) and the one of sorn 0.7.4."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from sorn.arrays import NumpyArray
from sorn.errors import ParameterError, StateError
from sorn.network import Network
from sorn.parameters import preset as preset_keywords
from sorn.parameters import reject_unknown
from sorn.published.histories import RECORDED_AS, check_callbacks, history
from sorn.published.live import LiveNetwork

State = dict[str, NumpyArray]
History = Sequence[Any]
FiveTuple = tuple[State, History, History, History, History]

HISTORY = (
    "ExcitatoryActivation",
    "InhibitoryActivation",
    "RecurrentActivation",
    "EEConnectionCounts",
)
RUN_OPTIONS = (
    "preset", "seed", "rng", "backend", "device", "dtype", "batch", "clip_te", "rules", "reward",
    "progress",
)  # fmt: skip
logger = logging.getLogger("sorn")


class _Runner:
    """Both spellings; calls are independent of each other."""

    _default_phase = ""

    def __init__(self) -> None:
        self._live = LiveNetwork()

    def run(
        self,
        inputs: Any = None,
        phase: str | None = None,
        state: State | None = None,
        timesteps: int | None = None,
        noise: bool | None = None,
        freeze: Any = None,
        callbacks: Iterable[str] | None = None,
        **options: Any,
    ) -> tuple[State, dict[str, History]]:
        """Run the network as sorn 0.7.4 does: thresholds stay in [te_min, te_max].

        Parameters
        ----------
        inputs : array_like, shape (nu, time), or None
            Row k drives excitatory neuron k with gain 1. None: no drive.
        phase : {'plasticity', 'training'}, optional
            'plasticity' (default of `Simulator`) applies the rules; 'training' (default of
            `Trainer`) freezes them all and needs a state.
        state : dict, optional
            State to go on from; None builds a new network. Not modified.
        timesteps : int, optional
            Default: all columns of `inputs`.
        noise : bool, optional
            Gaussian noise with standard deviation ``noise_std`` on every drive. Default: yes, or
            as the preset says.
        freeze : iterable of str, optional
            Rules to leave out: 'stdp', 'ip', 'sp', 'istdp', 'ss'.
        callbacks : list of str, optional
            What to record; see `sorn.published.CALLBACK_NAMES`.
        **options
            Hyperparameters (`sorn.Parameters`), and ``preset``, ``seed``, ``rng``, ``backend``,
            ``device``, ``dtype``, ``batch``, ``clip_te``, ``rules`` as of `sorn.Network`,
            ``reward`` and ``progress`` as of `sorn.Network.run`. Without ``seed`` and ``rng`` the
            numbers come from ``np.random`` and ``random``, in the published order.

        Returns
        -------
        state : dict of ndarray
            Wee (ne, ne), Wei (ni, ne), Wie (ne, ni), Te (ne, 1), Ti (ni, 1), X (ne, 2),
            Y (ni, 2); column 1 of X and Y is the last step.
        recordings : dict of sequence
            One per callback, with one entry per step.

        Raises
        ------
        SornError
            A `ValueError`; see `sorn.errors`.

        Examples
        --------
        >>> from sorn import Simulator
        >>> state, recordings = Simulator.run(timesteps=20, ne=50, seed=1, callbacks=["TE"])
        >>> state["Wee"].shape, recordings["TE"][0].shape
        ((50, 50), (50, 1))
        """
        if "matrices" in options or "time_steps" in options:
            _refuse(options, {"matrices": "state", "time_steps": "timesteps"}, "run")
        phase = self._default_phase if phase is None else phase
        names = check_callbacks(callbacks)
        self.callbacks = names
        return self._simulate(
            inputs, phase, state, timesteps, noise, freeze, names, options, True, logger.info
        )

    def _run_documented(
        self,
        inputs: Any,
        phase: str,
        matrices: State | None,
        time_steps: int | None,
        noise: bool | None,
        freeze: Any,
        options: dict[str, Any],
    ) -> FiveTuple:
        if "state" in options or "timesteps" in options or "callbacks" in options:
            names = {"state": "matrices", "timesteps": "time_steps", "callbacks": "run()"}
            _refuse(options, names, "this method")
        state, recordings = self._simulate(
            inputs, phase, matrices, time_steps, noise, freeze, HISTORY, options, False, print
        )
        excitatory, inhibitory, recurrent, counts = recordings.values()
        return state, excitatory, inhibitory, recurrent, counts

    def _simulate(
        self,
        inputs: Any,
        phase: str,
        state: State | None,
        steps: int | None,
        noise: bool | None,
        freeze: Any,
        callbacks: Sequence[str],
        options: dict[str, Any],
        clip_te: bool,
        announce: Callable[[str], None],
    ) -> tuple[State, dict[str, History]]:
        """A run of a new network, of a given state, or of the one that ran last."""
        reward, progress = options.pop("reward", None), options.pop("progress", None)
        options |= {"phase": phase, "freeze": freeze, "noise": noise}
        if state is None and phase == "training":
            raise StateError("the training phase needs the state of a network that was simulated")
        last = self._live.of(state, options)
        if last is not None:
            network = last.network
        else:
            network = Network(state=state, **_keywords(options, clip_te))
            if state is None:
                _announce(network.state, network.batch, announce)
        names = [RECORDED_AS[name] for name in callbacks]
        arrays: Mapping[str, NumpyArray]
        if last is not None and steps == 1 and np.shape(inputs)[1:] == (1,):
            arrays = network.observe(inputs, names, reward)
        else:
            arrays = network.run(inputs, steps, record=names, reward=reward, progress=progress)
        self.phase, self.freeze, self.timesteps = phase, freeze, steps
        final = self._live.hand_out(network, options, last)
        return final, {name: history(name, arrays[RECORDED_AS[name]]) for name in callbacks}


class Simulator_(_Runner):
    """Runs networks with plasticity; `Simulator` is the ready-made instance."""

    _default_phase = "plasticity"

    def simulate_sorn(
        self,
        inputs: Any = None,
        phase: str = "plasticity",
        matrices: State | None = None,
        time_steps: int | None = None,
        noise: bool | None = None,
        freeze: Any = None,
        **options: Any,
    ) -> FiveTuple:
        """Run the network as documented: thresholds are free (sorn 0.6).

        Arguments are those of `run`, with `matrices` for the state and `time_steps` for the
        number of steps. A new network is announced on standard output, as documented.

        Returns
        -------
        state : dict of ndarray
        E, I, R : sequence of ndarray
            Excitatory (ne,), inhibitory (ni,) and recurrent (ne, 1) activity of each step.
        C : list of int
            Synapses between excitatory neurons at the start of each step.
        """
        return self._run_documented(inputs, phase, matrices, time_steps, noise, freeze, options)


class Trainer_(_Runner):
    """Runs networks frozen; `Trainer` is the ready-made instance."""

    _default_phase = "training"

    def train_sorn(
        self,
        inputs: Any = None,
        phase: str = "training",
        matrices: State | None = None,
        time_steps: int | None = None,
        noise: bool | None = None,
        freeze: Any = None,
        **options: Any,
    ) -> FiveTuple:
        """Run a network as documented; see `Simulator_.simulate_sorn` for the values.

        In phase 'training' no rule runs; in phase 'plasticity' those run that `freeze` leaves.
        """
        return self._run_documented(inputs, phase, matrices, time_steps, noise, freeze, options)


Simulator = Simulator_()
Trainer = Trainer_()


def _keywords(options: dict[str, Any], clip_te: bool) -> dict[str, Any]:
    """Keywords of `sorn.Network`; those of a preset give way to the ones beside it."""
    reject_unknown([n for n in options if n not in ("phase", "freeze", "noise")], RUN_OPTIONS)
    given = {name: value for name, value in options.items() if value is not None}
    name = given.pop("preset", None)
    values = {"clip_te": clip_te} | (preset_keywords(name) if name else {}) | given
    if "seed" not in values and "rng" not in values:
        values["rng"] = "published"
    return values


def _refuse(options: dict[str, Any], other_names: dict[str, str], method: str) -> None:
    """Name the right keyword for one that belongs to the other spelling."""
    for wrong, right in other_names.items():
        if wrong in options:
            raise ParameterError(f"unknown keyword {wrong!r}: {method} takes it as {right}")


def _announce(state: State, batch: int | None, announce: Callable[[str], None]) -> None:
    """The three documented lines about a new network, the first one of a batch."""
    matrices = {name: state[name] for name in ("Wee", "Wei", "Wie")}
    if batch is not None:
        matrices = {name: matrix[0] for name, matrix in matrices.items()}
    counts = [np.count_nonzero(matrix) for matrix in matrices.values()]
    announce("Network Initialized")
    announce("Number of connections in Wee {} , Wei {}, Wie {}".format(*counts))
    announce("Shapes " + " ".join(f"{name} {array.shape}" for name, array in matrices.items()))
