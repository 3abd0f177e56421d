"""A stand-in for the simulation: milliseconds a point, with faults on demand.

For tests and measurements of everything around the simulation, also of one's own cluster: the
tasks travel, start a process and write files like real ones. Its faults come from the
environment:

* ``LATERALNET_STAND_IN_S``: seconds that a point takes;
* ``LATERALNET_STAND_IN_FAILS``: seeds, separated by commas, whose points fail;
* ``LATERALNET_STAND_IN_KILLED``: seeds whose process is killed, as when memory runs out.
"""

from __future__ import annotations

import os
import signal
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lateralnet.studies.results.store import SweepStore
from lateralnet.studies.tasks import compact, task_from_dict

WORK = "tests.studies.fake_work:carry_out"
_JOURNAL = "journal"


def carry_out(task_dict: dict[str, Any], on_point: Callable[[str, str, str], None]) -> None:
    """Stand in for `lateralnet.studies.execution.work.carry_out`."""
    store = SweepStore(Path(task_dict["folder"]))
    for point in task_from_dict(task_dict).points:
        there = store.checksum(point.id)
        if there is not None:
            on_point(point.id, there, "")
            continue
        time.sleep(float(os.environ.get("LATERALNET_STAND_IN_S", "0")))
        if str(point.seed) in _seeds("FAILS"):
            on_point(point.id, "", f"seed {point.seed} fails, as it was told to.")
            continue
        if str(point.seed) in _seeds("KILLED"):
            os.kill(os.getpid(), signal.SIGKILL)
        share = int(point.id[:8], 16) / 16**8
        control = {"rms_error_cm": 0.5 + 0.1 * share, "ts_spikes_during_test_window": 100}
        content = {
            "id": point.id,
            "training_id": point.training_id,
            "seed": point.seed,
            "params": compact(point.params),
            "test": point.test,
            "varied": point.varied,
            "plastic": point.plastic,
            "measures": {
                "untrained": control,
                "trained": {**control, "rms_error_cm": 0.2 + 0.1 * share},
            },
            "facts": {
                **task_dict["facts"],
                "host": os.uname().nodename,
                "test_wall_s": 0.0,
                "pid": os.getpid(),
            },
        }
        checksum = store.write_result(point.id, content)
        journal = store.path / _JOURNAL
        journal.mkdir(exist_ok=True)
        (journal / f"{point.id}.{uuid.uuid4().hex}").touch()
        on_point(point.id, checksum, "")


def computed(folder: Path) -> list[str]:
    """Return the id of a point for every time that it was computed to its end."""
    return [path.name.split(".")[0] for path in (folder / _JOURNAL).glob("*")]


def _seeds(what: str) -> list[str]:
    return os.environ.get(f"LATERALNET_STAND_IN_{what}", "").split(",")
