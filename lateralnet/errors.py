"""Errors that end a command with one clear sentence instead of a traceback.

LateralnetError            exit 1   something asked for could not be done
├── InputError             exit 2   a value, name or file given by the user is wrong
│   └── ParameterError     exit 2   a parameter outside its range, or two that exclude each other
├── DeviceError            exit 3   the device asked for cannot run here
│   └── BuildError         exit 3   the device is there, but its program did not compile
├── SimulationError        exit 1   a simulation process ended badly (crash, kill, wrong sizes)
└── StorageError           exit 1   a file could not be read or written whole
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class LateralnetError(Exception):
    """Base of every error that lateralnet raises on purpose."""

    exit_code = 1


class InputError(LateralnetError, ValueError):
    """A value, name or file given by the user is wrong."""

    exit_code = 2


class ParameterError(InputError):
    """A parameter is outside its range, or excludes another one."""


class DeviceError(LateralnetError):
    """The device asked for cannot run here."""

    exit_code = 3


class BuildError(DeviceError):
    """The program of a usable device could not be generated or compiled."""


class SimulationError(LateralnetError):
    """A simulation process crashed, was killed, or returned arrays of the wrong size."""


class StorageError(LateralnetError):
    """A file could not be read or written whole."""


class OwnPartsWarning(UserWarning):
    """What a run had of one's own cannot be found again; it goes on without."""


class Interrupted(KeyboardInterrupt):
    """Ctrl-C, SIGTERM or SIGHUP: what is kept and how it goes on, in words.

    Attributes
    ----------
    signal : int
        What interrupted.
    """

    def __init__(self, message: str, signal: int = 2) -> None:
        super().__init__(message)
        self.signal = signal


def nearest_names(name: str, known: Iterable[str]) -> str:
    """Return ``" Did you mean a, b?"`` for the known names closest to `name`, or ``""``."""
    close = difflib.get_close_matches(name, list(known), n=3, cutoff=0.5)
    return f" Did you mean {', '.join(close)}?" if close else ""
