"""Devices by name: ours, and those that other packages register."""

from __future__ import annotations

import importlib
from importlib import metadata

from backends.base import Backend
from backends.errors import UnknownDeviceError

_OURS = {"cpp": "backends.cpp:CppBackend"}
_ENTRY_POINTS = "lateralnet.backends"


def device_names() -> tuple[str, ...]:
    """Names of all devices, ours first."""
    theirs = [entry.name for entry in metadata.entry_points(group=_ENTRY_POINTS)]
    return (*_OURS, *sorted(set(theirs) - set(_OURS)))


def get_backend(name: str) -> Backend:
    """Return the backend of a device.

    Raises
    ------
    UnknownDeviceError
        Naming the known devices.
    """
    if name in _OURS:
        module, attribute = _OURS[name].split(":")
        backend: Backend = getattr(importlib.import_module(module), attribute)()
        return backend
    for entry in metadata.entry_points(group=_ENTRY_POINTS):
        if entry.name == name:
            return entry.load()()
    raise UnknownDeviceError(
        f"unknown device {name!r}; known devices: {', '.join(device_names())}, auto."
    )
