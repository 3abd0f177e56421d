"""All figures of a run: which function draws which file, in one process or several."""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import sys
import warnings
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from lateralnet.errors import InputError, LateralnetError, nearest_names
from lateralnet.figures.names import (
    CONTROLS,
    KINDS,
    SUMMARY,
    TEST_ONLY,
    THESIS_COPIES,
    figure_name,
    multiseed_name,
)
from lateralnet.figures.output import Output
from lateralnet.figures.runs.comparisons import draw_controls, draw_multiseed, has_controls
from lateralnet.figures.runs.learning import draw_learning_curves, draw_weight_change
from lateralnet.figures.runs.maps import (
    draw_decoded_position,
    draw_decoding,
    draw_preferred,
    draw_preferred_position,
    draw_rate_map,
    draw_ts_rate_map,
)
from lateralnet.figures.runs.own import draw_own, own_kinds
from lateralnet.figures.runs.summary import draw_summary
from lateralnet.figures.runs.test_sweeps import (
    draw_spikes_against_x,
    draw_spikes_over_x,
    draw_test_phase,
    draw_transition,
)
from lateralnet.figures.runs.tuning import draw_drive_heatmap, draw_drive_winner, draw_tuning
from lateralnet.figures.runs.weights import (
    draw_llmon_weights,
    draw_receptive_fields,
    draw_weight_matrix,
    draw_weight_profile,
)
from lateralnet.figures.seed_data import Scene
from lateralnet.figures.style import styled
from lateralnet.records.folders import RunFolder
from lateralnet.records.results import RunResult, SeedResult
from lateralnet.records.storage import make_folder, write_bytes
from lateralnet.runs.own.reading import OwnGiven, own_of
from lateralnet.runs.preparation.extending import remembered_of
from lateralnet.simulation.spikes import LAYERS

DRAW: dict[str, Callable[[Scene], Figure]] = {
    SUMMARY: draw_summary,
    TEST_ONLY: draw_test_phase,
    "learning_curves": draw_learning_curves,
    "llmon_weights": draw_llmon_weights,
    "ts_tuning": partial(draw_tuning, layer="ts"),
    "mon_tuning_examples": partial(draw_tuning, layer="mon"),
    "mon_ts_weight_profile": draw_weight_profile,
    "mon_to_ts_receptive_fields": draw_receptive_fields,
    "ts_spikes_vs_x_test": partial(draw_spikes_against_x, layer="ts"),
    "mon_spikes_vs_x_test": partial(draw_spikes_against_x, layer="mon"),
    "ll_spikes_vs_x_test": partial(draw_spikes_against_x, layer="ll"),
    "mon_ts_drive_heatmap": draw_drive_heatmap,
    "mon_ts_drive_winner": draw_drive_winner,
    "ts_pop_rate_train_test_transition": draw_transition,
    "decoded_position": draw_decoded_position,
    "ts_rate_map": draw_ts_rate_map,
    "ts_preferred_position": draw_preferred_position,
    CONTROLS: draw_controls,
}

# Main panels, for axes of somebody else's figure.
PANELS: dict[str, Callable[[Axes, Scene], None]] = {
    "learning_curves": draw_weight_change,
    "mon_ts_weight_profile": draw_weight_matrix,
    "decoded_position": draw_decoding,
    "ts_rate_map": draw_rate_map,
    "ts_preferred_position": draw_preferred,
    **{f"{layer}_spikes_vs_x_test": partial(draw_spikes_over_x, layer=layer) for layer in LAYERS},
}


def draw_run(
    result: RunResult,
    *,
    jobs: int = 1,
    only: Collection[str] | None = None,
    formats: Collection[str] = ("png",),
    dpi: int | None = None,
    output: Path | None = None,
    on_progress: Callable[[str, float], None] = lambda what, fraction: None,
    own: OwnGiven = None,
) -> list[Path]:
    """Draw the figures of a finished run; see `lateralnet.figures.draw_run`."""
    parts = own_of(own) if own is not None else remembered_of(result.folder)
    chosen = _chosen(only, own_kinds(parts))
    target = Output(output or RunFolder(result.folder).figures, tuple(formats), dpi)
    make_folder(target.folder)
    several = len(result.seeds) + len(result.failed) + len(result.unfinished) > 1
    pieces = 1 if len(result.seeds) >= jobs else jobs
    ours = [kind for kind in chosen if kind in KINDS]
    tasks = [
        Task(result.mode, seed, tuple(ours[k::pieces]), target, several)
        for seed in result.seeds
        for k in range(min(pieces, len(ours)))
    ]
    total, finished = sum(len(task.kinds) for task in tasks), 0

    def count(n_figures: int) -> None:
        nonlocal finished
        finished += n_figures
        on_progress(f"drawing, figure {finished} of {total}", finished / max(1, total))

    count(0)
    drawn = _carry_out(tasks, jobs, count)
    if several:
        drawn += _copies_of_first_seed(result, target, drawn)
    if several and only is None:
        with styled():
            drawn += target.save(draw_multiseed(result), multiseed_name(len(result.seeds)))
    drawn += draw_own(result, parts, target, chosen, several=several)
    if result.mode == "ll_thesis":
        for kind, name in THESIS_COPIES.items():
            if target.folder / figure_name(kind, result.params) in drawn:
                source = target.folder / figure_name(kind, result.params)
                drawn.append(_copy(source, target.folder / name))
    return drawn


