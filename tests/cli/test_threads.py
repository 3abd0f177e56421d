"""One thread for linear algebra, unless the user says otherwise."""

import os
import subprocess
import sys

CODE = """
import time
from lateralnet.cli.program import use_one_blas_thread
print(use_one_blas_thread())
import numpy as np
a = np.ones((1500, 1500))
began, cpu = time.perf_counter(), time.process_time()
for _ in range(6): a @ a
print((time.process_time() - cpu) / (time.perf_counter() - began))
"""


def _run(**environment):
    kept = {k: v for k, v in os.environ.items() if not k.endswith("_NUM_THREADS")}
    shown = subprocess.run(
        [sys.executable, "-c", CODE],
        env={**kept, **environment},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    return shown[0] == "True", float(shown[1])


def test_one_thread_is_used():
    done, cores = _run()
    assert done
    assert cores < 1.2


def test_the_choice_of_the_user_stays():
    assert _run(OPENBLAS_NUM_THREADS="2")[0] is False
