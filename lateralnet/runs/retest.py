"""Test saved weights under another stimulus, without training."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lateralnet.errors import InputError
from lateralnet.learning.test_sweeps import run_test
from lateralnet.measures.table import Measure
from lateralnet.network.own_model import OwnModel
from lateralnet.network.wiring import Replica, Synapses, make_replica
from lateralnet.parameters.keywords import checked_keywords
from lateralnet.parameters.params import (
    NetworkParams,
    parameter_named,
    parameter_names,
    spec_of,
)
from lateralnet.parameters.presets import preset
from lateralnet.parameters.spec import TRAINING
from lateralnet.parameters.table import ChangesOfTest
from lateralnet.records.record import TestRecord
from lateralnet.records.results import RunResult, check_weights, stored_params
from lateralnet.records.storage import read_json, read_npz
from lateralnet.runs.job import Progress
from lateralnet.runs.outcome.result import measured
from lateralnet.runs.own.reading import Own, OwnGiven, own_of
from lateralnet.runs.preparation.cost import cost_of, refuse_what_cannot_fit
from lateralnet.runs.preparation.extending import own_parts, remembered, with_parts_of
from lateralnet.simulation.session import DeviceOptions, Session, resolve_device
from lateralnet.stimulus.own import Stimulus

if TYPE_CHECKING:
    from typing_extensions import Unpack

_WEIGHT_KEYS = ("mon_ts_w", "mon_ts_i", "mon_ts_j", "ll_mon_i", "ll_mon_j", "ll_mon_w_mV")


@dataclass(frozen=True)
class Evaluation:
    """A test of saved weights.

    Attributes
    ----------
    params : NetworkParams
        Parameters of the test.
    source : Path
        File of the weights.
    measures : dict
        As in the results of a run.
    test : TestRecord
        Spikes and positions.
    note : str
        What the reader should know of the weights, or ``""``.
    own : tuple of Measure
        Rows of the measures of one's own.
    """

    params: NetworkParams
    source: Path
    measures: dict[str, Any]
    test: TestRecord
    note: str
    own: tuple[Measure, ...] = ()


@checked_keywords
def evaluate(
    source: RunResult | str | Path,
    device: str | DeviceOptions = "auto",
    *,
    stimulus_seed: int | None = None,
    mode: str = "ll_thesis",
    stimulus: Stimulus | None = None,
    model: OwnModel | None = None,
    on_progress: Progress = lambda what, fraction: None,
    own: OwnGiven = None,
    **changes: Unpack[ChangesOfTest],
) -> list[Evaluation]:
    """Test the saved weights of a run, or of one ``.npz`` file of either program.

    Parameters
    ----------
    source : RunResult, str or Path
        A run, its folder, or a weight file.
    device : str or DeviceOptions
        Where to simulate.
    stimulus_seed : int, optional
        Seed of stimulus and background noise; that of the network by default.
    mode : str
        Preset, for a weight file that lies outside a run folder.
    stimulus : lateralnet.stimulus.Stimulus, optional
        What it feels in place of the sphere.
    model : lateralnet.network.OwnModel, optional
        The cells and synapses that the run had, if they were one's own.
    on_progress : callable
        Called with what is being done and the finished fraction.
    own : path, or iterable of measures, optional
        Measures of `lateralnet.runs.own`; those that the run had by default.
    **changes
        Parameters for the test: ``distance_cm``, ``speed_cm_s``, ``direction``, ... For a weight
        file outside a run folder, any other too, such as the sizes of its network.

    Returns
    -------
    list of Evaluation
        One for each seed.

    Raises
    ------
    InputError
        For a keyword that is none, or belongs to the training of the run; when there are no
        weights, or they do not fit the parameters.

    Examples
    --------
    >>> import lateralnet
    >>> far = lateralnet.evaluate("Runs/first", distance_cm=1.2)  # doctest: +SKIP
    """
    options = device if isinstance(device, DeviceOptions) else DeviceOptions(device=device)
    named = {parameter_named(name): value for name, value in changes.items()}
    files = _weight_files(source)
    parts = _own(own, files[0])
    stimulus, model = with_parts_of(parts, stimulus, model)
    weights = [(path, _tested(path, mode, named)) for path in files]
    for path, params in weights:  # all are looked at before the first is simulated
        refuse_what_cannot_fit(cost_of(replace(params, n_training_trials=0), options.device))
        load_weights(path, params)
        own_parts(stimulus, model, params, in_children=False)
    definite, _ = resolve_device(options, weights[0][1], 1, 1)
    evaluations = []
    for number, (path, params) in enumerate(weights):
        replica, note = load_weights(path, params)
        if stimulus_seed is not None:
            params = replace(params, seed=stimulus_seed)
        replica = replace(replica, params=params, stimulus=stimulus, model=model)
        tell = functools.partial(_tell, on_progress, path.stem, params, number, len(weights))
        tell("building the program", 0)
        with Session([replica], definite) as session:
            tell("testing", 0)
            (test,) = run_test(
                session.simulation, [replica], on_sweep=functools.partial(tell, "testing")
            )
        measures = measured("trained", test, params, parts)
        rows = tuple(one.row for one in parts.measures)
        evaluations.append(Evaluation(params, path, measures, test, note, rows))
    return evaluations


def _tell(
    on_progress: Progress,
    name: str,
    params: NetworkParams,
    number: int,
    n_weights: int,
    what: str,
    sweeps_done: int,
) -> None:
    """Say where the evaluation of several weight files stands."""
    sweeps = params.test_sweeps
    where = f"{what}, {name}, sweep {sweeps_done} of {sweeps}" if sweeps_done else f"{what}, {name}"
    on_progress(where, (number + sweeps_done / sweeps) / n_weights)


def _own(given: OwnGiven, weights: Path) -> Own:
    """Return what is given as own, or what the run of the weights had."""
    path = _run_params(weights)
    if given is not None or not path.is_file():
        return own_of(given)
    return remembered(read_json(path), path)


def _tested(path: Path, mode: str, changes: Mapping[str, Any]) -> NetworkParams:
    """Return the parameters of a test; what the trained network has fixed is refused."""
    if _run_params(path).is_file():
        fixed = [name for name in changes if spec_of(name).read_by == TRAINING]
        if fixed:
            flags = ", ".join(spec_of(name).flag for name in fixed)
            free = (spec_of(n).flag for n in parameter_names() if spec_of(n).read_by != TRAINING)
            raise InputError(
                f"{flags} cannot apply: {', '.join(fixed)} belongs to the training of {path}. A "
                f"test can change {', '.join(free)}."
            )
    return replace(_params_of(path, mode), **changes)


def load_weights(path: Path, params: NetworkParams) -> tuple[Replica, str]:
    """Return the network of `params` with wiring and weights of a file, and a note on them.

    Raises
    ------
    InputError
        When the file is of another network.
    """
    stored = read_npz(path)
    missing = [key for key in _WEIGHT_KEYS if key not in stored]
    if missing:
        raise InputError(f"{path} is not a weight file: it lacks {', '.join(missing)}.")
    for what, index, n in (
        ("LL", stored["ll_mon_i"], params.n_ll),
        ("MON", stored["ll_mon_j"], params.n_mon),
        ("MON", stored["mon_ts_i"], params.n_mon),
        ("TS", stored["mon_ts_j"], params.n_ts),
    ):
        if index.size and (index.min() < 0 or index.max() >= n):
            raise InputError(
                f"{path} has {what} cells up to {index.max()}, but the parameters have {n}; give "
                f"the sizes of that network (--n-{what.lower()})."
            )
    replica = replace(
        make_replica(params),
        ll_mon=_synapses(path, stored, "ll_mon", "ll_mon_w_mV"),
        mon_ts=_synapses(path, stored, "mon_ts", "mon_ts_w"),
    )
    note = ""
    if params.ll_mon_use_stdp and "ll_mon_w_initial_mV" not in stored:
        note = (
            f"{path.name} was written by the published program: its ll_mon_w_mV are the weights "
            "before training."
        )
    return replica, note


def _synapses(path: Path, stored: dict[str, np.ndarray], name: str, weights: str) -> Synapses:
    i, j, w = stored[f"{name}_i"], stored[f"{name}_j"], stored[weights]
    if not i.shape == j.shape == w.shape or i.ndim != 1:
        raise InputError(f"{path}: {name}_i, {name}_j and {weights} differ in length.")
    if not np.isfinite(w).all():
        raise InputError(f"{path}: {weights} holds NaN or infinite weights.")
    return Synapses(i.astype(np.int32), j.astype(np.int32), w.astype(float))


def _weight_files(source: RunResult | str | Path) -> Sequence[Path]:
    path = source.folder if isinstance(source, RunResult) else Path(source)
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise InputError(f"{path} is neither a run folder nor a weight file.")
    tag = "latest"
    if (path / "params.json").is_file():
        tag = read_json(path / "params.json").get("save_tag", tag)
    found = sorted((path / "artifacts").glob(f"{tag}_seed_*.npz"))
    if not found:
        raise InputError(f"{path} has no weights ({tag}_seed_*.npz) in its artifacts folder.")
    return found


def _run_params(weights: Path) -> Path:
    return weights.resolve().parent.parent / "params.json"


def _params_of(path: Path, mode: str) -> NetworkParams:
    """Return the parameters of the run that a weight file lies in, else those of `mode`."""
    run_params = _run_params(path)
    if not run_params.is_file():
        return preset(mode)
    params, stored = stored_params(run_params)
    seed = path.stem.rpartition("_seed_")[2]
    params = replace(params, seed=int(seed)) if seed.isdigit() else params
    check_weights(path, params, stored.get("precision", "float64"))
    return params
