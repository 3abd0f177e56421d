"""One thread for linear algebra.

Our matrices are small: a second thread of the linear algebra library makes products of them no
faster, but keeps another core busy waiting, which a second job on that core pays for. Two such
threads on a busy machine took three times as long as one.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
from pathlib import Path

_CHOSEN_BY_USER = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS")
_SETTERS = tuple(
    f"{prefix}openblas_set_num_threads{suffix}"
    for prefix in ("", "scipy_")
    for suffix in ("", "64_", "_64")
)


def use_one_blas_thread() -> bool:
    """Give NumPy's OpenBLAS one thread, unless the user has chosen; return whether it was done.

    NumPy has no call for it, and the environment is read only when NumPy is loaded.
    """
    if any(name in os.environ for name in _CHOSEN_BY_USER):
        return False
    done = False
    for library in _loaded_openblas():
        for name in _SETTERS:
            setter = getattr(library, name, None)
            if setter is not None:
                setter(1)
                done = True
    return done


def _loaded_openblas() -> list[ctypes.CDLL]:
    """Libraries of OpenBLAS in this process; none where they cannot be listed (not Linux)."""
    with contextlib.suppress(OSError):
        lines = Path("/proc/self/maps").read_text().splitlines()
        paths = {line.split(maxsplit=5)[5] for line in lines if "openblas" in line}
        return [ctypes.CDLL(path) for path in sorted(paths)]
    return []
