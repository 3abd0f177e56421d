"""Options of the whole test suite, and a program cache of its own."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# No test measures time, also not hypothesis on a busy machine.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

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
