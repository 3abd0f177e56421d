"""Points of a sweep and the tasks that compute them, addressed by what decides their result."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from lateralnet.parameters.params import NetworkParams, params_from_dict
from lateralnet.parameters.presets import preset
from lateralnet.studies.design import Design
from lateralnet.studies.parsing import TEST_ONLY, field_of

Facts = dict[str, Any]


@dataclass(frozen=True)
class Point:
    """One training with one test.

    Attributes
    ----------
    id : str
        Hash of everything that decides the result.
    training_id : str
        Hash of everything that decides the trained weights.
    base : NetworkParams
        Parameters of the training, of any seed; shared by many points.
    seed : int
        Seed of this one.
    test : dict
        Parameters that the test replaces.
    plastic : bool
        Whether weights change.
    controls : tuple of str
        Further conditions.
    varied : dict
        Name -> value of the axes, for tables.
    """

    id: str
    training_id: str
    base: NetworkParams
    seed: int
    test: dict[str, Any]
    plastic: bool
    controls: tuple[str, ...]
    varied: dict[str, Any] = field(compare=False)

    @property
    def params(self) -> NetworkParams:
        """Parameters of the training."""
        return replace(self.base, seed=self.seed)

    @property
    def test_params(self) -> NetworkParams:
        """Parameters of the test."""
        return replace(self.params, **self.test)


@dataclass(frozen=True)
class Task:
    """Points that share a training; what one process computes.

    Attributes
    ----------
    points : tuple of Point
        At least one.
    """

    points: tuple[Point, ...]

    @property
    def training_id(self) -> str:
        """Hash of the training."""
        return self.points[0].training_id

    def without(self, ids: Iterable[str]) -> Task | None:
        """Return the task with the points that are not among `ids`, None if nothing is left."""
        gone = set(ids)
        left = tuple(point for point in self.points if point.id not in gone)
        return Task(left) if left else None


def points_of(design: Design, facts: Facts) -> Iterator[Point]:
    """Yield all points of a design; those that share a training follow each other.

    Raises
    ------
    ParameterError
        When a combination is not allowed.
    """
    defaults = NetworkParams()
    bases: dict[str, NetworkParams] = {}  # validated once, not once for every seed
    controls = tuple(sorted(design.controls))
    for combination in design.combinations():
        values = {**design.fixed, **combination}
        params = preset(
            design.mode, **{name: value for name, value in values.items() if field_of(name) == name}
        )
        # Training does not read what concerns the test alone: one value for all.
        base = replace(params, seed=0, **{name: getattr(defaults, name) for name in TEST_ONLY})
        text = json.dumps(base.as_dict(), sort_keys=True)
        base = bases.setdefault(text, base)
        test = {name: getattr(params, name) for name in sorted(TEST_ONLY)}
        test |= {field_of(n): value for n, value in values.items() if field_of(n) != n}
        replace(base, **test)  # refuses combinations that cannot be, before anything runs
        training = _hash({"training": text, "plastic": design.plastic, "facts": facts})
        tested = _hash({"test": test, "controls": controls})
        for seed in design.seeds:
            training_id = _hash([training, seed])
            yield Point(
                id=_hash([training_id, tested]),
                training_id=training_id,
                base=base,
                seed=seed,
                test=test,
                plastic=design.plastic,
                controls=controls,
                varied=combination,
            )


def tasks_of(points: Iterable[Point]) -> list[Task]:
    """Group points by their training, in the order of the first of each."""
    groups: dict[str, dict[str, Point]] = {}
    for point in points:
        groups.setdefault(point.training_id, {})[point.id] = point
    return [Task(tuple(group.values())) for group in groups.values()]


def task_as_dict(task: Task, folder: str, device: dict[str, Any], facts: Facts) -> dict[str, Any]:
    """Return a task as plain values, which travel to any worker."""
    first = task.points[0]
    return {
        "folder": folder,
        "device": device,
        "facts": facts,
        "training_id": first.training_id,
        "params": compact(first.params),
        "plastic": first.plastic,
        "controls": list(first.controls),
        "points": [
            {"id": point.id, "test": point.test, "varied": point.varied} for point in task.points
        ],
    }


def compact(params: NetworkParams) -> dict[str, Any]:
    """Return what differs from the defaults; `params_from_dict` fills in the rest."""
    defaults = NetworkParams().as_dict()
    return {name: value for name, value in params.as_dict().items() if value != defaults[name]}


def task_from_dict(stored: dict[str, Any]) -> Task:
    """Return the task that `task_as_dict` described."""
    params = params_from_dict(stored["params"], source="task")
    return Task(
        tuple(
            Point(
                id=one["id"],
                training_id=stored["training_id"],
                base=params,
                seed=params.seed,
                test=one["test"],
                plastic=stored["plastic"],
                controls=tuple(stored["controls"]),
                varied=one["varied"],
            )
            for one in stored["points"]
        )
    )


def _hash(content: Any) -> str:
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def unique(points: Iterable[Point]) -> Sequence[Point]:
    """Return the points without repetition, the first of each."""
    found: dict[str, Point] = {}
    for point in points:
        found.setdefault(point.id, point)
    return list(found.values())


__all__ = [
    "Facts", "Point", "Task", "compact", "points_of", "task_as_dict", "task_from_dict",
    "tasks_of", "unique",
]  # fmt: skip
