"""Everything starts, and all that needs no compiler works, where Python lacks what is POSIX only.

What runs here is Linux with those modules and names taken away: a stand-in for Windows, on which
nothing was run.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tiny import tiny_flags

ROOT = Path(__file__).parents[2]
WITHIN_S = 300

TAKE_AWAY = """
import os, signal, sys
for name in ("fcntl", "resource", "termios", "tty", "pty", "pwd", "grp", "syslog"):
    sys.modules[name] = None
for owner, names in {
    os: ("geteuid", "getloadavg", "O_NOFOLLOW", "O_CLOEXEC", "O_DIRECTORY", "killpg",
         "sched_getaffinity", "wait4", "fork", "getpgid", "setsid"),
    signal: ("SIGHUP",),
}.items():
    for name in names:
        if hasattr(owner, name):
            delattr(owner, name)
sys.path.insert(0, %r)
""" % str(ROOT)  # fmt: skip  # noqa: UP031
IMPORT_ALL = """
import importlib, pkgutil
import backends, lateralnet, sorn
for package in (backends, lateralnet, sorn):
    for found in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        if found.name.endswith("__main__") or found.name in GENERATORS:
            continue
        importlib.import_module(found.name)
        print(found.name)
"""
# These run in the interpreter of a device, which needs a compiler anyway, and load its package;
# the node loads ReservoirPy.
GENERATORS = {
    "backends.cuda.generate", "backends.genn.generate", "backends.host.boot",
    "sorn.readouts.reservoirpy_node",
}  # fmt: skip


def _python(code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    # Python looks for this module when it starts, in the processes that ours start as well.
    place = folder / "taken_away"
    place.mkdir(exist_ok=True)
    (place / "sitecustomize.py").write_text(TAKE_AWAY)
    return subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False,
        timeout=WITHIN_S,
        # Others, who know locks, take folders without one for abandoned: not where they look.
        env={**os.environ, "PYTHONPATH": str(place), "LATERALNET_SCRATCH": str(folder)},
    )  # fmt: skip


def _command(arguments: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    return _python(
        f"import sys\nsys.argv = ['lateralnet', *{arguments!r}]\n"
        "from lateralnet.cli.program import main\nmain()\n",
        folder,
    )


def test_every_module_can_be_imported(tmp_path):
    done = _python(f"GENERATORS = {GENERATORS!r}\n" + IMPORT_ALL, tmp_path)
    assert done.returncode == 0, done.stderr[-2000:]
    assert {"backends.host.portable", "lateralnet.runs.job", "sorn.network"} <= set(
        done.stdout.split()
    )


def test_what_only_some_systems_have_is_asked_for_in_one_place():
    """NumPy needs `os.uname` on Linux, so it cannot be taken away above."""
    words = re.compile(r"os\.uname|^\s*import (fcntl|resource)\b|os\.getloadavg|ru_maxrss", re.M)
    found = {
        str(path.relative_to(ROOT))
        for room in ("backends", "lateralnet", "sorn")
        for path in (ROOT / room).rglob("*.py")
        if words.search(path.read_text())
    }
    assert found == {"backends/host/portable.py"}


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (["--version"], "lateralnet"),
        (["params", "--mode", "ll_fast"], "--n-mon"),
        (["devices"], "runtime"),
        (["doctor", "--device", "runtime"], "runtime"),
        (["sorn", "--help"], "Self-organising"),
        (["cache", "list"], ""),
    ],
)
def test_a_command_works(tmp_path, monkeypatch, arguments, shown):
    monkeypatch.setenv("LATERALNET_CACHE", str(tmp_path / "cache"))
    done = _command(arguments, tmp_path)
    assert done.returncode == 0, done.stderr[-2000:]
    assert shown in done.stdout


def test_a_run_is_made_drawn_and_evaluated(tmp_path):
    pytest.importorskip("brian2")
    flags = tiny_flags(n_training_trials=2, trial_duration_s=0.05)
    for arguments in (
        ["run", "--device", "runtime", "--run-name", "x", "--no-figures", *flags],
        ["plot", "Runs/x"],
        ["evaluate", "Runs/x", "--device", "runtime"],
    ):
        done = _command(arguments, tmp_path)
        assert done.returncode == 0, (arguments, done.stderr[-2000:])
    assert list((tmp_path / "Runs/x").rglob("*.png"))
