"""What a run leaves of one seed: weights, learning curves and the spikes of its tests.

A `SeedRecord` holds everything that figures and re-evaluations need, and goes to and comes from
one ``.npz`` file. Its size does not depend on the number of trials, but for the learning curves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from lateralnet.errors import StorageError
from lateralnet.records.storage import SCHEMA_VERSION, read_npz, write_npz
from lateralnet.records.sweep import Sweep
from lateralnet.simulation.spikes import LAYERS, Spikes, SpikeTrain

OWN_STIMULUS = "own_stimulus"  # the fact of a test that the sphere was not its stimulus
TAIL_S = 2.0  # spikes kept of the end of training


@dataclass(frozen=True)
class TestRecord:
    """The test sweeps of one network under one condition.

    Attributes
    ----------
    dt_s : float
        Time step.
    x_cm, y_cm : ndarray, shape (n_sweeps, n_steps)
        Centre of the sphere at each step.
    spikes : tuple of Spikes
        For each sweep, the spikes of ``"ll"``, ``"mon"`` and ``"ts"``.
    facts : dict
        Numbers that describe the condition, for instance the factor on the weights.
    """

    __test__ = False  # not a test case, whatever its name says to pytest

    dt_s: float
    x_cm: np.ndarray
    y_cm: np.ndarray
    spikes: tuple[Spikes, ...]
    facts: dict[str, float] = field(default_factory=dict)

    @property
    def t_s(self) -> np.ndarray:
        """Time of each step since the start of a sweep, shape (n_steps,)."""
        return np.arange(self.x_cm.shape[1]) * self.dt_s

    @property
    def duration_s(self) -> float:
        """Duration of one sweep."""
        return float(self.x_cm.shape[1] * self.dt_s)

    def sweeps(self, layer: str) -> list[Sweep]:
        """Return the sweeps of one layer as the map measures take them."""
        return [
            Sweep(spikes[layer], x_cm) for spikes, x_cm in zip(self.spikes, self.x_cm, strict=True)
        ]

    def rate_hz(self, layer: str) -> float:
        """Mean rate of a layer over all sweeps."""
        count = sum(len(spikes[layer]) for spikes in self.spikes)
        n_cells = self.spikes[0][layer].n_cells
        return count / (n_cells * self.duration_s * len(self.spikes))


@dataclass(frozen=True)
class SeedRecord:
    """Everything kept of one seed.

    Attributes
    ----------
    seed : int
        Seed of the network.
    weights : dict
        ``mon_ts_i, mon_ts_j, mon_ts_w, mon_ts_w_initial, ll_mon_i, ll_mon_j, ll_mon_w_mV,
        ll_mon_w_initial_mV``: synapses in wiring order.
    curves : dict
        Learning curves by name, see `lateralnet.learning.learning_curve`.
    training : dict
        ``x_cm, distance_cm, t_s`` of the first held snapshots (at most two sweep cycles), and
        ``end_s``, the duration of training.
    tail : Spikes
        Spikes of the last two seconds of training, steps counted from its start.
    tests : dict of TestRecord
        By condition: ``"untrained"``, ``"trained"``, and further controls.
    """

    seed: int
    weights: dict[str, np.ndarray]
    curves: dict[str, np.ndarray]
    training: dict[str, np.ndarray]
    tail: Spikes
    tests: dict[str, TestRecord] = field(default_factory=dict)

    def save(self, path: Path) -> None:
        """Write the record to an ``.npz`` file."""
        arrays: dict[str, np.ndarray] = {
            "schema_version": np.array(SCHEMA_VERSION),
            "seed": np.array(self.seed),
        }
        for kind in ("weights", "curves", "training"):
            arrays |= {f"{kind}/{name}": value for name, value in getattr(self, kind).items()}
        for layer in LAYERS:
            arrays |= _packed(f"tail/{layer}", [self.tail[layer]])
        for condition, test in self.tests.items():
            base = f"tests/{condition}"
            arrays |= {f"{base}/{name}": getattr(test, name) for name in ("x_cm", "y_cm")}
            arrays[f"{base}/dt_s"] = np.array(test.dt_s)
            arrays |= {f"{base}/facts/{name}": np.array(fact) for name, fact in test.facts.items()}
            for layer in LAYERS:
                arrays |= _packed(f"{base}/{layer}", [spikes[layer] for spikes in test.spikes])
        write_npz(path, arrays)


def load_record(path: Path, n_cells: Mapping[str, int], dt_s: float) -> SeedRecord:
    """Read a `SeedRecord`.

    Parameters
    ----------
    path : Path
        File of the record.
    n_cells : mapping
        Cells of each layer.
    dt_s : float
        Time step of training.

    Raises
    ------
    StorageError
        When the file is missing, damaged, or of another version.
    """
    stored = read_npz(path)
    try:
        if int(stored["schema_version"]) != SCHEMA_VERSION:
            raise StorageError(
                f"{path} has schema version {int(stored['schema_version'])}, this version of "
                f"lateralnet reads {SCHEMA_VERSION}; run the simulation again."
            )
        conditions = dict.fromkeys(
            name.split("/")[1] for name in stored if name.startswith("tests/")
        )
        return SeedRecord(
            seed=int(stored["seed"]),
            weights=_with_prefix(stored, "weights/"),
            curves=_with_prefix(stored, "curves/"),
            training=_with_prefix(stored, "training/"),
            tail={
                layer: _unpacked(stored, f"tail/{layer}", n_cells[layer], dt_s)[0]
                for layer in LAYERS
            },
            tests={name: _load_test(stored, f"tests/{name}", n_cells) for name in conditions},
        )
    except KeyError as error:
        raise StorageError(f"{path} lacks {error}; it is not a record of a run.") from None


def _load_test(stored: dict[str, np.ndarray], base: str, n_cells: Mapping[str, int]) -> TestRecord:
    dt_s = float(stored[f"{base}/dt_s"])
    layers = {layer: _unpacked(stored, f"{base}/{layer}", n_cells[layer], dt_s) for layer in LAYERS}
    n_sweeps = stored[f"{base}/x_cm"].shape[0]
    return TestRecord(
        dt_s=dt_s,
        x_cm=stored[f"{base}/x_cm"],
        y_cm=stored[f"{base}/y_cm"],
        spikes=tuple(
            {layer: layers[layer][sweep] for layer in LAYERS} for sweep in range(n_sweeps)
        ),
        facts={k: float(v) for k, v in _with_prefix(stored, f"{base}/facts/").items()},
    )


def _with_prefix(stored: dict[str, np.ndarray], prefix: str) -> dict[str, np.ndarray]:
    return {name[len(prefix) :]: array for name, array in stored.items() if name.startswith(prefix)}


def _packed(base: str, spikes: list[SpikeTrain]) -> dict[str, np.ndarray]:
    return {
        f"{base}/step": _narrow(np.concatenate([s.step for s in spikes])),
        f"{base}/index": _narrow(np.concatenate([s.cell for s in spikes])),
        f"{base}/count": np.array([len(s) for s in spikes]),
    }


def _narrow(numbers: np.ndarray) -> np.ndarray:
    """Return whole numbers from 0 on as 16 bits where they fit: half to compress and to keep."""
    fits = numbers.size == 0 or numbers.max() < 2**15
    return numbers.astype(np.int16 if fits else np.int32)


def _unpacked(
    stored: dict[str, np.ndarray], base: str, n_cells: int, dt_s: float
) -> list[SpikeTrain]:
    ends = np.cumsum(stored[f"{base}/count"])
    step = np.split(stored[f"{base}/step"].astype(np.int64), ends[:-1])
    cell = np.split(stored[f"{base}/index"].astype(np.int32), ends[:-1])
    return [SpikeTrain(s, c, n_cells, dt_s) for s, c in zip(step, cell, strict=True)]
