"""Results of a sweep as a labelled array: one named dimension for each varied parameter."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np

from lateralnet.errors import InputError, StorageError
from lateralnet.measures.table import measure_of
from lateralnet.parameters.params import spec_of
from lateralnet.studies.parsing import field_of
from lateralnet.studies.results.table import Table, number, write_csv, write_parquet

_COMBINATION = "combination"


def to_dataset(table: Table) -> Any:
    """Return an `xarray.Dataset` with dimensions (parameters..., seed, condition).

    Where the parameters go together instead of being crossed, they are coordinates of one
    dimension ``combination``. What is missing is NaN.

    Raises
    ------
    InputError
        Without xarray.
    """
    try:
        import xarray
    except ImportError:
        raise InputError(
            "labelled results need xarray: pip install 'lateralnet[xarray]'."
        ) from None
    levels = {name: list(dict.fromkeys(row[name] for row in table.rows)) for name in table.varied}
    crossed = math.prod(map(len, levels.values())) == len(table.combinations)
    coordinates: dict[str, Any] = {}
    if crossed:
        dimensions = list(table.varied)
        coordinates |= {name: _labels(values) for name, values in levels.items()}
    else:
        dimensions = [_COMBINATION]
        coordinates[_COMBINATION] = np.arange(len(table.combinations))
        for name in table.varied:
            labels = _labels([one[name] for one in table.combinations])
            coordinates[name] = (_COMBINATION, labels)
    seeds = sorted({row["seed"] for row in table.rows})
    shape = [*(len(coordinates[name]) for name in dimensions), len(seeds), len(table.conditions)]
    indices = {name: {v: k for k, v in enumerate(values)} for name, values in levels.items()}
    seed_index = {seed: k for k, seed in enumerate(seeds)}
    places = {tuple(one.values()): k for k, one in enumerate(table.combinations)}
    arrays = {name: np.full(shape, np.nan) for name in table.measures}
    for row in table.rows:
        key = tuple(row[name] for name in table.varied)
        if crossed:
            index = tuple(indices[n][v] for n, v in zip(table.varied, key, strict=True))
        else:
            index = (places[key],)
        index += (seed_index[row["seed"]], table.conditions.index(row["condition"]))
        for name, array in arrays.items():
            array[index] = number(row.get(name))
    dimensions = [*dimensions, "seed", "condition"]
    dataset = xarray.Dataset(
        {name: (dimensions, array) for name, array in arrays.items()},
        coords={**coordinates, "seed": seeds, "condition": list(table.conditions)},
    )
    for name in table.varied:
        spec = spec_of(field_of(name))
        dataset[name].attrs |= {"long_name": spec.text, "units": spec.unit or "1"}
    for name in table.measures:
        known = measure_of(name)
        dataset[name].attrs |= {"long_name": known.text, "units": known.unit or "1"}
    dataset["seed"].attrs["long_name"] = "seed of the network"
    dataset["condition"].attrs["long_name"] = "weights under test"
    dataset.attrs |= {"title": "Results of a lateralnet sweep", "Conventions": "CF-1.11"}
    for fact in ("version_lateralnet", "version_brian2", "version_numpy", "device", "precision"):
        dataset.attrs[fact] = str(table.rows[0].get(fact))
    dataset.attrs["missing_points"] = table.missing
    return dataset


def _labels(values: list[Any]) -> Any:
    """Return coordinate labels; switches and missing values become words, for netCDF."""
    if all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in values):
        return np.array(values)
    return np.array(["none" if value is None else str(value) for value in values])


def write_netcdf(table: Table, path: Path) -> None:
    """Write the labelled results as netCDF 4, whole or not at all.

    Raises
    ------
    InputError
        Without xarray and h5netcdf.
    StorageError
        When the file cannot be written.
    """
    dataset = to_dataset(table)
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        dataset.to_netcdf(temporary, engine="h5netcdf")
        temporary.replace(path)
    except (ImportError, ValueError) as error:
        raise InputError(
            f"netCDF needs h5netcdf ({error}): pip install 'lateralnet[xarray]'."
        ) from None
    except OSError as error:
        raise StorageError(f"cannot write {path}: {error.strerror or error}.") from None
    finally:
        temporary.unlink(missing_ok=True)


def write_tables(table: Table, folder: Path) -> list[Path]:
    """Write the table in every form that the installed packages allow."""
    write_csv(table, folder / "table.csv")
    written = [folder / "table.csv"]
    for write, name in ((write_parquet, "table.parquet"), (write_netcdf, "table.nc")):
        try:
            write(table, folder / name)
        except InputError:
            continue  # an extra that is not installed; the CSV holds the same numbers
        written.append(folder / name)
    return written
