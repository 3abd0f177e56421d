"""The result of a run as one value, and the same value read back from its folder."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lateralnet.errors import InputError
from lateralnet.parameters.params import NetworkParams, params_from_dict
from lateralnet.records.folders import RunFolder
from lateralnet.records.record import SeedRecord, load_record
from lateralnet.records.storage import read_json


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
        Seed -> error, for seeds that did not finish.
    """

    folder: Path
    mode: str
    params: NetworkParams
    seeds: tuple[SeedResult, ...]
    failed: dict[int, str]


def load(folder: str | Path) -> RunResult:
    """Read a finished run.

    Raises
    ------
    InputError
        When the folder is not one of a finished run.
    StorageError
        When a file is missing or damaged.
    """
    path = Path(folder)
    if not (path / "params.json").is_file():
        raise InputError(f"{path} is not the folder of a run: it has no params.json.")
    stored = read_json(path / "params.json")
    params = params_from_dict(stored["network_params"], source=str(path / "params.json"))
    place = RunFolder(path, stored.get("save_tag", "latest"))
    found = sorted(place.artifacts.glob("seed_*_results.json"))
    if not found:
        raise InputError(f"{path} has no results yet: finish it with --resume-from {path}.")
    seeds = [read_seed(place, replace(params, seed=int(read_json(file)["seed"]))) for file in found]
    return RunResult(
        folder=path,
        mode=stored.get("mode", "ll_thesis"),
        params=params,
        seeds=tuple(sorted(seeds, key=lambda result: result.seed)),
        failed=_failed(place),
    )


def read_seed(place: RunFolder, params: NetworkParams) -> SeedResult:
    """Read the results of one seed, ``params.seed``, of a run."""
    results = read_json(place.results(params.seed))
    return SeedResult(
        params=params,
        measures=results.get("maps", {}),
        facts=results.get("facts", {}),
        record_path=place.record(params.seed),
    )


def _failed(place: RunFolder) -> dict[int, str]:
    """Return the seeds that did not finish, as the summary of the run names them."""
    if not place.summary.is_file():
        return {}
    return {int(seed): why for seed, why in read_json(place.summary).get("failed", {}).items()}