def draw_one(result: RunResult, kind: str, *, seed: int | None, ax: Axes | None) -> Any:
    """Draw one figure of one seed, or its main panel into axes; see `lateralnet.draw`."""
    (chosen,) = _chosen([kind])
    one = result.of_seed(seed)
    scene = Scene(result.mode, one.params, one.record, one.measures)
    if ax is not None:
        if chosen not in PANELS:
            raise InputError(
                f"{kind} has no panel that stands alone; these have: {', '.join(PANELS)}."
            )
        PANELS[chosen](ax, scene)
        return ax
    with styled():
        figure = DRAW[chosen](scene)
        FigureCanvasAgg(figure)
        return figure


def _chosen(only: Collection[str] | None, own: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Return the kinds to draw in the order of their list; refuse unknown ones."""
    known = (*KINDS, *own)
    for kind in only or ():
        if kind not in known:
            raise InputError(
                f"unknown figure {kind!r}.{nearest_names(kind, known)} "
                f"Known figures: {', '.join(known)}."
            )
    return tuple(kind for kind in known if only is None or kind in only)


@dataclass(frozen=True)
class Task:
    """Some figures of one seed: what one process draws.

    Attributes
    ----------
    mode : str
        Preset of the run.
    result : SeedResult
        The seed.
    kinds : tuple of str
        Figures to draw.
    output : Output
        Where to, and as what.
    several : bool
        Whether file names carry the seed.
    """

    mode: str
    result: SeedResult
    kinds: tuple[str, ...]
    output: Output
    several: bool

    def carry_out(self, count: Callable[[int], None] = lambda n_figures: None) -> list[Path]:
        """Draw and save, calling `count` after each figure; return the files."""
        result = self.result
        scene = Scene(self.mode, result.params, result.record, result.measures)
        paths = []
        with styled(), _collector_at_rest():
            for kind in self.kinds:
                if kind != CONTROLS or has_controls(scene):
                    name = figure_name(kind, result.params, result.seed if self.several else None)
                    paths += self.output.save(DRAW[kind](scene), name)
                count(1)
        return paths


@contextlib.contextmanager
def _collector_at_rest() -> Iterator[None]:
    """Search for no garbage meanwhile: among live figures that takes a tenth of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _carry_out(tasks: Sequence[Task], jobs: int, count: Callable[[int], None]) -> list[Path]:
    """Carry out tasks, in several processes where they can be had for nothing.

    A forked process has Matplotlib loaded already; a fresh one would take as long to load it as
    to draw half a set. Elsewhere than on Linux, forking is not safe and one process draws all.
    """
    jobs = min(jobs, len(tasks))
    if jobs < 2 or not sys.platform.startswith("linux"):
        return [path for task in tasks for path in task.carry_out(count)]
    with warnings.catch_warnings():
        # Python 3.12 warns when a process with threads forks, and NumPy's are always there. The
        # children touch no lock of a thread of ours: they only compute, draw and write files.
        warnings.filterwarnings("ignore", category=DeprecationWarning, message=".*fork")
        with ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("fork")) as pool:
            futures = [pool.submit(task.carry_out) for task in tasks]
            drawn = []
            try:
                for task, future in zip(tasks, futures, strict=True):
                    drawn += future.result()
                    count(len(task.kinds))
            except BrokenProcessPool:
                raise LateralnetError(
                    "a process that drew figures was killed (out of memory?); the results are "
                    "safe: draw again with `lateralnet plot` and --jobs 1."
                ) from None
    return drawn


def _copies_of_first_seed(result: RunResult, output: Output, drawn: Sequence[Path]) -> list[Path]:
    """Copy the figures of the first seed to the names without a seed."""
    if not result.seeds:
        return []
    first, copies = result.seeds[0], []
    for kind in KINDS:
        for form in output.formats:
            source = output.folder / figure_name(kind, first.params, first.seed)
            target = output.folder / figure_name(kind, first.params)
            if source.with_suffix(f".{form}") in drawn:
                copies.append(_copy(source.with_suffix(f".{form}"), target.with_suffix(f".{form}")))
    return copies


def _copy(source: Path, target: Path) -> Path:
    write_bytes(target, source.read_bytes(), durable=False)
    return target
