"""The child's side of `backends.host.children`: ``python boot.py START``.

START says in JSON which function to call, what the import path is, and on which descriptor the
parent listens. A request comes pickled on standard input, which the parent leaves open: further
lines on it are further requests, and its end means that the parent is gone.
"""

from __future__ import annotations

import os
import sys

# Before anything else is imported: Python puts the folder of this script first, or whatever the
# environment says, and a module there would be taken for one of the standard library.
_HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:] = [folder for folder in sys.path if folder and os.path.abspath(folder) != _HERE]

import importlib.util  # noqa: E402
import json  # noqa: E402
import pickle  # noqa: E402
import queue  # noqa: E402
import signal  # noqa: E402
import threading  # noqa: E402
import time  # noqa: E402
import traceback  # noqa: E402
import warnings  # noqa: E402
from collections.abc import Iterator  # noqa: E402
from typing import Any  # noqa: E402

PACKAGES = ("backends", "lateralnet")
ERROR_CODE = 1
_GRACE_S = 5.0  # to clean up when the parent is gone


class _Stopped(BaseException):
    """The parent is gone, or somebody asked this process to end."""


class Link:
    """What a function called here has of its parent."""

    def __init__(self, descriptor: int) -> None:
        self._out = os.fdopen(descriptor, "w", encoding="utf-8")
        self._lock = threading.Lock()
        self._requests: queue.SimpleQueue[str | None] = queue.SimpleQueue()

    def say(self, **message: Any) -> None:
        """Send a message; what the function prints otherwise cannot mix with it."""
        with self._lock:
            self._out.write(json.dumps(message) + "\n")
            self._out.flush()

    def requests(self) -> Iterator[str]:
        """Yield the lines that the parent sends after the first request, until it has no more."""
        yield from iter(self._requests.get, None)

    def listen(self) -> None:
        """Take lines in the background; end this process when there will be none any more."""
        rest = b""
        while content := os.read(0, 1 << 16):  # a buffered file would be locked at our exit
            *lines, rest = (rest + content).split(b"\n")
            for line in lines:
                self._requests.put(line.decode())
        self._requests.put(None)
        if hasattr(signal, "pthread_kill"):  # in this thread, it would not end what waits
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGTERM)
        else:
            os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(_GRACE_S)
        _end_group(getattr(signal, "SIGKILL", signal.SIGTERM))
        os._exit(ERROR_CODE)


def main() -> int:
    """Call the function; return the exit code."""
    start = json.loads(sys.argv[1])
    os.dup2(2, 1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent gets it too, and decides
    if start["path"] is not None:
        sys.path[:] = start["path"]
    link = Link(start["descriptor"])
    try:
        signal.signal(signal.SIGTERM, _stop)
        for name in PACKAGES:
            _load(name)
        importlib.import_module("backends.host.portable").wake_with_parent()
        return _call(start["function"], link)
    except _Stopped:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        _end_group(signal.SIGTERM)
        return 128 + signal.SIGTERM
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # the clean-up that follows is short


def _call(name: str, link: Link) -> int:
    from backends.errors import BackendError, BackendWarning

    show = warnings.showwarning

    def pass_on(message: Any, category: Any, *place: Any, **rest: Any) -> None:
        if issubclass(category, BackendWarning):
            link.say(note=str(message))
        else:
            show(message, category, *place, **rest)

    warnings.showwarning = pass_on
    request = pickle.loads(_read(int.from_bytes(_read(8), "big")))
    threading.Thread(target=link.listen, daemon=True).start()
    module, _, function = name.partition(":")
    try:
        getattr(importlib.import_module(module), function)(request, link)
    except BackendError as error:
        link.say(error=str(error))
    except MemoryError:
        link.say(error="out of memory.")
    except BrokenPipeError:  # nobody listens any more
        pass
    except Exception as error:
        traceback.print_exc()
        place = traceback.extract_tb(error.__traceback__)[-1]
        link.say(error=f"{type(error).__name__}: {error} ({place.filename}:{place.lineno})")
    else:
        return 0
    return ERROR_CODE


def _read(size: int) -> bytes:
    content = b""
    while len(content) < size:
        more = os.read(0, size - len(content))
        if not more:
            raise _Stopped
        content += more
    return content


def _load(name: str) -> None:
    """Import a package of ours from beside this file, whatever else has its name."""
    folder = os.path.join(os.path.dirname(os.path.dirname(_HERE)), name)
    spec = importlib.util.spec_from_file_location(
        name, os.path.join(folder, "__init__.py"), submodule_search_locations=[folder]
    )
    assert spec is not None and spec.loader is not None
    sys.modules[name] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)


def _stop(number: int, frame: Any) -> None:
    raise _Stopped


def _end_group(number: int) -> None:
    """Signal the compilers and programs that were started here."""
    if os.getpgrp() == os.getpid():
        os.killpg(0, number)
        os.killpg(0, signal.SIGCONT)  # a stopped one would not end


if __name__ == "__main__":
    sys.exit(main())
