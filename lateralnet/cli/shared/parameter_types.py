"""Types of parameters: names that a shell completes, and paths that are looked at before the work.

A result that has no place is told at once, not when it has been computed.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from lateralnet.parameters.preset_table import PRESET_TEXT


class PresetName(click.ParamType):  # type: ignore[type-arg]
    """The name of a preset; it is checked where presets are."""

    name = "mode"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Return the presets that begin so."""
        return [
            CompletionItem(name, help=text)
            for name, text in PRESET_TEXT.items()
            if name.startswith(incomplete)
        ]


class FiniteRange(click.FloatRange):
    """A number in a range; NaN and infinity, which compare with nothing or everything, are none."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the number."""
        number = super().convert(value, param, ctx)
        if not math.isfinite(number):
            self.fail(f"{value} is not a finite number.", param, ctx)
        return number


_LONGEST_NAME = 255  # bytes, on every file system in use


class AnyPath(click.ParamType):  # type: ignore[type-arg]
    """A path that a file system can have, whether or not it is there."""

    name = "path"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """Return the path."""
        path = Path(value)
        if not str(value) or not str(value).isprintable():
            self.fail(f"{str(value)!r} is not a path: it is empty or not printable.", param, ctx)
        if any(len(os.fsencode(part)) > _LONGEST_NAME for part in path.parts):
            self.fail(f"a name in {str(path)[:40]}... is longer than {_LONGEST_NAME} bytes.", param)
        return self.checked(path, lambda why: self.fail(f"{path} {why}.", param, ctx))

    def checked(self, path: Path, fail: Callable[[str], None]) -> Path:
        """Return the path; call `fail` with what is wrong with it."""
        return path


class OutputFile(AnyPath):
    """A file to be written: where there is nothing, or another file."""

    def checked(self, path: Path, fail: Callable[[str], None]) -> Path:
        """Refuse what cannot be replaced by a file, such as ``/dev/full``."""
        if path.exists() and not path.is_file():
            fail("is no file that can be replaced")
        if not path.parent.is_dir():
            fail(f"cannot be written: there is no folder {path.parent}")
        if not os.access(path.parent, os.W_OK):
            fail(f"cannot be written: the folder {path.parent} does not allow it")
        return path


class OutputFolder(AnyPath):
    """A folder to be written, made where it is not there."""

    def checked(self, path: Path, fail: Callable[[str], None]) -> Path:
        """Refuse what is no folder, or lies in one that cannot be written."""
        there = next(place for place in (path, *path.absolute().parents) if place.exists())
        if not there.is_dir():
            fail(f"cannot be a folder: {there} is a file")
        if not os.access(there, os.W_OK):
            fail(f"cannot be written: the folder {there} does not allow it")
        return path


class FolderPath(AnyPath):
    """A path; folders of `places` that hold `mark` are offered first, then other folders."""

    def __init__(self, *places: tuple[Path, str]) -> None:
        self._places = places

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Return runs or sweeps whose path begins so; where there is none, any path."""
        found = [
            CompletionItem(str(path.parent))
            for place, mark in self._places
            for path in sorted(place.glob(f"*/{mark}"))
            if str(path.parent).startswith(incomplete)
        ]
        return found or [CompletionItem(incomplete, type="file")]


ANY_PATH, OUTPUT_FILE, OUTPUT_FOLDER = AnyPath(), OutputFile(), OutputFolder()
# As in `records.folders`, whose room loads NumPy; the help of a command must not.
SWEEPS_DIR = Path("Sweeps")
_RUNS, _SWEEPS = (Path("Runs"), "params.json"), (SWEEPS_DIR, "sweep.json")
RUN_FOLDER = FolderPath(_RUNS)
SWEEP_FOLDER = FolderPath(_SWEEPS)
ANY_FOLDER = FolderPath(_RUNS, _SWEEPS)
