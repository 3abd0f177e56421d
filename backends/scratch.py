"""Scratch folders in which a program runs: in memory where that is possible."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

_IN_MEMORY = Path("/dev/shm")


def make_scratch(n_bytes: int) -> Path:
    """Return a new folder with room for `n_bytes`, in memory if a tenth of it is enough."""
    parent = None
    if _IN_MEMORY.is_dir() and os.access(_IN_MEMORY, os.W_OK):
        free = shutil.disk_usage(_IN_MEMORY).free
        if free > 10 * n_bytes:
            parent = _IN_MEMORY
    return Path(tempfile.mkdtemp(prefix="lateralnet-run-", dir=parent))
