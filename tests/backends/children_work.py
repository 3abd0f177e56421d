"""Functions that tests call in child processes; see `backends.host.children`."""

import os
import signal
import subprocess
import sys
import time
import warnings
from pathlib import Path

from backends.errors import BackendWarning, ProgramRunError


def talk(request, link):
    print("stray", flush=True)
    os.write(1, b"{not json\n")
    sys.stderr.write("noise\n")
    for number in range(request["n"]):
        link.say(number=number)


def warn(request, link):
    warnings.warn("the cache is read-only.", BackendWarning, stacklevel=1)
    warnings.warn("of another library", RuntimeWarning, stacklevel=1)


def where(request, link):
    import backends
    import lateralnet

    link.say(
        path=sys.path, cwd=os.getcwd(), backends=backends.__file__, lateralnet=lateralnet.__file__,
        version=list(sys.version_info[:2]),
    )  # fmt: skip


def fail(request, link):
    if request == "in words":
        raise ProgramRunError("the make failed.")
    if request == "by a bug":
        raise ValueError("no such thing")
    if request == "out of memory":
        raise MemoryError
    if request == "killed":
        sys.stderr.write("the last words\n")
        sys.stderr.flush()
        os.kill(os.getpid(), signal.SIGKILL)
    if request == "terminated":
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(60)


def wait(request, link):
    """Start a program, tell its pid, and wait; leave a mark when there was time to clean up."""
    program = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"])
    try:
        link.say(pid=os.getpid(), program=program.pid)
        time.sleep(300)
    finally:
        Path(request["mark"]).touch()


def hang(request, link):
    """Wait without ever listening to a signal."""
    sys.modules["__main__"]._GRACE_S = 0.1
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    link.say(pid=os.getpid())
    time.sleep(300)


def echo(request, link):
    for line in link.requests():
        if line == "end":
            sys.exit("enough")
        link.say(heard=line)
