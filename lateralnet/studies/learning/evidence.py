"""Does the map get better by learning? Ten seeds, each beside its own controls.

Every seed is trained with the preset ``ll_learn`` and compared, on its own wiring and in the
same test sweeps, with its controls (`lateralnet.learning.controls`). The comparison is paired: t
and the number of seeds in which it holds. What each ingredient of the recipe does is shown by
leaving it out. The seeds of the published evidence, 401 to 410, were used for nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lateralnet.measures.statistics.samples import Paired, paired
from lateralnet.measures.table import OF_EVIDENCE, measure_of
from lateralnet.parameters.params import NetworkParams
from lateralnet.parameters.presets import preset
from lateralnet.records.storage import make_folder
from lateralnet.runs.preparation import cost
from lateralnet.simulation.session import DeviceOptions, resolve_device
from lateralnet.studies.learning.experiment import stored_learn_and_test

CONFIRMATION_SEEDS = tuple(range(401, 411))
CURVE_TRIALS = (0, 10, 25, 50, 100, 200)
MODE = "ll_learn"

CONTROLS = ("rate-matched", "shuffled", "published")
NO_CONTROL = ("untrained", *CONTROLS)


@dataclass(frozen=True)
class Ablation:
    """The recipe with one thing changed."""

    name: str
    text: str
    changes: dict[str, Any] = field(default_factory=dict)


RECIPE = preset(MODE)
ABLATIONS = (
    Ablation(
        "step x 10",
        "STDP increments ten times as large",
        {"mon_ts_apre": 10 * RECIPE.mon_ts_apre, "mon_ts_apost": 10 * RECIPE.mon_ts_apost},
    ),
    Ablation(
        "published step",
        "Apre of the published recipe, 0.01 (83 times), at the same ratio of LTD to LTP",
        {"mon_ts_apre": 0.01, "mon_ts_apost": 0.01 * RECIPE.mon_ts_apost / RECIPE.mon_ts_apre},
    ),
    Ablation(
        "published scaling",
        "homeostasis every 10 trials with eta 0.001, as published, in place of every trial",
        {
            "mon_ts_homeo_eta": 0.001,
            "mon_ts_homeo_every_trials": 10,
            "mon_ts_homeo_target": "floating",
        },
    ),
    Ablation("no LTD", "LTP and scaling only", {"mon_ts_apost": 0.0}),
    Ablation(
        "no cooperation",
        "no lateral excitation in TS",
        {"ts_lateral_exc_radius": 0, "ts_lateral_exc_peak_mV": 0.0},
    ),
    Ablation(
        "floating target",
        "homeostasis towards the mean of TS now, not at the start",
        {"mon_ts_homeo_target": "floating"},
    ),
)


def reproduce_learning(
    seeds: Sequence[int] = CONFIRMATION_SEEDS,
    device: str | DeviceOptions = "cpp",
    *,
    jobs: int = 1,
    ablations: bool = True,
    folder: Path = Path("Runs/learning"),
    on_progress: Callable[[str, float], None] = lambda what, fraction: None,
    changes: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Train fresh seeds with the learning recipe and compare them with their controls.

    Parameters
    ----------
    seeds : sequence of int
        Networks to train.
    device : str or DeviceOptions
        Where to simulate.
    jobs : int
        Networks at once.
    ablations : bool
        Whether to train the ablations too (six times the work).
    folder : Path
        Keeps one file per network; what is there already is not computed again.
    on_progress : callable
        Called with what is being done and the finished fraction.
    changes : dict, optional
        Parameters that replace those of the preset, for every network.

    Returns
    -------
    dict
        Plain values: ``seeds``, ``recipe`` and ``ablations`` (name -> ``text``, ``changes``,
        ``results`` of each seed, ``comparisons``), and ``acceptance``. `learning_report` renders
        it, `lateralnet.figures.studies.learning_evidence` draws it.
    """
    base = preset(MODE, **(changes or {}))
    wanted = device if isinstance(device, DeviceOptions) else DeviceOptions(device=device)
    options, _ = resolve_device(wanted, base, 1, jobs)
    make_folder(folder)
    variants = [Ablation("recipe", "the preset ll_learn"), *(ABLATIONS if ablations else ())]
    tasks = [(variant, seed) for variant in variants for seed in seeds]
    done = 0

    def one(task: tuple[Ablation, int]) -> dict[str, Any]:
        nonlocal done
        variant, seed = task
        whole = variant.name == "recipe"
        result = stored_learn_and_test(
            folder / f"{variant.name.replace(' ', '-')}_seed_{seed}.json",
            preset(MODE, **{**(changes or {}), **variant.changes, "seed": seed}),
            options,
            controls=CONTROLS if whole else ("rate-matched",),
            curve_trials=_curve_trials(base) if whole else (),
        )
        done += 1
        on_progress(f"{variant.name}, seed {seed}", done / len(tasks))
        return result

    with ThreadPoolExecutor(jobs) as pool:
        results = list(pool.map(one, tasks))
    parts = {}
    for number, variant in enumerate(variants):
        own = results[number * len(seeds) : (number + 1) * len(seeds)]
        parts[variant.name] = {
            "text": variant.text,
            "changes": variant.changes,
            "results": own,
            "comparisons": comparisons(own),
        }
    recipe = parts.pop("recipe")
    return {
        "mode": MODE,
        "changes": changes or {},
        "seeds": list(seeds),
        "device": options.device,
        "recipe": recipe,
        "ablations": parts,
        "acceptance": acceptance(recipe["comparisons"], len(seeds)),
    }


