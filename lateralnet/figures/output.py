"""Where figures go, and as what kinds of file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from matplotlib.figure import Figure

from lateralnet.errors import InputError
from lateralnet.figures.style import save

FORMATS = ("png", "pdf", "svg")


@dataclass(frozen=True)
class Output:
    """Where figures go and as what.

    Attributes
    ----------
    folder : Path
        Where to.
    formats : tuple of str
        Some of `FORMATS`.
    dpi : int or None
        Points per inch of PNG files; `lateralnet.figures.style.DPI` when None.
    """

    folder: Path
    formats: tuple[str, ...] = ("png",)
    dpi: int | None = None

    def __post_init__(self) -> None:
        for name in self.formats:
            if name not in FORMATS:
                raise InputError(f"unknown format {name!r}; known formats: {', '.join(FORMATS)}.")
        if not self.formats:
            raise InputError(f"no format; known formats: {', '.join(FORMATS)}.")
        if self.dpi is not None and not 10 <= self.dpi <= 1200:
            raise InputError(f"--dpi = {self.dpi} is not allowed: it must be 10 to 1200.")

    def save(self, figure: Figure, name: str) -> list[Path]:
        """Write a figure in every format; `name` ends in .png. Return the files."""
        paths = [self.folder / f"{name.removesuffix('.png')}.{kind}" for kind in self.formats]
        for path in paths:
            save(figure, path, self.dpi)
        return paths
