"""Hyperparameters: one table with default, unit, range, source and meaning of each.

Validation, the command line's options and the table in the documentation are made from the
metadata of `Parameters`, so they cannot drift apart.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from sorn.errors import ParameterError
from sorn.parameters.checks import (
    check_input_weights,
    check_insertion_rate,
    check_normalise,
    check_pools,
    check_target,
    check_value,
)

INHIBITORY_FRACTION = 0.2
"""Inhibitory neurons per excitatory neuron, fixed in the published package."""

SCALED_RATE_REFERENCE_NE = 200
"""Size at which ``sp_rate='scaled'`` equals the published 0.1 insertions per step."""

DOCUMENTED = "sorn documentation"
ZHENG_2013 = "Zheng, Dimitrakakis & Triesch 2013, PLoS Comput Biol 9:e1002848"
LAZAR_2009 = "Lazar, Pipa & Triesch 2009, Front Comput Neurosci 3:23"


def _parameter(
    default: Any,
    text: str,
    unit: str = "1",
    low: float = -math.inf,
    high: float = math.inf,
    choices: tuple[Any, ...] = (),
    source: str = DOCUMENTED,
) -> Any:
    metadata = {
        "text": text,
        "unit": unit,
        "low": low,
        "high": high,
        "choices": choices,
        "source": source,
    }
    return field(default=default, metadata=metadata)


@dataclass(frozen=True, eq=False)
class Parameters:
    """Hyperparameters of one network; the defaults are the documented ones.

    ``lambda_*`` are counts of connections, as the documented output shows (the documented text
    calls them percentages). ``mu_ip`` enters the inhibitory rule only, as published; the target
    of intrinsic plasticity is `h_ip`.

    Raises
    ------
    ParameterError
        If a value has the wrong type or lies outside its range.
    """

    ne: int = _parameter(200, "Number of excitatory neurons", "neurons", low=5)
    nu: int = _parameter(10, "Number of input rows", "rows", low=1)
    network_type_ee: str = _parameter("Sparse", "E to E wiring", choices=("Sparse", "Dense"))
    network_type_ie: str = _parameter("Dense", "E to I wiring", choices=("Sparse", "Dense"))
    network_type_ei: str = _parameter("Sparse", "I to E wiring", choices=("Sparse", "Dense"))
    lambda_ee: float = _parameter(
        20, "Mean count of incoming connections of an excitatory neuron", "connections", low=0
    )
    lambda_ei: float = _parameter(
        40, "Mean count of outgoing connections of an inhibitory neuron", "connections", low=0
    )
    lambda_ie: float = _parameter(
        100, "Mean count of incoming connections of an inhibitory neuron", "connections", low=0
    )
    eta_stdp: float = _parameter(0.004, "Learning rate of STDP", "per step", low=0)
    eta_inhib: float = _parameter(0.001, "Learning rate of inhibitory STDP", "per step", low=0)
    eta_ip: float = _parameter(0.01, "Learning rate of intrinsic plasticity", "per step", low=0)
    te_max: float = _parameter(1.0, "Upper bound of excitatory thresholds")
    ti_max: float = _parameter(0.5, "Upper bound of initial inhibitory thresholds")
    ti_min: float = _parameter(0.0, "Lower bound of initial inhibitory thresholds")
    te_min: float = _parameter(0.0, "Lower bound of excitatory thresholds")
    mu_ip: float = _parameter(
        0.01, "Target rate in inhibitory STDP, and mean of h_ip='normal'", "per step", low=1e-6
    )
    sigma_ip: float = _parameter(0.0, "Standard deviation of h_ip='normal'", "per step", low=0)
    h_ip: Any = _parameter(  # noqa: RUF009 - the default is immutable
        None,
        "Target rate of intrinsic plasticity: None for 2 nu / ne (published), a number, one "
        "number per neuron, or 'normal' to draw N(mu_ip, sigma_ip) per neuron",
        "per step",
        source=LAZAR_2009,
    )
    input_pools: Any = _parameter(  # noqa: RUF009 - the default is immutable
        None,
        "Excitatory neurons that each input row drives; None: row k drives neuron k",
        source=LAZAR_2009,
    )
    input_weights: Any = _parameter(  # noqa: RUF009 - the default is immutable
        None,
        "Gain from each input row (column) to each excitatory neuron (row), shape (ne, nu), "
        "instead of the gain 1 of the published package",
    )
    inhibition: str = _parameter(
        "delayed",
        "Inhibitory neurons answer to x(t) (published, Zheng 2013) or, 'fast', to x(t + 1)",
        choices=("delayed", "fast"),
        source="Del Papa, Priesemann & Triesch 2017, PLoS ONE 12:e0178683 ('fast')",
    )
    initial_activity: float = _parameter(
        0.0,
        "Probability that a neuron is active in the first step; 0 starts silent (published)",
        low=0,
        high=1,
        source="SORN reference code (the target rate)",
    )
    istdp_floor: float = _parameter(
        0.0,
        "Weight below which inhibitory STDP holds a synapse; 0 prunes it (published)",
        low=0,
        high=1,
        source="SORN reference code for Zheng 2013 (0.001)",
    )
    normalise: tuple[str, ...] = _parameter(
        ("ee", "ei"),
        "Matrices whose columns synaptic scaling keeps at 1: any of 'ee', 'ei'",
        source=f"{LAZAR_2009} scales 'ee' only",
    )
    sp_rate: Any = _parameter(  # noqa: RUF009 - the default is immutable
        0.1,
        "Synapses inserted per step by structural plasticity, or 'scaled' for "
        "0.1 ne (ne - 1) / (200 * 199)",
        "per step",
        source=ZHENG_2013,
    )
    threshold: str = _parameter(
        ">",
        "A neuron fires if its drive minus threshold is > 0 (published) or >= 0",
        choices=(">", ">="),
        source="SORN reference code uses >=",
    )
    noise_std: float = _parameter(
        0.04,
        "Standard deviation of the Gaussian noise; Zheng 2013 uses sqrt(0.05)",
        low=0,
        source=ZHENG_2013,
    )

    def __post_init__(self) -> None:
        for entry in fields(self):
            check_value(entry, getattr(self, entry.name))
        for low, high in (("te_min", "te_max"), ("ti_min", "ti_max")):
            if getattr(self, low) > getattr(self, high):
                raise ParameterError(
                    f"{low}={getattr(self, low)} is above {high}={getattr(self, high)}"
                )
        if self.input_pools is not None and self.input_weights is not None:
            raise ParameterError("give input_pools or input_weights, not both")
        if self.input_pools is None and self.input_weights is None and self.nu > self.ne:
            raise ParameterError(
                f"nu={self.nu} input rows drive one excitatory neuron each, but ne={self.ne}; "
                "lower nu, or say which neurons are driven with input_pools or input_weights"
            )
        object.__setattr__(self, "normalise", check_normalise(self.normalise))
        object.__setattr__(self, "input_pools", check_pools(self.input_pools, self.nu, self.ne))
        weights = check_input_weights(self.input_weights, self.ne, self.nu)
        object.__setattr__(self, "input_weights", weights)
        object.__setattr__(self, "h_ip", check_target(self.h_ip, self.ne))
        check_insertion_rate(self.sp_rate)

    @property
    def ni(self) -> int:
        """Number of inhibitory neurons, ``int(0.2 ne)``."""
        return int(INHIBITORY_FRACTION * self.ne)

    @property
    def insertions_per_step(self) -> float:
        """Mean number of synapses that structural plasticity inserts in one step."""
        if self.sp_rate == "scaled":
            reference = SCALED_RATE_REFERENCE_NE
            return 0.1 * self.ne * (self.ne - 1) / (reference * (reference - 1))
        return float(self.sp_rate)


def build_parameters(**values: Any) -> Parameters:
    """`Parameters` from keywords; an unknown one is an error that lists the valid names."""
    reject_unknown(values, ())
    return Parameters(**values)


def reject_unknown(names: Iterable[str], run_options: Sequence[str]) -> None:
    """Raise `ParameterError` for a name that is neither a hyperparameter nor a run option."""
    valid = [*parameter_names(), *run_options]
    unknown = [name for name in names if name not in valid]
    if unknown:
        close = difflib.get_close_matches(unknown[0], valid, n=1)
        hint = f" Did you mean {close[0]!r}?" if close else ""
        others = f"; run options: {', '.join(run_options)}" if run_options else ""
        raise ParameterError(
            f"unknown keyword {', '.join(map(repr, unknown))}.{hint} "
            f"Valid hyperparameters: {', '.join(parameter_names())}{others}"
        )


def parameter_names() -> list[str]:
    """Names of all hyperparameters in the order of the table."""
    return [entry.name for entry in fields(Parameters)]
