"""Decoders: where is the sphere, read from the spikes of a layer, by classic and simple means.

Knows afferent rates, windows of spike counts and estimators; it must not know how a network was
trained, how files are laid out, or the command line.
"""

from lateralnet.decoders.benchmark import Benchmark, decode_network
from lateralnet.decoders.windows import Windows

__all__ = [
    "Benchmark",
    "Windows",
    "decode_network",
]
