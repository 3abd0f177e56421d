"""Options of the whole test suite, and a program cache of its own."""

import os
import signal
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# No test measures time, also not hypothesis on a busy machine.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

# A suite that is started in the background (nohup, &) ignores these, and so would the commands
# that it starts and interrupts.
for _number in (signal.SIGINT, signal.SIGHUP):
    if signal.getsignal(_number) == signal.SIG_IGN:
        signal.signal(_number, signal.SIG_DFL)

# Programs are compiled once for all tests and workers, and never in the user's cache.
os.environ.setdefault("LATERALNET_CACHE", str(Path(__file__).parent.parent / ".test-cache"))


def pytest_addoption(parser):
    parser.addoption("--run-slow", action="store_true", help="run tests that take minutes")


def pytest_collection_modifyitems(config, items):
    if config.getoption("--run-slow"):
        return
    skip = pytest.mark.skip(reason="takes minutes; run with --run-slow")
    for item in items:
        if "slow" in item.keywords:
            item.add_marker(skip)


@pytest.fixture
def lateralnet(monkeypatch, capsys, tmp_path):
    """Call the command line in an empty folder; returns (exit code, stdout, stderr)."""
    from lateralnet.cli import program

    monkeypatch.chdir(tmp_path)

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["lateralnet", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            program.main()
        shown = capsys.readouterr()
        return ended.value.code, shown.out, shown.err

    return call
