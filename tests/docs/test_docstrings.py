"""The examples in docstrings run and give what they say."""

import doctest
import importlib
import importlib.util
import pkgutil
from pathlib import Path

import pytest

import backends
import lateralnet
import sorn


def _modules():
    for package in (lateralnet, backends, sorn):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            spec = importlib.util.find_spec(found.name)
            if spec is not None and spec.origin and ">>>" in Path(spec.origin).read_text():
                yield found.name


# Needs a package that is no dependency; its own test runs where that is installed.
@pytest.mark.parametrize("name", [n for n in _modules() if not n.endswith("reservoirpy_node")])
def test_examples(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    outcome = doctest.testmod(importlib.import_module(name))
    assert outcome.failed == 0
