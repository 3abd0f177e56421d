"""``python -m lateralnet``."""

import sys
from pathlib import Path

# Python puts the working directory first, where any file ``sorn.py`` would be taken for ours.
_OURS = Path(__file__).resolve().parents[1]
if sys.path and Path(sys.path[0] or ".").resolve() == Path.cwd() != _OURS:
    del sys.path[0]

from lateralnet.cli.program import main  # noqa: E402

main()
