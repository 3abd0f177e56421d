"""Errors that a user of the package can meet.

::

    SornError (ValueError)
    ├── ParameterError   a keyword, its value, or the name of a rule, phase or recording
    ├── InputError       the drive handed in: shape, length, NaN
    ├── StateError       the state handed in: keys, shapes, NaN, values
    └── BackendError     an array library or device that is missing or unknown

All of them are `ValueError`, so code that caught that keeps working.
"""


class SornError(ValueError):
    """Base of every error that the package raises on purpose."""


class ParameterError(SornError):
    """A keyword, its value, or a named choice is not valid."""


class InputError(SornError):
    """The input array cannot drive this network."""


class StateError(SornError):
    """The state does not describe a network of the requested size."""


class BackendError(SornError):
    """The requested array library, device or precision is not available."""
