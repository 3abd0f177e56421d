"""Annealed cooperation: lateral excitation that starts wide and strong and ends as it is tested.

Radius and peak go geometrically from their start values to the final ones, x(k) = x0 (x1/x0)^(k/T)
after k of T trials, in steps of five trials: the shrinking neighbourhood of a self-organising map
(Kohonen 1982, Biol Cybern 43:59). Tests and controls always have the final values.
"""

from __future__ import annotations

import numpy as np

from lateralnet.network.topology import cooperation_mV
from lateralnet.network.wiring import Replica
from lateralnet.parameters.params import NetworkParams

TRIALS_PER_STEP = 5


def radius_and_peak_mV(params: NetworkParams, trial: int) -> tuple[float, float]:
    """Return radius (in TS indices, not whole) and peak of lateral excitation in a trial.

    Examples
    --------
    >>> from lateralnet import preset
    >>> p = preset("ll_learn", ts_lateral_exc_radius_start=240)  # ends at 60, after 200 trials
    >>> [round(radius_and_peak_mV(p, trial)[0]) for trial in (0, 4, 100, 199)]
    [240, 240, 120, 62]
    """
    step = trial - trial % TRIALS_PER_STEP
    share = step / max(1, params.n_training_trials)
    return (
        _between(params.ts_lateral_exc_radius_start, params.ts_lateral_exc_radius, share),
        _between(params.ts_lateral_exc_peak_start_mV, params.ts_lateral_exc_peak_mV, share),
    )


def excitation_V(replica: Replica, trial: int) -> np.ndarray:
    """Return the weights of lateral excitation in a trial, in V and wiring order."""
    radius, peak_mV = radius_and_peak_mV(replica.params, trial)
    synapses = replica.ts_excitation
    return 1e-3 * cooperation_mV(synapses.i, synapses.j, radius=radius, peak_mV=peak_mV)


def _between(start: float | None, end: float, share: float) -> float:
    return end if start is None else start * (end / start) ** share
