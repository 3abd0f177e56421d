"""How a network is run: its phase, which rules run, noise, and the bounds of thresholds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar, overload

from sorn.engines.engine import RULES, Rule, rule_name
from sorn.errors import ParameterError
from sorn.parameters import preset as preset_keywords
from sorn.parameters import reject_unknown

T = TypeVar("T")
PHASES = ("plasticity", "training")
RUN_KEYWORDS = (
    "seed", "rng", "state", "phase", "freeze", "rules", "noise", "clip_te", "backend", "device",
    "dtype", "batch",
)  # fmt: skip
"""Keywords of a network that are no hyperparameters."""


@dataclass(frozen=True)
class Conduct:
    """What is not a number of the model but decides what a step does.

    Attributes
    ----------
    phase : {'plasticity', 'training'}
        In 'training' every rule rests.
    freeze : tuple of str
        Names of rules that rest.
    rules : tuple
        Names out of `sorn.engines.engine.RULES` and functions, in their order within a step.
    noise : bool
    clip_te : bool
        Whether excitatory thresholds stay in [te_min, te_max].
    """

    phase: str = "plasticity"
    freeze: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = RULES
    noise: bool = True
    clip_te: bool = True

    def __post_init__(self) -> None:
        if self.phase not in PHASES:
            raise ParameterError(f"phase={self.phase!r}; choose from {', '.join(PHASES)}")
        for name, hint in (
            ("noise", "its size is noise_std"),
            ("clip_te", "bounds are te_min, te_max"),
        ):
            if not isinstance(getattr(self, name), bool):
                raise ParameterError(f"{name}={getattr(self, name)!r}; give True or False ({hint})")
        for rule in self.rules:
            if not callable(rule) and rule not in RULES:
                raise ParameterError(
                    f"rules names {rule!r}; give names out of {', '.join(RULES)}, or functions"
                )
        names = [rule_name(rule) for rule in self.rules]
        for name in self.freeze:
            if name not in (*RULES, *names):
                known = dict.fromkeys([*RULES, *names])
                raise ParameterError(f"freeze names {name!r}; choose from {', '.join(known)}")

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Conduct:
        """A conduct from keywords, as users write them."""
        return cls().with_changes(**values)

    def with_changes(self, **values: Any) -> Conduct:
        """A conduct that differs in the given keywords."""
        if "freeze" in values:
            values["freeze"] = _freeze_names(values["freeze"])
        if "rules" in values:
            values["rules"] = _as_tuple("rules", values["rules"])
        return replace(self, **values)

    @property
    def active_rules(self) -> tuple[Rule, ...]:
        """Rules that run, in order."""
        if self.phase == "training":
            return ()
        return tuple(rule for rule in self.rules if rule_name(rule) not in self.freeze)

    def described(self) -> dict[str, Any]:
        """The same as data that JSON can hold, rules by their names."""
        return {
            "phase": self.phase,
            "freeze": list(self.freeze),
            "rules": [rule_name(rule) for rule in self.rules],
            "noise": self.noise,
            "clip_te": self.clip_te,
        }


def told_apart(
    preset: str | None, own: Mapping[str, Any], hyperparameters: Mapping[str, Any]
) -> tuple[Conduct, dict[str, Any]]:
    """Conduct and hyperparameters out of the keywords of a network.

    Parameters
    ----------
    preset : str or None
        Gives way to the keywords beside it.
    own : mapping
        Keywords of `Conduct`; None means not given.
    hyperparameters : mapping

    Raises
    ------
    ParameterError
        If a keyword or the preset is not known.
    """
    values = preset_keywords(preset) if preset is not None else {}
    values |= {name: value for name, value in own.items() if value is not None}
    reject_unknown(hyperparameters, RUN_KEYWORDS)
    values |= hyperparameters
    conduct = Conduct.of({name: values.pop(name) for name in own if name in values})
    return conduct, values


class ConductField(Generic[T]):
    """A field of an object's conduct, read and set as the object's own attribute."""

    def __init__(self, about: str) -> None:
        self.__doc__ = about

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, owner: None, kind: type) -> ConductField[T]: ...
    @overload
    def __get__(self, owner: Any, kind: type) -> T: ...
    def __get__(self, owner: Any, kind: type) -> ConductField[T] | T:
        return self if owner is None else getattr(owner._running.conduct, self._name)

    def __set__(self, owner: Any, value: Any) -> None:
        owner._running.change(**{self._name: value})


def _freeze_names(names: Any) -> tuple[str, ...]:
    if names is None:
        return ()
    if isinstance(names, bool):
        raise ParameterError(
            f"freeze={names}; give names out of {', '.join(RULES)}, or phase='training' for all"
        )
    return _as_tuple("freeze", names)


def _as_tuple(keyword: str, values: Any) -> tuple[Any, ...]:
    if isinstance(values, str | Callable):
        return (values,)
    try:
        return tuple(values)
    except TypeError:
        raise ParameterError(f"{keyword}={values!r}; give a list of rules") from None
