"""Train one network and test it, with its controls, at several stages of training."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from lateralnet.learning.checkpoint import Checkpoint
from lateralnet.learning.controls import CONTROLS, run_controls
from lateralnet.learning.test_sweeps import run_test
from lateralnet.learning.training import train
from lateralnet.learning.weights import weight_statistics
from lateralnet.measures.evaluation import map_measures, measures_of
from lateralnet.measures.table import MEASURES
from lateralnet.network.wiring import Replica, State, make_replica
from lateralnet.parameters.params import NetworkParams
from lateralnet.records.record import TestRecord
from lateralnet.records.storage import read_json, write_json
from lateralnet.simulation.session import DeviceOptions, Session

_CURVE_CONTROLS = ("rate-matched", "shuffled")
_VERSION = 1  # of what is measured: results of another one are not taken up again

OnStage = Callable[[str], None]
Test = tuple[str, dict[str, Any], Sequence[str]]


def learn_and_test(
    params: NetworkParams,
    options: DeviceOptions,
    *,
    controls: Sequence[str] = CONTROLS,
    curve_trials: Sequence[int] = (),
    on_stage: OnStage = lambda stage: None,
) -> dict[str, Any]:
    """Train a network; return its measures under all conditions, and its learning curve.

    Parameters
    ----------
    params : NetworkParams
        Parameters and seed.
    options : DeviceOptions
        With a definite device.
    controls : sequence of str
        Conditions beside untrained and trained, see `lateralnet.learning.controls`.
    curve_trials : sequence of int
        After how many trials the map is tested, beside the end; the trials must lie where
        training is cut (every trial where homeostasis acts every trial). Rate-matched and
        shuffled controls of the curve are made anew at each of them.
    on_stage : callable
        Told what is being done.

    Returns
    -------
    dict
        ``seed``, ``conditions`` (name -> measures), ``curve`` (trials -> name -> measures) and
        ``weights``.
    """
    replica = make_replica(params)
    states: dict[int, State] = {0: replica.initial_state()}

    def keep(trials_done: int, checkpoints: Callable[[], Sequence[Checkpoint]]) -> None:
        if trials_done in curve_trials:
            states[trials_done] = checkpoints()[0].state

    with Session([replica], options) as session:
        on_stage("training")
        (trained,) = train(session.simulation, [replica], on_segment=keep)
        on_stage("testing")
        learned = replica.with_weights_of(trained.state)
        tests = _tests(session, replica, learned, controls)
        curve = {}
        for trials in sorted(set(curve_trials) & states.keys()):
            network = replica.with_weights_of(states[trials])
            found = _tests(session, replica, network, [c for c in _CURVE_CONTROLS if c in controls])
            curve[str(trials)] = {
                name: _kept(map_measures(test, params, n_shuffles=0))
                for name, test in found.items()
                if name != "untrained"
            }
    on_stage("measuring")
    return {
        "seed": params.seed,
        "conditions": {name: _kept(measures_of(test, params)) for name, test in tests.items()},
        "curve": curve,
        "weights": _weight_statistics(learned.mon_ts.w, replica.mon_ts.w, params.mon_ts_wmax),
    }


def stored_learn_and_test(
    path: Path, params: NetworkParams, options: DeviceOptions, **rest: Any
) -> dict[str, Any]:
    """Return the result in the file `path` if it is of this experiment, else make and store it."""
    arguments = {name: list(value) for name, value in rest.items() if name != "on_stage"}
    content = {"version": _VERSION, **_set(params), **arguments}
    return _stored(path, content, lambda: learn_and_test(params, options, **rest))


def learn_and_sweep(
    params: NetworkParams, options: DeviceOptions, *, tests: Sequence[Test]
) -> dict[str, Any]:
    """Train a network and test it in several ways, each with its own controls.

    Parameters
    ----------
    params : NetworkParams
        Parameters and seed.
    options : DeviceOptions
        With a definite device.
    tests : sequence of (str, dict, sequence of str)
        Name of a test, parameters that it changes (such that only the test reads them), and its
        controls beside untrained.

    Returns
    -------
    dict
        ``seed``, ``tests`` (name -> condition -> measures) and ``weights``. Chance levels are
        those of the trained network.
    """
    replica = make_replica(params)
    found = {}
    with Session([replica], options) as session:
        (trained,) = train(session.simulation, [replica])
        learned = replica.with_weights_of(trained.state)
        for name, changes, controls in tests:
            shown = replace(params, **changes)
            conditions = _tests(
                session, replace(replica, params=shown), replace(learned, params=shown), controls
            )
            found[name] = {
                condition: _kept(
                    {
                        **map_measures(test, shown, n_shuffles=50 * (condition == "trained")),
                        **test.facts,
                    }
                )
                for condition, test in conditions.items()
            }
    return {
        "seed": params.seed,
        "tests": found,
        "weights": _weight_statistics(learned.mon_ts.w, replica.mon_ts.w, params.mon_ts_wmax),
    }


def stored_learn_and_sweep(
    path: Path, params: NetworkParams, options: DeviceOptions, *, tests: Sequence[Test]
) -> dict[str, Any]:
    """Return the result in the file `path` if it is of this experiment, else make and store it."""
    content = {
        "version": _VERSION,
        **_set(params),
        "tests": [[name, changes, list(controls)] for name, changes, controls in tests],
    }
    return _stored(path, content, lambda: learn_and_sweep(params, options, tests=tests))


def _set(params: NetworkParams) -> dict[str, Any]:
    """Parameters that are not at their default: a new one at its default changes no experiment."""
    usual = NetworkParams().as_dict()
    return {name: value for name, value in params.as_dict().items() if value != usual[name]}


def _stored(
    path: Path, content: dict[str, Any], make: Callable[[], dict[str, Any]]
) -> dict[str, Any]:
    key = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]
    if path.is_file():
        stored = read_json(path)
        if stored.get("key") == key:
            return dict(stored["result"])
    write_json(path, {"key": key, "result": make()})
    return dict(read_json(path)["result"])  # NaN is null there, on the first reading as well


def _tests(
    session: Session, replica: Replica, learned: Replica, controls: Sequence[str]
) -> dict[str, TestRecord]:
    (before,) = run_test(session.simulation, [replica], plastic=False)
    (after,) = run_test(session.simulation, [learned], plastic=False)
    tests = {"untrained": before, "trained": after}
    (extra,) = run_controls(controls, session, [replica], [learned], [tests])
    return tests | extra


def _kept(measures: dict[str, Any]) -> dict[str, float]:
    """Return what the table of measures knows, and the chance levels."""
    return {
        name: _rounded(value)
        for name, value in measures.items()
        if name.removesuffix("_chance") in MEASURES or name.endswith("_coupled_p")
    }


def _rounded(value: float) -> float:
    return float(f"{value:.6g}")


def _weight_statistics(w: np.ndarray, w_initial: np.ndarray, w_max: float) -> dict[str, float]:
    """Statistics of the MON->TS weights, to six digits."""
    found = weight_statistics(w, w_initial, w_max)
    return {
        "mean": _rounded(found.mean),
        "sd": _rounded(found.sd),
        "share_at_zero": _rounded(found.share_at_zero),
        "share_at_w_max": _rounded(found.share_at_max),
        "mean_abs_change": _rounded(found.mean_abs_change),
    }
