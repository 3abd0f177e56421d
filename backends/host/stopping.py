"""SIGTERM and SIGHUP as an exception, so that everything open is closed as after Ctrl-C."""

from __future__ import annotations

import signal
from types import FrameType


class Stopped(KeyboardInterrupt):
    """Somebody asked this process to end.

    Attributes
    ----------
    signal : int
        How.
    """

    def __init__(self, number: int) -> None:
        super().__init__(f"stopped by {signal.Signals(number).name}")
        self.signal = number


def stop_on_signals() -> None:
    """Raise `Stopped` in the main thread for SIGTERM and SIGHUP.

    A signal that the caller has set to be ignored (``nohup``) stays so.
    """
    for name in ("SIGTERM", "SIGHUP"):  # Windows has no SIGHUP
        number = getattr(signal, name, None)
        if number is None:
            continue
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _raise)


def _raise(number: int, frame: FrameType | None) -> None:
    raise Stopped(number)
