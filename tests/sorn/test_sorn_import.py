"""Importing sorn is cheap and leaves no trace; its names are complete."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import sorn

PROBE = """
import logging, os, sys
import sorn
heavy = ("matplotlib", "numba", "scipy", "torch", "click", "sklearn", "lateralnet", "backends")
loaded = [m for m in heavy
          if m in sys.modules]
assert not loaded, loaded
assert not logging.getLogger().handlers
assert not logging.getLogger("sorn").handlers
assert not os.listdir("."), os.listdir(".")
sorn.Simulator.run(timesteps=3, ne=50, seed=1)
assert not os.listdir("."), os.listdir(".")
assert "matplotlib" not in sys.modules
assert sorn.Plotter.raster_plot
assert "matplotlib" in sys.modules
assert not [m for m in ("lateralnet", "backends") if m in sys.modules]
"""


def test_import_loads_numpy_only_and_writes_nothing(tmp_path):
    paths = [path for path in sys.path if path]
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", f"import sys; sys.path[:0] = {paths!r}\n{PROBE}"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout == ""
    assert result.stderr == ""


def test_exported_names_are_complete():
    assert {name for name in sorn.__all__ if not hasattr(sorn, name)} == set()
    assert set(sorn.__all__) >= {"Simulator", "Trainer", "Plotter", "Statistics", "Initializer"}
    assert set(dir(sorn)) - set(sorn.__all__) == {"callbacks", "sorn", "utils"}
    with pytest.raises(AttributeError, match="has no attribute 'Ploter'"):
        _ = sorn.Ploter


def test_annotations_name_arrays_as_numpy_1_26_accepts_them():
    bare = []
    for path in Path(sorn.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            parts = [getattr(node, name, None) for name in ("annotation", "returns")]
            bare += [
                f"{path}:{part.lineno}"
                for part in parts
                if part and "np.ndarray" in ast.unparse(part)
            ]
    assert not bare, "write sorn.arrays.NumpyArray"
