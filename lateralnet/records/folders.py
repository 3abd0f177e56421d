"""Where the files of a run are: names that the published program knows, and ours beside them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from lateralnet.errors import InputError

RUNS = Path("Runs")


def safe_name(name: str, flag: str) -> str:
    """Return `name` as a single path component; ``/`` and ``\\\\`` become ``_``.

    Raises
    ------
    InputError
        For names that would leave the folder or hide in it.
    """
    cleaned = name.strip().replace("/", "_").replace("\\", "_")
    if not cleaned or cleaned.startswith(".") or "\0" in cleaned or len(cleaned) > 200:
        raise InputError(
            f"{flag} = {name!r} is not a usable name: it must have 1 to 200 characters and not "
            "begin with a dot."
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
