"""A sweep as a call: parameters, what varies, seeds; a `Design` and a folder beneath."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from lateralnet.errors import InputError
from lateralnet.parameters.keywords import checked_keywords
from lateralnet.parameters.params import NetworkParams
from lateralnet.parameters.preset_table import PRESETS
from lateralnet.records.folders import SWEEPS, safe_name
from lateralnet.simulation.session import DeviceOptions
from lateralnet.studies.design import Axis, Design
from lateralnet.studies.execution.executor import Workplace
from lateralnet.studies.execution.workplaces import LocalWorkplace
from lateralnet.studies.parsing import parse_seeds, parse_values, resolve_name
from lateralnet.studies.sweeps import SweepOutcome, sweep_design


@checked_keywords
def sweep(
    params: NetworkParams,
    device: str | DeviceOptions = "auto",
    *,
    vary: Mapping[str, Iterable[Any] | str],
    seeds: Iterable[int] | str | None = None,
    zipped: bool = False,
    controls: Iterable[str] = (),
    plastic: bool = True,
    name: str | None = None,
    sweeps_dir: str | Path = SWEEPS,
    jobs: int = 1,
    workplace: Workplace | None = None,
    retries: int = 1,
    retry_failed: bool = False,
    on_progress: Callable[[int, int, int], None] = lambda done, failed, total: None,
    on_note: Callable[[str], None] = lambda note: None,
) -> SweepOutcome:
    """Train and test every combination of varied parameters with every seed; keep what is there.

    Parameters
    ----------
    params : NetworkParams
        Parameters of all points.
    device : str or DeviceOptions
        Where to simulate.
    vary : mapping
        Parameter (field or flag name; ``test.`` in front changes it in the test alone) to its
        values, in place of those in `params`; a text is ``"a,b,c"`` or ``"start:stop:step"``.
    seeds : iterable of int, or str, optional
        Seeds of every combination, such as ``range(123, 133)`` or ``"123:133"``; that of
        `params` by default.
    zipped : bool
        Whether the axes go together instead of being crossed.
    controls : iterable of str
        Conditions to test beside untrained and trained, see `lateralnet.learning.controls`.
    plastic : bool
        False: no weight changes, as ``--disable-all-stdp``.
    name : str, optional
        Folder under `sweeps_dir`; by default made of what varies. One with some of the results
        is completed.
    sweeps_dir : str or Path
        Where folders of sweeps are made.
    jobs : int
        Processes at once on this machine.
    workplace : optional
        Another place where tasks run, see `lateralnet.studies.execution`.
    retries : int
        How often a killed process is tried again.
    retry_failed : bool
        Whether points that failed in an earlier call are computed again.
    on_progress : callable
        Called with points done, failed and to do.
    on_note : callable
        Called with sentences for the user.

    Returns
    -------
    SweepOutcome
        With the folder, what was computed, what failed, and the ``table`` of all results.

    Raises
    ------
    InputError
        Before anything runs, for parameters, values or a folder that cannot be.
    StorageError
        When the disk is full; what is finished stays.
    SimulationError
        When a scheduler cannot be reached.

    Examples
    --------
    >>> import lateralnet
    >>> small = lateralnet.preset(
    ...     "ll_fast", n_mon=60, n_ts=12, n_training_trials=1, trial_duration_s=0.1, test_sweeps=1
    ... )
    >>> done = lateralnet.sweep(
    ...     small, "runtime", vary={"mon_ts_topo": [0.1, 0.2]}, seeds=range(123, 125),
    ...     name="gradient",
    ... )
    >>> done
    <sweep Sweeps/gradient: 4 points computed, 0 were there, 0 failed>
    >>> done.table.conditions
    ('untrained', 'trained')
    """
    if workplace is not None and jobs != 1:
        raise InputError("jobs are processes on this machine; a workplace has its own number.")
    design = design_of(params, vary, seeds=seeds, zipped=zipped, controls=controls, plastic=plastic)
    return sweep_design(
        design, folder_of(design, name, sweeps_dir), device,
        workplace=workplace or LocalWorkplace(jobs), retries=retries, retry_failed=retry_failed,
        on_progress=on_progress, on_note=on_note,
    )  # fmt: skip


def design_of(
    params: NetworkParams, vary: Mapping[str, Iterable[Any] | str], *,
    seeds: Iterable[int] | str | None = None, zipped: bool = False,
    controls: Iterable[str] = (), plastic: bool = True,
) -> Design:  # fmt: skip
    """Return what `sweep` computes.

    Examples
    --------
    >>> import lateralnet
    >>> design = design_of(lateralnet.preset("ll_fast", n_mon=400), {"distance_cm": "0.6:1:0.2"})
    >>> design.fixed, design.axes
    ({'n_mon': 400}, (Axis(name='distance_cm', values=(0.6, 0.8)),))
    """
    if not isinstance(params, NetworkParams):
        raise InputError(
            f"sweep() takes parameters such as preset('ll_fast'), not {type(params).__name__}; "
            "a Design goes to lateralnet.studies.sweep_design."
        )
    axes = [
        Axis(name, parse_values(name, values))
        for name, values in ((resolve_name(text), values) for text, values in vary.items())
    ]
    mode = params.preset if params.preset in PRESETS else Design.mode
    fixed = replace(params, preset=mode).changes()
    for given in ("seed", *(axis.name for axis in axes)):
        fixed.pop(given, None)
    return Design(
        mode=mode, fixed=fixed, axes=tuple(axes),
        seeds=parse_seeds(params.seed if seeds is None else seeds),
        zipped=zipped, plastic=plastic, controls=tuple(controls),
    )  # fmt: skip


def folder_of(design: Design, name: str | None = None, sweeps_dir: str | Path = SWEEPS) -> Path:
    """Return the folder of a sweep: its name, or one made of what varies."""
    given = f"sweep-{design.short_hash}" if name is None else safe_name(name, "--name")
    return Path(sweeps_dir) / given
