"""What can go wrong in a backend, in words; no traceback reaches a user for these."""

from __future__ import annotations


class BackendError(Exception):
    """Base of all errors raised by `backends`."""


class UnknownDeviceError(BackendError, ValueError):
    """No device of that name is registered."""


class DeviceUnavailableError(BackendError):
    """The device cannot run on this machine: what was looked for, and what to do."""


class ProgramBuildError(BackendError):
    """The program could not be generated or compiled."""


class ProgramRunError(BackendError):
    """A running program failed, was killed, or returned arrays of the wrong size."""


class BackendWarning(UserWarning):
    """What a user should know although it works, such as a program cache that cannot be used."""
