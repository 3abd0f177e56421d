"""The benchmark: every decoder on every layer, over a plane of places and distances."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lateralnet.decoders.flow_model import GaussNewton, IdealObserver, WaveletTransform
from lateralnet.decoders.learned import (
    Bayes,
    CalibratedVector,
    LinearReadout,
    Neighbours,
    PopulationVector,
)
from lateralnet.decoders.windows import Windows, joined, windows_of
from lateralnet.errors import InputError, nearest_names
from lateralnet.learning.test_sweeps import run_test
from lateralnet.measures.ideal_observer import numeric_bound
from lateralnet.network.wiring import Replica
from lateralnet.parameters.params import NetworkParams
from lateralnet.records.record import TestRecord
from lateralnet.simulation.session import DeviceOptions, Session, translated_errors

FloatArray = NDArray[np.float64]

DECODERS: dict[str, Callable[[], Any]] = {
    decoder.name: decoder
    for decoder in (
        IdealObserver, GaussNewton, WaveletTransform, Bayes, PopulationVector, CalibratedVector,
        Neighbours, LinearReadout,
    )
}  # fmt: skip
LAYERS = ("ll", "mon", "ts")
DISTANCES_CM = (0.5, 0.6, 0.8, 1.0, 1.2, 1.4, 1.6, 2.0)
PLACE_BINS = 20
GOOD_CM = 0.2


@dataclass(frozen=True)
class Score:
    """What one decoder makes of one layer, in one direction and observation time.

    Attributes
    ----------
    direction, window_ms, layer, decoder
        Which.
    rms_cm, median_cm : float
        Error along the body over all windows, head and tail apart.
    area : float
        Share of the plane of places and distances with an RMS error within 0.2 cm.
    distance_rms_cm : float
        Error of the distance; NaN for a decoder that gives none.
    error_map_cm : ndarray, shape (n_distances, PLACE_BINS)
        RMS error along the body in each part of the plane.
    """

    direction: str
    window_ms: float
    layer: str
    decoder: str
    rms_cm: float
    median_cm: float
    area: float
    distance_rms_cm: float
    error_map_cm: FloatArray

    def rms_at_cm(self, row: int) -> float:
        """RMS error at one of the distances; NaN where there is none."""
        errors_cm = self.error_map_cm[row][np.isfinite(self.error_map_cm[row])]
        return float(np.sqrt(np.mean(errors_cm**2))) if errors_cm.size else np.nan


@dataclass(frozen=True)
class Benchmark:
    """All scores of a network.

    Attributes
    ----------
    distances_cm : tuple of float
        Distances, rows of the maps.
    place_cm : ndarray, shape (PLACE_BINS,)
        Centres of the places, columns of the maps.
    scores : tuple of Score
        ``"bound"`` of layer ``"ll"`` among the decoders is the Cramer-Rao bound.
    """

    distances_cm: tuple[float, ...]
    place_cm: FloatArray
    scores: tuple[Score, ...]

    @property
    def directions(self) -> tuple[str, ...]:
        """The directions, in the order of the scores."""
        return tuple(dict.fromkeys(s.direction for s in self.scores))

    def rows(self) -> list[dict[str, Any]]:
        """Return plain values, one dictionary a score."""
        return [
            {
                "direction": s.direction, "window_ms": s.window_ms, "layer": s.layer,
                "decoder": s.decoder, "rms_cm": s.rms_cm, "median_cm": s.median_cm,
                "area_within_0.2_cm": s.area, "distance_rms_cm": s.distance_rms_cm,
                "error_map_cm": np.round(s.error_map_cm, 4).tolist(),
            }
            for s in self.scores
        ]  # fmt: skip

    def to_xarray(self) -> Any:
        """Return the error maps as an `xarray.DataArray` with named axes (extra ``xarray``)."""
        try:
            import xarray
        except ImportError:
            raise InputError("this needs xarray: pip install 'lateralnet[xarray]'.") from None
        keys = [(s.direction, s.window_ms, s.layer, s.decoder) for s in self.scores]
        axes = [list(dict.fromkeys(column)) for column in zip(*keys, strict=True)]
        shape = (*map(len, axes), len(self.distances_cm), self.place_cm.size)
        values = np.full(shape, np.nan)
        for key, score in zip(keys, self.scores, strict=True):
            place = tuple(axis.index(part) for axis, part in zip(axes, key, strict=True))
            values[place] = score.error_map_cm
        names = ("direction", "window_ms", "layer", "decoder", "distance_cm", "x_cm")
        coordinates = dict(zip(names, (*axes, list(self.distances_cm), self.place_cm), strict=True))
        return xarray.DataArray(
            values, coordinates, names, name="rms_error_cm", attrs={"units": "cm"}
        )


def chosen_decoders(names: Sequence[str] | None) -> tuple[str, ...]:
    """Return the decoders asked for, all by default; refuse an unknown one with the known ones."""
    for name in names or ():
        if name not in DECODERS:
            raise InputError(
                f"--decoders {name!r} is unknown.{nearest_names(name, DECODERS)} "
                f"Known: {', '.join(DECODERS)}."
            )
    return tuple(DECODERS) if names is None else tuple(names)


def decode_network(
    network: Replica,
    options: DeviceOptions,
    *,
    distances_cm: Sequence[float] = DISTANCES_CM,
    directions: Sequence[float] = (1.0, -1.0),
    windows_s: Sequence[float] = (0.02,),
    sweeps: int = 6,
    decoders: Sequence[str] | None = None,
    on_progress: Callable[[str, float], None] = lambda what, fraction: None,
) -> Benchmark:
    """Simulate sweeps at several distances and directions, and decode all three layers.

    Parameters
    ----------
    network : Replica
        The network with the weights to test; its parameters choose the rest of the stimulus.
    options : DeviceOptions
        With a definite device.
    distances_cm, directions, windows_s : sequence of float
        Distances of the sphere; +1 and -1 for the direction; observation times.
    sweeps : int
        Noisy sweeps at each distance: the first half teaches, the second is decoded.
    decoders : sequence of str, optional
        Names from `DECODERS`; all by default.
    on_progress : callable
        Called with what is being done and the finished fraction.

    Raises
    ------
    InputError
        For an unknown decoder, no distance, a distance within the sphere's radius, or fewer than
        two sweeps.
    """
    names = chosen_decoders(decoders)
    if sweeps < 2:
        raise InputError(f"--sweeps = {sweeps} is not allowed: one half teaches, so at least 2.")
    if not distances_cm or min(distances_cm) <= 0 or min(windows_s, default=0.0) <= 0:
        raise InputError("--distances-cm and --window-ms need values, all above 0.")
    made = [DECODERS[name]() for name in names]
    scores: list[Score] = []
    asked = [
        [
            replace(network.params, distance_cm=d, direction=way, test_sweeps=sweeps)
            for d in distances_cm
        ]
        for way in directions
    ]
    with Session([network], options) as session, translated_errors():
        for way, of_distances in enumerate(asked):
            tests: list[tuple[NetworkParams, TestRecord]] = []
            for number, params in enumerate(of_distances):
                (test,) = run_test(
                    session.simulation, [replace(network, params=params)], plastic=False
                )
                tests.append((params, test))
                share = (way + (number + 1) / len(distances_cm)) / len(directions)
                on_progress("simulating", share)
            for window_s in windows_s:
                on_progress(f"decoding {window_s * 1e3:g} ms", (way + 1) / len(directions))
                scores += _scores(tests, made, window_s)
    place_cm = (np.arange(PLACE_BINS) + 0.5) * network.params.ll_body_length_cm / PLACE_BINS
    return Benchmark(tuple(distances_cm), place_cm, tuple(scores))


def _scores(
    tests: Sequence[tuple[NetworkParams, TestRecord]], decoders: Sequence[Any], window_s: float
) -> list[Score]:
    params = tests[0][0]
    way = "forwards" if params.direction >= 0 else "backwards"
    scores = [_bound(tests, way, window_s)]
    for layer in LAYERS:
        parts = [
            windows_of(
                test, layer, window_s=window_s, body_length_cm=params.ll_body_length_cm
            )
            for _, test in tests
        ]  # fmt: skip
        half = len(tests[0][1].x_cm) // 2
        train = joined([part.take(part.sweep < half) for part in parts])
        shown = [part.take(part.sweep >= half) for part in parts]
        for decoder in decoders:
            if layer in decoder.layers:
                decoder.fit(train, params)
                errors = [decoder.decode(part) - _truth(part) for part in shown]
                scores.append(_scored(way, window_s, layer, decoder.name, shown, errors, params))
    return scores


def _truth(part: Windows) -> FloatArray:
    return np.stack([part.x_cm, part.distance_cm], axis=1)


def _scored(
    way: str,
    window_s: float,
    layer: str,
    name: str,
    shown: Sequence[Windows],
    errors: Sequence[FloatArray],
    params: NetworkParams,
) -> Score:
    maps = np.full((len(shown), PLACE_BINS), np.nan)
    for row, (part, error) in enumerate(zip(shown, errors, strict=True)):
        place = np.clip((part.x_cm / params.ll_body_length_cm * PLACE_BINS).astype(int), 0,
                        PLACE_BINS - 1)  # fmt: skip
        count = np.bincount(place, minlength=PLACE_BINS)
        square = np.bincount(place, error[:, 0] ** 2, PLACE_BINS)
        seen = count > 0
        maps[row, seen] = np.sqrt(square[seen] / count[seen])
    error = np.concatenate(errors)
    away = error[:, 1]
    return Score(
        direction=way,
        window_ms=1e3 * window_s,
        layer=layer,
        decoder=name,
        rms_cm=float(np.sqrt(np.mean(error[:, 0] ** 2))),
        median_cm=float(np.median(np.abs(error[:, 0]))),
        area=float(np.mean(maps[np.isfinite(maps)] <= GOOD_CM)),
        distance_rms_cm=float(np.sqrt(np.mean(away**2))),
        error_map_cm=maps,
    )


def _bound(tests: Sequence[tuple[NetworkParams, TestRecord]], way: str, window_s: float) -> Score:
    """The Cramer-Rao bound of LL; a vibrating sphere has none here (its rates change too fast)."""
    params = tests[0][0]
    place_cm = (np.arange(PLACE_BINS) + 0.5) * params.ll_body_length_cm / PLACE_BINS
    shape = (len(tests), PLACE_BINS)
    position, distance = np.full(shape, np.nan), np.full(shape, np.nan)
    if params.test_stimulus != "vibrating":
        for row, (here, _) in enumerate(tests):
            for column, x_cm in enumerate(place_cm):
                bound = numeric_bound(here, window_s=window_s, x_cm=float(x_cm))
                position[row, column] = bound.position_cm
                distance[row, column] = bound.distance_cm
    return Score(
        way, 1e3 * window_s, "ll", "bound",
        rms_cm=float(np.sqrt(np.mean(position**2))), median_cm=float(np.median(position)),
        area=float(np.mean(position <= GOOD_CM)) if np.isfinite(position).any() else np.nan,
        distance_rms_cm=float(np.sqrt(np.mean(distance**2))), error_map_cm=position,
    )  # fmt: skip
