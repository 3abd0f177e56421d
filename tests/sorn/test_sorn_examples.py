"""The examples in the docstrings of the package run and show what they say."""

import doctest
import importlib
import importlib.util
from pathlib import Path

import matplotlib
import pytest

import sorn

matplotlib.use("Agg")

FOLDER = Path(sorn.__file__).parent
MODULES = [
    ".".join(path.relative_to(FOLDER.parent).with_suffix("").parts).removesuffix(".__init__")
    for path in sorted(FOLDER.rglob("*.py"))
    if ">>>" in path.read_text(encoding="utf-8")
    and (path.stem != "reservoirpy_node" or importlib.util.find_spec("reservoirpy"))
]


@pytest.mark.parametrize("name", MODULES)
def test_examples_of_docstrings_run(name):
    if "readouts" in name:
        pytest.importorskip("sklearn", reason="the example uses scikit-learn")
    failed, attempted = doctest.testmod(importlib.import_module(name))
    assert (failed, attempted > 0) == (0, True)


def test_examples_are_found():
    assert {"sorn.network", "sorn.published.initializer", "sorn.plots.plotter"} <= set(MODULES)
