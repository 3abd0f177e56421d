"""The short form of the loop of faults: a sample of the calls of each operation."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.loop import BAD, faults, table

ROOT = Path(__file__).parents[2]
pytestmark = [
    pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler"),
    pytest.mark.skipif(shutil.which("g++") is None, reason="no C++ compiler (g++)"),
    pytest.mark.skipif(sys.platform != "linux", reason="calls are counted by LD_PRELOAD"),
]


@pytest.mark.parametrize(
    ("operation", "every"),
    [("build", 9), ("run", 89), ("resume", 97), ("multi-seed", 181), ("sweep", 97),
     ("evaluate", 53), ("export", 11)],
)  # fmt: skip
def test_a_fault_is_one_sentence_and_nothing_is_lost(operation, every):
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.loop", "--every", str(every), operation],
        cwd=ROOT, capture_output=True, text=True, timeout=600,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    (row,) = [line for line in done.stdout.splitlines() if line.startswith(f"| {operation}")]
    numbers = [int(cell) for cell in row.strip("| ").split("|")[1:]]
    assert numbers[1] >= 4 and numbers[1] == sum(numbers[2:])
    assert numbers[-len(BAD) :] == [0, 0, 0, 0]


def test_every_call_and_every_kind_of_fault_is_in_the_loop():
    calls = {"open": 2, "write": 1, "fsync": 0, "rename": 1, "mkdir": 0}
    found = list(faults(calls, 1))
    assert len(found) == len(set(found)) == 2 * 4 + 1 * 5 + 4
    assert {fault.mode for fault in found if fault.kind == "write"} == {
        "ENOSPC", "EIO", "EACCES", "half", "kill"
    }  # fmt: skip
    assert len(list(faults(calls, 3))) == 5


def test_the_table_adds_up():
    one = {"operation": "a", "calls": {"open": 3}, "outcomes": {"clean": 2, "lost": 1}, "bad": []}
    text = table([one, {**one, "operation": "b"}]).splitlines()
    assert text[-1] == "| all | 6 | 6 | 4 | 0 | 0 | 0 | 0 | 2 | 0 |"
