"""What a moving picture of a test shows, frame by frame, from the record of a seed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lateralnet.measures.decoding import decoded_angle
from lateralnet.parameters.params import NetworkParams
from lateralnet.records.record import TestRecord
from lateralnet.records.results import RunResult
from lateralnet.simulation.spikes import SpikeTrain
from lateralnet.stimulus.hydrodynamics import velocity

FRAME_S = 0.005
WINDOW_S = 0.02  # rates and decoded position: as in the measures
_MOST_BINS = 100
_ARROWS = (21, 13)  # along and across, around the sphere
_FIELD_CM = (2.4, 1.6)  # half width, and reach across, of the arrows
SHOWN = ("untrained", "trained")


@dataclass(frozen=True)
class Pass:
    """One condition, frame by frame.

    Attributes
    ----------
    decoded_cm : ndarray, shape (n_frames,)
        Position by the population vector of TS; NaN where no spike tells it.
    rates_hz : dict of ndarray, shape (n_frames, n_bins)
        Layer -> mean rate of the cells of each stretch of the body.
    mean_hz : dict of ndarray, shape (n_frames,)
        Layer -> mean rate of all its cells.
    """

    decoded_cm: NDArray[np.float64]
    rates_hz: dict[str, NDArray[np.float64]]
    mean_hz: dict[str, NDArray[np.float64]]


@dataclass(frozen=True)
class Film:
    """The first test sweep of a seed, untrained and trained.

    Attributes
    ----------
    title : str
        Which run.
    body_cm, radius_cm : float
        Length of the body; radius of the sphere, 0 where the stimulus is no sphere.
    t_s, x_cm, y_cm : ndarray, shape (n_frames,)
        Time, and position of the stimulus along the body and across it.
    passes : dict of Pass
        By condition.
    arrows_cm : ndarray, shape (n, 2)
        Places around the sphere, relative to its centre.
    flow : ndarray, shape (n, 2)
        Flow there for a sphere that moves tailwards, in parts of the sphere's speed.
    direction : float
        +1 tailwards, -1 headwards.
    """

    title: str
    body_cm: float
    radius_cm: float
    t_s: NDArray[np.float64]
    x_cm: NDArray[np.float64]
    y_cm: NDArray[np.float64]
    passes: dict[str, Pass]
    arrows_cm: NDArray[np.float64]
    flow: NDArray[np.float64]
    direction: float


def film_of(result: RunResult, seed: int | None = None) -> Film:
    """Return the film of one seed of a run, the first by default.

    Raises
    ------
    InputError
        When the run has no such seed.
    """
    chosen = result.of_seed(seed)
    p, tests = chosen.params, chosen.record.tests
    shown = {name: tests[name] for name in SHOWN if name in tests}
    test = next(iter(shown.values()))
    frames = np.arange(0, test.x_cm.shape[1], max(1, round(FRAME_S / test.dt_s)))
    arrows_cm, flow = _field(p)
    return Film(
        title=(
            f"{result.folder.name}: {result.mode}, seed {chosen.seed}, "
            f"{p.n_training_trials:,} training trials"
        ),
        body_cm=p.ll_body_length_cm,
        radius_cm=p.sphere_radius_cm if np.isfinite(test.y_cm[0]).all() else 0.0,
        t_s=test.t_s[frames],
        x_cm=test.x_cm[0, frames],
        y_cm=test.y_cm[0, frames],
        passes={name: _pass(one, p, frames) for name, one in shown.items()},
        arrows_cm=arrows_cm,
        flow=flow,
        direction=1.0 if p.direction >= 0 else -1.0,
    )


def _pass(test: TestRecord, p: NetworkParams, frames: NDArray[np.int64]) -> Pass:
    spikes, n_steps = test.spikes[0], test.x_cm.shape[1]
    ts = spikes["ts"]
    angle = decoded_angle(
        ts.step,
        ts.cell.astype(np.int64),
        p.n_ts,
        n_steps=n_steps,
        dt_s=test.dt_s,
        window_s=p.decoding_window_s,
    )
    rates, means = {}, {}
    for layer in p.n_cells:
        rates[layer], means[layer] = _rates_hz(spikes[layer], n_steps, frames)
    return Pass(p.ll_body_length_cm * angle[frames] / (2.0 * np.pi), rates, means)


def _rates_hz(
    spikes: SpikeTrain, n_steps: int, frames: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the rate of each stretch of a layer, and of the whole layer, around each frame."""
    n, dt_s = spikes.n_cells, spikes.dt_s
    n_bins = min(n, _MOST_BINS)
    bin_of = np.arange(n) * n_bins // n
    counts = np.zeros((n_steps + 1, n_bins))
    np.add.at(counts, (spikes.step + 1, bin_of[spikes.cell]), 1)
    until = np.cumsum(counts, axis=0)
    half = max(1, round(WINDOW_S / dt_s / 2))
    low, high = np.clip(frames - half, 0, n_steps), np.clip(frames + half, 0, n_steps)
    span_s = ((high - low) * dt_s)[:, None]
    seen = until[high] - until[low]
    return seen / span_s / np.bincount(bin_of), seen.sum(axis=1) / span_s[:, 0] / n


def _field(p: NetworkParams) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return arrows around the sphere and the flow at their feet, outside the sphere only."""
    along = np.linspace(-_FIELD_CM[0], _FIELD_CM[0], _ARROWS[0])
    across = np.linspace(-_FIELD_CM[1], _FIELD_CM[1], _ARROWS[1])
    places = np.stack(np.meshgrid(along, across), axis=-1).reshape(-1, 2)
    places = places[np.hypot(*places.T) > 1.05 * p.sphere_radius_cm]
    flow = velocity(
        places[:, 0],
        places[:, 1],
        source_cm=np.zeros(2),
        velocity_cm_s=np.array([1.0, 0.0]),
        radius_cm=p.sphere_radius_cm,
    )
    return places, flow
