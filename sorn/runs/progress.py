"""Progress of a run: the line on standard error, and a Control-C that waits for whole steps."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sorn.errors import ParameterError

INTERVAL_S = 0.5
Progress = Callable[[int, int], bool | None]
"""``progress(steps_done, steps)``; returning True stops the run."""


def progress_meter(unit: str = "steps") -> Callable[[int, int], None]:
    """Function that keeps a line on standard error: what is done, share, estimated time left."""
    started = time.monotonic()
    shown = started

    def show(done: int, total: int) -> None:
        nonlocal shown
        now = time.monotonic()
        if done < total and now - shown < INTERVAL_S:
            return
        shown = now
        left = (now - started) / done * (total - done)
        end = "\n" if done == total else ""
        line = f"\r{done}/{total} {unit}, {100 * done / total:.0f} %, ETA {left:.0f} s  {end}"
        sys.stderr.write(line)
        sys.stderr.flush()

    return show


def as_meter(progress: Progress | bool | None) -> Progress | None:
    """The function that ``progress=`` means: True is `progress_meter`.

    Raises
    ------
    ParameterError
        If it is neither True, False, None nor a function.
    """
    if progress is None or progress is False:
        return None
    if progress is True:
        return progress_meter()
    if not callable(progress):
        raise ParameterError(f"progress={progress!r}; give True or a function of (done, steps)")
    return progress


@contextmanager
def interrupt_deferred(needed: bool = True) -> Iterator[None]:
    """Let a Control-C wait for the end of the block, so that no step is left half done."""
    if not needed or threading.current_thread() is not threading.main_thread():
        yield
        return
    waiting: list[int] = []
    usual = signal.signal(signal.SIGINT, lambda number, _: waiting.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, usual)
    if waiting:
        signal.raise_signal(signal.SIGINT)
