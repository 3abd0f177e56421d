"""One thread for linear algebra, unless the user says otherwise."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

THREADS = Path("/proc/self/task")
CODE = f"""
import os
from lateralnet.cli.program import use_one_blas_thread
print(use_one_blas_thread())
import numpy as np
a = np.ones((300, 300))
a @ a
print(len(os.listdir({str(THREADS)!r})))
"""


def _run(**environment):
    """Return whether one thread was chosen, and how many there are after a product."""
    kept = {k: v for k, v in os.environ.items() if not k.endswith("_NUM_THREADS")}
    shown = subprocess.run(
        [sys.executable, "-c", CODE],
        env={**kept, **environment},
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    ).stdout.split()
    return shown[0] == "True", int(shown[1])


@pytest.mark.skipif(not THREADS.is_dir(), reason="threads are counted in /proc")
def test_one_thread_is_used_unless_the_user_chooses():
    assert _run() == (True, 1)
    cores = len(os.sched_getaffinity(0))
    assert _run(OPENBLAS_NUM_THREADS="2") == (False, min(2, cores))
    assert _run(OMP_NUM_THREADS="1")[0] is False
