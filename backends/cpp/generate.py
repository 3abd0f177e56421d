"""In the child process: Brian2's C++ standalone device with templates of our own.

Brian2 lets a device choose the class of its code objects, and a code object's templates be
derived from others (its own GSL and CUDA devices are made that way). Ours, in `templates`,
replace

* the state update, which also compares with the threshold while the potential is in a register,
  and computes in single precision where the variables are single (Brian2 keeps constants and dt
  in double precision, and so the arithmetic);
* the thresholder, whose branch in the loop no compiler turns into vector instructions: it
  collects the cells that were found above threshold;
* the queue of a pathway without delay, and with it the pathway's loop over the queue;
* the spike monitor, which stores one spike at a time and its time as a number of 8 bytes.

They say in their heads what they do otherwise; in double precision the results are the same bit
for bit.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from brian2 import NeuronGroup, prefs
from brian2.core.functions import DEFAULT_FUNCTIONS
from brian2.core.variables import AuxiliaryVariable, Constant
from brian2.devices.cpp_standalone.codeobject import CPPStandaloneCodeObject
from brian2.devices.cpp_standalone.device import CPPStandaloneDevice
from brian2.devices.device import all_devices
from brian2.utils.stringtools import get_identifiers

NAME = "lateralnet_cpp"

# A condition as a number of the precision of the variables, not as an integer to be converted.
_SINGLE_INT = """
template <typename T> static inline int32_t _int_single(T value) { return (int32_t)value; }
static inline float _int_single(bool value) { return value ? 1.0f : 0.0f; }
"""


class DirectCodeObject(CPPStandaloneCodeObject):  # type: ignore[misc]
    """Code object whose templates are looked for in `templates` first."""

    templater = CPPStandaloneCodeObject.templater.derive("backends.cpp", templates_dir="templates")


class DirectCppDevice(CPPStandaloneDevice):  # type: ignore[misc]
    """C++ standalone device with these code objects."""

    def code_object_class(self, codeobj_class: Any = None, *args: Any, **kwargs: Any) -> Any:
        """Return our class where Brian2 does not ask for a special one."""
        return codeobj_class or DirectCodeObject

    def code_object(self, owner: Any, name: str, abstract_code: Any, variables: dict[str, Any],
                    template_name: str, variable_indices: dict[str, str],
                    template_kwds: Mapping[str, Any] | None = None,
                    **others: Any) -> Any:  # fmt: skip
        """Make a code object; tell the templates above what they need to know."""
        told = dict(template_kwds or {})
        told["compared_in_update"] = _is_compared_in_update(owner) and (
            template_name == "threshold" or name.startswith(f"{owner.name}_stateupdater")
        )
        if template_name == "stateupdate" and told["compared_in_update"]:
            condition = owner.events["spike"]
            abstract_code = {None: f"{abstract_code[None]}\n_cond = {condition}"}
            resolved = owner.resolve_all(
                get_identifiers(condition), run_namespace={}, user_identifiers=set()
            )
            variables = {**resolved, **variables, "_cond": AuxiliaryVariable("_cond", dtype=bool)}
            variable_indices = copy.copy(variable_indices)  # it knows a default
            variable_indices.update({key: owner.variables.indices[key] for key in resolved})
        told["single"] = _single_precision_names(variables)
        if template_name == "synapses":
            told["weight"] = _weight_that_may_be_zero(owner, told["pathway"])
        return super().code_object(
            owner=owner, name=name, abstract_code=abstract_code, variables=variables,
            template_name=template_name, variable_indices=variable_indices, template_kwds=told,
            **others,
        )  # fmt: skip


def _is_compared_in_update(owner: Any) -> bool:
    """Whether the threshold can be compared in the state update: nothing comes between them."""
    if not isinstance(owner, NeuronGroup) or owner._refractory is not False:
        return False
    return bool(owner.equations.diff_eq_names)


def _single_precision_names(variables: Mapping[str, Any]) -> Callable[[str], list[str]]:
    """Return which names in a piece of code Brian2 declares as double though all else is single."""
    doubles = [
        name
        for name, variable in variables.items()
        if name == "dt" or (isinstance(variable, Constant) and variable.dtype == np.float64)
    ]
    if prefs.core.default_float_dtype != np.float32:
        doubles = []
    return lambda code: [name for name in doubles if re.search(rf"\b{name}\b", "\n".join(code))]


def _weight_that_may_be_zero(synapses: Any, pathway: Any) -> Any:
    """Return the constant weight that is all a pathway adds, or None: 0 need not be added."""
    if not re.fullmatch(r"\w+_post \+= w", pathway.code.strip()):
        return None
    weight = synapses.variables["w"]
    return weight if weight.constant else None


def register() -> str:
    """Make the device known to Brian2 and return its name for ``set_device``."""
    all_devices.setdefault(NAME, DirectCppDevice())
    return NAME


def compute_in_single_precision() -> None:
    """Let ``int(condition)`` be a float, which saves a conversion per cell."""
    DEFAULT_FUNCTIONS["int"].implementations.add_implementation(
        DirectCodeObject, code=_SINGLE_INT, name="_int_single"
    )
