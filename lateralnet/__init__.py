"""lateralnet: how a fish's lateral line could grow a map of the water around it.

Public names are loaded when they are first used, so that importing this package loads neither
NumPy, Brian2 nor Matplotlib.
"""

import importlib
from typing import TYPE_CHECKING, Any

from lateralnet.version import __version__ as __version__

if TYPE_CHECKING:
    from lateralnet import errors as errors
    from lateralnet.devices import compare as compare
    from lateralnet.figures import draw as draw
    from lateralnet.parameters import NetworkParams as NetworkParams
    from lateralnet.parameters import preset as preset
    from lateralnet.runs import evaluate as evaluate
    from lateralnet.runs import export_run as export
    from lateralnet.runs import load as load
    from lateralnet.runs import run as run
    from lateralnet.simulation import DeviceOptions as DeviceOptions
    from lateralnet.studies import sweep as sweep

_ROOM_OF = {
    "DeviceOptions": "simulation",
    "NetworkParams": "parameters",
    "compare": "devices",
    "draw": "figures",
    "evaluate": "runs",
    "export": "runs:export_run",
    "load": "runs",
    "preset": "parameters",
    "run": "runs",
    "sweep": "studies",
}
__all__ = [
    "DeviceOptions",
    "NetworkParams",
    "compare",
    "draw",
    "errors",
    "evaluate",
    "export",
    "load",
    "preset",
    "run",
    "sweep",
]


def __getattr__(name: str) -> Any:
    if name in _ROOM_OF:
        room, _, attribute = _ROOM_OF[name].partition(":")
        value = getattr(importlib.import_module(f"lateralnet.{room}"), attribute or name)
    else:
        try:
            value = importlib.import_module(f"lateralnet.{name}")
        except ModuleNotFoundError as error:
            if error.name != f"lateralnet.{name}":
                raise
            raise AttributeError(f"module 'lateralnet' has no attribute {name!r}") from None
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
