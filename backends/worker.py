"""The child process in which Brian2 lives: ``python -m backends.worker REQUEST.json``.

Brian2's device is global state and a second build in one process leaks, so every build has a
process of its own, which may even be another interpreter. The request names a device module
with a function ``work(request)``.
"""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path


def main(path: str) -> None:
    """Carry out one request."""
    request = json.loads(Path(path).read_text())
    importlib.import_module(request["module"]).work(request)


if __name__ == "__main__":
    main(sys.argv[1])
