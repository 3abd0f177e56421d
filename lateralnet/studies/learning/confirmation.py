"""Is a recipe confirmed on fresh seeds? Trained, controls, ablations, and the claims judged."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from lateralnet.measures.statistics.samples import Paired, mean_of, paired
from lateralnet.measures.table import measure_of
from lateralnet.parameters.presets import preset
from lateralnet.records.storage import make_folder
from lateralnet.runs.preparation import cost
from lateralnet.simulation.session import DeviceOptions, resolve_device
from lateralnet.studies.learning.beyond import SEEDS, Claim, LearningRecipe, Variant
from lateralnet.studies.learning.experiment import stored_learn_and_sweep

_VARIANT_CONTROLS = ("best-untrained",)
Results = Sequence[dict[str, Any]]


def confirm(
    recipe: LearningRecipe,
    seeds: Sequence[int] = SEEDS,
    device: str | DeviceOptions = "cpp",
    *,
    jobs: int = 1,
    ablation_seeds: Sequence[int] | None = None,
    folder: Path = Path("Runs/learning"),
    on_progress: Callable[[str, float], None] = lambda what, fraction: None,
) -> dict[str, Any]:
    """Train networks with a recipe and with its ablations, test them, and judge its claims.

    Parameters
    ----------
    recipe : LearningRecipe
        From `lateralnet.studies.learning.beyond`.
    seeds : sequence of int
        Networks to train.
    device : str or DeviceOptions
        Where to simulate.
    jobs : int
        Networks at once.
    ablation_seeds : sequence of int, optional
        Networks of each ablation; those of `seeds` by default, none to leave ablations out.
    folder : Path
        Keeps one file per network; what is there already is not computed again.
    on_progress : callable
        Called with what is being done and the finished fraction.

    Returns
    -------
    dict
        Plain values: ``recipe``, ``mode``, ``seeds``, ``device``, ``results`` (of each seed:
        test -> condition -> measures), ``variants`` (name -> ``text``, ``changes``,
        ``results``) and ``claims`` (text, whether met, with its numbers).
    """
    chosen = seeds if ablation_seeds is None else ablation_seeds
    tasks: list[tuple[Variant | None, int]] = [(None, seed) for seed in seeds]
    tasks += [(variant, seed) for variant in recipe.variants for seed in chosen]
    wanted = device if isinstance(device, DeviceOptions) else DeviceOptions(device=device)
    options, _ = resolve_device(wanted, preset(recipe.mode), 1, jobs)
    make_folder(folder)
    done = 0

    def one(task: tuple[Variant | None, int]) -> dict[str, Any]:
        nonlocal done
        variant, seed = task
        name = recipe.name if variant is None else f"{recipe.name}, {variant.name}"
        result = stored_learn_and_sweep(
            folder / f"{name.replace(', ', '-').replace(' ', '-')}_seed_{seed}.json",
            preset(recipe.mode, seed=seed, **({} if variant is None else variant.changes)),
            options,
            tests=[
                (test.name, test.changes, test.controls if variant is None else _VARIANT_CONTROLS)
                for test in recipe.tests
            ],
        )
        done += 1
        on_progress(f"{name}, seed {seed}", done / len(tasks))
        return result

    with ThreadPoolExecutor(jobs) as pool:
        found = list(pool.map(one, tasks))
    results = found[: len(seeds)]
    parts = {}
    for number, variant in enumerate(recipe.variants):
        first = len(seeds) + number * len(chosen)
        if chosen:
            parts[variant.name] = {
                "text": variant.text,
                "changes": variant.changes,
                "results": found[first : first + len(chosen)],
            }
    return {
        "recipe": recipe.name,
        "mode": recipe.mode,
        "text": recipe.text,
        "seeds": list(seeds),
        "device": options.device,
        "results": results,
        "variants": parts,
        "claims": [judged(claim, results) for claim in recipe.claims],
    }


def expected_cpu_s(
    recipe: LearningRecipe,
    seeds: Sequence[int],
    device: str,
    *,
    ablation_seeds: Sequence[int] | None = None,
) -> float:
    """Return the expected CPU time of `confirm`, in s, nothing stored being there."""
    chosen = seeds if ablation_seeds is None else ablation_seeds

    def network_s(changes: dict[str, Any], controls: Sequence[str] | None) -> float:
        params = preset(recipe.mode, **changes)
        return cost.training_s(params, device) + sum(
            cost.tests_s(params, device, test.controls if controls is None else controls)
            for test in recipe.tests
        )

    ablations = sum(network_s(variant.changes, _VARIANT_CONTROLS) for variant in recipe.variants)
    return cost.S_PER_BUILD + len(seeds) * network_s({}, None) + len(chosen) * ablations


def values_of(results: Results, test: str, condition: str, measure: str) -> list[float]:
    """Return a measure of each seed; NaN where there is none."""
    found = [result["tests"][test][condition].get(measure) for result in results]
    return [math.nan if value is None else float(value) for value in found]


def against(results: Results, test: str, measure: str, control: str) -> Paired:
    """Compare the trained networks with one of their controls."""
    known = measure_of(measure)
    return paired(
        values_of(results, test, "trained", measure),
        values_of(results, test, control, measure),
        low_is_good=known.low_is_good,
        bounds=known.bounds,
    )


def against_recipe(evidence: dict[str, Any], variant: str, test: str, measure: str) -> Paired:
    """Compare the recipe with one of its variants, both trained, over the variant's seeds."""
    changed = evidence["variants"][variant]["results"]
    seeds = [result["seed"] for result in changed]
    recipe = {result["seed"]: result for result in evidence["results"]}
    known = measure_of(measure)
    return paired(
        values_of([recipe[seed] for seed in seeds], test, "trained", measure),
        values_of(changed, test, "trained", measure),
        low_is_good=known.low_is_good,
        bounds=known.bounds,
    )


def judged(claim: Claim, results: Results) -> dict[str, Any]:
    """Return a claim in words, whether it is met, and its numbers."""
    known = measure_of(claim.measure)
    trained = values_of(results, claim.test, "trained", claim.measure)
    mean, needed = mean_of(trained), math.ceil(claim.share * len(results) - 1e-9)
    words, met = [], True
    numbers: dict[str, Any] = {"mean": mean.mean, "sd": mean.sd}
    unit = f" {known.unit}" if known.unit else ""
    if claim.at_most is not None:
        words.append(f"mean at most {claim.at_most:g}{unit}")
        met &= mean.mean <= claim.at_most
    if claim.at_least is not None:
        words.append(f"mean at least {claim.at_least:g}{unit}")
        met &= mean.mean >= claim.at_least
    if claim.each_below is not None:
        count = sum(value < claim.each_below for value in trained)
        words.append(f"below {claim.each_below:g}{unit} in at least {needed} of {len(results)}")
        met &= count >= needed
        numbers["n_below"] = count
    for control in claim.below:
        found = against(results, claim.test, claim.measure, control)
        words.append(f"better than {control} in at least {needed} of {len(results)}")
        met &= (found.n_better or 0) >= needed
        numbers[f"{control}: n better"], numbers[f"{control}: t"] = found.n_better, found.t
        if claim.largest_t is not None:
            words.append(f"with t below {claim.largest_t:g}")
            met &= found.t < claim.largest_t
    text = f"{claim.test}: {known.text}: {', '.join(words)}"
    return {"claim": text, "met": bool(met), **numbers}
