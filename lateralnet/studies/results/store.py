"""The folder of a sweep: one file per point, written whole by whoever computed it.

``Sweeps/<name>/``

* ``sweep.json``: designs, device, versions; written before the first point runs.
* ``points/<2 letters>/<id>.json``: measures, timings and versions of a point, with a checksum.
* ``failed/<2 letters>/<id>.json``: why a point has no result.
* ``trained/<2 letters>/<training id>.npz``: trained weights and learning curves.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from lateralnet.errors import InputError, StorageError
from lateralnet.records.locks import waiting_lock
from lateralnet.records.storage import (
    make_folder,
    plain,
    read_json,
    read_npz,
    write_bytes,
    write_json,
    write_npz,
)
from lateralnet.studies.design import Design, design_from_dict
from lateralnet.studies.provenance import SWEEP_VERSION, differences

_MANIFEST = "sweep.json"
_PATIENCE_S = 10.0  # a network file system may show a new file late


class SweepStore:
    """Files of a sweep.

    Parameters
    ----------
    path : Path
        The folder.
    """

    def __init__(self, path: Path) -> None:
        self.path = Path(path)

    @property
    def manifest_path(self) -> Path:
        """``sweep.json``."""
        return self.path / _MANIFEST

    def manifest(self) -> dict[str, Any]:
        """Return the content of ``sweep.json``.

        Raises
        ------
        InputError
            When this is no folder of a sweep, or one of another version.
        """
        if not self.manifest_path.is_file():
            raise InputError(f"{self.path} is not the folder of a sweep: it has no {_MANIFEST}.")
        stored = read_json(self.manifest_path)
        version = stored.get("sweep_version")
        if version != SWEEP_VERSION:
            raise InputError(
                f"{self.path} is a sweep folder of version {version}, this version of lateralnet "
                f"reads {SWEEP_VERSION}; use the version that wrote it, or another --name."
            )
        return stored

    def designs(self) -> list[Design]:
        """Return what has been asked of this sweep so far."""
        return [design_from_dict(stored) for stored in self.manifest()["designs"]]

    def prepare(self, design: Design, facts: dict[str, Any], device: dict[str, Any]) -> None:
        """Make the folder, or add a design to it; sweeps that start at once wait for each other.

        Raises
        ------
        InputError
            When the folder holds other things, or points of other versions or another device.
        """
        self._refuse_other_folder()
        make_folder(self.path)
        with waiting_lock(self.path):
            self._add(design, facts, device)

    def _refuse_other_folder(self) -> None:
        if not (self.path.exists() or self.path.is_symlink()):
            return
        strange = not self.path.is_dir() or any(
            not entry.name.startswith(".") for entry in self.path.iterdir()
        )
        # Asked last: another sweep may be making this folder just now, its manifest first.
        if strange and not self.manifest_path.exists():
            raise InputError(
                f"{self.path} exists and is not the folder of a sweep; give another --name."
            )

    def _add(self, design: Design, facts: dict[str, Any], device: dict[str, Any]) -> None:
        designs = []
        if self.manifest_path.exists():
            stored = self.manifest()
            changed = differences(stored["facts"], facts)
            if changed:
                raise InputError(
                    f"{self.path} was computed with other versions: {changed}. Go on with those, "
                    "or give another --name; its results stay as they are."
                )
            designs = stored["designs"]
        asked = json.loads(json.dumps(plain(design.as_dict())))
        if asked not in designs:
            designs = [*designs, asked]
        content = {
            "sweep_version": SWEEP_VERSION,
            "facts": facts,
            "device": device,
            "designs": designs,
        }
        if not self.manifest_path.exists() or self.manifest() != content:
            write_json(self.manifest_path, content)
        for folder in ("points", "failed", "trained"):
            make_folder(self.path / folder)

    def result_path(self, point_id: str) -> Path:
        """File of a point's result."""
        return self.path / "points" / point_id[:2] / f"{point_id}.json"

    def failure_path(self, point_id: str) -> Path:
        """File of a point's failure."""
        return self.path / "failed" / point_id[:2] / f"{point_id}.json"

    def trained_path(self, training_id: str) -> Path:
        """File of the trained weights that points share."""
        return self.path / "trained" / training_id[:2] / f"{training_id}.npz"

    def checkpoint_path(self, training_id: str) -> Path:
        """File of an unfinished training."""
        return self.path / "trained" / training_id[:2] / f"{training_id}.checkpoint.npz"

    def write_result(self, point_id: str, content: dict[str, Any]) -> str:
        """Write a result and return its checksum."""
        values = plain(content)
        checksum = _checksum(values)
        path = self.result_path(point_id)
        _make_parent(path)
        text = json.dumps({"sha256": checksum, "result": values}, separators=(",", ":"))
        write_bytes(path, (text + "\n").encode())
        self.failure_path(point_id).unlink(missing_ok=True)
        return checksum

    def read_result(self, point_id: str) -> dict[str, Any] | None:
        """Return a result, None where there is none or its checksum does not match."""
        found = self._read(point_id)
        return None if found is None else found[1]

    def checksum(self, point_id: str) -> str | None:
        """Return the checksum of a whole result, None where there is none."""
        found = self._read(point_id)
        return None if found is None else found[0]

    def verify(self, point_id: str, checksum: str) -> bool:
        """Whether the result that a worker wrote has arrived here as it was written."""
        deadline = time.monotonic() + _PATIENCE_S
        while self.checksum(point_id) != checksum:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.2)
        return True

    def _read(self, point_id: str) -> tuple[str, dict[str, Any]] | None:
        try:
            stored = json.loads(self.result_path(point_id).read_bytes())
            checksum, result = stored["sha256"], stored["result"]
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StorageError(
                f"{self.result_path(point_id)} cannot be read: {error.strerror}."
            ) from None
        except (ValueError, KeyError, TypeError):
            return None
        if _checksum(result) != checksum:
            return None
        return checksum, result

    def write_failure(self, point_id: str, content: dict[str, Any]) -> None:
        """Record why a point has no result."""
        path = self.failure_path(point_id)
        _make_parent(path)
        write_bytes(path, (json.dumps(plain(content)) + "\n").encode())

    def failures(self) -> dict[str, dict[str, Any]]:
        """Return point id -> recorded failure."""
        return {path.stem: read_json(path) for path in self._files("failed", ".json")}

    def result_ids(self) -> set[str]:
        """Return the ids of all result files, whole or not, by their names alone."""
        return {path.stem for path in self._files("points", ".json")}

    def _files(self, folder: str, suffix: str) -> Iterator[Path]:
        for sub in sorted((self.path / folder).glob("??")):
            for entry in os.scandir(sub):
                if entry.name.endswith(suffix) and not entry.name.startswith("."):
                    yield Path(entry.path)

    def write_trained(self, training_id: str, arrays: dict[str, Any]) -> None:
        """Keep trained weights and curves."""
        path = self.trained_path(training_id)
        _make_parent(path)
        write_npz(path, arrays)

    def read_trained(self, training_id: str) -> dict[str, np.ndarray] | None:
        """Return trained weights and curves; None where there are none or they are damaged."""
        path = self.trained_path(training_id)
        if not path.is_file():
            return None
        try:
            return read_npz(path)
        except StorageError:
            return None


def _checksum(plain: dict[str, Any]) -> str:
    text = json.dumps(plain, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _make_parent(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(
            f"cannot make the folder {path.parent}: {error.strerror}. Files written before are "
            "whole."
        ) from None
