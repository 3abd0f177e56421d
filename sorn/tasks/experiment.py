"""Does plasticity help? A task with the network that learned, and with the one it started from."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from sorn.arrays import NumpyArray
from sorn.errors import InputError, ParameterError
from sorn.network import Network
from sorn.parameters import PRESETS
from sorn.readouts.ridge import predicted_symbols
from sorn.streams import RandomStreams
from sorn.tasks.sequences import TASKS, Task
from sorn.wiring import input_pools

MOST_POOL_SIZE = 10
"""Neurons driven by a symbol (Lazar 2009), fewer where the network is too small for all."""


@dataclass(frozen=True)
class TaskResult:
    """Accuracies of a task.

    Attributes
    ----------
    task : Task
    levels : tuple of int
    seeds : tuple of int
    sorn, static : ndarray, shape (levels, seeds)
        Share of right answers of the network that learned, and of the same network before.
    """

    task: Task
    levels: tuple[int, ...]
    seeds: tuple[int, ...]
    sorn: NumpyArray
    static: NumpyArray

    @property
    def seeds_text(self) -> str:
        """How many seeds there are, in words."""
        return "1 seed" if len(self.seeds) == 1 else f"{len(self.seeds)} seeds"

    def rows(self) -> list[dict[str, Any]]:
        """Means over the seeds and their paired difference, one row per level.

        The standard error of the difference is None for a single seed.
        """
        rows = []
        for level, learned, static in zip(self.levels, self.sorn, self.static, strict=True):
            difference = learned - static
            several = len(difference) > 1
            error = difference.std(ddof=1) / np.sqrt(len(difference)) if several else None
            rows.append(
                {
                    "level": level,
                    "sorn": float(learned.mean()),
                    "static": float(static.mean()),
                    "difference": float(difference.mean()),
                    "standard_error": None if error is None else float(error),
                    "chance": self.task.chance(level),
                }
            )
        return rows


def run_task(
    name: str,
    *,
    levels: Iterable[int] | None = None,
    seeds: int | Iterable[int] = 10,
    plastic_steps: int = 50_000,
    frozen_steps: int = 10_000,
    preset: str = "lazar2009",
    backend: str = "numpy",
    options: dict[str, Any] | None = None,
    progress: Callable[[int, int], Any] | None = None,
) -> TaskResult:
    """Run a task at some levels with some seeds.

    The network learns for `plastic_steps`; then it is frozen, and a linear readout is fitted on
    the first half of `frozen_steps` and tested on the second. The static reservoir is the same
    network without the learning, with a readout of its own.

    Parameters
    ----------
    name : str
        Out of `sorn.tasks.sequences.TASKS`.
    levels : iterable of int, optional
        Default: the task's usual ones.
    seeds : int or iterable of int
        A number of seeds 0, 1, ..., or the seeds.
    plastic_steps, frozen_steps : int
    preset : str
    backend : str
    options : dict, optional
        More keywords of `sorn.Network`.
    progress : callable, optional
        Called as ``progress(runs_done, runs)``.

    Raises
    ------
    ParameterError
        If the task or an option is not known.
    InputError
        If a level or a number of steps does not fit.

    Examples
    --------
    >>> from sorn.tasks import run_task
    >>> result = run_task("counting", levels=[2], seeds=2, plastic_steps=500, frozen_steps=500)
    >>> result.sorn.shape
    (1, 2)
    """
    if name not in TASKS:
        close = difflib.get_close_matches(str(name), TASKS, n=1)
        hint = f" Did you mean {close[0]!r}?" if close else ""
        raise ParameterError(f"task {name!r} is not known.{hint} Choose from {', '.join(TASKS)}")
    task = TASKS[name]
    chosen = tuple(task.levels if levels is None else levels)
    runs = tuple(range(seeds) if isinstance(seeds, int) else seeds)
    smallest = min(task.levels)
    if not chosen or min(chosen) < smallest or not runs:
        raise InputError(f"task {name!r} needs levels from {smallest} on, and at least one seed")
    if plastic_steps < 1 or frozen_steps < 100:
        raise InputError(
            "a task needs plastic_steps of at least 1 and frozen_steps of at least 100"
        )
    learned, static = np.empty((2, len(chosen), len(runs)))
    for row, level in enumerate(chosen):
        for column, seed in enumerate(runs):
            learned[row, column], static[row, column] = _accuracies(
                task, level, seed, (plastic_steps, frozen_steps), preset, backend, options or {}
            )
            if progress is not None:
                progress(row * len(runs) + column + 1, learned.size)
    return TaskResult(task, chosen, runs, learned, static)


def _accuracies(
    task: Task, level: int, seed: int, steps: tuple[int, int], preset: str, backend: str,
    options: dict[str, Any],
) -> tuple[float, float]:  # fmt: skip
    """Accuracy of the network that learned and of the static one, one seed."""
    generator = np.random.default_rng([seed, level])
    symbols = task.symbols(level)
    ne = options.get("ne", PRESETS.get(preset, {}).get("ne", 200))
    pool_size = min(MOST_POOL_SIZE, ne // symbols)
    pools = input_pools(ne, symbols, pool_size, rng=RandomStreams([seed, level, 1]))
    network = Network(
        preset, nu=symbols, input_pools=pools, seed=[seed, level], backend=backend, **options
    )
    static = network.copy(phase="training", rng=RandomStreams([seed, level, 2]))
    learned, _ = task.make(steps[0], level, generator)
    sequence, scored = task.make(steps[1], level, generator)
    if not scored[steps[1] // 2 + level :].any():
        raise InputError(
            f"{steps[1]} frozen steps show nothing to answer at level {level}; give more"
        )
    network.run(_one_hot(learned, symbols), record=())
    network.phase = "training"
    inputs = _one_hot(sequence, symbols)
    results = []
    for one in (network, static):
        activity = one.run(inputs)["excitatory"]
        results.append(accuracy(task, level, activity, sequence, scored))
    return results[0], results[1]


def accuracy(
    task: Task, level: int, activity: NumpyArray, symbols: NumpyArray, scored: NumpyArray
) -> float:
    """Share of scored symbols that a linear readout of the activity gets right.

    The first half of the steps fits the readout, the second tests it. It predicts the next symbol
    from the activity, or, where the task recalls, the symbol `level` steps before.
    """
    if task.recalls:
        features, targets, asked = activity[level:], symbols[: len(symbols) - level], scored[level:]
    else:
        features, targets, asked = activity[:-1], symbols[1:], scored[1:]
    half = len(features) // 2
    predicted = predicted_symbols(
        features[:half], targets[:half], features[half:], task.symbols(level)
    )
    return float(np.mean((predicted == targets[half:])[asked[half:]]))


def _one_hot(symbols: NumpyArray, count: int) -> NumpyArray:
    """Input array of a sequence, shape (count, steps)."""
    result: NumpyArray = (np.arange(count)[:, None] == symbols).astype(float)
    return result
