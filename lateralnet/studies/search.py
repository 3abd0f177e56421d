"""A search over a recipe with Optuna: points of a sweep, proposed one batch after the other.

Seeds for the search and seeds for the confirmation are kept apart by construction: they cannot
overlap, are stored with the search and cannot change, and a search that was confirmed is closed,
because a further trial would make the confirmation part of it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from lateralnet.errors import InputError
from lateralnet.parameters.presets import preset
from lateralnet.records.storage import make_folder, read_json, write_json
from lateralnet.simulation.session import DeviceOptions, resolve_device
from lateralnet.studies.design import Axis, Design
from lateralnet.studies.results.table import read_table
from lateralnet.studies.search_space import SearchSpace
from lateralnet.studies.sweeps import sweep_design

_ONE = "search"  # name of the Optuna study within its file
_CONDITION = "trained"


def search(
    space: SearchSpace,
    folder: Path,
    device: str | DeviceOptions = "auto",
    *,
    trials: int = 20,
    batch: int = 1,
    confirm: bool = False,
    make_workplace: Callable[[], Any] = lambda: None,
    on_trial: Callable[[int, int, float], None] = lambda done, total, best: None,
    on_note: Callable[[str], None] = lambda note: None,
    work: str | None = None,
) -> dict[str, Any]:
    """Search until there are `trials` trials, and confirm the best on its own seeds if asked.

    Parameters
    ----------
    space : SearchSpace
        What is searched.
    folder : Path
        Of the search; one that is there is gone on with.
    device : str or DeviceOptions
        Where to simulate.
    trials : int
        Trials in all, those of earlier calls included.
    batch : int
        Trials proposed and computed together.
    confirm : bool
        Test the best trial, and the recipe it started from, on the confirmation seeds; this closes
        the search.
    make_workplace : callable
        Returns where the tasks of a batch run, as `lateralnet.sweep` takes it.
    on_trial : callable
        Called with trials done, trials in all and the best value so far.

    Returns
    -------
    dict
        ``best`` (parameters and value), ``trials``, and ``confirmation`` once there is one.

    Raises
    ------
    InputError
        Without Optuna, for another search in the folder, or more trials after confirmation.
    """
    options = device if isinstance(device, DeviceOptions) else DeviceOptions(device=device)
    resolve_device(options, preset(space.mode, **space.fixed), 1, 1)  # refused before it is begun
    study = _study(space, folder, trials)
    call = {"work": work, "on_note": on_note}
    done = len(_told(study))
    while done < trials:
        asked = [_ask(study, space) for _ in range(min(batch, trials - done))]
        points = [trial.params for trial in asked]
        table = _swept(space, points, space.seeds, folder / "trials", device, make_workplace, call)
        for trial in asked:
            _tell(study, trial, _mean(table, space, trial.params))
        done = len(_told(study))
        on_trial(done, trials, _best(study)[1])
    result = _result(study, space)
    if confirm:
        result["confirmation"] = _confirmed(space, result, folder, device, make_workplace, call)
    elif (folder / "search.json").is_file():
        result["confirmation"] = read_json(folder / "search.json").get("confirmation")
    write_json(folder / "search.json", {**space.as_dict(), **result})
    return result


def _study(space: SearchSpace, folder: Path, trials: int) -> Any:
    """Open the Optuna study of a folder, or begin one."""
    try:
        import optuna
    except ImportError:
        raise InputError("a search needs Optuna: pip install 'lateralnet[search]'.") from None
    known = folder / "search.json"
    if known.is_file():
        stored = read_json(known)
        for key, value in space.as_dict().items():
            if stored[key] != value:
                raise InputError(
                    f"{folder} holds another search: {key} is {stored[key]!r} there; choose "
                    "another --name."
                )
        if stored.get("confirmation") and trials > stored["trials"]:
            raise InputError(
                f"{folder} was confirmed after {stored['trials']} trials and is closed: further "
                "ones would make the confirmation seeds part of the search; choose another --name."
            )
    elif folder.exists() and any(folder.iterdir()):
        raise InputError(f"{folder} exists and is no search; choose another --name.")
    else:
        make_folder(folder)
        write_json(known, {**space.as_dict(), "trials": 0})
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(
        storage=f"sqlite:///{(folder / 'optuna.db').absolute()}", study_name=_ONE,
        load_if_exists=True, direction="minimize" if space.low_is_good else "maximize",
    )  # fmt: skip
    # A sampler knows the trials that are there, but starts its draws anew: another seed, so that a
    # search that goes on does not propose what it has.
    seed = space.sampler_seed + len(study.trials)
    study.sampler = optuna.samplers.TPESampler(seed=seed)
    # Trials of a call that was interrupted are proposed again; their points may be there already.
    for trial in study.get_trials(states=(optuna.trial.TrialState.RUNNING,)):
        study.tell(trial.number, state=optuna.trial.TrialState.FAIL)
        study.enqueue_trial(trial.params)
    return study


def _told(study: Any) -> list[Any]:
    import optuna

    states = (optuna.trial.TrialState.COMPLETE, optuna.trial.TrialState.PRUNED)
    return list(study.get_trials(states=states))


def _ask(study: Any, space: SearchSpace) -> Any:
    trial = study.ask()
    for one in space.ranges:
        whole = isinstance(one.low, int) and isinstance(one.high, int)
        suggest = trial.suggest_int if whole else trial.suggest_float
        suggest(one.name, one.low, one.high, log=one.log)
    return trial


def _tell(study: Any, trial: Any, value: float) -> None:
    import optuna

    if math.isfinite(value):
        study.tell(trial, value)
    else:  # no map, or it failed: nothing to learn from but that it is not here
        study.tell(trial, state=optuna.trial.TrialState.PRUNED)


def _swept(
    space: SearchSpace, points: Sequence[dict[str, Any]], seeds: Sequence[int], folder: Path,
    device: Any, make_workplace: Callable[[], Any], call: dict[str, Any],
) -> Any:  # fmt: skip
    """Compute points, each on all seeds, and return the table of the folder."""
    distinct = list({tuple(sorted(point.items())): point for point in points}.values())
    axes = tuple(Axis(one.name, tuple(p[one.name] for p in distinct)) for one in space.ranges)
    design = Design(mode=space.mode, fixed=space.fixed, axes=axes, seeds=tuple(seeds), zipped=True)
    sweep_design(design, folder, device, workplace=make_workplace(), **call)
    return read_table(folder)


def _mean(table: Any, space: SearchSpace, point: dict[str, Any]) -> float:
    values = [
        float("nan") if row.get(space.measure) is None else float(row[space.measure])
        for row in table.rows
        if row["condition"] == _CONDITION
        and all(_value(row, table, name) == value for name, value in point.items())
    ]
    return float(np.mean(values)) if values else float("nan")


def _value(row: dict[str, Any], table: Any, name: str) -> Any:
    """Return a parameter of a row; one that all points share is no column."""
    return row[name] if name in row else table.designs[0].axes[_place(table, name)].values[0]


def _place(table: Any, name: str) -> int:
    return [axis.name for axis in table.designs[0].axes].index(name)


def _best(study: Any) -> tuple[dict[str, Any], float]:
    try:
        return dict(study.best_params), float(study.best_value)
    except ValueError:  # no trial has a value yet
        return {}, float("nan")


def _result(study: Any, space: SearchSpace) -> dict[str, Any]:
    params, value = _best(study)
    return {"best": {"params": params, "value": value}, "trials": len(_told(study))}


def _confirmed(
    space: SearchSpace, result: dict[str, Any], folder: Path, device: Any,
    make_workplace: Callable[[], Any], call: dict[str, Any],
) -> dict[str, Any]:  # fmt: skip
    """Test the best trial and the recipe it started from on the confirmation seeds."""
    if not result["best"]["params"]:
        raise InputError("no trial of this search has a value; there is nothing to confirm.")
    usual = preset(space.mode, **space.fixed)
    start = {one.name: getattr(usual, one.name) for one in space.ranges}
    best = result["best"]["params"]
    seeds = space.confirmation_seeds
    points = [best, start]
    table = _swept(space, points, seeds, folder / "confirmation", device, make_workplace, call)
    return {
        "measure": space.measure,
        "seeds": list(seeds),
        "best": _mean(table, space, best),
        "start": _mean(table, space, start),
    }
