"""The child of `lateralnet.studies.execution.process`: a task on stdin, a line per point on stdout.

It ends when its parent does, however that happened: nothing goes on computing what another
worker has been given.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import threading
from typing import Any

from lateralnet.errors import LateralnetError, StorageError


def main() -> int:
    """Carry out the task on stdin; return the exit code."""
    # The lines are for the parent alone: a stray print of a library must not mix with them.
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    def say(**message: Any) -> None:
        print(json.dumps(message), file=out, flush=True)

    task = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with_parent, daemon=True).start()
    module, _, name = task.get("work", "lateralnet.studies.execution.work:carry_out").partition(":")
    try:
        work = getattr(importlib.import_module(module), name)
        work(task, lambda point, checksum, error: say(id=point, sha256=checksum, error=error))
    except StorageError as error:
        say(stop=str(error))
    except LateralnetError as error:
        say(error=str(error))
    except MemoryError:
        say(error="out of memory")
    except Exception as error:
        import traceback

        traceback.print_exc()
        place = traceback.extract_tb(error.__traceback__)[-1]
        say(error=f"{type(error).__name__}: {error} ({place.filename}:{place.lineno})")
    return 0


def _end_with_parent() -> None:
    sys.stdin.read()
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main())
