"""A progress line for the ``progress=`` argument of a run."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

INTERVAL_S = 0.5


def progress_meter() -> Callable[[int, int], None]:
    """Function that keeps a line on standard error: steps done, share, estimated time left."""
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
        line = f"\r{done}/{total} steps, {100 * done / total:.0f} %, ETA {left:.0f} s  {end}"
        sys.stderr.write(line)
        sys.stderr.flush()

    return show
