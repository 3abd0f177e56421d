"""Golden runs and array libraries, shared by the tests of sorn."""

# ruff: noqa: NPY002 - the published package draws from the global generators

import ast
import importlib
import random
from pathlib import Path

import numpy as np
import pytest

from sorn import Simulator, Trainer
from sorn.state import STATE_KEYS

GOLDEN = Path(__file__).parents[1] / "golden" / "sorn"
GOLDEN_RUNS = sorted(path.stem for path in GOLDEN.glob("G*.npz"))


class GoldenRun:
    """One recorded run of the published package."""

    def __init__(self, name):
        with np.load(GOLDEN / f"{name}.npz", allow_pickle=False) as file:
            self.data = {key: file[key] for key in file.files}
        self.meta = ast.literal_eval(str(self.data["meta"]))
        self.start = {key: self.data[f"in_{key}"] for key in STATE_KEYS}
        self.end = {key: self.data[f"out_{key}"] for key in STATE_KEYS}

    def run(self, callbacks, **options):
        """The same run with this package."""
        meta = self.meta
        names = ("ne", "nu", "eta_stdp", "eta_inhib", "eta_ip", "te_max", "te_min", "mu_ip")
        if meta["seeds"]:
            np.random.seed(meta["seeds"][0])
            random.seed(meta["seeds"][1])
        runner = Trainer if meta["trainer"] else Simulator
        return runner.run(
            inputs=self.data["inputs"],
            phase=meta["phase"],
            state=self.start,
            timesteps=meta["T"],
            noise=meta["noise"],
            freeze=meta["freeze"],
            callbacks=callbacks,
            **{"clip_te": meta["version"] == "0.7.4"} | options,
            **{name: meta[name] for name in names},
        )


def require_backend(name):
    """Skip with the reason when an optional library is not installed."""
    if name in ("numpy",):
        return
    try:
        importlib.import_module("torch" if name == "torch_compiled" else name)
        if name in ("torch", "torch_compiled", "cupy"):
            importlib.import_module("array_api_compat")
    except ImportError as error:
        pytest.skip(f"backend {name} not tested: {error}")
    if name.startswith("torch"):
        import torch

        torch.set_num_threads(1)  # its threads wait for each other on a machine that is busy
    if name == "jax":
        import jax

        jax.config.update("jax_enable_x64", True)


def assert_states_equal(first, second, atol=0.0):
    for key in STATE_KEYS:
        np.testing.assert_allclose(first[key], second[key], rtol=0, atol=atol, err_msg=key)
