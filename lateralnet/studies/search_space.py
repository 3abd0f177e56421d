"""What a search looks through: ranges of parameters, a measure, seeds that stay apart."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from lateralnet.errors import InputError
from lateralnet.measures.table import MEASURES, measure_of
from lateralnet.parameters.presets import preset
from lateralnet.studies.parsing import parse_values, resolve_name


@dataclass(frozen=True)
class Range:
    """Where a parameter is searched, ends included.

    Attributes
    ----------
    name : str
        Field of `NetworkParams`.
    low, high : float
        Smallest and largest value.
    log : bool
        Whether to search in powers.
    """

    name: str
    low: float
    high: float
    log: bool = False


@dataclass(frozen=True)
class SearchSpace:
    """What is searched, by which measure, on which seeds.

    Attributes
    ----------
    mode : str
        Preset to start from.
    ranges : tuple of Range
        What is tuned.
    measure : str
        Key of a measure with a better side; its mean over the seeds is optimised.
    seeds : tuple of int
        Seeds of the search.
    confirmation_seeds : tuple of int
        Seeds that the search never sees.
    fixed : dict
        Parameters set for all trials.
    sampler_seed : int
        Of Optuna's sampler.
    """

    mode: str
    ranges: tuple[Range, ...]
    measure: str
    seeds: tuple[int, ...]
    confirmation_seeds: tuple[int, ...]
    fixed: dict[str, Any]
    sampler_seed: int = 1

    def __post_init__(self) -> None:
        preset(self.mode, **self.fixed)
        shared = sorted(set(self.seeds) & set(self.confirmation_seeds))
        if shared:
            raise InputError(
                f"seeds {', '.join(map(str, shared))} are both for search and for confirmation; "
                "a network that was searched on confirms nothing."
            )
        if not (self.ranges and self.seeds and self.confirmation_seeds):
            raise InputError("a search needs --tune, --seeds and --confirm-seeds.")
        if self.measure not in MEASURES or measure_of(self.measure).low_is_good is None:
            known = [key for key, row in MEASURES.items() if row.low_is_good is not None]
            raise InputError(
                f"--measure {self.measure!r} has no better side; these have: {', '.join(known)}."
            )
        for one in self.ranges:
            if one.name in self.fixed:
                raise InputError(f"{one.name} is both fixed and tuned; leave one of them out.")

    @property
    def low_is_good(self) -> bool:
        """Whether the measure is minimised."""
        return bool(measure_of(self.measure).low_is_good)

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        lists = ("ranges", "seeds", "confirmation_seeds")
        return {key: list(value) if key in lists else value for key, value in asdict(self).items()}


def parse_range(text: str) -> Range:
    """Return the range of ``name=low:high`` or ``name=low:high:log``.

    Raises
    ------
    InputError
        For another form, an empty range, or ends outside the parameter's own range.

    Examples
    --------
    >>> parse_range("mon_ts_gain_mv=60:120")
    Range(name='mon_ts_gain_mV', low=60.0, high=120.0, log=False)
    """
    name, _, ends = text.partition("=")
    parts = ends.split(":")
    if len(parts) not in (2, 3) or parts[2:] not in ([], ["log"]):
        raise InputError(f"--tune {text!r}: write name=low:high or name=low:high:log.")
    field = resolve_name(name)
    low, high = (parse_values(field, part)[0] for part in parts[:2])
    if isinstance(low, (bool, str)) or isinstance(high, (bool, str)):
        raise InputError(f"--tune {text!r}: {field} is not a number.")
    if not low < high or (len(parts) == 3 and low <= 0):
        raise InputError(f"--tune {text!r}: low must be below high, and above 0 with log.")
    return Range(field, low, high, len(parts) == 3)
