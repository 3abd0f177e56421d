"""Simulation: a program built for a device, and segments of time that it advances.

Knows how networks and drives become arrays of a program; it must not know what is learned,
measured or stored. Errors of `backends` are translated here.
"""

from lateralnet.simulation.segment import Drive, Simulation
from lateralnet.simulation.session import DeviceOptions, Session

__all__ = [
    "DeviceOptions",
    "Drive",
    "Session",
    "Simulation",
]