def expected_cpu_s(seeds: Sequence[int], device: str, *, ablations: bool) -> float:
    """Return the expected CPU time of `reproduce_learning`, in s, nothing stored being there."""
    each = []
    for variant in (Ablation("recipe", "the preset ll_learn"), *(ABLATIONS if ablations else ())):
        params = preset(MODE, **variant.changes)
        stages = 1 + len(_curve_trials(params))  # each with its own rate-matched control
        each.append(
            cost.training_s(params, device) + stages * cost.tests_s(params, device, CONTROLS)
        )
    return cost.S_PER_BUILD + len(seeds) * sum(each)


def _curve_trials(params: NetworkParams) -> tuple[int, ...]:
    last = params.n_training_trials
    return (*(trials for trials in CURVE_TRIALS if trials < last), last)


def comparisons(results: Sequence[dict[str, Any]]) -> dict[str, dict[str, dict[str, Any]]]:
    """Return trained against each other condition: measure -> condition -> paired numbers."""
    others = [name for name in results[0]["conditions"] if name != "trained"]
    return {
        measure: {other: compared(results, measure, "trained", other).as_dict() for other in others}
        for measure in OF_EVIDENCE
    }


def compared(results: Sequence[dict[str, Any]], measure: str, first: str, second: str) -> Paired:
    """Compare two conditions in one measure over the seeds."""
    columns = [
        [_number(result["conditions"][name].get(measure)) for result in results]
        for name in (first, second)
    ]
    known = measure_of(measure)
    return paired(*columns, low_is_good=known.low_is_good, bounds=known.bounds)


def acceptance(found: dict[str, dict[str, dict[str, Any]]], n_seeds: int) -> list[dict[str, Any]]:
    """Return what has to hold for the claim that the map is learned, and whether it does."""
    needed = -(-9 * n_seeds // 10)
    claims = []
    for measure, text, smallest_t, counted in (
        ("rms_error_cm", "lower RMS error", 5.0, True),
        ("cells_near_diagonal", "more cells near the diagonal", None, True),
        ("spearman", "better order (Spearman)", 3.0, False),
    ):
        for control in ("rate-matched", "published"):
            numbers = found[measure][control]
            met = True
            rule = []
            if counted:
                met &= numbers["n_better"] >= needed
                rule.append(f"in at least {needed} of {n_seeds} seeds")
            if smallest_t is not None:
                towards = -numbers["t"] if measure_of(measure).low_is_good else numbers["t"]
                met &= bool(towards > smallest_t)
                rule.append(f"paired |t| > {smallest_t:g}")
            claims.append(
                {
                    "claim": f"{text} than {control}, {' and '.join(rule)}",
                    "n_better": numbers["n_better"],
                    "t": numbers["t"],
                    "met": met,
                }
            )
    return claims


def _number(value: float | None) -> float:
    return float("nan") if value is None else value
