"""What the trained map is compared with, on the same wiring and the same test sweeps."""

from __future__ import annotations

from collections.abc import Sequence

from lateralnet.record import TestRecord
from lateralnet.replica import Replica
from lateralnet.session import Session

CONTROLS: tuple[str, ...] = ()


def run_controls(
    names: Sequence[str],
    session: Session,
    replicas: Sequence[Replica],
    learned: Sequence[Replica],
    tests: Sequence[dict[str, TestRecord]],
) -> list[dict[str, TestRecord]]:
    """Return the tests of the further controls, one dictionary per network."""
    return [{} for _ in replicas]
