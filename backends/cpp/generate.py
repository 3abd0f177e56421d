"""In the child process: Brian2's C++ standalone device with four templates of our own.

Brian2 lets a device choose the class of its code objects, and a code object's templates be
derived from others (its own GSL and CUDA devices are made that way). Ours, in `templates`,
replace

* the thresholder: it compares cell by cell with a branch in the loop, which no compiler turns
  into vector instructions;
* the queue of a pathway without delay, and with it the pathway's loop over the queue;
* the spike monitor, which stores one spike at a time and its time as a number of 8 bytes.

They say in their heads what they do otherwise; the results are the same bit for bit.
"""

from __future__ import annotations

from typing import Any

from brian2.devices.cpp_standalone.codeobject import CPPStandaloneCodeObject
from brian2.devices.cpp_standalone.device import CPPStandaloneDevice
from brian2.devices.device import all_devices

NAME = "lateralnet_cpp"


class DirectCodeObject(CPPStandaloneCodeObject):  # type: ignore[misc]
    """Code object whose templates are looked for in `templates` first."""

    templater = CPPStandaloneCodeObject.templater.derive("backends.cpp", templates_dir="templates")


class DirectCppDevice(CPPStandaloneDevice):  # type: ignore[misc]
    """C++ standalone device with these code objects."""

    def code_object_class(self, codeobj_class: Any = None, *args: Any, **kwargs: Any) -> Any:
        """Return our class where Brian2 does not ask for a special one."""
        return codeobj_class or DirectCodeObject


def register() -> str:
    """Make the device known to Brian2 and return its name for ``set_device``."""
    all_devices.setdefault(NAME, DirectCppDevice())
    return NAME
