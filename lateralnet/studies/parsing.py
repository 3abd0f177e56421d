"""Texts of a sweep as values: names of parameters, lists, ranges and seeds."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from lateralnet.errors import InputError, ParameterError
from lateralnet.parameters.params import parameter_named, parameter_names, spec_of
from lateralnet.parameters.spec import BOTH, TEST

# A change of these never asks for another training.
TEST_ONLY = frozenset(name for name in parameter_names() if spec_of(name).read_by == TEST)
# Training and test read these: ``test.<name>`` changes the test alone.
TEST_TOO = frozenset(name for name in parameter_names() if spec_of(name).read_by == BOTH)
IN_TEST = "test."
_SWITCH = {"true": True, "on": True, "yes": True, "1": True}
_SWITCH |= {"false": False, "off": False, "no": False, "0": False}
MOST_VALUES = 1_000_000


def resolve_name(text: str) -> str:
    """Return the parameter that `text` names: a field, or its flag without dashes.

    ``test.<name>`` stays in front of a parameter that training uses too.

    Raises
    ------
    ParameterError
        Naming the nearest parameters.
    """
    wanted = text.strip()
    prefix = ""
    if wanted.startswith(IN_TEST):
        prefix, wanted = IN_TEST, wanted[len(IN_TEST) :]
    name = parameter_named(wanted)
    if name == "seed":
        raise ParameterError("the seed is not varied like a parameter: give --seeds 123:133.")
    if prefix and name in TEST_ONLY:
        return name
    if prefix and name not in TEST_TOO:
        raise ParameterError(
            f"{text.strip()!r}: {name} is part of the network and cannot change in the test alone; "
            f"these can: {', '.join(sorted(TEST_ONLY | TEST_TOO))}."
        )
    return prefix + name


def field_of(name: str) -> str:
    """Return the field that an axis sets."""
    return name.removeprefix(IN_TEST)


def parse_vary(text: str) -> tuple[str, tuple[Any, ...]]:
    """Return name and values of ``name=a,b,c`` or ``name=start:stop:step``.

    Raises
    ------
    InputError
        For a text of another form, an empty range, or a value outside the parameter's range.
    """
    name, equals, values = text.partition("=")
    if not equals or not name.strip():
        raise InputError(
            f"--vary {text!r} is not understood: write name=a,b,c or name=start:stop:step."
        )
    resolved = resolve_name(name)
    return resolved, parse_values(resolved, values)


def parse_values(name: str, given: Any) -> tuple[Any, ...]:
    """Return the values of an axis from a text, a list (of a TOML file) or a value, checked."""
    if isinstance(given, str):
        texts = _range(name, given) if ":" in given else [part.strip() for part in given.split(",")]
        given = [text for text in texts if text != ""]
    else:
        given = _listed(given)
    if not given:
        raise InputError(f"{name}: the range is empty, there is nothing to vary.")
    values = [_checked(name, value) for value in given]
    for value in values:
        if values.count(value) > 1:
            raise InputError(f"{name}: the value {value!r} is given twice.")
    return tuple(values)


def _listed(given: Any) -> list[Any]:
    return list(given) if isinstance(given, Iterable) else [given]


def _checked(name: str, value: Any) -> Any:
    field = field_of(name)
    spec = spec_of(field)
    if spec.kind is bool and isinstance(value, str):
        value = _SWITCH.get(value.lower(), value)
    if spec.optional and isinstance(value, str) and value.lower() == "none":
        value = None
    return spec.check(field, value)


def _range(name: str, text: str) -> list[Any]:
    """Return the numbers of ``start:stop:step``; the stop is left out, as in Python's range."""
    parts = text.split(":")
    try:
        numbers = [float(part) for part in parts]
    except ValueError:
        numbers = []
    if len(numbers) not in (2, 3) or not all(math.isfinite(number) for number in numbers):
        raise InputError(f"{name}={text}: a range is start:stop:step, three finite numbers.")
    start, stop = numbers[:2]
    if len(numbers) == 2 and spec_of(field_of(name)).kind is not int:
        raise InputError(f"{name}={text}: a range of this parameter needs a step: start:stop:step.")
    step = numbers[2] if len(numbers) == 3 else 1.0
    if step == 0:
        raise InputError(f"{name}={text}: the step is 0.")
    # Rounded, so that 0.4:1.0:0.2 does not gain a fourth value from 0.4 + 3 * 0.2 < 1.0.
    count = math.ceil(round((stop - start) / step, 9))
    if count <= 0:
        raise InputError(f"{name}={text}: the range is empty.")
    if count > MOST_VALUES:
        raise InputError(f"{name}={text}: {count} values are more than {MOST_VALUES}.")
    return [float(f"{start + k * step:.12g}") for k in range(count)]


def parse_seeds(given: Any) -> tuple[int, ...]:
    """Return the seeds of ``123:133`` (133 left out), ``123,125``, a number or a list.

    Raises
    ------
    InputError
        For an empty range or what is no seed.
    """
    if isinstance(given, str) and ":" in given:
        seeds = _range("seed", given)
    elif isinstance(given, str):
        seeds = [part for part in given.split(",") if part.strip()]
    else:
        seeds = _listed(given)
    if not seeds:
        raise InputError("--seeds is empty: give for example --seeds 123:133.")
    checked = [spec_of("seed").check("seed", seed) for seed in seeds]
    if len(set(checked)) != len(checked):
        raise InputError("--seeds names a seed twice.")
    return tuple(checked)
