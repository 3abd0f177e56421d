"""Devices: do all devices run the same network alike, and how fast?

Knows cases, comparisons and timings; it must not know runs, their folders or figures.
"""

from lateralnet.devices.comparison import compare

__all__ = [
    "compare",
]
