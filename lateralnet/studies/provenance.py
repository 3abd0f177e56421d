"""What, beside the parameters, decides the numbers of a sweep: versions and device."""

from __future__ import annotations

from typing import Any

from backends.errors import BackendError
from backends.host.toolchain import package_versions
from lateralnet.errors import InputError
from lateralnet.simulation.session import DeviceOptions
from lateralnet.version import __version__

SWEEP_VERSION = 1  # of the folder and of what a point computes
_DECIDING = ("brian2", "numpy", "brian2cuda", "brian2genn")


def facts_of(options: DeviceOptions) -> dict[str, Any]:
    """Return the facts that are hashed into every point.

    Parameters
    ----------
    options : DeviceOptions
        With a definite device.

    Raises
    ------
    InputError
        When the interpreter of the device cannot be asked for its versions.
    """
    try:
        versions = package_versions(options.build_options().python)
    except BackendError as error:
        raise InputError(str(error)) from None
    return {
        "sweep_version": SWEEP_VERSION,
        "lateralnet": __version__,
        "device": options.device,
        "precision": options.precision,
        **{name: versions[name] for name in _DECIDING if name in versions},
    }


def differences(theirs: dict[str, Any], ours: dict[str, Any]) -> str:
    """Return ``name theirs -> ours`` for all facts that differ, ``""`` when none does."""
    names = dict.fromkeys([*theirs, *ours])
    return ", ".join(
        f"{name} {theirs.get(name, 'missing')} -> {ours.get(name, 'missing')}"
        for name in names
        if theirs.get(name) != ours.get(name)
    )
