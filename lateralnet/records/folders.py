"""Where the files of a run are: names that the published program knows, and ours beside them."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from lateralnet.errors import InputError
from lateralnet.records.locks import LOCK

RUNS, SWEEPS = Path("Runs"), Path("Sweeps")
_LONGEST_NAME = 200
_FIGURES = ("brian2_*.png", "own_*.png", "LL_THESIS_BASELINE_*.png")  # what we draw, and may delete


def safe_name(name: str, flag: str) -> str:
    """Return `name` as a single path component; ``/`` and ``\\\\`` become ``_``.

    Raises
    ------
    InputError
        For names that would leave the folder or hide in it.
    """
    cleaned = name.strip().replace("/", "_").replace("\\", "_")
    n_bytes = len(os.fsencode(cleaned))  # what file systems count
    if not cleaned.isprintable() or not 0 < n_bytes <= _LONGEST_NAME or cleaned[0] == ".":
        shown = name if len(name) <= 40 else name[:40] + "..."
        raise InputError(
            f"{flag} = {shown!r} is not a usable name: it must have 1 to {_LONGEST_NAME} bytes "
            f"(it has {n_bytes}), all of them printable, and not begin with a dot."
        )
    return cleaned


def timestamp() -> str:
    """Name of a run that was given none."""
    return datetime.now().strftime("%Y%m%d_%H%M%S")


@dataclass(frozen=True)
class RunFolder:
    """One run's folder.

    Attributes
    ----------
    path : Path
        ``Runs/<name>``.
    save_tag : str
        Base name of the weight files.
    """

    path: Path
    save_tag: str = "latest"

    @property
    def artifacts(self) -> Path:
        """Weights, results, records and checkpoints."""
        return self.path / "artifacts"

    @property
    def figures(self) -> Path:
        """PNG files."""
        return self.path / "figures"

    @property
    def params(self) -> Path:
        """Resolved parameters, written at the start."""
        return self.path / "params.json"

    @property
    def summary(self) -> Path:
        """Compact results, written at the end."""
        return self.path / "run_summary.json"

    def weights(self, seed: int) -> Path:
        """Learned weights."""
        return self.artifacts / f"{self.save_tag}_seed_{seed}.npz"

    def weights_params(self, seed: int) -> Path:
        """Sidecar of the learned weights."""
        return self.artifacts / f"{self.save_tag}_seed_{seed}_params.json"

    def results(self, seed: int) -> Path:
        """All measures of one seed."""
        return self.artifacts / f"seed_{seed}_results.json"

    def record(self, seed: int) -> Path:
        """Spikes of the tests, curves and weights: what figures are drawn from."""
        return self.artifacts / f"seed_{seed}_record.npz"

    def checkpoint(self, seed: int, *, alone: bool) -> Path:
        """Checkpoint of a seed; a run of one seed has the published name."""
        return self.artifacts / (
            "mid_checkpoint.npz" if alone else f"mid_checkpoint_seed_{seed}.npz"
        )

    def existing_checkpoint(self, seed: int) -> Path | None:
        """Return the checkpoint that a run left for a seed, if it left one."""
        for alone in (False, True):
            path = self.checkpoint(seed, alone=alone)
            if path.is_file():
                return path
        return None

    def is_unstarted(self) -> bool:
        """Whether nothing is here yet but what a run writes before its first checkpoint."""
        entries = self.path.rglob("*")
        return not any(
            not entry.is_dir()
            and entry not in (self.params, self.path / LOCK)
            and not _is_temporary(entry)
            for entry in entries
        )

    def remove_unstarted(self) -> None:
        """Delete what a run wrote in its folder before its first checkpoint."""
        self.remove_temporary()
        self.params.unlink(missing_ok=True)
        for path in (self.artifacts, self.figures):
            with contextlib.suppress(OSError):
                path.rmdir()

    def remove_temporary(self) -> None:
        """Delete what writers that were killed left half written."""
        for path in (*self.path.glob(".*.tmp"), *self.artifacts.glob(".*.tmp")):
            path.unlink(missing_ok=True)

    def remove_figures(self) -> None:
        """Delete the figures that we drew."""
        for pattern in _FIGURES:
            for path in self.figures.glob(pattern):
                path.unlink(missing_ok=True)


def _is_temporary(path: Path) -> bool:
    return path.name.startswith(".") and path.name.endswith(".tmp")
