"""Signals: SIGTERM and SIGHUP end as Ctrl-C does, Ctrl-Z lets the children pause too."""

from __future__ import annotations

import os
import signal
from types import FrameType

from backends.host.children import signal_children


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
    """Raise `Stopped` in the main thread for SIGTERM and SIGHUP; pause children with Ctrl-Z.

    A signal that the caller has set to be ignored (``nohup``) stays so.
    """
    for name in ("SIGTERM", "SIGHUP"):  # Windows has no SIGHUP
        number = getattr(signal, name, None)
        if number is None:
            continue
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _raise)
    if hasattr(signal, "SIGTSTP") and signal.getsignal(signal.SIGTSTP) is signal.SIG_DFL:
        signal.signal(signal.SIGTSTP, _pause)


def _pause(number: int, frame: FrameType | None) -> None:
    """Stand still, and let the children, which the terminal does not reach, do the same."""
    signal_children(signal.SIGSTOP)
    os.kill(os.getpid(), signal.SIGSTOP)  # returns when somebody says `fg`
    signal_children(signal.SIGCONT)


def _raise(number: int, frame: FrameType | None) -> None:
    raise Stopped(number)
