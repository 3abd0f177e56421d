"""Devices are asked for in the form of each library, and refused in one sentence."""

import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from sorn import BackendError, Network
from sorn.engines.devices import open_library
from tests.sorn.sorn_helpers import assert_states_equal, require_backend


def test_a_pytorch_without_a_gpu_says_so_in_one_sentence():
    require_backend("torch")
    torch = pytest.importorskip("torch")
    if torch.cuda.is_available():
        pytest.skip("this machine has a GPU")
    with pytest.raises(BackendError, match=r"^backend 'torch' has no device 'cuda:0': .* no GPU"):
        Network(ne=50, seed=1, backend="torch", device="cuda:0")
    with pytest.raises(BackendError, match="knows no device 'gpu7'; give 'cpu', 'cuda'"):
        Network(ne=50, seed=1, backend="torch", device="gpu7")
    network = Network(ne=50, seed=1, backend="torch", device="cpu")
    assert network.step().shape == (50,)


def test_jax_takes_a_platform_and_a_number():
    require_backend("jax")
    library = open_library("jax", "cpu:0")
    assert library.device.platform == "cpu"
    with pytest.raises(BackendError, match=r"'jax' has no device 'tpu:3'; it has cpu:0"):
        open_library("jax", "tpu:3")


def test_jax_needs_double_precision_to_count_sites():
    require_backend("jax")
    import jax

    jax.config.update("jax_enable_x64", False)
    try:
        with pytest.raises(BackendError, match="jax_enable_x64"):
            Network(ne=50, seed=1, backend="jax")
        network = Network(ne=50, seed=1, backend="jax", dtype="float32", sp_rate=1.0)
        with pytest.raises(BackendError, match=r"counts sites in float64.*freeze 'sp'"):
            network.step()
        frozen = Network(ne=50, seed=1, backend="jax", dtype="float32", freeze="sp")
        assert frozen.step().shape == (50,)
    finally:
        jax.config.update("jax_enable_x64", True)


def test_compiled_libraries_need_seeds_of_their_own():
    require_backend("jax")
    network = Network(ne=50, rng="published", backend="jax", sp_rate=1.0)
    with pytest.raises(BackendError, match="needs seed= or rng="):
        network.step()


@pytest.fixture
def fake_cupy(monkeypatch):
    """A CuPy that sees one GPU and remembers which device is in use."""
    used = []

    class Device:
        def __init__(self, number):
            self.number = number

        def use(self):
            used.append(self.number)

    runtime = SimpleNamespace(getDeviceCount=lambda: 1, CUDARuntimeError=RuntimeError)
    cupy = ModuleType("cupy")
    cupy.cuda = SimpleNamespace(Device=Device, runtime=runtime)
    compat = ModuleType("array_api_compat.cupy")
    compat.asarray = lambda values, dtype=None, device=None: np.asarray(values, dtype)
    monkeypatch.setitem(sys.modules, "cupy", cupy)
    monkeypatch.setitem(sys.modules, "array_api_compat.cupy", compat)
    return used


@pytest.mark.parametrize("device", [None, 0, "0", "cuda:0", "gpu:0"])
def test_cupy_takes_a_number_and_computes_there(device, fake_cupy):
    assert open_library("cupy", device).device.number == 0
    assert fake_cupy == [0]


@pytest.mark.parametrize(
    ("device", "message"),
    [("cuda:1", "no device 'cuda:1'; it sees 1 GPU"), ("cpu", "knows no device 'cpu'")],
)
def test_cupy_refuses_what_it_has_not(device, message, fake_cupy):
    with pytest.raises(BackendError, match=message):
        open_library("cupy", device)
    assert fake_cupy == []


@pytest.mark.slow
def test_torch_compile_gives_the_same_run():
    require_backend("torch_compiled")
    options = {"ne": 50, "nu": 4, "seed": 3, "sp_rate": 1.0}
    inputs = np.random.default_rng(1).random((4, 30))
    plain, compiled = Network(**options), Network(backend="torch_compiled", **options)
    np.testing.assert_array_equal(
        plain.run(inputs)["excitatory"], compiled.run(inputs)["excitatory"]
    )
    assert_states_equal(plain.state, compiled.state, atol=1e-12)
