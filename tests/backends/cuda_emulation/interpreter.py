"""The interpreter that has Brian2CUDA, for the tests that generate with it."""

from __future__ import annotations

import os
import sys

from backends.errors import DeviceUnavailableError
from backends.host.toolchain import package_versions

VARIABLE = "LATERALNET_CUDA_PYTHON"


def cuda_python() -> tuple[str, str]:
    """Return the interpreter, or ``""`` and the reason why there is none."""
    python = os.environ.get(VARIABLE, sys.executable)
    try:
        versions = package_versions(python)
    except DeviceUnavailableError as error:
        return "", f"${VARIABLE}: {error}"
    if "brian2cuda" not in versions:
        return "", f"no brian2cuda in {python} (Python {versions['python']}); set ${VARIABLE}"
    return python, ""
