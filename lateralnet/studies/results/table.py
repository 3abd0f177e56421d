"""Results of a sweep as one tidy table: a row for each point and condition."""

from __future__ import annotations

import contextlib
import csv
import functools
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lateralnet.errors import InputError
from lateralnet.measures.table import REPEATED_PARAMETERS
from lateralnet.records.storage import write_bytes
from lateralnet.studies.design import Design
from lateralnet.studies.parsing import field_of
from lateralnet.studies.results.store import SweepStore
from lateralnet.studies.tasks import Point, points_of, unique

_FACTS = (
    "device", "precision", "host", "n_training_trials", "training_wall_s", "training_cpu_s",
    "test_wall_s", "peak_memory_mb",
)  # fmt: skip


@dataclass(frozen=True)
class Table:
    """A tidy table.

    Attributes
    ----------
    varied : tuple of str
        Parameters that differ between points, as columns.
    measures : tuple of str
        Columns with numbers of the tests.
    rows : tuple of dict
        Column -> value.
    missing : int
        Points of the design that have no whole result.
    failed : dict
        Point id -> recorded failure.
    designs : tuple of Design
        What was asked for.
    """

    varied: tuple[str, ...]
    measures: tuple[str, ...]
    rows: tuple[dict[str, Any], ...]
    missing: int
    failed: dict[str, dict[str, Any]]
    designs: tuple[Design, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns, parameters first."""
        return tuple(dict.fromkeys(name for row in self.rows for name in row))

    @property
    def conditions(self) -> tuple[str, ...]:
        """Conditions, in the order of the results."""
        return tuple(dict.fromkeys(row["condition"] for row in self.rows))

    @functools.cached_property
    def combinations(self) -> tuple[dict[str, Any], ...]:
        """Distinct combinations of the varied parameters, sorted."""
        found = {self._key(row): {name: row[name] for name in self.varied} for row in self.rows}
        with contextlib.suppress(TypeError):  # words and numbers mixed keep their order
            return tuple(found[key] for key in sorted(found))
        return tuple(found.values())

    def _key(self, row: dict[str, Any]) -> tuple[Any, ...]:
        return tuple(row[name] for name in self.varied)

    def values(self, measure: str, condition: str, combination: dict[str, Any]) -> dict[int, float]:
        """Return seed -> value of a measure; NaN where it has none."""
        key = (condition, *(combination[name] for name in self.varied))
        return {row["seed"]: number(row.get(measure)) for row in self._index.get(key, ())}

    @functools.cached_property
    def _index(self) -> dict[tuple[Any, ...], list[dict[str, Any]]]:
        """Rows by condition and combination, found once: a large sweep is asked for them often."""
        found: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
        for row in self.rows:
            found.setdefault((row["condition"], *self._key(row)), []).append(row)
        return found


def number(value: Any) -> float:
    """Return a measure as a number; one without value is NaN."""
    return math.nan if value is None else float(value)


def read_table(folder: Path) -> Table:
    """Read all results of a sweep.

    Raises
    ------
    InputError
        When the folder is not one of a sweep, or holds no results yet.
    """
    store = SweepStore(folder)
    stored = store.manifest()
    designs = store.designs()
    points = unique(p for design in designs for p in points_of(design, stored["facts"]))
    varied = _varied(designs, points)
    rows: list[dict[str, Any]] = []
    missing = 0
    for point in points:
        result = store.read_result(point.id)
        if result is None:
            missing += 1
        else:
            rows += _rows(point, result, varied)
    failed = store.failures()
    if not rows:
        causes = f" ({len(failed)} failed: {_first_error(failed)})" if failed else ""
        raise InputError(f"{folder} has no results yet{causes}; run the sweep.")
    measures = tuple(
        dict.fromkeys(
            name for row in rows for name, value in row.items()
            if name not in (*varied, *_FACTS) and isinstance(value, float)
        )
    )  # fmt: skip
    return Table(tuple(varied), measures, tuple(rows), missing, failed, tuple(designs))


def _varied(designs: Sequence[Design], points: Sequence[Point]) -> list[str]:
    """Return what differs: the axes, and what differs between designs of one folder."""
    names = dict.fromkeys(axis.name for design in designs for axis in design.axes)
    if len(designs) > 1:
        names |= dict.fromkeys(name for design in designs for name in design.fixed)
        if len({design.mode for design in designs}) > 1:
            for field in points[0].base.as_dict():
                if len({getattr(point.base, field) for point in points}) > 1:
                    names.setdefault(field)
    kept = []
    for name in names:
        values = {_value(point, name) for point in points}
        if len(values) > 1 or len(designs) == 1:
            kept.append(name)
    return kept


def _value(point: Point, name: str) -> Any:
    field = field_of(name)
    if field != name or field in point.test:
        return point.test.get(field, getattr(point.base, field))
    return getattr(point.base, name)


def _rows(point: Point, result: dict[str, Any], varied: Sequence[str]) -> list[dict[str, Any]]:
    facts = result["facts"]
    parameters = {name: _value(point, name) for name in varied}
    versions = facts.get("versions") or facts
    shared = {
        **{name: facts.get(name) for name in _FACTS},
        **{f"version_{name}": versions.get(name) for name in ("brian2", "numpy", "python")},
        "version_lateralnet": facts.get("lateralnet"),
    }
    rows = []
    for condition, measures in result["measures"].items():
        numbers = {
            name: float(value) if isinstance(value, (int, float)) else value
            for name, value in measures.items()
            if name not in REPEATED_PARAMETERS
        }
        rows.append(
            {
                "point": point.id, "seed": point.seed, "condition": condition, **parameters,
                **numbers, **shared,
            }
        )  # fmt: skip
    return rows


def _first_error(failed: dict[str, dict[str, Any]]) -> str:
    return str(next(iter(failed.values())).get("error", "")).splitlines()[0]


def write_csv(table: Table, path: Path) -> None:
    """Write the table as CSV; what has no value is empty."""
    text = io.StringIO()
    writer = csv.DictWriter(text, table.columns, restval="", lineterminator="\n")
    writer.writeheader()
    for row in table.rows:
        writer.writerow({name: "" if value is None else value for name, value in row.items()})
    write_bytes(path, text.getvalue().encode())


def write_parquet(table: Table, path: Path) -> None:
    """Write the table as Parquet.

    Raises
    ------
    InputError
        Without pyarrow.
    """
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise InputError("Parquet needs pyarrow: pip install 'lateralnet[xarray]'.") from None
    columns = {name: [row.get(name) for row in table.rows] for name in table.columns}
    buffer = io.BytesIO()
    parquet.write_table(pyarrow.table(columns), buffer)
    write_bytes(path, buffer.getvalue())
