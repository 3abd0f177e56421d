"""Tools and programs as child processes: bounded threads, their end told in words."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from backends.errors import ProgramRunError
from backends.host.portable import KILL

_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
# Under make, these would carry its targets and settings into the makefiles that are run here.
_OF_MAKE = ("MAKEFLAGS", "MFLAGS", "MAKEOVERRIDES", "MAKELEVEL")


def environment() -> dict[str, str]:
    """Return the environment of every child: ours, one thread, nothing of a `make` around us."""
    kept = {name: value for name, value in os.environ.items() if name not in _OF_MAKE}
    return {**kept, **_ONE_THREAD}


def run_child(
    command: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    what: str,
) -> str:
    """Run `command` and return what it printed.

    Raises
    ------
    ProgramRunError
        When it cannot be started, ends with another code than 0, or is killed; with the reason
        in words and the end of its output.
    """
    try:
        done = subprocess.run(
            list(command),
            cwd=cwd,
            env={**environment(), **(env or {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            errors="replace",
            check=False,
        )
    except OSError as error:
        raise ProgramRunError(f"{what} could not be started ({command[0]}): {error}.") from None
    if done.returncode != 0:
        raise ProgramRunError(f"{what} {describe_exit(done.returncode)}.{tail(done.stdout)}")
    return done.stdout


def describe_exit(code: int) -> str:
    """Say what an exit code of a child means."""
    if code == -KILL:
        return (
            "was killed with SIGKILL, most likely by the out-of-memory killer; "
            "free memory, or run fewer jobs or replicas at once"
        )
    if code > 128 and code - 128 in set(signal.Signals):  # it cleaned up before it ended
        code = 128 - code
    if code < 0:
        return f"was ended by signal {signal.Signals(-code).name}"
    return f"failed with exit code {code}"


def tail(output: str, lines: int = 15) -> str:
    """Return the last lines of an output as the end of an error message."""
    text = "\n".join(output.strip().splitlines()[-lines:])
    return f" Its last words:\n{text}" if text else ""
