"""Python functions in processes of their own: builds, seeds of a run, tasks of a sweep.

All of them start here, so that all have the same protection:

* their import path holds neither the working directory nor the folder of a script, and our
  packages are those of the parent, also in another interpreter (3.10 or newer);
* they answer in lines of JSON on a descriptor of their own, so that nothing printed can mix;
* they end with the parent, however that ended, and take along what they had started; on Linux
  also when they were stopped by Ctrl-Z;
* Ctrl-C reaches the parent alone, which ends them; they remove their scratch folders;
* what they print is shown only when they fail.

The other side is `backends.host.boot`.
"""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import subprocess
import sys
import tempfile
import threading
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from backends.errors import BackendWarning, ProgramRunError
from backends.host.portable import KILL
from backends.host.process import describe_exit, environment, tail

_BOOT = Path(__file__).with_name("boot.py")
_ROOT = Path(__file__).resolve().parents[2]
_PATIENCE_S = 10.0  # with a child that was asked to end
_alive: set[Child] = set()
_lock = threading.RLock()  # a signal may come while it is held


class ChildError(ProgramRunError):
    """A child failed.

    Attributes
    ----------
    told : bool
        Whether the child said why; otherwise it was killed or could not be started.
    """

    def __init__(self, message: str, *, told: bool) -> None:
        super().__init__(message)
        self.told = told


class Child:
    """A function in a process of its own.

    Parameters
    ----------
    function : str
        ``"module:function"``, called there with the request and a `backends.host.boot.Link`.
    request : object
        What pickles; plain values for another interpreter.
    what : str
        What it is, for messages.
    python : str
        Its interpreter.
    cwd : Path, optional
        Its working directory; ours by default.
    holds : sequence of int
        Descriptors that it keeps open, such as a lock that is free only when it has ended too.

    Raises
    ------
    ChildError
        When it cannot be started.
    """

    def __init__(
        self,
        function: str,
        request: Any,
        *,
        what: str,
        python: str = sys.executable,
        cwd: Path | None = None,
        holds: Sequence[int] = (),
    ) -> None:
        self._what, self._error = what, ""
        ours = python == sys.executable
        receiving, sending = os.pipe()
        start = {"function": function, "descriptor": sending, "path": _path() if ours else None}
        variables = environment()
        if not ours:  # compiled libraries of two interpreters must not mix
            variables.pop("PYTHONPATH", None)
        try:
            self._words = tempfile.TemporaryFile("w+", errors="replace")  # noqa: SIM115
            self._child = subprocess.Popen(
                [python, str(_BOOT), json.dumps(start)],
                cwd=cwd,
                env=variables,
                stdin=subprocess.PIPE,
                stdout=self._words,
                stderr=self._words,
                pass_fds=(sending, *holds),
                start_new_session=True,
            )
        except OSError as error:
            os.close(receiving)
            raise ChildError(f"{what} could not be started ({error}).", told=False) from None
        finally:
            os.close(sending)
        self._answers = os.fdopen(receiving, encoding="utf-8")
        with _lock:
            _alive.add(self)
        content = pickle.dumps(request, protocol=4)
        self._send(len(content).to_bytes(8, "big") + content)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._child.pid

    def messages(self) -> Iterator[dict[str, Any]]:
        """Yield what the child says until it ends; then it is ended here too.

        Raises
        ------
        ChildError
            When it failed or was killed, with the end of what it printed.
        """
        try:
            while (message := self._next()) is not None:
                yield message
            self._check_end()
        finally:
            self.end()

    def ask(self, line: str) -> dict[str, Any]:
        """Send a line and return the answer.

        Raises
        ------
        ChildError
            When there is none.
        """
        self.send(line)
        return self.answer()

    def send(self, line: str) -> None:
        """Send a line; a child that has ended is told of by `answer`."""
        self._send(line.encode() + b"\n")

    def answer(self) -> dict[str, Any]:
        """Return the next that the child says.

        Raises
        ------
        ChildError
            When it ended instead.
        """
        message = self._next()
        if message is None:
            try:
                self._check_end()
            finally:
                self.end()
            raise ChildError(f"{self._what} ended without an answer.", told=False)
        return message

    def lives(self) -> bool:
        """Whether the child has not ended."""
        return self._child.poll() is None

    def stop(self) -> None:
        """Tell the child that nobody needs it any more; whoever reads from it sees it end."""
        assert self._child.stdin is not None
        with contextlib.suppress(OSError):
            self._child.stdin.close()

    def end(self) -> None:
        """End the child and all that it had started, and wait for it."""
        with _lock:
            _alive.discard(self)
        self.stop()
        try:
            self._child.wait(_PATIENCE_S)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._child.pid, KILL)
            self._child.wait()
        self._words.close()
        self._answers.close()

    def _next(self) -> dict[str, Any] | None:
        while (line := self._answers.readline()).endswith("\n"):
            message: dict[str, Any] = json.loads(line)
            if "note" in message:
                warnings.warn(message["note"], BackendWarning, stacklevel=4)
            elif list(message) == ["error"]:
                self._error = message["error"]
            else:
                return message
        return None

    def _check_end(self) -> None:
        code = self._child.wait()
        if self._error:
            raise ChildError(self._error, told=True)
        if code != 0:
            words = ""
            with contextlib.suppress(OSError):
                self._words.seek(0)
                words = self._words.read()
            raise ChildError(f"{self._what} {describe_exit(code)}.{tail(words)}", told=False)

    def _send(self, content: bytes) -> None:
        assert self._child.stdin is not None
        with contextlib.suppress(OSError):  # it has ended; why is told by `messages`
            self._child.stdin.write(content)
            self._child.stdin.flush()


def run_function(function: str, request: Any, **options: Any) -> None:
    """Call a function in a process of its own and wait for its end; see `Child`."""
    for _ in Child(function, request, **options).messages():
        pass


def end_children() -> None:
    """End all children of this process, whoever waits for them."""
    with _lock:
        children = list(_alive)
    for child in children:
        child.stop()


def signal_children(number: int) -> None:
    """Send a signal to all children of this process and to what they run in their group."""
    with _lock:
        children = list(_alive)
    for child in children:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, number)


def _path() -> list[str]:
    """The import path of this process without the working directory, unless ours is there."""
    try:
        here = os.path.realpath(os.getcwd())
    except FileNotFoundError:  # it was removed
        here = ""
    return [
        folder
        for folder in sys.path
        if folder and (os.path.realpath(folder) != here or here == str(_ROOT))
    ]
