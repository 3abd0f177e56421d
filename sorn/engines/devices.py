"""Array libraries and their devices: each is asked in its own form, and says no in one sentence."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from sorn.arrays import NumpyArray
from sorn.errors import BackendError

Array = Any


@dataclass(frozen=True)
class Library:
    """An array library, ready to compute on one device.

    Attributes
    ----------
    name : str
        As ``backend=`` takes it.
    namespace : module
        Array API namespace.
    device : object or None
        In the library's own form; None leaves the choice to the library.
    compiler : callable or None
        Turns a function of arrays into a compiled one.
    """

    name: str
    namespace: Any
    device: Any = None
    compiler: Callable[[Any], Any] | None = None

    @property
    def compiles(self) -> bool:
        """Whether a step is compiled as a whole."""
        return self.compiler is not None

    def compiled(self, function: Any) -> Any:
        """`function`, compiled where the library does that; its third argument is a constant."""
        return function if self.compiler is None else self.compiler(function)

    def upload(self, values: Any, dtype: Any) -> Array:
        """Numbers of the host as an array on the device."""
        device = {} if self.device is None else {"device": self.device}
        kind = {} if dtype is None else {"dtype": dtype}
        array = np.ascontiguousarray(values).reshape(np.shape(values))
        return self.namespace.asarray(array, **kind, **device)

    @staticmethod
    def to_host(array: Array) -> NumpyArray:
        """NumPy array with the values of an array of any library; waits for the device."""
        if hasattr(array, "cpu"):
            return array.cpu().numpy()  # type: ignore[no-any-return]
        if hasattr(array, "get"):
            return array.get()  # type: ignore[no-any-return]
        return np.asarray(array)


def open_library(name: str, device: Any) -> Library:
    """The library and device that a user named.

    Parameters
    ----------
    name : {'numpy', 'torch', 'torch_compiled', 'cupy', 'jax', 'array_api_strict'}
    device : str or int, optional
        'cpu', 'cuda' or 'cuda:1' (PyTorch); 0, '0' or 'cuda:0' (CuPy); 'cpu', 'gpu' or 'gpu:1'
        (JAX).

    Raises
    ------
    BackendError
        If the library is missing or has no such device.
    """
    return _OPENERS[name](device)


def _torch(device: Any) -> Library:
    namespace, torch = _import("torch", "array_api_compat.torch"), _import("torch", "torch")
    if device is None:
        return Library("torch", namespace)
    try:
        chosen = torch.device(device)
    except (RuntimeError, TypeError):
        raise BackendError(
            f"backend 'torch' knows no device {device!r}; give 'cpu', 'cuda' or 'cuda:1'"
        ) from None
    if chosen.type == "cuda":
        count = torch.cuda.device_count() if torch.cuda.is_available() else 0
        if count == 0:
            raise BackendError(
                f"backend 'torch' has no device {device!r}: this PyTorch {torch.__version__} sees "
                "no GPU; use device='cpu' or install a build for CUDA"
            )
        if (chosen.index or 0) >= count:
            raise BackendError(f"backend 'torch' has no device {device!r}; it sees {count} GPU(s)")
    return Library("torch", namespace, chosen)


def _torch_compiled(device: Any) -> Library:
    plain, torch = _torch(device), _import("torch", "torch")
    return Library("torch_compiled", plain.namespace, plain.device, torch.compile)


def _cupy(device: Any) -> Library:
    namespace, cupy = _import("cupy", "array_api_compat.cupy"), _import("cupy", "cupy")
    text = str(0 if device is None else device)
    number = text.removeprefix("cuda:").removeprefix("gpu:")
    if not number.isdigit():
        raise BackendError(f"backend 'cupy' knows no device {device!r}; give 0, 1, ... or 'cuda:1'")
    try:
        count = int(cupy.cuda.runtime.getDeviceCount())
    except cupy.cuda.runtime.CUDARuntimeError as error:
        raise BackendError(f"backend 'cupy' sees no GPU: {error}") from None
    if int(number) >= count:
        raise BackendError(f"backend 'cupy' has no device {device!r}; it sees {count} GPU(s)")
    chosen = cupy.cuda.Device(int(number))
    chosen.use()  # CuPy computes on the current device, not on that of its arguments
    return Library("cupy", namespace, chosen)


def _jax(device: Any) -> Library:
    jax, namespace = _import("jax", "jax"), _import("jax", "jax.numpy")
    chosen = None
    if device is not None:
        kind, _, number = str(device).replace("cuda", "gpu").partition(":")
        try:
            chosen = jax.devices(kind)[int(number or 0)]
        except (RuntimeError, IndexError, ValueError):
            raise BackendError(
                f"backend 'jax' has no device {device!r}; it has "
                + ", ".join(f"{d.platform}:{d.id}" for d in jax.devices())
            ) from None

    def compiler(function: Any) -> Any:
        return jax.jit(function, static_argnums=2)

    return Library("jax", namespace, chosen, compiler)


def _array_api_strict(device: Any) -> Library:
    namespace = _import("array_api_strict", "array_api_strict")
    if device not in (None, "cpu"):
        raise BackendError(f"backend 'array_api_strict' has no device {device!r}; give 'cpu'")
    return Library("array_api_strict", namespace)


def _numpy(device: Any) -> Library:
    return Library(
        "numpy", np if hasattr(np, "astype") else _import("numpy", "array_api_compat.numpy")
    )


def _import(library: str, module: str) -> Any:
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise BackendError(
            f"backend {library!r} could not be loaded ({error}); install array-api-compat "
            f"(pip install lateralnet[arrays]) and {library}"
        ) from None


_OPENERS: dict[str, Callable[[Any], Library]] = {
    "numpy": _numpy,
    "torch": _torch,
    "torch_compiled": _torch_compiled,
    "cupy": _cupy,
    "jax": _jax,
    "array_api_strict": _array_api_strict,
}
