"""`Simulator` and `Trainer`: the documented spelling (0.6) and the one of sorn 0.7.4."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from sorn.errors import ParameterError
from sorn.simulation import simulate

State = dict[str, np.ndarray]
FiveTuple = tuple[State, list[Any], list[Any], list[Any], list[Any]]

HISTORY = (
    "ExcitatoryActivation",
    "InhibitoryActivation",
    "RecurrentActivation",
    "EEConnectionCounts",
)


class _Runner:
    """Both spellings; calls are independent of each other."""

    _default_phase = ""

    def run(
        self,
        inputs: Any = None,
        phase: str | None = None,
        state: State | None = None,
        timesteps: int | None = None,
        noise: bool = True,
        freeze: Any = None,
        callbacks: Iterable[str] | None = None,
        **options: Any,
    ) -> tuple[State, dict[str, list[Any]]]:
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
        noise : bool
            Gaussian noise with standard deviation ``noise_std`` on every drive.
        freeze : iterable of str, optional
            Rules to leave out: 'stdp', 'ip', 'sp', 'istdp', 'ss'.
        callbacks : list of str, optional
            What to record; see `sorn.records.callbacks.CALLBACK_NAMES`.
        **options
            Hyperparameters (`sorn.parameters.Parameters`) and run options
            (`sorn.simulation.RunOptions`: seed, rng, backend, device, dtype, batch, ...).

        Returns
        -------
        state : dict of ndarray
            Wee (ne, ne), Wei (ni, ne), Wie (ne, ni), Te (ne, 1), Ti (ni, 1), X (ne, 2),
            Y (ni, 2); column 1 of X and Y is the last step.
        recordings : dict of list
            One list per callback, with one entry per step.

        Raises
        ------
        SornError
            A `ValueError`; see `sorn.errors`.
        """
        _refuse(options, {"matrices": "state", "time_steps": "timesteps"}, "run")
        phase = self._default_phase if phase is None else phase
        return simulate(
            inputs, phase, state, timesteps, noise, freeze, callbacks,
            clip_te=True, options=options,
        )  # fmt: skip

    def _run_documented(
        self,
        inputs: Any,
        phase: str,
        matrices: State | None,
        time_steps: int | None,
        noise: bool,
        freeze: Any,
        options: dict[str, Any],
    ) -> FiveTuple:
        names = {"state": "matrices", "timesteps": "time_steps", "callbacks": "run()"}
        _refuse(options, names, "this method")
        state, recordings = simulate(
            inputs, phase, matrices, time_steps, noise, freeze, HISTORY,
            clip_te=False, options=options, announce=print,
        )  # fmt: skip
        excitatory, inhibitory, recurrent, counts = (recordings[name] for name in HISTORY)
        return state, excitatory, inhibitory, recurrent, counts


class Simulator_(_Runner):
    """Runs networks with plasticity; `Simulator` is the ready-made instance."""

    _default_phase = "plasticity"

    def simulate_sorn(
        self,
        inputs: Any = None,
        phase: str = "plasticity",
        matrices: State | None = None,
        time_steps: int | None = None,
        noise: bool = True,
        freeze: Any = None,
        **options: Any,
    ) -> FiveTuple:
        """Run the network as documented: thresholds are free (sorn 0.6).

        Arguments are those of `run`, with `matrices` for the state and `time_steps` for the
        number of steps. A new network is announced on standard output, as documented.

        Returns
        -------
        state : dict of ndarray
        E, I, R : list of ndarray
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
        noise: bool = True,
        freeze: Any = None,
        **options: Any,
    ) -> FiveTuple:
        """Run a network as documented; see `Simulator_.simulate_sorn` for the values.

        In phase 'training' no rule runs; in phase 'plasticity' those run that `freeze` leaves.
        """
        return self._run_documented(inputs, phase, matrices, time_steps, noise, freeze, options)


Simulator = Simulator_()
Trainer = Trainer_()


def _refuse(options: dict[str, Any], other_names: dict[str, str], method: str) -> None:
    """Name the right keyword for one that belongs to the other spelling."""
    for wrong, right in other_names.items():
        if wrong in options:
            raise ParameterError(f"unknown keyword {wrong!r}: {method} takes it as {right}")
