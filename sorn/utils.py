"""Names of the published module ``sorn.utils``; matplotlib is loaded when `Plotter` is used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sorn.measures.spike_statistics import Statistics
from sorn.published.initializer import Initializer

if TYPE_CHECKING:
    from sorn.plots.plotter import Plotter

__all__ = ["Initializer", "Plotter", "Statistics"]


def __getattr__(name: str) -> Any:
    if name == "Plotter":
        from sorn.plots.plotter import Plotter

        return Plotter
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
