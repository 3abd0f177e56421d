"""Importing sorn is cheap and leaves no trace; its names are complete."""

import subprocess
import sys

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
    assert set(sorn.__all__) <= set(dir(sorn))
    with pytest.raises(AttributeError, match="has no attribute 'Ploter'"):
        _ = sorn.Ploter
