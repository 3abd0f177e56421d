"""The room of random numbers: the global generators as published, or named streams of one seed.

Both kinds offer the same: a `WiringSource` for initial matrices, the noise and the number of
insertions of a stretch of steps, and the site of one insertion. All draws happen on the host in
double precision, so that every array library gives the same run from one seed.
"""

from sorn.streams.choice import make_streams, network_streams
from sorn.streams.draws import StepDraws, Streams, WiringSource, chosen_site
from sorn.streams.published import GlobalStreams
from sorn.streams.seeded import RandomStreams, network_seeds, restored_streams
from sorn.streams.stretches import draw_steps, stretch_steps

__all__ = [
    "GlobalStreams",
    "RandomStreams",
    "StepDraws",
    "Streams",
    "WiringSource",
    "chosen_site",
    "draw_steps",
    "make_streams",
    "network_seeds",
    "network_streams",
    "restored_streams",
    "stretch_steps",
]
