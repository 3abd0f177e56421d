"""Results as JSON, with the machine and versions they came from."""

from __future__ import annotations

import json
import os
import platform
import sys
from importlib import metadata
from pathlib import Path
from typing import Any


def machine() -> dict[str, Any]:
    """Processor, cores and versions."""
    model = platform.processor()
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    except OSError:
        pass
    versions = {}
    for package in ("numpy", "numba", "torch"):
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return {
        "processor": model,
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "versions": versions,
    }


def write_report(data: dict[str, Any], path: str | None, shows: bool = True) -> None:
    """Print the data with the machine if `shows`, and write them to `path` if given.

    Arguments that name a file are left out: they say where a result went, not what it is.
    """
    kept = {k: v for k, v in data.get("arguments", {}).items() if k not in ("json", "figure")}
    data = data | {"arguments": kept}
    text = json.dumps({"machine": machine()} | data, indent=1)
    if shows:
        sys.stdout.write(text + "\n")
    if path:
        Path(path).write_text(text + "\n")
