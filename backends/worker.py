"""A build in a child process, in which Brian2 lives.

Brian2's device is global state and a second build in one process leaks, so every build has a
process of its own, which may even be another interpreter. The request names a module with a
function ``work(request)``.
"""

from __future__ import annotations

import importlib
from typing import Any


def build(request: dict[str, Any], link: Any) -> None:
    """Carry out one request in the child."""
    importlib.import_module(request["module"]).work(request)
