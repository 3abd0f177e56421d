"""The result of a run as one value, and the same value read back from its folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from lateralnet.errors import InputError
from lateralnet.parameters.fingerprint import differing, fits, in_words
from lateralnet.parameters.params import NetworkParams, params_from_dict
from lateralnet.records.folders import RunFolder
from lateralnet.records.record import SeedRecord, load_record
from lateralnet.records.storage import content_of, read_json

_NUMBER = (bool, int, float, type(None))  # values of measures; null is NaN
_TEXTS = ("verdict",)


@dataclass(frozen=True)
class SeedResult:
    """One seed of a run.

    Attributes
    ----------
    params : NetworkParams
        Parameters with this seed.
    measures : dict
        Condition (``"untrained"``, ``"trained"``, ...) -> measures.
    facts : dict
        Device, versions, times and memory.
    record_path : Path
        File of the `record`.
    """

    params: NetworkParams
    measures: dict[str, dict[str, Any]]
    facts: dict[str, Any]
    record_path: Path

    @property
    def seed(self) -> int:
        """Seed of the network."""
        return self.params.seed

    @property
    def record(self) -> SeedRecord:
        """Weights, learning curves and test spikes, read from the file."""
        return load_record(self.record_path, self.params.n_cells, self.params.dt_s)


@dataclass(frozen=True)
class RunResult:
    """A finished run.

    Attributes
    ----------
    folder : Path
        Where its files are.
    mode : str
        Preset it started from.
    params : NetworkParams
        Parameters of the first seed.
    seeds : tuple of SeedResult
        Results, in the order of the seeds.
    failed : dict
        Seed -> error, for seeds that failed.
    unfinished : tuple of int
        Seeds that were interrupted or not started; ``--resume-from`` finishes them.
    own : dict
        What ``params.json`` says of measures, controls and figures of one's own, {} without.
    """

    folder: Path
    mode: str
    params: NetworkParams
    seeds: tuple[SeedResult, ...]
    failed: dict[int, str]
    unfinished: tuple[int, ...] = ()
    own: dict[str, Any] = field(default_factory=dict)

    def of_seed(self, seed: int | None = None) -> SeedResult:
        """Return the result of a seed, the first by default.

        Raises
        ------
        InputError
            When there is none, with those that there are.
        """
        for one in self.seeds:
            if seed is None or one.seed == seed:
                return one
        known = ", ".join(str(one.seed) for one in self.seeds)
        missing = f"; {self.completeness}" if self.completeness else ""
        raise InputError(f"{self.folder} has no seed {seed}; it has {known}{missing}.")

    @property
    def completeness(self) -> str:
        """``"2 of 4 seeds (failed: 124; unfinished: 126)"``, or ``""`` when all are there."""
        n = len(self.seeds) + len(self.failed) + len(self.unfinished)
        missing = [
            f"{what}: {', '.join(map(str, seeds))}"
            for what, seeds in (("failed", self.failed), ("unfinished", self.unfinished))
            if seeds
        ]
        return f"{len(self.seeds)} of {n} seeds ({'; '.join(missing)})" if missing else ""


def load(folder: str | Path) -> RunResult:
    """Read a run as values; `lateralnet.load` says what cannot be read."""
    path = Path(folder)
    if not (path / "params.json").is_file():
        raise InputError(f"{path} is not the folder of a run: it has no params.json.{_hint(path)}")
    params, stored = stored_params(path / "params.json")
    with content_of(path / "params.json"):
        return _load(path, params, stored)


def stored_params(file: Path) -> tuple[NetworkParams, dict[str, Any]]:
    """Return the parameters of the first seed that a ``params.json`` holds, and all of it.

    Raises
    ------
    StorageError
        When it is missing or damaged, or holds something else.
    InputError
        When a parameter is none, or outside its range.
    """
    stored = read_json(file)
    with content_of(file):
        mode = stored.get("mode", "ll_thesis")
        return params_from_dict(stored["network_params"], source=str(file), mode=mode), stored


def _load(path: Path, params: NetworkParams, stored: dict[str, Any]) -> RunResult:
    place = RunFolder(path, stored.get("save_tag", "latest"))
    seeds, others = [], {}
    for seed in _seeds_with_results(place):
        own = replace(params, seed=seed)
        check_weights(place.weights(seed), own, stored.get("precision", "float64"))
        changed = _changed(place, own)
        if changed:
            others[seed] = changed
        else:
            seeds.append(read_seed(place, own))
    if not seeds:
        why = next((f": they are of a run with {changed}" for changed in others.values()), "")
        raise InputError(f"{path} has no results yet{why}; finish it with --resume-from {path}.")
    finished = [seed.seed for seed in seeds]
    failed = {seed: why for seed, why in _failed(place).items() if seed not in finished}
    first, n = stored.get("seed_start", params.seed), stored.get("multi_seed", 1)
    expected = sorted({*range(first, first + n), *others})
    return RunResult(
        folder=path,
        mode=stored.get("mode", "ll_thesis"),
        params=params,
        seeds=tuple(seeds),
        failed=failed,
        unfinished=tuple(s for s in expected if s not in finished and s not in failed),
        own=stored.get("own", {}),
    )


def check_weights(weights: Path, params: NetworkParams, precision: str) -> None:
    """Refuse parameters that are not those of a weight file, as far as it says what they were.

    Raises
    ------
    InputError
        Naming what differs.
    """
    what = _unlike_weights(weights, params, precision)
    if what:
        raise InputError(
            f"params.json does not describe the weights in {weights}: {what}. It was changed after "
            f"the run; {_sidecar(weights).name} beside the weights has the right values."
        )


def _sidecar(weights: Path) -> Path:
    return weights.with_name(f"{weights.stem}_params.json")


def _unlike_weights(weights: Path, params: NetworkParams, precision: str) -> str:
    """Return what differs between the parameters of weights and `params`, as far as is known."""
    sidecar = _sidecar(weights)
    stored = read_json(sidecar) if sidecar.is_file() else {}
    if "fingerprint" not in stored:  # of the published program, or of an older version
        return ""
    with content_of(sidecar):
        theirs = dict(stored["network_params"])
        if fits(stored["fingerprint"], theirs, params, precision):
            return ""
    return in_words(differing(theirs, params)) or f"precision (now {precision})"


def is_result_of(
    place: RunFolder, params: NetworkParams, precision: str, controls: Sequence[str]
) -> bool:
    """Whether a folder holds the whole results of a seed under exactly these parameters."""
    seed = params.seed
    files = (place.results(seed), place.record(seed), place.weights(seed))
    if not all(path.is_file() for path in files):
        return False
    results = read_json(place.results(seed))
    if "network_params" not in results or set(controls) - set(results.get("maps", {})):
        return False
    unlike = _unlike_weights(place.weights(seed), params, precision)
    return not unlike and not _changed(place, params)


def _changed(place: RunFolder, params: NetworkParams) -> str:
    """Return what differs between the parameters of stored results and `params`."""
    stored = read_json(place.results(params.seed))
    with content_of(place.results(params.seed)):
        theirs = dict(stored.get("network_params", params.as_dict()))
    return in_words(differing(theirs, params, all_of_them=True))


def _seeds_with_results(place: RunFolder) -> list[int]:
    files = place.artifacts.glob("seed_*_results.json")
    seeds = []
    for file in files:
        with content_of(file):
            seeds.append(int(read_json(file)["seed"]))
            if file != place.results(seeds[-1]):
                raise ValueError(f"seed {seeds[-1]}")
    return sorted(seeds)


def read_seed(place: RunFolder, params: NetworkParams) -> SeedResult:
    """Read the results of one seed, ``params.seed``, of a run."""
    path = place.results(params.seed)
    results = read_json(path)
    with content_of(path):
        measures = {name: dict(found) for name, found in results["maps"].items()}
        for condition in ("untrained", "trained"):
            measures[condition]  # every run has these two
        for found in measures.values():
            for key, value in found.items():
                if not isinstance(value, _NUMBER) and key not in _TEXTS:
                    raise ValueError(f"{key} {value!r}")
    return SeedResult(
        params=params,
        measures=measures,
        facts=dict(results.get("facts", {})),
        record_path=place.record(params.seed),
    )


def _hint(path: Path) -> str:
    """Say where a run is whose --overwrite was interrupted between two names."""
    if path.exists():
        return ""
    beside = [path.with_name(f"{path.name}.{kind}") for kind in ("new", "old")]
    there = [str(place) for place in beside if (place / "params.json").is_file()]
    if not there:
        return ""
    return (
        f" There is {' and '.join(there)}, of an interrupted --overwrite: rename the one to keep."
    )


def _failed(place: RunFolder) -> dict[int, str]:
    """Return the seeds that did not finish, as the summary of the run names them."""
    if not place.summary.is_file():
        return {}
    with content_of(place.summary):
        failed = read_json(place.summary).get("failed", {})
        return {int(seed): str(why) for seed, why in failed.items()}
