"""One thread for linear algebra.

Our matrices are small: a second thread of the linear algebra library makes products of them no
faster, but keeps another core busy waiting, which a second job on that core pays for. Two such
threads on a busy machine took three times as long as one.
"""

from __future__ import annotations

import os

_CHOSEN_BY_USER = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS")


def use_one_blas_thread() -> bool:
    """Give NumPy's OpenBLAS one thread, unless the user has chosen; return whether it was done.

    The environment is read when NumPy is loaded, which the command line does later than this.
    """
    if any(name in os.environ for name in _CHOSEN_BY_USER):
        return False
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    return True
