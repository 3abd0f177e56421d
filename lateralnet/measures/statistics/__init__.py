"""Statistics: of angles, of shuffled cells, of samples over seeds; textbook, not of this network.

Knows arrays and random generators; it must not know maps, spikes or results.
"""

from lateralnet.measures.statistics.chance import Chance, chance_among, chance_level
from lateralnet.measures.statistics.circular import circular_std, wrapped
from lateralnet.measures.statistics.samples import Mean, Paired, agreement, mean_of, paired

__all__ = [
    "Chance",
    "Mean",
    "Paired",
    "agreement",
    "chance_among",
    "chance_level",
    "circular_std",
    "mean_of",
    "paired",
    "wrapped",
]
