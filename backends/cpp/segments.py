"""Segments of a C++ program: the loop over time steps, and what its spike monitors kept."""

from __future__ import annotations

import functools
from typing import Any

from backends.generate import InputRecorder
from backends.resident import serve_segments


def serve(device: Any, model: Any, spec: dict[str, Any], recorder: InputRecorder) -> str:
    """C++ for the end of ``main``: run segments until the input ends.

    The network has one clock, so its objects can be called in turn without the search for the
    next clock, and the look at the time of day, that Brian2 takes in every step.
    """
    monitors = model.spike_monitors.values()
    advance = f"""
            defaultclock.timestep[0] = 0;
            defaultclock.t[0] = 0;
            {"".join(f"{_per_step(m)}.clear(); {_cells(device, m)}.clear();" for m in monitors)}
            for (; steps > 0; steps--)
            {{
                for (const auto& object : {model.network.name}.objects)
                    if (object.second) object.second();
                defaultclock.tick();
            }}
    """
    spikes = functools.partial(_spike_writes, device)
    return serve_segments(device, model, spec, recorder, advance=advance, spikes=spikes)


def _spike_writes(device: Any, monitor: Any) -> str:
    cells, per_step = _cells(device, monitor), _per_step(monitor)
    return (
        f"{{ const int64_t sizes[2] = {{(int64_t){per_step}.size(), (int64_t){cells}.size()}};"
        f" put(sizes, 16); put({per_step}.data(), 4*{per_step}.size());"
        f" put({cells}.data(), 4*{cells}.size()); }}\n"
    )


def _cells(device: Any, monitor: Any) -> str:
    return str(device.get_array_name(monitor.variables["i"], access_data=False))


def _per_step(monitor: Any) -> str:
    return f"{monitor.codeobj.name}_per_step"
