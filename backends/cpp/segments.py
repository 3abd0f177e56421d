"""Segments of a C++ program: the loop over time steps, and what its spike monitors kept."""

from __future__ import annotations

from typing import Any

from backends.generate import InputRecorder
from backends.resident import serve_segments


def serve(device: Any, model: Any, spec: dict[str, Any], recorder: InputRecorder) -> str:
    """C++ for the end of ``main``: answer requests until the input ends.

    The network has one clock, so its objects can be called in turn without the search for the
    next clock, and the look at the time of day, that Brian2 takes in every step.
    """
    networks = int(spec["definition"].get("replicas", 1))
    begin = "".join(
        f"{_recorder(monitor)}.begin({networks}, {len(monitor.source)}, from_cell[{k}], watch);"
        for k, monitor in enumerate(model.spike_monitors[name] for name in spec["spikes"])
    )
    advance = f"""
                defaultclock.timestep[0] = 0;
                defaultclock.t[0] = 0;
                {begin}
                for (; steps > 0; steps--)
                {{
                    for (const auto& object : {model.network.name}.objects)
                        if (object.second) object.second();
                    defaultclock.tick();
                }}
    """
    return serve_segments(
        device, model, spec, recorder,
        advance=advance, spikes=lambda monitor: f"{_recorder(monitor)}.spikes",
    )  # fmt: skip


def _recorder(monitor: Any) -> str:
    return f"{monitor.codeobj.name}_recorder"
