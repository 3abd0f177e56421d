"""The child of `lateralnet.runs.seed_process`: ``python -m lateralnet.runs.seed_worker JOB``."""

from __future__ import annotations

import json
import pickle
import sys
from pathlib import Path
from typing import Any

from lateralnet.errors import LateralnetError
from lateralnet.runs.job import run_job


def main(path: str) -> int:
    """Run the job in a file; return the exit code."""
    job = pickle.loads(Path(path).read_bytes())
    try:
        run_job(job, lambda what, fraction: _say(what=what, fraction=fraction))
    except LateralnetError as error:
        _say(error=str(error))
        return error.exit_code
    return 0


def _say(**message: Any) -> None:
    print(json.dumps(message), flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
