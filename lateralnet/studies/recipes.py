"""The published studies as data: what was varied, what was found, what cannot be right."""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from importlib import resources
from typing import Any

from lateralnet.errors import InputError, nearest_names
from lateralnet.studies.design import Axis, Design
from lateralnet.studies.parsing import parse_values

SCALES = ("small", "full")
LEARNING = "learning"  # of `lateralnet.studies.learning.evidence`


@dataclass(frozen=True)
class Recipe:
    """One published study.

    Attributes
    ----------
    name, title, source : str
        How it is called, here and there.
    parameter : str
        What its figure has on the x axis.
    measures : tuple of str
        What is compared.
    published : tuple of dict
        ``at`` (part of a combination), ``condition`` of ours that corresponds, numbers.
    remarks : tuple of str
        What a reader has to know of the published numbers.
    designs : dict
        Scale -> designs to run.
    """

    name: str
    title: str
    source: str
    parameter: str
    measures: tuple[str, ...]
    published: tuple[dict[str, Any], ...]
    remarks: tuple[str, ...]
    designs: dict[str, tuple[Design, ...]]


def checked_scale(scale: str) -> str:
    """Return the scale; raise `InputError` with the known ones."""
    if scale not in SCALES:
        raise InputError(f"--scale {scale!r} is not allowed: it must be {' or '.join(SCALES)}.")
    return scale


@functools.cache
def recipes() -> dict[str, Recipe]:
    """Return all recipes by name."""
    text = resources.files("lateralnet.studies").joinpath("published.json").read_text()
    return {name: _recipe(name, stored) for name, stored in json.loads(text).items()}


def recipe(name: str) -> Recipe:
    """Return a recipe; raise `InputError` with the known ones."""
    known = recipes()
    if name not in known:
        names = (*known, LEARNING)
        raise InputError(
            f"there is no study {name!r}.{nearest_names(name, names)} Known: {', '.join(names)}."
        )
    return known[name]


def _recipe(name: str, stored: dict[str, Any]) -> Recipe:
    return Recipe(
        name=name,
        title=stored["title"],
        source=stored["source"],
        parameter=stored["parameter"],
        measures=tuple(stored["measures"]),
        published=tuple(stored["published"]),
        remarks=tuple(stored["remarks"]),
        designs={scale: _designs(stored, scale) for scale in SCALES},
    )


def _designs(stored: dict[str, Any], scale: str) -> tuple[Design, ...]:
    scaled = stored["scales"][scale]
    designs = []
    for part in scaled.get("designs", stored.get("designs", ())):
        fixed = {**stored["fixed"], **scaled["fixed"], **part.get("fixed", {})}
        axes = [Axis(a["name"], parse_values(a["name"], a["values"])) for a in part["axes"]]
        designs.append(
            Design(
                mode=stored["mode"],
                fixed={name: parse_values(name, [value])[0] for name, value in fixed.items()},
                axes=tuple(axes),
                seeds=tuple(scaled["seeds"]),
                zipped=part.get("zipped", False),
                controls=tuple(stored["controls"]),
            )
        )
    return tuple(designs)
