"""Options of the whole test suite."""

import pytest


def pytest_addoption(parser):
    parser.addoption("--run-slow", action="store_true", help="run tests that take minutes")


def pytest_collection_modifyitems(config, items):
    if config.getoption("--run-slow"):
        return
    skip = pytest.mark.skip(reason="takes minutes; run with --run-slow")
    for item in items:
        if "slow" in item.keywords:
            item.add_marker(skip)
