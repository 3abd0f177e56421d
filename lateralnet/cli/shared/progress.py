"""Progress with the time left on stderr, for anything that takes more than two seconds."""

from __future__ import annotations

import contextlib
import io
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import TextIO

from lateralnet.cli.shared.study_progress import duration_text

_QUIET_S = 2.0
_REDRAW_S = 1.0  # on a terminal, so that elapsed time is seen to go on while compiling
_LINE_EVERY_S = 30.0  # where stderr is a file
_BAR = 20


class TimeLeft:
    """Estimates the time left from the pace since the work began to move.

    What comes before, such as building the program, does not count: fractions stand still there.
    """

    def __init__(self) -> None:
        self._since: tuple[float, float] | None = None  # time and fraction at the start
        self._moving = False

    def at(self, now_s: float, fraction: float) -> float | None:
        """Take in a fraction; return the seconds left, or None where no pace is known."""
        if self._since is None or (not self._moving and fraction == self._since[1]):
            self._since = (now_s, fraction)
            return None
        self._moving = True
        began_s, first = self._since
        if fraction <= first:
            return None
        return (1.0 - fraction) * (now_s - began_s) / (fraction - first)


class ProgressLine:
    """A callback ``(what, fraction)`` that draws one line; a context manager.

    `what` is a stage, and after a comma where in it the work stands ("training, trial 4 of 9").
    On a terminal one line is drawn again every second; in a file each new stage is a line, and
    then the last state every 30 s. Nothing is drawn in the first two seconds, nor when `quiet`.

    Parameters
    ----------
    quiet : bool
        Whether to say nothing.
    stream : text file, optional
        Where to draw; stderr by default.
    clock : callable, optional
        Seconds that go on.
    """

    def __init__(
        self,
        *,
        quiet: bool,
        stream: TextIO | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._stream = sys.stderr if stream is None else stream
        self._quiet = quiet or self._stream is None  # a command may be started without stderr
        self._stream = self._stream or io.StringIO()
        self._terminal = self._stream.isatty()
        self._clock = clock
        self._began = self._last_line = clock()
        self._what, self._fraction = "", 0.0
        self._left_s: float | None = None
        self._left_at = self._stage_began = self._began
        self._time_left = TimeLeft()
        self._stages: set[str] = set()
        self._width = 0
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._ticker = threading.Thread(target=self._tick, daemon=True)

    def __call__(self, what: str, fraction: float) -> None:
        """Show what is being done, and that `fraction` of the work is done."""
        if self._quiet:
            return
        with self._lock:
            now = self._clock()
            stage = what.partition(",")[0]
            if stage != self._what.partition(",")[0]:
                self._stage_began = now
            self._what, self._fraction = what, fraction
            self._left_s, self._left_at = self._time_left.at(now, fraction), now
        self.refresh()

    def refresh(self) -> None:
        """Draw the line if it is time to."""
        with self._lock:
            now = self._clock()
            if self._quiet or not self._what or now - self._began < _QUIET_S:
                return
            stage = self._what.partition(",")[0]
            if self._terminal:
                columns = shutil.get_terminal_size().columns - 1
                text = self._text(now)[:columns]
                self._stream.write("\r" + text.ljust(self._width))
                self._stream.flush()
                self._width = len(text)
            elif stage not in self._stages or now - self._last_line >= _LINE_EVERY_S:
                self._stages.add(stage)
                self._print(now)

    def _print(self, now: float) -> None:
        self._stream.write(self._text(now) + "\n")
        self._stream.flush()
        self._last_line = now

    def _text(self, now: float) -> str:
        left_s = self._left_s
        if left_s is not None:
            left_s = max(0.0, left_s - (now - self._left_at))
        return progress_text(self._what, self._fraction, now - self._stage_began, left_s)

    def _tick(self) -> None:
        while not self._stop.wait(_REDRAW_S):
            self.refresh()

    def __enter__(self) -> ProgressLine:
        if not self._quiet:
            self._ticker.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._stop.set()
        if self._ticker.is_alive():
            self._ticker.join()
        if self._width:
            self._stream.write("\n")
            self._stream.flush()


@contextlib.contextmanager
def working(what: str, *, quiet: bool = False) -> Iterator[None]:
    """Show how long something takes that has no parts to count."""
    with ProgressLine(quiet=quiet) as progress:
        progress(what, 0.0)
        yield


def progress_text(what: str, fraction: float, stage_s: float, left_s: float | None) -> str:
    """Return the line: with a bar and the time left, or the seconds of a stage without a pace.

    Examples
    --------
    >>> progress_text("building the program", 0.0, 12.3, None)
    'building the program, 12 s'
    >>> progress_text("training, trial 5 of 10", 0.5, 12.3, 14.0)
    'training, trial 5 of 10  [##########..........]  50 %, about 14 s left'
    """
    if left_s is None or fraction >= 1.0:
        return f"{what}, {duration_text(stage_s)}"
    filled = int(fraction * _BAR)
    bar = "#" * filled + "." * (_BAR - filled)
    # What takes longer than thought has no time left to tell, but goes on.
    time_text = f"about {duration_text(left_s)} left" if left_s > 0 else duration_text(stage_s)
    return f"{what}  [{bar}]  {100 * fraction:.0f} %, {time_text}"
