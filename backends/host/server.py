"""A child process that answers one line with one line until it is no longer needed."""

from __future__ import annotations

import contextlib
import os
import subprocess
import threading
import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path

from backends.errors import ProgramRunError
from backends.host.portable import cpu_s, peak_memory_mb
from backends.host.process import describe_exit, environment, tail

DONE = "done"
_PATIENCE_S = 10.0
_alive: weakref.WeakSet[Server] = weakref.WeakSet()


class Server:
    """A running child.

    Parameters
    ----------
    command : sequence of str
        What to start. It ends when its standard input is closed.
    cwd : Path
        Where.
    what : str
        What it is, for messages.
    variables : mapping, optional
        Its environment, beside ours.
    """

    def __init__(
        self,
        command: Sequence[str],
        cwd: Path,
        what: str,
        variables: Mapping[str, str] | None = None,
    ) -> None:
        self._what = what
        self._busy = threading.Event()
        try:
            self._child = subprocess.Popen(
                list(command),
                cwd=cwd,
                env={**environment(), **(variables or {})},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                start_new_session=True,  # Ctrl-C is for the parent
            )
        except OSError as error:
            raise ProgramRunError(f"{what} could not be started ({command[0]}): {error}.") from None
        self._finalizer = weakref.finalize(self, _end, self._child, self._busy)
        _alive.add(self)

    def ask(self, request: str) -> None:
        """Send a line and wait until the child has done it.

        Raises
        ------
        ProgramRunError
            When it ends instead, or says anything else; with its output.
        """
        child = self._child
        if child.returncode is not None:
            raise ProgramRunError(f"{self._what} has ended.")
        assert child.stdin is not None and child.stdout is not None
        self._busy.set()
        try:
            child.stdin.write(request + "\n")
            child.stdin.flush()
            answer = child.stdout.readline()
        except OSError:  # it has ended; why is told below
            answer = ""
        self._busy.clear()
        if answer.strip() == DONE:
            return
        with contextlib.suppress(OSError):
            child.stdin.close()
        output = answer + child.stdout.read()
        code = child.wait()
        self.close()
        how = describe_exit(code) if code else "did not do what it should"
        raise ProgramRunError(f"{self._what} {how}.{tail(output)}")

    def close(self) -> None:
        """Let the child end."""
        self._finalizer()
        _alive.discard(self)

    def usage(self) -> tuple[float, float]:
        """Seconds of CPU and largest resident memory (MB) of the child so far."""
        process = Path("/proc") / str(self._child.pid)
        try:
            fields = (process / "stat").read_text().rpartition(")")[2].split()
            lines = (process / "status").read_text().splitlines()
        except OSError:
            return 0.0, 0.0
        ticks = int(fields[11]) + int(fields[12])
        peak_kb = [int(line.split()[1]) for line in lines if line.startswith("VmHWM:")]
        return ticks / os.sysconf("SC_CLK_TCK"), max(peak_kb, default=0) / 1024


def _end(child: subprocess.Popen[str], busy: threading.Event) -> None:
    if busy.is_set():  # interrupted in the middle of a segment that nobody will read
        child.kill()
    for stream in (child.stdin, child.stdout):
        with contextlib.suppress(OSError):
            if stream is not None:
                stream.close()
    try:
        child.wait(_PATIENCE_S)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def children_usage() -> tuple[float, float]:
    """Seconds of CPU of all children, and the largest resident memory (MB) of any of them."""
    used_s, peak_mb = cpu_s(children=True), peak_memory_mb(children=True)
    for server in list(_alive):
        server_cpu_s, server_peak_mb = server.usage()
        used_s, peak_mb = used_s + server_cpu_s, max(peak_mb, server_peak_mb)
    return used_s, peak_mb
