"""Which GPU a program takes: the one that was named, else the one with the fewest of ours.

Programs tell each other by locks beside the cache which GPU they are on, so seeds, tasks and
commands that run at once spread over all GPUs, a program a GPU as long as there are enough.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from backends.cache.places import Lock
from backends.errors import DeviceUnavailableError
from backends.host.portable import flock, open_flags
from backends.nvidia.toolkit import Gpu

VISIBLE, ORDER = "CUDA_VISIBLE_DEVICES", "CUDA_DEVICE_ORDER"
_MOST_A_GPU = 64  # programs that are told apart


@dataclass
class Place:
    """A GPU that a program has.

    Attributes
    ----------
    variables : dict
        Environment of the program: it sees this GPU alone.
    facts : dict
        ``number``, ``name`` and ``uuid`` of the GPU, for the results.
    """

    variables: dict[str, str]
    facts: dict[str, Any]
    _lock: Lock | None = field(default=None, repr=False)

    def leave(self) -> None:
        """Let the next program have the GPU."""
        self._lock = None


def wrong_number(gpus: Sequence[Gpu], number: int) -> str:
    """Say that a GPU of this number is not there, or return ``""``."""
    if number < len(gpus):
        if number and "MIG-" in os.environ.get(VISIBLE, ""):
            return f"${VISIBLE} names parts of GPUs, of which CUDA takes the first: change it there"
        return ""
    known = ", ".join(f"{k} ({gpu.name})" for k, gpu in enumerate(gpus))
    return f"there is no GPU {number} here; known GPUs: {known or 'none'}"


def take_gpu(
    gpus: Sequence[Gpu], usable: Sequence[Gpu], folder: Path, number: int | None = None
) -> Place:
    """Return the GPU for a program, held for it until `Place.leave`.

    Parameters
    ----------
    gpus : sequence of Gpu
        All that this process may use; the number of a GPU is its place among them.
    usable : sequence of Gpu
        Those that the program can run on.
    folder : Path
        Where the locks lie.
    number : int, optional
        The one that was asked for; by default the first of those with the fewest programs.

    Raises
    ------
    DeviceUnavailableError
        When the GPU asked for is not there or not usable.
    """
    if number is not None:
        problem = wrong_number(gpus, number)
        if not problem and gpus[number] not in usable:
            problem = f"GPU {number} ({gpus[number].name}) cannot run this program"
        if problem:
            raise DeviceUnavailableError(f"device cuda:{number}: {problem}.")
        usable = [gpus[number]]
    order = {ORDER: "PCI_BUS_ID"}  # as nvidia-smi counts
    part = os.environ.get(VISIBLE, "").split(",")[0]
    if part.startswith("MIG-"):  # the part that CUDA takes; which GPU it is of, only it knows
        return Place(order, {"number": 0, "name": usable[0].name, "uuid": part})
    chosen, lock = _least_busy(usable, folder)
    facts = {"number": gpus.index(chosen), "name": chosen.name, "uuid": chosen.uuid}
    visible = {VISIBLE: chosen.uuid} if chosen.uuid else {}
    return Place({**order, **visible}, facts, lock)


def _least_busy(gpus: Sequence[Gpu], folder: Path) -> tuple[Gpu, Lock | None]:
    """The first GPU with the fewest programs, and the lock that counts this one among them."""
    for k, gpu in itertools.product(range(_MOST_A_GPU), gpus):
        path = folder / "gpus" / f"{gpu.uuid or gpu.name.replace('/', '-')}.{k}"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            lock = Lock(os.open(path, open_flags("O_RDWR", "O_CREAT", "O_NOFOLLOW"), 0o600))
            flock(lock.descriptor)
        except BlockingIOError:
            continue
        except OSError:
            break  # nothing can be written or locked there; any GPU is right
        return gpu, lock
    return gpus[0], None
